"""Keyrings on their way to being signed, and checkpoints for the archive. A step is history and is never edited."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "collected_keyrings",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("jws", sa.LargeBinary(), nullable=False),
        sa.Column("collected_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_collected_keyrings"),
    )
    op.create_table(
        "archived_checkpoints",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["origin"], ["lanes.origin"], name="fk_archived_checkpoints_origin_lanes"),
        sa.PrimaryKeyConstraint("origin", "day", name="pk_archived_checkpoints"),
    )
