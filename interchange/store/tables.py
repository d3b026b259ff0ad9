"""The ledger's tables: dumb rows, no behaviour; Core statements in the neighbouring modules read and write them.

Times are whole Unix seconds, digests and references base64url text, enums text held to their values by the database.
What a lane told, ours or a partner's, lies in one set of tables (`lanes`, `leaves`, `nodes`, `told`, `told_holds`,
`told_restrictions`, `told_keyrings`, `witnessed`), so that the issuing node and its followers answer from the same
rows in the same way.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from interchange.domain.events import Restriction, Scope
from interchange.domain.projects import Field as ProjectField
from interchange.domain.standing import HoldScope
from interchange.store.schema import Row, index_where, one_of, refers


class LaneRow(Row, table=True):
    """Head of a lane, issued by us or followed; `frontier` is the concatenated RFC 6962 subtree hashes."""

    __tablename__ = "lanes"
    origin: str = Field(primary_key=True)
    party: str
    issued: bool
    size: int = Field(sa_type=BigInteger)
    frontier: bytes = Field(sa_type=LargeBinary)
    note: bytes | None = Field(default=None, sa_type=LargeBinary)
    signed_at: int | None = Field(default=None, sa_type=BigInteger)
    received_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_size: int = Field(default=0, sa_type=BigInteger)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledgement: str | None = None


class LeafRow(Row, table=True):
    """One leaf and the JWS beside it; `token` may be deleted after its retention while the tree stands."""

    __tablename__ = "leaves"
    origin: str = Field(primary_key=True, foreign_key="lanes.origin")
    n: int = Field(primary_key=True, sa_type=BigInteger)
    leaf: bytes = Field(sa_type=LargeBinary)
    token: bytes | None = Field(default=None, sa_type=LargeBinary)


class NodeRow(Row, table=True):
    """Hash of the perfect subtree over leaves [idx * 2^level, (idx + 1) * 2^level)."""

    __tablename__ = "nodes"
    origin: str = Field(primary_key=True, foreign_key="lanes.origin")
    level: int = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)


class ToldRow(Row, table=True):
    """An assertion as its issuer's lane told it."""

    __tablename__ = "told"
    __table_args__ = (refers("origin n", "leaves origin n"),)
    authority: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    origin: str
    n: int = Field(sa_type=BigInteger)
    sha256: str
    idx: int = Field(sa_type=BigInteger)
    revoked_n: int | None = Field(default=None, sa_type=BigInteger)


class ToldHoldRow(Row, table=True):
    """A hold as a lane told it; `hold_id` is our own hold behind it, None for a partner's."""

    __tablename__ = "told_holds"
    __table_args__ = (
        one_of("scope", Scope),
        refers("origin placed_n", "leaves origin n"),
        index_where("lifted_n IS NULL", "ix_told_holds_open", "authority", "of"),
        Index(None, "authority", "of"),
    )
    authority: str = Field(primary_key=True)
    hold: str = Field(primary_key=True)
    origin: str
    scope: str
    of: str
    placed_n: int = Field(sa_type=BigInteger)
    lifted_n: int | None = Field(default=None, sa_type=BigInteger)
    hold_id: str | None = Field(default=None, index=True)


class ToldRestrictionRow(Row, table=True):
    """One leaf that narrows a key of its party; `folded_in` is the number of the keyring that stands for it since."""

    __tablename__ = "told_restrictions"
    __table_args__ = (
        one_of("how", Restriction),
        refers("origin n", "leaves origin n"),
        Index(None, "authority", "kid"),
    )
    origin: str = Field(primary_key=True)
    n: int = Field(primary_key=True, sa_type=BigInteger)
    authority: str
    kid: str
    how: str
    since: int | None = Field(default=None, sa_type=BigInteger)
    folded_in: int | None = None


class WitnessedRow(Row, table=True):
    """A size of a lane that its witness cosigned, and the earliest time known of that."""

    __tablename__ = "witnessed"
    __table_args__ = (Index(None, "origin", "at"),)
    origin: str = Field(primary_key=True, foreign_key="lanes.origin")
    size: int = Field(primary_key=True, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)


class ToldKeyringRow(Row, table=True):
    """A keyring that a lane of its party has told; what is told of it again is no news."""

    __tablename__ = "told_keyrings"
    authority: str = Field(primary_key=True)
    number: int = Field(primary_key=True)


class KeyringRow(Row, table=True):
    """A keyring that was accepted, ours or a partner's; all numbers are kept."""

    __tablename__ = "keyrings"
    authority: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    jws: bytes = Field(sa_type=LargeBinary)
    sha256: str
    installed_at: int = Field(sa_type=BigInteger)


class PartnerRow(Row, table=True):
    """An admitted partner, with the certificate authority pinned for it and nobody else."""

    __tablename__ = "partners"
    party: str = Field(primary_key=True)
    authority: str = Field(unique=True)
    address: str
    ca_pem: bytes = Field(sa_type=LargeBinary)
    root_pin: str
    admitted_at: int = Field(sa_type=BigInteger)


class ProjectRow(Row, table=True):
    """A joint project."""

    __tablename__ = "projects"
    __table_args__ = (one_of("field", ProjectField),)
    project_id: str = Field(primary_key=True)
    title: str
    field: str
    defence: bool
    ceiling: str
    floor: str
    purpose: str
    from_day: str
    until_day: str
    opened_at: int = Field(sa_type=BigInteger)
    sites: str = ""
    closed_at: int | None = Field(default=None, sa_type=BigInteger)


class ProjectPartnerRow(Row, table=True):
    """A partner of a project, the agreement it rests on, and the project's random reference towards it."""

    __tablename__ = "project_partners"
    project_id: str = Field(primary_key=True, foreign_key="projects.project_id")
    party: str = Field(primary_key=True)
    agreement: str
    reference: str = Field(unique=True)


class PairwiseRow(Row, table=True):
    """The random reference by which one partner knows one subject."""

    __tablename__ = "pairwise"
    subject_id: str = Field(primary_key=True)
    party: str = Field(primary_key=True)
    reference: str = Field(unique=True)


class AssertionRow(Row, table=True):
    """What we know about an assertion of ours that we do not tell."""

    __tablename__ = "assertions"
    __table_args__ = (
        UniqueConstraint("party", "list_number", "idx"),
        refers("origin n", "leaves origin n"),
        refers("party list_number idx", "status_slots party number idx"),
        Index(None, "party", "jti"),
        Index(None, "project_id", "jti"),
        index_where("expiry_reported_at IS NULL", "ix_assertions_unreported", "exp"),
    )
    jti: str = Field(primary_key=True)
    subject_id: str = Field(index=True)
    employer_id: str = Field(index=True)
    project_id: str = Field(foreign_key="projects.project_id")
    party: str
    agreement: str = Field(index=True)
    organ: str
    origin: str
    n: int = Field(sa_type=BigInteger)
    list_number: int
    idx: int = Field(sa_type=BigInteger)
    iat: int = Field(sa_type=BigInteger)
    exp: int = Field(sa_type=BigInteger)
    clearance_id: str = Field(index=True)
    kid: str = Field(default="", index=True, sa_column_kwargs={"server_default": text("''")})
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    expiry_reported_at: int | None = Field(default=None, sa_type=BigInteger)


class HoldRow(Row, table=True):
    """A suspension with its true scope, which stays here."""

    __tablename__ = "holds"
    __table_args__ = (one_of("scope", HoldScope),)
    hold_id: str = Field(primary_key=True)
    scope: str
    ref: str = Field(index=True)
    opened_at: int = Field(sa_type=BigInteger)
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    cause: str | None = None


class RequestRow(Row, table=True):
    """A mutating request that succeeded, so that its replay gives the same answer."""

    __tablename__ = "requests"
    caller: str = Field(primary_key=True)
    act: str = Field(primary_key=True)
    request_id: str = Field(primary_key=True)
    digest: str
    result: bytes = Field(sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger)


class StatusListRow(Row, table=True):
    """A status list of one partner: its slots, how many are taken, and the last signed form."""

    __tablename__ = "status_lists"
    party: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    slots: int = Field(sa_type=BigInteger)
    used: int = Field(default=0, sa_type=BigInteger)
    token: bytes | None = Field(default=None, sa_type=LargeBinary)
    lane_size: int = Field(default=0, sa_type=BigInteger)
    signed_at: int = Field(default=0, sa_type=BigInteger)


class StatusSlotRow(Row, table=True):
    """A slot that was taken once and is never given again, whatever becomes of the assertion that took it."""

    __tablename__ = "status_slots"
    __table_args__ = (refers("party number", "status_lists party number"),)
    party: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=BigInteger)


class LeaseRow(Row, table=True):
    """Who may run a job now; `fence` grows with every new holder."""

    __tablename__ = "leases"
    job: str = Field(primary_key=True)
    holder: str
    fence: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)


class HeartbeatRow(Row, table=True):
    """When a job last finished a pass, and how."""

    __tablename__ = "heartbeats"
    job: str = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
    outcome: str


class EvidenceRow(Row, table=True):
    """Two signed statements of a partner that cannot both be true, kept for people."""

    __tablename__ = "evidence"
    evidence_id: str = Field(primary_key=True)
    origin: str = Field(index=True)
    reason: str
    at: int = Field(sa_type=BigInteger)
    known: bytes | None = Field(default=None, sa_type=LargeBinary)
    received: bytes = Field(sa_type=LargeBinary)
