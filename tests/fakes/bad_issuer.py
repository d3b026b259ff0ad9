"""Tokens that are well formed and well signed, and not to be relied on, and three nodes that know what they know.

What is wrong is who signed them, when, for whom, on which row, or that the lane does not tell them. Faults in the bytes
are in `fakes.bad_tokens`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from fakes import forger, tokens
from fakes.bad_tokens import Good, claims
from fakes.forger import ForgedLink, followed
from fakes.parties import AGREEMENTS, DAY, HOME, NOW, label, names_of, rulebook
from fakes.world import World, copy_world, rows

from interchange.domain.agreements import Equivalence
from interchange.domain.events import AssertionIssued, Event, KeyRestricted, Restriction
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry
from interchange.domain.projects import Project
from interchange.domain.verdict import Context, Outcome, Step, Verdict
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.status_lists import signed_list
from interchange.flows.verify import verify
from interchange.store import partners, projects
from interchange.wire import base64url, strict_json
from interchange.wire.events import encode_leaf

METI, CAO = label(HOME, Role.ASSERT, "METI"), label(HOME, Role.ASSERT, "CAO")
NARROWED = label(HOME, Role.ASSERT, "MOD")
"""Keys of the home party; the lane has narrowed the last."""

NATIONS = ("KOR", "AUS", HOME)


def row(party: str, source: str) -> Equivalence:
    """Find the row of the home party's agreement with another for a level of either."""
    return next(row for row in rulebook().agreements[AGREEMENTS[party]].rows if row.source == source)


def claimed(row: Equivalence) -> dict[str, object]:
    """Claim what a row says."""
    return {
        "clr.home": row.source,
        "clr.partner": row.target,
        "clr.agreement": row.agreement,
        "clr.row": row.digest,
        "clr.row_state": row.state.value,
    }


TOLD: dict[str, tuple[dict[str, object], Step, Reason]] = {
    "row that nobody knows": (
        {"clr.row": base64url.encode(sha256(b"row").digest())},
        Step.ROW,
        Reason.ROW_UNKNOWN,
    ),
    "row of other parties": (claimed(row("AUS", "JPN/SDS")), Step.ROW, Reason.ROW_UNKNOWN),
    "row of the way back": (claimed(row("KOR", "KOR/II")), Step.ROW, Reason.ROW_UNKNOWN),
    "higher level than the row's": ({"clr.partner": "KOR/I"}, Step.ROW, Reason.ROW_MISMATCH),
    "other level than the row begins at": ({"clr.home": "JPN/CESI"}, Step.ROW, Reason.ROW_MISMATCH),
    "other agreement than the row's": ({"clr.agreement": AGREEMENTS["AUS"]}, Step.ROW, Reason.ROW_MISMATCH),
    "other state than the row's": ({"clr.row_state": "working"}, Step.ROW, Reason.ROW_MISMATCH),
    "key that the lane has narrowed": (
        {"iss": names_of(HOME).organ_uri("MOD")},
        Step.LANE,
        Reason.KEY_RESTRICTED,
    ),
}
"""What the home party claims and tells, signed by its own keys → at which step it is refused, and why."""


@dataclass
class Scene:
    """Three nodes that know all that they will; nothing is to be written from here on.

    Attributes:
        good: what Korea was told and relies on.
        contexts: who asks, by party.
        working: what Australia was told, on a row that no lawyer has confirmed.
        told: by the titles of `TOLD`.
    """

    world: World
    good: Good
    contexts: dict[str, Context]
    working: bytes
    told: dict[str, bytes]

    def judge(self, token: bytes, at: str = "KOR", **context: Any) -> Verdict:  # noqa: ANN401 - any member
        """Let a node judge a token; the home node is asked by Korea."""
        asked = replace(self.contexts["KOR" if at == HOME else at], **context)
        return verify(token, LedgerKnowledge(self.world[at]), asked)

    def ledgers(self) -> list[object]:
        """Read all rows of all three."""
        return [rows(self.world[party]) for party in NATIONS]


def build_scene(template: Path, directory: Path) -> Scene:
    """Open a project with two partners, issue an assertion towards each, and tell what only a bad issuer would."""
    world = copy_world(template, directory, "bad tokens")
    project_id, subject = world.open_project(), world.clear()
    issued = {party: world.token(world.issue(project_id, subject, party)) for party in AGREEMENTS}
    for party in AGREEMENTS:
        world.follow(party)
    good = Good(base64url.decode(issued["KOR"].split(b".")[1]), METI)
    project = world.home.ledger.read(lambda tx: projects.get(tx, project_id))
    assert project
    told = {title: told_token(good, title, n) for n, title in enumerate(TOLD)}
    tell(world, told)
    signed_list(world.home, "KOR", names_of(HOME).status_uri("KOR", 1), NOW)
    contexts = {party: context(party, project) for party in AGREEMENTS}
    return Scene(world, good, contexts, issued["AUS"], told)


def context(party: str, project: Project) -> Context:
    """Ask as a party that takes no working rows."""
    partner = project.partner(party)
    assert partner
    return Context(names_of(party).uri, partner.reference, NOW)


def told_token(good: Good, title: str, n: int) -> bytes:
    """Sign what a row of `TOLD` says, under an id of its own."""
    signer = Good(good.claims, NARROWED) if TOLD[title][2] is Reason.KEY_RESTRICTED else good
    return claims({"jti": f"00000000-0000-4000-8000-{n:012x}", **TOLD[title][0]})(signer)


def tell(world: World, told: dict[str, bytes]) -> None:
    """Tell these tokens to Korea by the home party's own lane key, and narrow a key."""
    digests = {token: base64url.encode(sha256(token).digest()) for token in told.values()}
    jtis = {token: json.loads(base64url.decode(token.split(b".")[1]))["jti"] for token in told.values()}
    events: list[Event] = [AssertionIssued(jtis[token], 0, digests[token]) for token in told.values()]
    events.append(KeyRestricted(tokens.kid(NARROWED), Restriction.SUSPENDED))
    at = followed(world)
    page = forger.page(at, [Entry(encode_leaf(n, event)) for n, event in enumerate(events, at.size)])
    follow.take(world["KOR"], ForgedLink(world, page), HOME, page, NOW)


def by(key: str) -> Callable[[Scene], bytes]:
    """Sign the good token's claims by another key."""
    return lambda scene: Good(scene.good.claims, key).token


def saying(**changes: object) -> Callable[[Scene], bytes]:
    """Change claims of the good token."""
    return lambda scene: claims(changes)(scene.good)


def lying(title: str) -> Callable[[Scene], bytes]:
    """Take what was told under a title of `TOLD`."""
    return lambda scene: scene.told[title]


def other_bytes(scene: Scene) -> bytes:
    """Say and sign the same under a header in another order."""
    members = json.loads(scene.good.header)
    return scene.good.under(strict_json.dumps(dict(reversed(members.items()))))


def status_list(scene: Scene) -> bytes:
    """Give the status list of the same party."""
    return signed_list(scene.world.home, "KOR", names_of(HOME).status_uri("KOR", 1), NOW)


def keyring(scene: Scene) -> bytes:
    """Give the keyring of the same party as it is published."""
    jws = scene.world.home.ledger.read(lambda tx: partners.keyring(tx, names_of(HOME).authority))
    assert jws
    return jws


def keyring_as_token(scene: Scene) -> bytes:
    """Give the keyring in compact form, by its first signature."""
    jws = json.loads(keyring(scene))
    first = jws["signatures"][0]
    return f"{first['protected']}.{jws['payload']}.{first['signature']}".encode()


class Fault(NamedTuple):
    """How a bad token is made, at which step it is refused for which reason, where, and in which context."""

    make: Callable[[Scene], bytes]
    step: Step
    reason: Reason
    context: dict[str, Any] = {}  # noqa: RUF012 - a tuple's default, never changed
    at: str = "KOR"
    outcome: Outcome = Outcome.NOT_VALID


FAULTS: dict[str, Fault] = {
    "status list": Fault(status_list, Step.ENVELOPE, Reason.HEADER_TYP),
    "keyring": Fault(keyring, Step.ENVELOPE, Reason.TOKEN_CHARSET),
    "keyring in compact form": Fault(keyring_as_token, Step.ENVELOPE, Reason.HEADER_TYP),
    "checkpoint": Fault(lambda scene: forger.note(1, bytes(32)), Step.ENVELOPE, Reason.TOKEN_CHARSET),
    "leaf": Fault(lambda scene: b'{"v":1,"type":"revoked"}', Step.ENVELOPE, Reason.TOKEN_CHARSET),
    "key of nobody": Fault(by("nobody"), Step.KEY, Reason.KEY_UNKNOWN),
    "key that the keyring does not list yet": Fault(
        by(label(HOME, Role.ASSERT, "METI", 2)), Step.KEY, Reason.KEY_UNKNOWN
    ),
    "root key": Fault(by(f"{HOME} root 1"), Step.KEY, Reason.KEY_UNKNOWN),
    "key of a party that the reader does not know": Fault(
        by(label("AUS", Role.ASSERT, "AGSVA")), Step.KEY, Reason.KEY_UNKNOWN
    ),
    **{
        f"{role.value} key": Fault(by(label(HOME, role)), Step.KEY, Reason.KEY_ROLE)
        for role in Role
        if role not in {Role.ASSERT, Role.ARCHIVE, Role.BINDING}  # the latter two sign nothing with Ed25519
    },
    "key of another organ": Fault(by(CAO), Step.CLAIMS, Reason.KEY_ORGAN),
    "key of the reader's own organ": Fault(by(label("KOR", Role.ASSERT, "NIS")), Step.CLAIMS, Reason.KEY_ORGAN),
    "other audience": Fault(lambda scene: scene.good.token, Step.AUDIENCE, Reason.AUDIENCE_WRONG, at="AUS"),
    "audience that is the issuer": Fault(saying(aud=names_of(HOME).uri), Step.AUDIENCE, Reason.AUDIENCE_WRONG),
    "audience in another spelling": Fault(saying(aud=f"{names_of('KOR').uri}/"), Step.AUDIENCE, Reason.AUDIENCE_WRONG),
    "other project": Fault(
        lambda scene: scene.good.token, Step.PROJECT, Reason.PROJECT_WRONG, {"project": "b3RoZXItcmVmZXJlbmNlLg"}
    ),
    "beginning ahead": Fault(saying(iat=NOW + 61, nbf=NOW + 61), Step.TIME, Reason.NOT_YET_VALID),
    "signed ahead": Fault(saying(iat=NOW + 61), Step.TIME, Reason.NOT_YET_VALID),
    "ended this second": Fault(saying(iat=NOW - 1, exp=NOW), Step.TIME, Reason.EXPIRED),
    "ended years ago": Fault(lambda scene: scene.good.token, Step.TIME, Reason.EXPIRED, {"now": NOW + 3650 * DAY}),
    "signed before the key's window": Fault(saying(iat=NOW - 61), Step.TIME, Reason.KEY_WINDOW),
    "signed after the key's window": Fault(
        saying(iat=NOW + 365 * DAY, exp=NOW + 366 * DAY), Step.TIME, Reason.KEY_WINDOW, {"now": NOW + 365 * DAY}
    ),
    "shown after the key's last day": Fault(
        saying(exp=NOW + 731 * DAY), Step.TIME, Reason.KEY_WINDOW, {"now": NOW + 730 * DAY}
    ),
    "id that the lane does not tell": Fault(
        saying(jti="ffffffff-ffff-4fff-bfff-ffffffffffff"), Step.LANE, Reason.NOT_IN_LANE
    ),
    "told id with a longer life": Fault(saying(exp=NOW + 366 * DAY), Step.LANE, Reason.NOT_IN_LANE),
    "told id with other bytes": Fault(other_bytes, Step.LANE, Reason.NOT_IN_LANE),
    "told to another party": Fault(
        lambda scene: claims({"aud": names_of("KOR").uri, "project": scene.contexts["KOR"].project})(
            Good(base64url.decode(scene.working.split(b".")[1]), METI)
        ),
        Step.LANE,
        Reason.NOT_IN_LANE,
    ),
    "knowledge that is too old": Fault(
        lambda scene: scene.good.token,
        Step.FRESHNESS,
        Reason.STALE,
        {"now": NOW + 841},
        outcome=Outcome.STALE,
    ),
    "working row, not accepted": Fault(lambda scene: scene.working, Step.ROW, Reason.ROW_WORKING, at="AUS"),
    **{title: Fault(lying(title), step, reason) for title, (_, step, reason) in TOLD.items()},
}
"""Title → the token."""
