"""Tables of what only the home party knows: people, screenings, employers, consents, participants, proposals.

Nothing here ever leaves the node, and of a person's identity nothing is here but bytes that the vault has sealed and
keyed hashes by which the person is found. As in `store.tables`, rows are dumb and times whole Unix seconds.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from interchange.domain.agreements import AgreementState
from interchange.domain.assertion import Kind
from interchange.domain.proposals import Outcome
from interchange.domain.rosters import RowOutcome
from interchange.domain.screening import Conclusion
from interchange.store.schema import Row, index_where, one_of, refers


class SubjectRow(Row, table=True):
    """A person; `sealed` is None once the retention of the identity is over."""

    __tablename__ = "subjects"
    subject_id: str = Field(primary_key=True)
    seal_number: int = Field(index=True)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    registered_at: int = Field(sa_type=BigInteger)


class SubjectLookupRow(Row, table=True):
    """A keyed hash by which a person is found; two at a time while the look-up key is changed."""

    __tablename__ = "subject_lookups"
    digest: str = Field(primary_key=True)
    key_number: int
    subject_id: str = Field(foreign_key="subjects.subject_id", index=True)


class ScreeningRow(Row, table=True):
    """A screening of one person by one body."""

    __tablename__ = "screenings"
    __table_args__ = (one_of("conclusion", Conclusion),)
    screening_id: str = Field(primary_key=True)
    subject_id: str = Field(foreign_key="subjects.subject_id", index=True)
    body: str
    consented_on: str
    opened_at: int = Field(sa_type=BigInteger)
    conclusion: str | None = None
    concluded_at: int | None = Field(default=None, sa_type=BigInteger)
    notified_on: str | None = None
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class ScreeningItemRow(Row, table=True):
    """An item that was looked into; there is no column for what was found."""

    __tablename__ = "screening_items"
    screening_id: str = Field(primary_key=True, foreign_key="screenings.screening_id")
    item: str = Field(primary_key=True)
    done_on: str
    officer: str


class ClearanceRow(Row, table=True):
    """A level granted by an organ to a subject, or given by law to the holder of an office."""

    __tablename__ = "clearances"
    __table_args__ = (one_of("kind", Kind),)
    clearance_id: str = Field(primary_key=True)
    subject_id: str = Field(foreign_key="subjects.subject_id", index=True)
    organ: str
    level: str
    notified_on: str
    ends_at: int = Field(sa_type=BigInteger)
    employer_id: str = Field(index=True)
    screening_id: str | None = Field(default=None, foreign_key="screenings.screening_id", index=True)
    kind: str
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class EmployerRow(Row, table=True):
    """An employer and its recognition."""

    __tablename__ = "employers"
    employer_id: str = Field(primary_key=True)
    title: str
    public_office: bool
    ceiling: str
    from_day: str
    until_day: str | None = None
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class ConsentRow(Row, table=True):
    """A consent to a transfer; `items` are joined by spaces."""

    __tablename__ = "consents"
    consent_id: str = Field(primary_key=True)
    subject_id: str = Field(foreign_key="subjects.subject_id", index=True)
    party: str
    recipient: str
    purpose: str
    items: str
    rules_information: str
    from_day: str
    until_day: str
    withdrawn_at: int | None = Field(default=None, sa_type=BigInteger)


class ParticipantRow(Row, table=True):
    """A person enrolled in a project towards one partner."""

    __tablename__ = "participants"
    __table_args__ = (Index(None, "project_id", "participant_id"), Index(None, "subject_id", "project_id", "party"))
    participant_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.project_id")
    subject_id: str = Field(foreign_key="subjects.subject_id")
    party: str
    employer_id: str
    from_day: str
    until_day: str
    jti: str = Field(foreign_key="assertions.jti", index=True)
    enrolled_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class RosterRow(Row, table=True):
    """A roster as handed in, and how far it is carried out; `digest` covers all its rows."""

    __tablename__ = "rosters"
    __table_args__ = (index_where("done_at IS NULL", "ix_rosters_unfinished", "approved_at"),)
    roster_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.project_id")
    party: str
    caller: str
    digest: str
    total: int
    at: int = Field(sa_type=BigInteger)
    approved_at: int | None = Field(default=None, sa_type=BigInteger)
    done_at: int | None = Field(default=None, sa_type=BigInteger)


class RosterLineRow(Row, table=True):
    """A line of a roster; the person's values were only used to find the person and are not kept."""

    __tablename__ = "roster_lines"
    __table_args__ = (
        one_of("outcome", RowOutcome),
        index_where("outcome = 'waiting'", "ix_roster_lines_waiting", "roster_id", "line"),
    )
    roster_id: str = Field(primary_key=True, foreign_key="rosters.roster_id")
    line: int = Field(primary_key=True)
    subject_id: str
    employer_id: str
    from_day: str
    until_day: str
    outcome: str
    participant_id: str | None = None


class MissRow(Row, table=True):
    """How often a coordinator asked for people who are not confirmed, by day."""

    __tablename__ = "misses"
    caller: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    count: int


class ProposalRow(Row, table=True):
    """An act that waits for a second person; the signatures beside it decide, and never this row."""

    __tablename__ = "proposals"
    __table_args__ = (one_of("outcome", Outcome),)
    proposal_id: str = Field(primary_key=True)
    act: str
    organ: str
    caller: str
    request_id: str
    body: bytes = Field(sa_type=LargeBinary)
    digest: str
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    outcome: str
    result: str | None = None
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class ProposalSignatureRow(Row, table=True):
    """One person's signature for or against a proposal, with the certificate of the key that made it."""

    __tablename__ = "proposal_signatures"
    proposal_id: str = Field(primary_key=True, foreign_key="proposals.proposal_id")
    person: str = Field(primary_key=True)
    spiffe: str
    approves: bool
    why: str
    certificate: bytes = Field(sa_type=LargeBinary)
    signature: bytes = Field(sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger)


class AgreementMoveRow(Row, table=True):
    """A step of an agreement from one state to the next, after those of the rulebook; numbered from 1."""

    __tablename__ = "agreement_moves"
    __table_args__ = (one_of("state", AgreementState),)
    agreement: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    state: str
    day: str
    at: int = Field(sa_type=BigInteger)


class BindingRow(Row, table=True):
    """An identity binding that we sent; `sealed` is None once the partner has confirmed the match, or we ended it."""

    __tablename__ = "bindings"
    jti: str = Field(primary_key=True, foreign_key="assertions.jti")
    sha256: str = Field(primary_key=True)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    sent_at: int = Field(sa_type=BigInteger)
    confirmed_at: int | None = Field(default=None, sa_type=BigInteger)
    unmatched_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class ToldBindingRow(Row, table=True):
    """The binding that a lane last told of an assertion; `sha256` is None once the lane has ended it."""

    __tablename__ = "told_bindings"
    __table_args__ = (refers("authority jti", "told authority jti"),)
    authority: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    sha256: str | None = None


class VerificationRow(Row, table=True):
    """That somebody asked this node about an assertion, so that the person can be told; `count` within one second."""

    __tablename__ = "verifications"
    jti: str = Field(primary_key=True)
    party: str = Field(primary_key=True)
    at: int = Field(primary_key=True, sa_type=BigInteger)
    outcome: str = Field(primary_key=True)
    count: int


class ReminderRow(Row, table=True):
    """A reminder that was given, so that it is given once."""

    __tablename__ = "reminders"
    kind: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    days: int = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
