"""Parties whose nodes stand in this process: real ledgers, real rulebook, keys made from constants.

Everything random but the certificate authorities is counted, so that a run can be repeated.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from fakes import tokens
from fakes.authorities import Authority
from fakes.keychain import MemoryKeychain, MemoryOpeners
from sqlalchemy import event

from interchange.crypto.certificates import make_ca
from interchange.crypto.signer import SeedSigner
from interchange.crypto.vault import Vault
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import ED25519, KeyRecord, Keyring, Role
from interchange.domain.lane import Page
from interchange.domain.merkle import Frontier
from interchange.domain.names import Names
from interchange.errors import Reason, refuse
from interchange.flows import bindings, lanes
from interchange.flows.node import Chance, Node
from interchange.flows.partners import AdmitRequest
from interchange.flows.perform import Act, perform
from interchange.rulebook.load import Rulebook, load
from interchange.store import partners
from interchange.store.highwater import HighWater
from interchange.store.lanes import heads
from interchange.store.ledger import Ledger, connect, sqlite_url
from interchange.wire import base64url
from interchange.wire.keyring import parse_keyring

NOW = 1_800_001_234
"""2027-01-15T08:20:34Z, which is no full hour and the same day in all three capitals."""

DAY = 86_400
HOME, TREATY = "JPN", "JPN-KOR-2016"
PARTIES = {"JPN": ("KOR", "AUS"), "KOR": ("JPN",), "AUS": ("JPN",)}
"""Party → partners that it has admitted."""

AGREEMENTS = {"KOR": TREATY, "AUS": "JPN-AUS-2013"}
SLOTS = 1024
CALLER = "spiffe://demo.jpn.clearance.example/officer/METI/tester"


@cache
def rulebook() -> Rulebook:
    """Read the real rulebook once, and let one person do what it asks two people for.

    Whether two people are asked for is the matter of the tests of proposals, which use `strict_rulebook`.
    """
    book = strict_rulebook()
    alone = {
        party: replace(rules, two_people=frozenset(), two_people_acts=frozenset())
        for party, rules in book.nation_rules.items()
    }
    return replace(book, nation_rules=alone)


@cache
def strict_rulebook() -> Rulebook:
    """Read the real rulebook once."""
    return load()


def names_of(party: str) -> Names:
    """Give a party's names as a demonstration node."""
    return rulebook().names(party, demonstration=True)


def label(party: str, role: Role, organ: str = "", version: int = 1) -> str:
    """Name the key of a party from which its seed derives."""
    return f"{party} {role.value} {organ} {version}"


def key_of(party: str, role: Role, organ: str = "", version: int = 1, **changes: Any) -> KeyRecord:  # noqa: ANN401
    """Describe a key of a party; it signs from a minute before `NOW` for a year."""
    return tokens.key_record(
        label(party, role, organ, version),
        role,
        **{
            "authority": names_of(party).authority,
            "organ": organ,
            "sign_from": NOW - 60,
            "sign_until": NOW + 365 * DAY,
            "verify_until": NOW + 730 * DAY,
        }
        | changes,
    )


def keyring_of(party: str, number: int = 1, **changes: Any) -> Keyring:  # noqa: ANN401
    """Build a party's keyring: three root keys of which two must sign, a key for each organ and each other role."""
    rules = rulebook().rules(party)
    assert rules is not None
    asserting = [key_of(party, Role.ASSERT, organ.code) for organ in rules.organs]
    usual = Keyring(
        authority=names_of(party).authority,
        number=number,
        issued=NOW - 60,
        expires=NOW + 365 * DAY,
        generation=1,
        thresholds={ED25519: 2},
        roots=tuple(tokens.root_key(f"{party} root {n}") for n in (1, 2, 3)),
        keys=(*asserting, *(key_of(party, role) for role in (Role.STATUS, Role.LANE, Role.WITNESS, Role.BINDING))),
    )
    return replace(usual, **changes)


def with_key(ring: Keyring, role: Role, key: KeyRecord) -> Keyring:
    """Put a key in the place of all those of a role."""
    return replace(ring, keys=(*(known for known in ring.keys if known.role is not role), key))


def signed(ring: Keyring, party: str, *roots: int) -> bytes:
    """Publish a keyring with signatures of a party's root keys, the first and the third unless told otherwise."""
    return tokens.published(ring, [f"{party} root {n}" for n in roots or (1, 3)])


def chance(name: str) -> Chance:
    """Count instead of drawing: ids of the right form that are the same in every run."""
    numbers = count(1)

    def draw() -> bytes:
        return sha256(f"{name} {next(numbers)}".encode()).digest()

    return Chance(
        uuid=lambda: str(UUID(bytes=draw()[:16], version=4)),
        reference=lambda: base64url.encode(draw()[:16]),
        below=lambda bound: int.from_bytes(draw()) % bound,
    )


def signers_of(party: str, version: int = 1) -> MemoryKeychain:
    """Make the signers of all keys that sign and that `keyring_of` lists, or of a later version of them."""
    signers = {
        f"{key.role.value}-{key.organ}".strip("-"): SeedSigner(tokens.seed(label(party, key.role, key.organ, version)))
        for key in keyring_of(party).keys
        if key.role is not Role.BINDING
    }
    return MemoryKeychain(
        {signer.kid: signer for signer in signers.values()},
        {signer.kid: made_for for made_for, signer in signers.items()},
    )


def openers_of(party: str, *versions: int) -> MemoryOpeners:
    """Make the keys that open what is sealed to a party: the one that `keyring_of` lists, or these versions of it."""
    listed = [label(party, Role.BINDING, version=version) for version in versions or (1,)]
    return MemoryOpeners({opener.kid: opener for opener in map(tokens.box_opener, listed)})


def vault_of(party: str) -> Vault:
    """Make a party's vault of keys that are made from constants."""
    return Vault({1: tokens.seed(f"{party} seal")}, {1: tokens.seed(f"{party} lookup")})


@cache
def own_certificate(party: str) -> bytes:
    """Issue the certificate of a party's node once."""
    return Authority(names_of(party).authority).certify(names_of(party).spiffe("partner", "node")).certificate


def open_node(party: str, directory: Path, run: str) -> Node:
    """Open the node of a party whose ledger lies in `directory`; `run` tells apart the ids of two runs.

    A node that has no lane yet gets its high-water file, as one that is established does.
    """
    ledger, highwater = open_ledger(directory), HighWater(directory / "highwater")
    if not (directory / "highwater").exists() and not ledger.read(heads):
        highwater.create()
    return Node(
        names=names_of(party),
        rulebook=rulebook(),
        demonstration=True,
        accept_working=True,
        ledger=ledger,
        highwater=highwater,
        signers=signers_of(party),
        openers=openers_of(party),
        status_slots=SLOTS,
        chance=chance(f"{party} {run}"),
        vault=vault_of(party),
        home_ca=lambda: Authority(names_of(party).authority).pem,
        own_certificate=lambda: own_certificate(party),
        committed=lambda: None,
    )


@cache
def open_ledger(directory: Path) -> Ledger:
    """Open a ledger that does not wait for the disk: what a power cut would do is not for these tests to find out.

    One ledger serves all tests that work at one place one after another, since compiling its statements anew for each
    test would cost more than running them.
    """
    ledger = connect(sqlite_url(directory / "ledger.db"))
    event.listen(ledger.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return ledger


def do(node: Node, act: Act[Any, Any, Any], request: object, now: int = NOW, request_id: str = "") -> str:
    """Carry out an act under a new request id, and give its result."""
    return perform(node, act, request, caller=CALLER, request_id=request_id or node.chance.uuid(), now=now).result


class DirectLink:
    """The way to a partner's node without a network between; hostile partners override a verb."""

    def __init__(self, node: Node, reader: str, now: int = NOW, limit: int = 0) -> None:
        """Ask `node` as `reader`; the node's clock stands at `now`, and its pages hold at most `limit` leaves."""
        self.node, self.reader, self.now, self.limit = node, reader, now, limit
        self.fetched: list[Page] = []
        self.acknowledged: list[Checkpoint] = []

    def fetch(self, frontier: Frontier, limit: int) -> Page:
        """Ask for a page."""
        position = lanes.Position(frontier.size, frontier.root)
        page = lanes.page_for(self.node, self.reader, position, self.limit or limit, self.now)
        self.fetched.append(page)
        return page

    def watch(self, frontier: Frontier) -> Iterator[Page]:
        """Receive the one page that is there."""
        yield self.fetch(frontier, 0)

    def acknowledge(self, checkpoint: Checkpoint, line: str) -> None:
        """Deliver a cosignature."""
        position = lanes.Position(checkpoint.size, checkpoint.root)
        lanes.receive_acknowledgement(self.node, self.reader, position, line, self.now)
        self.acknowledged.append(checkpoint)

    def fetch_binding(self, jti: str) -> bytes:
        """Ask for a sealed binding."""
        return bindings.sealed_for(self.node, self.reader, jti, self.now)

    def confirm_binding(self, jti: str, sha256: str, *, matched: bool, request_id: str) -> None:
        """Tell what came of a match."""
        request = bindings.ConfirmRequest(self.reader, jti, sha256, matched)
        caller = names_of(self.reader).spiffe("partner", "node")
        perform(self.node, bindings.CONFIRM, request, caller=caller, request_id=request_id, now=self.now)

    def keyring(self, number: int) -> bytes:
        """Ask for a keyring."""
        node = self.node
        jws = node.ledger.read(lambda tx: partners.keyring(tx, node.names.authority, number))
        if jws is None:
            raise refuse(Reason.NOT_KNOWN, "number")
        return jws


def admit_request(party: str, jws: bytes, **changes: Any) -> AdmitRequest:  # noqa: ANN401
    """Describe a partner as its people would."""
    ca_pem, _ = make_ca(names_of(party).authority, NOW)
    pin = parse_keyring(jws)[0].root_pin
    return replace(AdmitRequest(party, f"node.{party.lower()}.example:7443", ca_pem, jws, pin), **changes)
