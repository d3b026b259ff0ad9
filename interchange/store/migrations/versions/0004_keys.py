"""Our own keys and their stages. A step is history and is never edited."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("organ", sa.String(), nullable=False),
        sa.Column("alg", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_from", sa.BigInteger(), nullable=False),
        sa.Column("sign_until", sa.BigInteger(), nullable=False),
        sa.Column("verify_until", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("tainted_since", sa.BigInteger(), nullable=True),
        sa.Column("first_keyring", sa.Integer(), nullable=True),
        sa.Column("signatures", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('drafted', 'laid_in', 'active', 'suspended', 'retired', 'tainted', 'destroyed')",
            name="ck_keys_stage",
        ),
        sa.PrimaryKeyConstraint("kid", name="pk_keys"),
    )
    active = sa.text("stage = 'active'")
    op.create_index("ix_keys_active", "keys", ["role", "organ"], sqlite_where=active, postgresql_where=active)
    op.create_table(
        "keyring_leaves",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin", "n"], ["leaves.origin", "leaves.n"], name="fk_keyring_leaves_origin_n_leaves"
        ),
        sa.PrimaryKeyConstraint("origin", "number", name="pk_keyring_leaves"),
    )
    op.create_table(
        "warnings",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ref", "ends_at", "days", name="pk_warnings"),
    )
