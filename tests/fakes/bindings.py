"""Identity bindings: valid ones, and a partner's officer who has a person before him."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from fakes import tokens
from fakes.parties import HOME, NOW, DirectLink, do, key_of, openers_of
from fakes.people import consent, register, settle
from fakes.world import World, rows

from interchange.crypto.box import BoxOpener, seal_to
from interchange.crypto.check import check_signature
from interchange.domain.assertion import Assertion
from interchange.domain.binding import Binding, SentBinding
from interchange.domain.envelope import BINDING_TYP
from interchange.domain.identity import Identity, Presented
from interchange.domain.keyring import Role
from interchange.flows import bindings
from interchange.flows.match import Matched, match, match_request
from interchange.flows.node import Node
from interchange.flows.perform import perform
from interchange.flows.subjects import CHANGE_PAPERS, change_papers_request
from interchange.store import assertions
from interchange.store import bindings as kept
from interchange.wire import base64url, strict_json
from interchange.wire.binding import encode_binding, parse_binding
from interchange.wire.envelope import parse_compact

WHO = Identity(
    "大野", "花子", "オオノ", "ハナコ", Presented("ONO", "HANAKO", date(1984, 2, 28), "TZ1234567"), ("JPN", "KOR")
)
"""A person with two nationalities."""

NEW_PAPERS = replace(WHO, presented=replace(WHO.presented, document_number="TZ7654321"))
"""The same person with another passport."""

PARTNERS_CALLER = "spiffe://demo.kor.clearance.example/partner/node"
OFFICER = "spiffe://demo.kor.clearance.example/officer/NIS/gatekeeper"


def binding(assertion: Assertion | None = None, **changes: Any) -> Binding:  # noqa: ANN401 - any claim
    """Build the claims of a binding to an assertion."""
    of = assertion or tokens.assertion()
    usual = Binding(iss=of.iss, sub=of.sub, aud=of.aud, jti=of.jti, iat=of.iat, exp=of.exp, identity=WHO)
    return replace(usual, **changes)


def claims_with(claims: bytes, changes: Mapping[str, object]) -> bytes:
    """Change members of a binding's payload by dotted path; the value `...` takes the member out."""
    members: Any = strict_json.loads(claims, unicode=True)
    for path, value in changes.items():
        *levels, name = path.split(".")
        level = members
        for step in levels:
            level = level[step]
        level[name] = value
        if value is ...:
            del level[name]
    return strict_json.dumps(members, unicode=True)


def signed(payload: bytes | None = None, label: str = "assert", typ: str = BINDING_TYP, alg: str = "EdDSA") -> bytes:
    """Sign a binding's payload with the key of that label."""
    return tokens.compact(encode_binding(binding()) if payload is None else payload, label, typ, alg)


def sealed(jws: bytes | None = None, label: str = "binding") -> bytes:
    """Seal a binding to the key of that label."""
    return seal_to(tokens.box_opener(label).public_key, signed() if jws is None else jws)


def digest(data: bytes) -> str:
    """Digest sealed bytes as a lane tells it."""
    return base64url.encode(sha256(data).digest())


class Gate(DirectLink):
    """The way from a partner's gate to the home node, which counts what goes over it."""

    def __init__(self, world: World, reader: str = "KOR", now: int = NOW) -> None:
        """Ask the home node of `world` as `reader`."""
        super().__init__(world.home, reader, now)
        self.fetched_bindings: list[bytes] = []
        self.confirmed: list[tuple[str, str, bool, str]] = []

    def fetch_binding(self, jti: str) -> bytes:
        """Ask for a sealed binding."""
        found = super().fetch_binding(jti)
        self.fetched_bindings.append(found)
        return found

    def confirm_binding(self, jti: str, sha256: str, *, matched: bool, request_id: str) -> None:
        """Tell what came of a match."""
        self.confirmed.append((jti, sha256, matched, request_id))
        super().confirm_binding(jti, sha256, matched=matched, request_id=request_id)


@dataclass
class Bound:
    """An assertion of the home node to Korea, whose subject's binding was sent and told."""

    world: World
    jti: str
    subject_id: str
    sha256: str

    def match(
        self,
        presented: Presented = WHO.presented,
        link: DirectLink | None = None,
        now: int = NOW,
        request_id: str = "",
        at: str = "KOR",
    ) -> Matched:
        """Let a partner's officer compare the papers of the person at the gate."""
        node = self.world[at]
        way = link or Gate(self.world, at, now)
        request = match_request(node, HOME, self.jti, presented)
        asked = request_id or node.chance.uuid()
        return match(node, lambda _: way, request, caller=OFFICER, request_id=asked, now=now)

    def send(self, now: int = NOW) -> str:
        """Send a binding once more, let Korea follow, and give its digest."""
        self.sha256 = send(self.world, self.jti, now)
        self.world.follow(now=now)
        return self.sha256


def asserted(world: World, who: Identity = WHO, to: str = "KOR") -> tuple[str, str]:
    """Issue an assertion about a person, and give its id and the person's."""
    subject_id = register(world.home, who)
    for party in ("KOR", "AUS"):
        consent(world.home, subject_id, party)
    settle(world.home, "JPN/SDS", organ="JPN/METI", subject_id=subject_id)
    return world.issue(world.open_project(), subject_id, to), subject_id


def send(world: World, jti: str, now: int = NOW) -> str:
    """Send a binding and give its digest."""
    return bindings.read_sent(do(world.home, bindings.SEND, bindings.SendRequest(jti), now)).sha256


def bound(world: World, who: Identity = WHO) -> Bound:
    """Issue an assertion about a person, send the binding, and let Korea follow."""
    jti, subject_id = asserted(world, who)
    sent = send(world, jti)
    world.follow()
    return Bound(world, jti, subject_id, sent)


def fetched(world: World, jti: str, reader: str = "KOR", now: int = NOW) -> bytes:
    """Fetch a sealed binding as a partner."""
    return bindings.sealed_for(world.home, reader, jti, now)


def opened(world: World, jti: str, opener: BoxOpener | None = None) -> Binding:
    """Fetch a binding as Korea, open it with Korea's key and verify it with the organ's."""
    (usual,) = openers_of("KOR").values()
    envelope = parse_compact((opener or usual).open(fetched(world, jti)), BINDING_TYP)
    return parse_binding(check_signature(envelope, key_of(HOME, Role.ASSERT, "METI")))


def recorded(world: World, jti: str, sha256: str) -> SentBinding:
    """Read what became of a binding."""
    found = world.home.ledger.read(lambda tx: kept.get(tx, jti, sha256))
    assert found is not None
    return found


def change_papers(world: World, subject_id: str, who: Identity = NEW_PAPERS, now: int = NOW) -> None:
    """Replace a person's papers."""
    do(world.home, CHANGE_PAPERS, change_papers_request(world.home, subject_id, who), now)


def confirm(world: World, jti: str, sha256: str, *, matched: bool = True, party: str = "KOR", now: int = NOW) -> str:
    """Let a partner say what came of a match."""
    request = bindings.ConfirmRequest(party, jti, sha256, matched)
    request_id = world.home.chance.uuid()
    return perform(world.home, bindings.CONFIRM, request, caller=PARTNERS_CALLER, request_id=request_id, now=now).result


def bytes_kept(world: World) -> list[object]:
    """List the sealed bytes in the ledger's table of bindings."""
    return [row[2] for row in rows(world.home)["bindings"]]


def change_papers_of(node: Node, jti: str, who: Identity) -> None:
    """Replace the papers of an assertion's subject."""
    issued = node.ledger.read(lambda tx: assertions.get(tx, jti))
    assert issued is not None
    do(node, CHANGE_PAPERS, change_papers_request(node, issued.subject_id, who))
