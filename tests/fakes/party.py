"""An issuing party without a ledger: its lane is a list, and it signs whatever a test asks for.

`AAA` tells `BBB`. Keys derive from constants (`fakes.tokens`), ids are counted, time is given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from fakes import tokens
from fakes.tokens import AUTHORITY, NOW

from interchange.client.directory import Bundle, format_lane, write_bundle
from interchange.crypto.signer import SeedSigner
from interchange.domain.agreements import Agreement, AgreementState, Equivalence, RowState
from interchange.domain.assertion import Assertion
from interchange.domain.checkpoint import Checkpoint, NoteLine
from interchange.domain.events import (
    AssertionIssued,
    Event,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Restriction,
    Revoked,
    Scope,
)
from interchange.domain.keyring import Keyring
from interchange.domain.lane import MAX_PAGE, Entry, Page
from interchange.domain.levels import Ceiling, Level, LevelOrder, Party
from interchange.domain.merkle import Frontier, append_with_nodes, leaf_hash
from interchange.domain.merkle_proof import consistency_proof, inclusion_proof
from interchange.domain.names import Names
from interchange.rulebook.load import Rulebook
from interchange.wire import base64url
from interchange.wire.events import encode_leaf
from interchange.wire.keyring import keyring_digest, parse_keyring, payload_of
from interchange.wire.note import format_note
from interchange.wire.proof import format_proof
from interchange.wire.status_list import StatusList

ISSUER = Names(AUTHORITY, "AAA")
READER = Names("bbb.clearance.example", "BBB")
THIRD = Names("ccc.clearance.example", "CCC")
PROJECT = "cHJvamVjdC1yZWZlcmVuYw"
"""The reader's reference of the project, unless told otherwise."""

SLOTS = 64
WITNESS = SeedSigner(tokens.seed("BBB witness"))
"""The reader's own key for acknowledgements."""


def _row(source: str, target: str, state: RowState = RowState.CONFIRMED) -> Equivalence:
    return Equivalence(f"AAA-{target[:3]}-2016", source, target, date(2017, 1, 1), None, "Article 4", state)


ROW = _row("AAA/UPPER", "BBB/Secret")
WORKING_ROW = _row("AAA/LOWER", "BBB/Confidential", RowState.WORKING)
FOREIGN_ROW = _row("AAA/UPPER", "CCC/Secret")


def rulebook() -> Rulebook:
    """Three parties, and the agreements of the first with the others."""
    levels = {"AAA": {"UPPER": "S", "LOWER": "C"}, "BBB": {"Secret": "S", "Confidential": "C"}, "CCC": {"Secret": "S"}}
    parties = {names.party: _party(names, levels[names.party]) for names in (ISSUER, READER, THIRD)}
    signed, state = date(2016, 11, 23), AgreementState.IN_FORCE
    agreements = {
        code: Agreement(code, ("AAA", code[4:7]), "On information", signed, date(2017, 1, 1), state, None, rows)
        for code, rows in {"AAA-BBB-2016": (ROW, WORKING_ROW), "AAA-CCC-2016": (FOREIGN_ROW,)}.items()
    }
    return Rulebook(parties, agreements, {})


def _party(names: Names, ceilings: dict[str, str]) -> Party:
    code = names.party
    levels = tuple(Level(code, level, level, level, Ceiling[top]) for level, top in ceilings.items())
    order = LevelOrder(frozenset(level.name for level in levels), frozenset())
    return Party(code, code, code, names.authority, "made up", levels, order)


@dataclass
class FakeParty:
    """A party that keeps its lane in memory and implements `flows.follow.PartnerLink`.

    Attributes:
        now: its clock.
        origin: the name under which it signs its lane.
        keyrings: as published, by number.
        entries: the lane.
        slots: status list slot → 0 live, 1 revoked, 2 held; the others are unused.
        acknowledged: what came back.
        lane_key: label of the key that signs the lane.
    """

    now: int = NOW
    origin: str = field(default_factory=lambda: ISSUER.lane("BBB", 1))
    keyrings: dict[int, bytes] = field(default_factory=lambda: {1: tokens.published()})
    entries: list[Entry] = field(default_factory=list)
    slots: dict[int, int] = field(default_factory=dict)
    acknowledged: list[tuple[Checkpoint, str]] = field(default_factory=list)
    lane_key: str = "lane"
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def root_pin(self) -> str:
        """What its people say on the telephone."""
        return parse_keyring(self.keyrings[1])[0].root_pin

    @property
    def terms(self) -> dict[str, Any]:
        """On what the reader relies on this party."""
        return {"root_pin": self.root_pin, "party": "BBB", "rulebook": rulebook()}

    # -- telling ----------------------------------------------------------------------------------------------

    def tell(self, event: Event, token: bytes | None = None) -> int:
        """Append an event, and give its number."""
        return self.append(encode_leaf(len(self.entries), event), token)

    def append(self, leaf: bytes, token: bytes | None = None) -> int:
        """Append any bytes as a leaf, and give its number."""
        self.entries.append(Entry(leaf, token))
        return len(self.entries) - 1

    def issue(self, **changes: Any) -> bytes:  # noqa: ANN401 - any claim
        """Sign an assertion and tell it."""
        statement = self.statement(**changes)
        token = tokens.token(statement)
        self.tell(AssertionIssued(statement.jti, statement.status_idx, digest(token)), token)
        self.slots[statement.status_idx] = 0
        return token

    def statement(self, **changes: Any) -> Assertion:  # noqa: ANN401 - any claim
        """Claims with ids of their own, under the confirmed row."""
        n = next(self._ids)
        usual = tokens.assertion(jti=uuid(n), row=ROW.digest, agreement=ROW.agreement, status_idx=n)
        return replace(usual, **changes)

    def revoke(self, jti: str) -> None:
        """Tell a revocation."""
        self.tell(Revoked(jti))

    def hold(self, scope: Scope, of: str, name: str = "hold-1") -> None:
        """Tell that a hold opened."""
        self.tell(HoldPlaced(name, scope, of))

    def lift(self, name: str = "hold-1") -> None:
        """Tell that a hold closed."""
        self.tell(HoldLifted(name))

    def restrict(self, label: str = "assert") -> None:
        """Tell that the key of that label is narrowed."""
        self.tell(KeyRestricted(tokens.kid(label), Restriction.SUSPENDED))

    def publish(self, ring: Keyring, roots: Sequence[str] = ("root-1", "root-2")) -> bytes:
        """Sign a keyring, tell it, and give it."""
        jws = self.keyrings[ring.number] = tokens.published(ring, roots)
        self.tell(KeyringPublished(ring.number, keyring_digest(payload_of(jws))))
        return jws

    # -- being asked ------------------------------------------------------------------------------------------

    def fetch(self, frontier: Frontier, limit: int = MAX_PAGE) -> Page:
        """Give the page after a reader's frontier, whatever root the reader names."""
        return self.page(frontier.size, limit)

    def watch(self, frontier: Frontier) -> Iterator[Page]:
        """Give the one page that is there."""
        yield self.fetch(frontier)

    def acknowledge(self, checkpoint: Checkpoint, line: str) -> None:
        """Keep a cosignature."""
        self.acknowledged.append((checkpoint, line))

    def keyring(self, number: int) -> bytes:
        """Give a keyring."""
        return self.keyrings[number]

    def page(self, first: int = 0, limit: int = MAX_PAGE) -> Page:
        """Give a page, whose note is of the whole lane."""
        entries = tuple(self.entries[first : first + limit])
        end, size = first + len(entries), len(self.entries)
        proof = consistency_proof(end, size, self.tree()[1]) if 0 < end < size else ()
        return Page(self.note(), first, entries, proof)

    def note(self) -> bytes:
        """Sign the lane's head."""
        return signed_note(self.checkpoint(), self.now, self.lane_key)

    def checkpoint(self) -> Checkpoint:
        """Give the lane's head."""
        frontier, _ = self.tree()
        return Checkpoint(self.origin, frontier.size, frontier.root)

    def tree(self) -> tuple[Frontier, Callable[[int, int], bytes]]:
        """Give the lane's frontier and what reads its nodes."""
        frontier = Frontier.empty()
        nodes: dict[tuple[int, int], bytes] = {}
        for entry in self.entries:
            frontier, made = append_with_nodes(frontier, leaf_hash(entry.leaf))
            nodes |= {(level, index): node for level, index, node in made}
        return frontier, lambda level, index: nodes[level, index]

    # -- what is carried to a machine without a network -------------------------------------------------------

    def bundle(self, token: bytes | None = None, index: int = 0, **listed: Any) -> Bundle:  # noqa: ANN401 - any member
        """Put together what an offline verifier needs for the assertion told by leaf `index`."""
        note = self.note()
        path = inclusion_proof(index, len(self.entries), self.tree()[1])
        return Bundle(
            keyring=self.keyrings[max(self.keyrings)],
            checkpoint=note,
            proof=format_proof(index, path, note, self.entries[index].leaf),
            status_list=tokens.status_token(self.listed(**listed)),
            assertion=token,
        )

    def listed(self, **changes: Any) -> StatusList:  # noqa: ANN401 - any member
        """Build the status list as of the lane's head."""
        head = self.checkpoint()
        statuses = bytes(self.slots.get(idx, 3) for idx in range(SLOTS))
        usual = {"iat": self.now, "exp": self.now + 900, "lane_size": head.size, "lane_root": head.root}
        return tokens.status_list(statuses, **(usual | changes))

    def leave(self, path: Path, token: bytes) -> Path:
        """Write the bundle of the first leaf's assertion, and the lane, into a directory."""
        write_bundle(path, self.bundle(token))
        (path / "lane.jsonl").write_bytes(format_lane(self.entries))
        return path


def signed_note(checkpoint: Checkpoint, at: int, label: str = "lane") -> bytes:
    """Sign a checkpoint as it has to be signed."""
    return format_note(checkpoint, tokens.lane_lines(checkpoint, at, label))


def note_of(checkpoint: Checkpoint, *lines: NoteLine) -> bytes:
    """Write a checkpoint under any lines."""
    return format_note(checkpoint, lines)


def uuid(n: int) -> str:
    """Count instead of drawing: a UUIDv4 that is the same in every run."""
    return str(UUID(bytes=sha256(f"assertion {n}".encode()).digest()[:16], version=4))


def digest(data: bytes) -> str:
    """Name bytes as leaves do."""
    return base64url.encode(sha256(data).digest())


def next_keyring(number: int = 2, **changes: Any) -> Keyring:  # noqa: ANN401 - any member
    """The party's keyring of a later number, with the same keys."""
    return tokens.party_keyring(number=number, **changes)
