"""Assertions that took the place of others. A step is history and is never edited."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "reissues",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("reissued_as", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["jti"], ["assertions.jti"], name="fk_reissues_jti_assertions"),
        sa.ForeignKeyConstraint(["reissued_as"], ["assertions.jti"], name="fk_reissues_reissued_as_assertions"),
        sa.PrimaryKeyConstraint("jti", name="pk_reissues"),
        sa.UniqueConstraint("reissued_as", name="uq_reissues_reissued_as"),
    )
