"""docs/threats.md: what copied files are worth, tried by a program that has nothing but them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from docs.thief import FORGED
from fakes import tokens
from fakes.parties import HOME, NOW, DirectLink, label, names_of
from fakes.refusals import refused
from fakes.world import World, build_world, copy_world

from interchange.client import directory
from interchange.client.follower import Follower
from interchange.crypto.sealed import seal_key, write_private
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry, Page
from interchange.domain.verdict import Context, Outcome, Verdict
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.status_lists import signed_list
from interchange.flows.verify import verify
from interchange.store import evidence, lanes, partners, projects
from interchange.store.ledger import Tx
from interchange.wire import status_list
from interchange.wire.jwks import jwks

LATER = NOW + 60
PASSPHRASE = b"beside the keys"
ORIGIN = names_of(HOME).lane("KOR", 1)


@pytest.fixture(scope="module")
def built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nodes that have admitted each other."""
    base = tmp_path_factory.mktemp("world")
    build_world(base, sqlite_template)
    return base


@pytest.fixture
def world(built: Path, tmp_path: Path) -> Iterator[World]:
    """The same, where Korea has followed Japan's lane up to one assertion."""
    world = copy_world(built, tmp_path / "world")
    yield world
    world.close()


@pytest.fixture
def real(world: World) -> str:
    """An assertion that Japan issued to Korea, which followed it."""
    jti = world.issue(world.open_project(), world.clear())
    world.follow()
    return jti


class Theft:
    """What was copied, and what the thief made of it."""

    def __init__(self, world: World, seen: str, loot: Path, *, lane: bool) -> None:
        """Copy the files and let the thief work."""
        loot.mkdir()
        write_private(loot / "passphrase", PASSPHRASE)
        (loot / "assertion.jws").write_bytes(world.token(seen))
        roles = {"assert": label(HOME, Role.ASSERT, "METI")} | ({"lane": label(HOME, Role.LANE)} if lane else {})
        for name, key in roles.items():
            seal_key(loot / f"{name}.sealed", tokens.seed(key), PASSPHRASE, name, ops=1, mem=8192)
        if lane:
            (loot / directory.LANE).write_bytes(directory.format_lane(entries(world)))
        program = Path(__file__).with_name("thief.py")
        subprocess.run([sys.executable, str(program), str(loot), ORIGIN, str(LATER)], check=True, timeout=60)
        self.token = (loot / "forged.jws").read_bytes()
        self.page = self._page(world, loot) if lane else None

    def _page(self, world: World, loot: Path) -> Page:
        told = Entry((loot / "forged-leaf.json").read_bytes(), self.token)
        return Page((loot / "forged-note.txt").read_bytes(), len(entries(world)), (told,))


def entries(world: World) -> list[Entry]:
    """Read Japan's lane towards Korea."""

    def look(tx: Tx) -> list[Entry]:
        head = lanes.head(tx, ORIGIN)
        assert head is not None
        return [entry for _, entry in lanes.all_entries(tx, ORIGIN, head.size)]

    return world.home.ledger.read(look)


def judged(world: World, at: str, token: bytes, like: str) -> Verdict:
    """Let a node judge a token for the project of a real one."""
    issued = world.issued(like)
    project = world.home.ledger.read(lambda tx: projects.get(tx, issued.project_id))
    partner = project.partner("KOR") if project else None
    assert partner is not None
    context = Context(names_of("KOR").uri, partner.reference, LATER, accept_working=True)
    return verify(token, LedgerKnowledge(world[at]), context)


class FakeNode(DirectLink):
    """The thief's own node at the issuer's address: it answers, and keeps nothing of what it is sent."""

    def acknowledge(self, *_: object) -> None:
        """Take an acknowledgement and tell nobody."""


def test_forged_token_is_signed_as_well_as_a_real_one(world: World, real: str, tmp_path: Path) -> None:
    """What follows is about real forgeries: the signature under the stolen key verifies."""
    theft = Theft(world, real, tmp_path / "loot", lane=False)
    verdict = judged(world, "KOR", theft.token, real)
    assert verdict.assertion is not None
    assert verdict.assertion.jti == FORGED


def test_stolen_assert_key_gets_nothing_from_a_following_node(world: World, real: str, tmp_path: Path) -> None:
    """A partner's node has the lane, and the lane does not tell the forgery."""
    theft = Theft(world, real, tmp_path / "loot", lane=False)
    assert judged(world, "KOR", theft.token, real).reason is Reason.NOT_IN_LANE


def test_stolen_assert_key_gets_nothing_from_the_issuing_node(world: World, real: str, tmp_path: Path) -> None:
    """The issuing node answers from its own ledger."""
    theft = Theft(world, real, tmp_path / "loot", lane=False)
    assert judged(world, HOME, theft.token, real).reason is Reason.NOT_IN_LANE


def test_stolen_assert_key_gets_nothing_from_a_follower_in_memory(world: World, real: str, tmp_path: Path) -> None:
    """A partner that runs no node but follows the lane is as safe as one that does."""
    theft = Theft(world, real, tmp_path / "loot", lane=False)
    node = world.home
    keyring = node.ledger.read(lambda tx: partners.keyring(tx, node.names.authority))
    assert keyring is not None
    pin = node.ledger.read(lambda tx: node.keyring(tx, node.names.authority)).root_pin
    follower = Follower(keyring, root_pin=pin, party="KOR", accept_working=True)
    follower.accept(DirectLink(node, "KOR", LATER).fetch(follower.frontier, 0), LATER)
    project = world.claims(real)["project"]
    assert follower.verify(theft.token, project=project, now=LATER).reason is Reason.NOT_IN_LANE


def jwt_only(world: World, token: bytes, like: str, idx: int | None = None) -> bool:
    """Judge as a program does that knows JWT and status lists alone; `idx` looks at another slot."""
    node = world.home
    ring = node.ledger.read(lambda tx: node.keyring(tx, node.names.authority))
    found = jwt.PyJWKSet.from_json(jwks(ring).decode())
    kid = jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(
        token,
        found[kid],
        algorithms=["EdDSA"],
        audience=names_of("KOR").uri,
        options={
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        },  # the clock is the tests'
    )
    entry = claims["status"]["status_list"]
    listed = signed_list(node, "KOR", world.claims(like)["status"]["status_list"]["uri"], LATER)
    packed = jwt.decode(listed, options={"verify_signature": False})["status_list"]["lst"]
    return status_list.unpack(packed, 2)[entry["idx"] if idx is None else idx] == 0


def test_stolen_assert_key_fools_a_jwt_program_inside_a_live_slot(world: World, real: str, tmp_path: Path) -> None:
    """Said plainly in docs/threats.md: a status list cannot show that a live slot belongs to the token presented."""
    theft = Theft(world, real, tmp_path / "loot", lane=False)
    assert jwt_only(world, theft.token, real)


def test_stolen_assert_key_fools_no_jwt_program_outside_live_slots(world: World, real: str, tmp_path: Path) -> None:
    """A slot that was never given out is never live."""
    theft = Theft(world, real, tmp_path / "loot", lane=False)
    taken = world.claims(real)["status"]["status_list"]["idx"]
    assert not any(jwt_only(world, theft.token, real, idx) for idx in (0, 1, 2, 3) if idx != taken)


def test_stolen_assert_key_fools_no_jwt_program_once_the_slot_is_revoked(
    world: World, real: str, tmp_path: Path
) -> None:
    """Revoking the assertion that the thief has seen takes the slot from the forgery too."""
    theft = Theft(world, real, tmp_path / "loot", lane=False)
    world.revoke(real)
    assert not jwt_only(world, theft.token, real)


def test_stolen_lane_key_is_believed_by_a_follower_that_meets_nobody_else(
    world: World, real: str, tmp_path: Path
) -> None:
    """Said plainly in docs/threats.md: with assert, lane and TLS keys a thief is accepted until noticed."""
    theft = Theft(world, real, tmp_path / "loot", lane=True)
    assert theft.page is not None
    follow.take(world["KOR"], FakeNode(world.home, "KOR", LATER), HOME, theft.page, LATER)
    assert judged(world, "KOR", theft.token, real).outcome is Outcome.VALID


def test_stolen_lane_key_is_noticed_when_the_follower_meets_the_true_node(
    world: World, real: str, tmp_path: Path
) -> None:
    """The follower's size and root are ones that the true node never signed."""
    theft = Theft(world, real, tmp_path / "loot", lane=True)
    assert theft.page is not None
    follow.take(world["KOR"], FakeNode(world.home, "KOR", LATER), HOME, theft.page, LATER)
    with refused(Reason.LANE_ROLLBACK):
        world.follow(now=LATER)


def test_noticed_theft_leaves_evidence_at_the_true_node(world: World, real: str, tmp_path: Path) -> None:
    """What the follower showed is kept for people, not only logged."""
    theft = Theft(world, real, tmp_path / "loot", lane=True)
    assert theft.page is not None
    follow.take(world["KOR"], FakeNode(world.home, "KOR", LATER), HOME, theft.page, LATER)
    with refused(Reason.LANE_ROLLBACK):
        world.follow(now=LATER)
    kept = world.home.ledger.read(lambda tx: evidence.reasons(tx, ORIGIN))
    assert kept == [Reason.LANE_ROLLBACK.code]


def test_stolen_lane_key_never_makes_the_issuing_node_say_valid(world: World, real: str, tmp_path: Path) -> None:
    """What the thief wrote elsewhere is not in the issuer's ledger."""
    theft = Theft(world, real, tmp_path / "loot", lane=True)
    assert judged(world, HOME, theft.token, real).reason is Reason.NOT_IN_LANE
