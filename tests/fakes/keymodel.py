"""What a plain reading of the rules says of keys, partners and time; nothing here asks the program.

A key's stage says what the issuer may do with it; what partners believe follows from what they were told of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

DAY, SKEW, FRESH = 86_400, 60, 900
CACHE = 3600
"""Seconds for which programs may keep the set of keys."""

Use = tuple[str, str]
"""Role and organ."""

STEPS = {
    "activate": ({"laid_in"}, "active"),
    "suspend": ({"laid_in", "active"}, "suspended"),
    "resume": ({"suspended"}, "laid_in"),
    "retire": ({"laid_in", "active", "suspended"}, "retired"),
    "taint": ({"drafted", "laid_in", "active", "suspended", "retired", "tainted", "destroyed"}, "tainted"),
    "destroy": ({"drafted", "retired", "tainted"}, "destroyed"),
}
"""Verb → the stages from which it leads, and where to."""

QUIET = frozenset({"lane", "witness"})
"""Roles of which no lane tells: partners learn it from keyrings alone."""

IN_JWKS = frozenset({"assert", "status"})


@dataclass(frozen=True)
class Listed:
    """A key as a keyring describes it."""

    begins: int
    ends: int
    counts: int
    tainted: int | None = None

    def may_sign(self, now: int) -> bool:
        """Tell whether a signature of now would be believed."""
        return self.tainted is None and self.begins <= now < self.ends


@dataclass
class Key:
    """A key of the home party.

    Attributes:
        since_ring: from which keyring on all of them have listed it, and nothing has cast doubt on it.
        doubted: lanes have told that it is suspended, and no keyring has listed it since.
    """

    kid: str
    use: Use
    listed: Listed
    made: int
    stage: str = "drafted"
    moved: int = 0
    ended: int | None = None
    since_ring: int | None = None
    was_listed: bool = False
    doubted: bool = False
    gone: bool = False

    def for_the_next(self) -> Listed | None:
        """Say how the next keyring describes it, or that it leaves it out."""
        if self.stage == "suspended":
            return None
        if self.stage in {"drafted", "laid_in", "active"}:
            return self.listed
        end = self.moved if self.ended is None else self.ended
        if not self.was_listed or self.listed.begins > end:
            return None
        return replace(self.listed, ends=min(self.listed.ends, end + 1))


@dataclass(frozen=True)
class Ring:
    """A keyring: what it says of keys, from when to when, and when it was published."""

    number: int
    issued: int
    expires: int
    keys: dict[str, Listed]
    installed: int = 0


@dataclass(frozen=True)
class Told:
    """An assertion: to whom, by which leaf, signed by which key, from when to when."""

    jti: str
    party: str
    n: int
    kid: str
    iat: int
    exp: int


@dataclass
class Reader:
    """A partner: how much of its lane it has applied, and what it cosigned when."""

    size: int = 0
    contact: int | None = None
    cosigned: list[tuple[int, int]] = field(default_factory=list)
    """(size, instant)."""


@dataclass
class Keys:
    """All of it together."""

    now: int
    ring: Ring
    keys: dict[str, Key]
    lanes: dict[str, list[tuple[str, Any]]]
    """Party → what its lane tells: the kind of each event, and what it is about."""
    readers: dict[str, Reader]
    told: dict[str, Told] = field(default_factory=dict)

    # -- the issuer -------------------------------------------------------------------------------------------

    def of_use(self, use: Use, *stages: str) -> list[Key]:
        """List keys, the oldest window first."""
        found = [key for key in self.keys.values() if key.use == use and key.stage in stages]
        return sorted(found, key=lambda key: (key.listed.begins, key.made, key.kid))

    def can_sign(self, key: Key) -> bool:
        """Tell whether partners would believe what it signs now, as soon as they are told all."""
        listed = self.ring.keys.get(key.kid)
        return listed is not None and listed.may_sign(self.now) and not key.gone

    def signs(self, use: Use) -> str | None:
        """Name the key that signs now, or None if nothing can be signed."""
        usable = [key.kid for key in self.of_use(use, "active") if self.can_sign(key)]
        return usable[0] if usable and self.now < self.ring.expires else None

    def is_allowed(self, key: Key, verb: str, *, forced: bool = False, since: int = 0) -> bool:
        """Tell whether a step can be taken."""
        if key.stage not in STEPS[verb][0]:
            return False
        if verb == "taint":
            return since <= self.now and (key.listed.tainted is None or since < key.listed.tainted)
        if verb != "activate":
            return True
        return self.can_sign(key) and not key.doubted and (forced or not self.unaware(key))

    def unaware(self, key: Key) -> list[str]:
        """Name whoever follows and could not check what the key signs; `JWK` for programs that keep an older set."""
        number = key.since_ring or 0
        found = [
            party
            for party, reader in sorted(self.readers.items())
            if reader.cosigned and self.acknowledged(party) < number
        ]
        kept = key.use[0] in IN_JWKS and self.now < self.installed[number] + CACHE
        return found + ["JWK"] * kept

    installed: dict[int, int] = field(default_factory=dict)

    def acknowledged(self, party: str) -> int:
        """Say which keyring of ours a partner has acknowledged last."""
        size = max((size for size, _ in self.readers[party].cosigned), default=0)
        return max((of for kind, of in self.lanes[party][:size] if kind == "keyring"), default=0)

    def move(self, key: Key, verb: str, since: int | None = None) -> None:
        """Take a step that is allowed."""
        if verb == "activate":
            for other in self.of_use(key.use, "active"):
                other.stage, other.moved = "laid_in", self.now
        if verb in {"suspend", "retire", "taint"}:
            if key.use[0] not in QUIET and key.kid in self.ring.keys:
                key.doubted = key.doubted or verb == "suspend"
                for lane in self.lanes.values():
                    lane.append((verb, (key.kid, since)))
            key.ended = self.now if key.ended is None else key.ended
        if verb == "resume":
            key.ended = None
        if since is not None:
            key.listed = replace(key.listed, tainted=since)
        key.stage, key.moved = STEPS[verb][1], self.now
        key.gone = key.gone or verb == "destroy"

    def draft(self, days: int) -> Ring:
        """Draft the next keyring."""
        described = {kid: key.for_the_next() for kid, key in self.keys.items()}
        keys = {kid: listed for kid, listed in described.items() if listed and listed.counts > self.now}
        return Ring(self.ring.number + 1, self.now, self.now + days * DAY, keys)

    def is_publishable(self, ring: Ring) -> bool:
        """Tell whether a draft is still the next one, and knows of every key what is known by now."""

        def knows(key: Key, listed: Listed) -> bool:
            if key.stage in {"drafted", "laid_in", "active"}:
                return True
            own, said = key.for_the_next(), listed.tainted
            if own is None or listed.ends > own.ends:
                return False
            return own.tainted is None or (said is not None and said <= own.tainted)

        sound = all(knows(self.keys[kid], listed) for kid, listed in ring.keys.items())
        return ring.number == self.ring.number + 1 and self.now < ring.expires and sound

    def publish(self, ring: Ring) -> None:
        """Put a keyring into use."""
        before, self.ring = self.ring, replace(ring, installed=self.now)
        self.installed[ring.number] = self.now
        for kid, listed in ring.keys.items():
            key = self.keys[kid]
            if kid not in before.keys or key.doubted:
                key.since_ring = ring.number
            if key.stage == "drafted":
                key.stage, key.moved = "laid_in", self.now
            key.listed, key.was_listed, key.doubted = listed, True, False
        for lane in self.lanes.values():
            lane.append(("keyring", ring.number))
        for use in {self.keys[kid].use for kid in ring.keys}:
            active, ready = self.of_use(use, "active"), [k for k in self.of_use(use, "laid_in") if self.can_sign(k)]
            if ready and not any(self.can_sign(key) for key in active):
                for other in active:
                    other.stage, other.moved = "laid_in", self.now
                ready[-1].stage, ready[-1].moved = "active", self.now

    # -- the partners -----------------------------------------------------------------------------------------

    def applied(self, party: str, size: int) -> None:
        """Let a partner have so much of its lane; who has all of it says so."""
        reader = self.readers[party]
        reader.size = size
        if size == len(self.lanes[party]):
            reader.contact = self.now
            if size > max((known for known, _ in reader.cosigned), default=0):
                reader.cosigned.append((size, self.now))

    def is_caught_up(self, party: str) -> bool:
        """Tell whether a partner has all that there is, and heard so lately."""
        reader = self.readers[party]
        fresh = reader.contact is not None and self.now - reader.contact + SKEW <= FRESH
        return fresh and reader.size == len(self.lanes[party])

    def counts(self, told: Told) -> bool:
        """Tell whether whoever knows all accepts an assertion: the law that everything else here serves."""
        key, listed = self.keys[told.kid], self.ring.keys.get(told.kid)
        over = listed is None or not listed.begins <= told.iat < listed.ends or self.now >= listed.counts
        if over or self.now >= self.ring.expires or self.now >= told.exp or self.is_revoked(told):
            return False
        if key.stage == "suspended" or key.doubted:
            return False
        since = key.listed.tainted
        cosigned = self.readers[told.party].cosigned
        return since is None or any(told.n < size and at < since - SKEW for size, at in cosigned)

    def is_sound(self, told: Told) -> bool:
        """Tell whether nothing at all is against an assertion: then nobody who follows may refuse it."""
        key = self.keys[told.kid]
        sound = key.stage != "suspended" and not key.doubted and key.listed.tainted is None
        return sound and self.now < min(told.exp, self.ring.expires, key.listed.counts) and not self.is_revoked(told)

    def is_revoked(self, told: Told) -> bool:
        """Tell whether an assertion was revoked."""
        return ("revoked", told.jti) in self.lanes[told.party]

    def must_refuse(self, told: Told) -> bool:
        """Tell whether a partner must refuse by what it has applied, though it may lack the rest."""
        reader = self.readers[told.party]
        seen = self.lanes[told.party][: reader.size]
        if told.n >= reader.size or ("revoked", told.jti) in seen or self.now >= told.exp:
            return True
        if reader.contact is None or self.now - reader.contact + SKEW > FRESH:
            return True
        rings = [n for n, (kind, _) in enumerate(seen) if kind == "keyring"]
        suspended = ("suspend", (told.kid, None)) in seen[max(rings, default=0) :]
        taints = [of[1] for kind, of in seen if kind == "taint" and of[0] == told.kid]
        return suspended or (bool(taints) and not _witnessed(told, reader.cosigned, min(taints)))


def _witnessed(told: Told, cosigned: Iterable[tuple[int, int]], since: int) -> bool:
    return any(told.n < size and at < since - SKEW for size, at in cosigned)
