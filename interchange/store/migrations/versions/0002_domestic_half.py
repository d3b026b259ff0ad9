"""The domestic half: people, screenings, participants, proposals. A step is history and is never edited."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _people()
    _coordination()
    _two_people()
    _telling()


def _people() -> None:
    """Who people are, and what their clearances rest on."""
    op.create_table(
        "subjects",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("seal_number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name="pk_subjects"),
    )
    op.create_index("ix_subjects_seal_number", "subjects", ["seal_number"])
    op.create_table(
        "subject_lookups",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.subject_id"], name="fk_subject_lookups_subject_id_subjects"),
        sa.PrimaryKeyConstraint("digest", name="pk_subject_lookups"),
    )
    op.create_index("ix_subject_lookups_subject_id", "subject_lookups", ["subject_id"])
    op.create_table(
        "screenings",
        sa.Column("screening_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("consented_on", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("conclusion", sa.String(), nullable=True),
        sa.Column("concluded_at", sa.BigInteger(), nullable=True),
        sa.Column("notified_on", sa.String(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("conclusion IN ('eligible', 'not_eligible')", name="ck_screenings_conclusion"),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.subject_id"], name="fk_screenings_subject_id_subjects"),
        sa.PrimaryKeyConstraint("screening_id", name="pk_screenings"),
    )
    op.create_index("ix_screenings_subject_id", "screenings", ["subject_id"])
    op.create_table(
        "screening_items",
        sa.Column("screening_id", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("done_on", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.screening_id"], name="fk_screening_items_screening_id_screenings"
        ),
        sa.PrimaryKeyConstraint("screening_id", "item", name="pk_screening_items"),
    )
    op.create_table(
        "clearances",
        sa.Column("clearance_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("organ", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("notified_on", sa.String(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("employer_id", sa.String(), nullable=False),
        sa.Column("screening_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('cleared', 'authorised_by_function')", name="ck_clearances_kind"),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.screening_id"], name="fk_clearances_screening_id_screenings"
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.subject_id"], name="fk_clearances_subject_id_subjects"),
        sa.PrimaryKeyConstraint("clearance_id", name="pk_clearances"),
    )
    op.create_index("ix_clearances_employer_id", "clearances", ["employer_id"])
    op.create_index("ix_clearances_screening_id", "clearances", ["screening_id"])
    op.create_index("ix_clearances_subject_id", "clearances", ["subject_id"])
    op.create_table(
        "employers",
        sa.Column("employer_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("public_office", sa.Boolean(), nullable=False),
        sa.Column("ceiling", sa.String(), nullable=False),
        sa.Column("from_day", sa.String(), nullable=False),
        sa.Column("until_day", sa.String(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("employer_id", name="pk_employers"),
    )
    op.create_table(
        "consents",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("items", sa.String(), nullable=False),
        sa.Column("rules_information", sa.String(), nullable=False),
        sa.Column("from_day", sa.String(), nullable=False),
        sa.Column("until_day", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.subject_id"], name="fk_consents_subject_id_subjects"),
        sa.PrimaryKeyConstraint("consent_id", name="pk_consents"),
    )
    op.create_index("ix_consents_subject_id", "consents", ["subject_id"])


def _coordination() -> None:
    """Participants and rosters."""
    op.create_table(
        "participants",
        sa.Column("participant_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("employer_id", sa.String(), nullable=False),
        sa.Column("from_day", sa.String(), nullable=False),
        sa.Column("until_day", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["jti"], ["assertions.jti"], name="fk_participants_jti_assertions"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_participants_project_id_projects"),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.subject_id"], name="fk_participants_subject_id_subjects"),
        sa.PrimaryKeyConstraint("participant_id", name="pk_participants"),
    )
    op.create_index("ix_participants_jti", "participants", ["jti"])
    op.create_index("ix_participants_project_id_participant_id", "participants", ["project_id", "participant_id"])
    op.create_index(
        "ix_participants_subject_id_project_id_party", "participants", ["subject_id", "project_id", "party"]
    )
    op.create_table(
        "rosters",
        sa.Column("roster_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_rosters_project_id_projects"),
        sa.PrimaryKeyConstraint("roster_id", name="pk_rosters"),
    )
    op.create_index(
        "ix_rosters_unfinished",
        "rosters",
        ["approved_at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "roster_lines",
        sa.Column("roster_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("employer_id", sa.String(), nullable=False),
        sa.Column("from_day", sa.String(), nullable=False),
        sa.Column("until_day", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("participant_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'confirmed', 'not_confirmed', 'already')", name="ck_roster_lines_outcome"
        ),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.roster_id"], name="fk_roster_lines_roster_id_rosters"),
        sa.PrimaryKeyConstraint("roster_id", "line", name="pk_roster_lines"),
    )
    op.create_index(
        "ix_roster_lines_waiting",
        "roster_lines",
        ["roster_id", "line"],
        sqlite_where=sa.text("outcome = 'waiting'"),
        postgresql_where=sa.text("outcome = 'waiting'"),
    )
    op.create_table(
        "misses",
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "day", name="pk_misses"),
    )


def _two_people() -> None:
    """Acts of two people."""
    op.create_table(
        "proposals",
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("organ", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("outcome IN ('open', 'executed', 'rejected')", name="ck_proposals_outcome"),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_proposals"),
    )
    op.create_table(
        "proposal_signatures",
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("spiffe", sa.String(), nullable=False),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.proposal_id"], name="fk_proposal_signatures_proposal_id_proposals"
        ),
        sa.PrimaryKeyConstraint("proposal_id", "person", name="pk_proposal_signatures"),
    )
    op.create_table(
        "agreement_moves",
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('signed', 'in_force', 'notice_given', 'suspended', 'terminated')",
            name="ck_agreement_moves_state",
        ),
        sa.PrimaryKeyConstraint("agreement", "number", name="pk_agreement_moves"),
    )


def _telling() -> None:
    """What was told about people, and to whom."""
    op.create_table(
        "bindings",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("unmatched_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["jti"], ["assertions.jti"], name="fk_bindings_jti_assertions"),
        sa.PrimaryKeyConstraint("jti", "sha256", name="pk_bindings"),
    )
    op.create_table(
        "told_bindings",
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority", "jti"], ["told.authority", "told.jti"], name="fk_told_bindings_authority_jti_told"
        ),
        sa.PrimaryKeyConstraint("authority", "jti", name="pk_told_bindings"),
    )
    op.create_table(
        "verifications",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("jti", "party", "at", "outcome", name="pk_verifications"),
    )
    op.create_table(
        "reminders",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ref", "days", name="pk_reminders"),
    )
