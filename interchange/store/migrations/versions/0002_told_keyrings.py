"""Which keyrings lanes have told, so that the one that is told for the first time lifts restrictions and no other does.

Keyrings that are there already count as told: a restriction that stands is lifted by the next one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "told_keyrings",
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "number", name="pk_told_keyrings"),
    )
    op.execute("INSERT INTO told_keyrings (authority, number) SELECT authority, number FROM keyrings")
