"""A party's numbered list of public keys with their windows, and the rules by which one replaces another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from interchange.domain.time import Instant

ED25519 = "Ed25519"
"""Signature family that a threshold counts; a key's `alg` is the JOSE name (`EdDSA` or `Ed25519`)."""

X25519 = "X25519"
"""The `alg` of a key to which content is sealed; it signs nothing (RFC 7748, RFC 8037 section 2)."""

MAX_KEYS = 256


class Role(StrEnum):
    """What a key is for; one key has one role for ever."""

    ASSERT = "assert"
    STATUS = "status"
    LANE = "lane"
    WITNESS = "witness"
    BINDING = "binding"
    """Signs nothing: partners seal identity bindings to it."""


@dataclass(frozen=True, slots=True)
class RootKey:
    """A key that signs keyrings and nothing else; its private half is never on a node."""

    kid: str
    alg: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One public key as its party's keyring describes it.

    Attributes:
        kid: RFC 7638 thumbprint.
        role: what it signs, or that it is sealed to.
        alg: the only JOSE algorithm name its signatures may carry; `X25519` with role `binding`, and with no other.
        public_key: 32 bytes.
        authority: the party's authority name, from its keyring.
        organ: office that an `assert` key belongs to; empty for other roles.
        sign_from, sign_until: first and first-no-longer instant of signing, or of sealing to it.
        verify_until: first instant at which its signatures no longer count, or what is sealed to it is opened no more.
        tainted_since: from when a thief may have had it, or None.
    """

    kid: str
    role: Role
    alg: str
    public_key: bytes
    authority: str
    organ: str
    sign_from: Instant
    sign_until: Instant
    verify_until: Instant
    tainted_since: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse windows that do not nest, and organs and algorithms where they do not belong."""
        if not self.sign_from < self.sign_until <= self.verify_until:
            raise refuse(Reason.KEYRING_FORM, "windows")
        if (self.role is Role.BINDING) != (self.alg == X25519):
            raise refuse(Reason.KEYRING_FORM, "alg")
        if (self.role is Role.ASSERT) != bool(self.organ):
            raise refuse(Reason.KEYRING_FORM, "organ")

    def signs_at(self, instant: Instant) -> bool:
        """Tell whether a signature made at `instant`, or what was sealed then, lies in the window for it."""
        return self.sign_from <= instant < self.sign_until


@dataclass(frozen=True, slots=True)
class Keyring:
    """What `threshold` of a party's root keys have signed.

    Attributes:
        authority: the party's authority name; a keyring is of one authority.
        number: 1, 2, 3 … without gaps.
        issued, expires: an expired keyring is stale, and so is all that rests on it.
        generation: of the party's lanes; only a new keyring can name a new one.
        thresholds: signature family → how many distinct root keys must sign.
        roots, keys: at most 256 each, every kid once.
        witnesses: how many named witnesses must have cosigned (`k` of the design), and their names; 0 today.
    """

    authority: str
    number: int
    issued: Instant
    expires: Instant
    generation: int
    thresholds: Mapping[str, int]
    roots: tuple[RootKey, ...]
    keys: tuple[KeyRecord, ...]
    witnesses_needed: int = 0
    witnesses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could never be met or could be counted twice."""
        kids = [key.kid for key in self.keys] + [root.kid for root in self.roots]
        if len(set(kids)) != len(kids) or len(set(self.public_keys)) != len(kids):
            raise refuse(Reason.KEYRING_FORM, "a key occurs twice")
        if not 0 < len(self.roots) <= MAX_KEYS or len(self.keys) > MAX_KEYS:
            raise refuse(Reason.KEYRING_FORM, "number of keys")
        if self.number < 1 or self.generation < 1 or self.issued >= self.expires:
            raise refuse(Reason.KEYRING_FORM, "number or days")
        if set(self.thresholds) != {ED25519} or not 1 <= self.thresholds[ED25519] <= len(self.roots):
            raise refuse(Reason.KEYRING_FORM, "threshold")
        if not 0 <= self.witnesses_needed <= len(self.witnesses):
            raise refuse(Reason.KEYRING_FORM, "witnesses")
        if any(key.authority != self.authority for key in self.keys):
            raise refuse(Reason.KEYRING_PARTY, "key")

    @property
    def public_keys(self) -> list[bytes]:
        """All public keys, roots first, 32 bytes each."""
        return [root.public_key for root in self.roots] + [key.public_key for key in self.keys]

    def key(self, kid: str) -> KeyRecord | None:
        """Find a key by its thumbprint, or None."""
        return next((key for key in self.keys if key.kid == kid), None)

    def of_role(self, role: Role) -> tuple[KeyRecord, ...]:
        """List the keys of one role in the keyring's order."""
        return tuple(key for key in self.keys if key.role is role)

    def sound(self, role: Role) -> tuple[KeyRecord, ...]:
        """List the keys of one role that no thief may have."""
        return tuple(key for key in self.of_role(role) if key.tainted_since is None)

    @property
    def root_pin(self) -> str:
        """Fingerprint of root keys and threshold, to be compared by telephone: 64 hexadecimal digits."""
        families = ",".join(f"{family}={count}" for family, count in sorted(self.thresholds.items()))
        material = "\n".join([self.authority, families, *sorted(root.kid for root in self.roots)])
        return sha256(material.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RootSignature:
    """One signature of a root key over a keyring's JWS signing input (RFC 7515 section 7.2)."""

    kid: str
    alg: str
    signing_input: bytes
    signature: bytes


def endorsers(
    roots: Iterable[RootKey], signatures: Iterable[RootSignature], verify: Callable[[bytes, bytes, bytes], bool]
) -> frozenset[str]:
    """Name the root keys of `roots` with a valid signature among `signatures`; each key counts once.

    Args:
        roots: the keys that may endorse.
        signatures: collected signatures over one payload.
        verify: `(public_key, message, signature) -> bool`.
    """
    by_kid = {root.kid: root for root in roots}
    return frozenset(
        line.kid
        for line in signatures
        if (root := by_kid.get(line.kid))
        and root.alg == line.alg
        and verify(root.public_key, line.signing_input, line.signature)
    )


def accept_keyring(
    current: Keyring | None,
    candidate: Keyring,
    signatures: tuple[RootSignature, ...],
    verify: Callable[[bytes, bytes, bytes], bool],
) -> Keyring:
    """Return `candidate` if it may follow `current` (TUF 1.0.34, section 5.3), else refuse.

    The first keyring of a party has no current one: whoever pins it compares `root_pin` with what the party said
    by another way. Expiry is not looked at here: only the last keyring's expiry matters, and only at use (5.3.10).

    Raises:
        Refusal: KEYRING_PARTY another authority; KEYRING_NUMBER not the next one (5.3.5), or an earlier generation;
            KEY_ROLE a key whose role, organ or algorithm changed; KEYRING_THRESHOLD too few of the current (5.3.4) or
            of its own root keys.
    """
    if current is not None:
        if candidate.authority != current.authority:
            raise refuse(Reason.KEYRING_PARTY)
        if candidate.number != current.number + 1:
            raise refuse(Reason.KEYRING_NUMBER, f"expected {current.number + 1}")
        if candidate.generation < current.generation:
            raise refuse(Reason.KEYRING_NUMBER, "generation")
        before, after = _uses(current), _uses(candidate)
        if any(before[kid] != after[kid] for kid in before.keys() & after.keys()):
            raise refuse(Reason.KEY_ROLE, "a key that is known for another use")
    for ring in (current, candidate):
        if ring is not None and len(endorsers(ring.roots, signatures, verify)) < ring.thresholds[ED25519]:
            raise refuse(Reason.KEYRING_THRESHOLD, f"keyring {ring.number} needs {ring.thresholds[ED25519]}")
    return candidate


def _uses(ring: Keyring) -> dict[str, tuple[str, str, str]]:
    """Read for what each key is there: role, organ, algorithm; they are the key's for ever."""
    uses = {key.kid: (key.role.value, key.organ, key.alg) for key in ring.keys}
    return uses | {root.kid: ("root", "", root.alg) for root in ring.roots}
