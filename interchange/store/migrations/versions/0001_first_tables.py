"""First schema of the ledger. A step is history: the tables change by further steps, never by editing this one."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _lanes()
    _parties()
    _home()
    _running()


def _lanes() -> None:
    """What lanes told, ours and our partners'."""
    op.create_table(
        "lanes",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("issued", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_size", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledgement", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("origin", name="pk_lanes"),
    )
    op.create_table(
        "leaves",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["origin"], ["lanes.origin"], name="fk_leaves_origin_lanes"),
        sa.PrimaryKeyConstraint("origin", "n", name="pk_leaves"),
    )
    op.create_table(
        "nodes",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["origin"], ["lanes.origin"], name="fk_nodes_origin_lanes"),
        sa.PrimaryKeyConstraint("origin", "level", "idx", name="pk_nodes"),
    )
    op.create_table(
        "told",
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("revoked_n", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["origin", "n"], ["leaves.origin", "leaves.n"], name="fk_told_origin_n_leaves"),
        sa.PrimaryKeyConstraint("authority", "jti", name="pk_told"),
    )
    op.create_table(
        "told_holds",
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("hold", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("placed_n", sa.BigInteger(), nullable=False),
        sa.Column("lifted_n", sa.BigInteger(), nullable=True),
        sa.Column("hold_id", sa.String(), nullable=True),
        sa.CheckConstraint("scope IN ('assertion', 'project', 'agreement')", name="ck_told_holds_scope"),
        sa.ForeignKeyConstraint(
            ["origin", "placed_n"], ["leaves.origin", "leaves.n"], name="fk_told_holds_origin_placed_n_leaves"
        ),
        sa.PrimaryKeyConstraint("authority", "hold", name="pk_told_holds"),
    )
    op.create_index("ix_told_holds_hold_id", "told_holds", ["hold_id"])
    op.create_index(
        "ix_told_holds_open",
        "told_holds",
        ["authority", "of"],
        sqlite_where=sa.text("lifted_n IS NULL"),
        postgresql_where=sa.text("lifted_n IS NULL"),
    )
    op.create_table(
        "told_restrictions",
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.CheckConstraint("how IN ('suspended', 'retired', 'tainted')", name="ck_told_restrictions_how"),
        sa.PrimaryKeyConstraint("authority", "kid", name="pk_told_restrictions"),
    )
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.LargeBinary(), nullable=True),
        sa.Column("received", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("evidence_id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_origin", "evidence", ["origin"])


def _parties() -> None:
    """Whom we trust."""
    op.create_table(
        "partners",
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("ca_pem", sa.LargeBinary(), nullable=False),
        sa.Column("root_pin", sa.String(), nullable=False),
        sa.Column("admitted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party", name="pk_partners"),
        sa.UniqueConstraint("authority", name="uq_partners_authority"),
    )
    op.create_table(
        "told_keyrings",
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "number", name="pk_told_keyrings"),
    )
    op.create_table(
        "keyrings",
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("jws", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("installed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "number", name="pk_keyrings"),
    )


def _home() -> None:
    """What we know and do not tell."""
    op.create_table(
        "projects",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("defence", sa.Boolean(), nullable=False),
        sa.Column("ceiling", sa.String(), nullable=False),
        sa.Column("floor", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("from_day", sa.String(), nullable=False),
        sa.Column("until_day", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("sites", sa.String(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "field IN ('ai', 'semiconductors', 'cyber_attack', 'cyber_defence')", name="ck_projects_field"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_projects"),
    )
    op.create_table(
        "project_partners",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name="fk_project_partners_project_id_projects"
        ),
        sa.PrimaryKeyConstraint("project_id", "party", name="pk_project_partners"),
        sa.UniqueConstraint("reference", name="uq_project_partners_reference"),
    )
    op.create_table(
        "pairwise",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "party", name="pk_pairwise"),
        sa.UniqueConstraint("reference", name="uq_pairwise_reference"),
    )
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.CheckConstraint(
            "scope IN ('assertion', 'subject', 'employer', 'project', 'agreement')", name="ck_holds_scope"
        ),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
    )
    op.create_index("ix_holds_ref", "holds", ["ref"])
    op.create_table(
        "status_lists",
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slots", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("lane_size", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party", "number", name="pk_status_lists"),
    )
    op.create_table(
        "status_slots",
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["party", "number"],
            ["status_lists.party", "status_lists.number"],
            name="fk_status_slots_party_number_status_lists",
        ),
        sa.PrimaryKeyConstraint("party", "number", "idx", name="pk_status_slots"),
    )
    op.create_table(
        "assertions",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("employer_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("organ", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("iat", sa.BigInteger(), nullable=False),
        sa.Column("exp", sa.BigInteger(), nullable=False),
        sa.Column("clearance_id", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("expiry_reported_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["origin", "n"], ["leaves.origin", "leaves.n"], name="fk_assertions_origin_n_leaves"),
        sa.ForeignKeyConstraint(
            ["party", "list_number", "idx"],
            ["status_slots.party", "status_slots.number", "status_slots.idx"],
            name="fk_assertions_party_list_number_idx_status_slots",
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_assertions_project_id_projects"),
        sa.PrimaryKeyConstraint("jti", name="pk_assertions"),
        sa.UniqueConstraint("party", "list_number", "idx", name="uq_assertions_party_list_number_idx"),
    )
    op.create_index("ix_assertions_agreement", "assertions", ["agreement"])
    op.create_index("ix_assertions_clearance_id", "assertions", ["clearance_id"])
    op.create_index("ix_assertions_employer_id", "assertions", ["employer_id"])
    op.create_index("ix_assertions_party_jti", "assertions", ["party", "jti"])
    op.create_index("ix_assertions_project_id_jti", "assertions", ["project_id", "jti"])
    op.create_index("ix_assertions_subject_id", "assertions", ["subject_id"])
    op.create_index(
        "ix_assertions_unreported",
        "assertions",
        ["exp"],
        sqlite_where=sa.text("expiry_reported_at IS NULL"),
        postgresql_where=sa.text("expiry_reported_at IS NULL"),
    )


def _running() -> None:
    """What keeps the node running."""
    op.create_table(
        "requests",
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "act", "request_id", name="pk_requests"),
    )
    op.create_table(
        "leases",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_leases"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_heartbeats"),
    )
