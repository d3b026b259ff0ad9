"""Tables of our own keys: what each is for, how far it has come, and which partners were told of it where.

Nothing private is here; where private halves lie is the keychain's matter.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field

from interchange.domain.stages import Stage
from interchange.store.schema import Row, index_where, one_of, refers


class KeyRow(Row, table=True):
    """A key of ours, from its drafting on and for ever; `ended_at` is when it was retired, tainted or suspended."""

    __tablename__ = "keys"
    __table_args__ = (
        one_of("stage", Stage),
        index_where("stage = 'active'", "ix_keys_active", "role", "organ"),
    )
    kid: str = Field(primary_key=True)
    role: str
    organ: str
    alg: str
    public_key: bytes = Field(sa_type=LargeBinary)
    sign_from: int = Field(sa_type=BigInteger)
    sign_until: int = Field(sa_type=BigInteger)
    verify_until: int = Field(sa_type=BigInteger)
    stage: str
    made_at: int = Field(sa_type=BigInteger)
    moved_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    tainted_since: int | None = Field(default=None, sa_type=BigInteger)
    first_keyring: int | None = None
    signatures: int = Field(default=0, sa_type=BigInteger)


class KeyringLeafRow(Row, table=True):
    """Where a lane of ours tells a keyring of ours; who acknowledged that leaf has seen the keyring."""

    __tablename__ = "keyring_leaves"
    __table_args__ = (refers("origin n", "leaves origin n"),)
    origin: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)


class WarningRow(Row, table=True):
    """A warning before the end of a key, keyring or certificate, given once."""

    __tablename__ = "warnings"
    ref: str = Field(primary_key=True)
    ends_at: int = Field(primary_key=True, sa_type=BigInteger)
    days: int = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
