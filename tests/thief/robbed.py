"""A robbed node: what was stolen and when, how far people are in noticing it, and everybody whom the thief may meet."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from shutil import copy

from fakes import tokens
from fakes.narrowing import METI
from fakes.parties import DAY, HOME, NOW, DirectLink, do, key_of, label, names_of
from fakes.stolen import HOUR, next_keyring, suspend, taint
from fakes.world import World, copy_world

from interchange.client import directory as files
from interchange.client.follower import Follower
from interchange.crypto.sealed import seal_key, write_private
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry, Page
from interchange.domain.merkle import Frontier
from interchange.errors import Reason, refuse
from interchange.flows import follow
from interchange.flows.lanes import prove_inclusion
from interchange.flows.reissue import reissue_all
from interchange.flows.stages import DRAFT, DraftRequest
from interchange.flows.status_lists import signed_list
from interchange.store import lanes, partners, projects
from interchange.store.ledger import Tx
from interchange.wire.proof import parse_proof

COPIED = NOW + HOUR
"""When the whole directory was copied: yesterday."""

THEFT = NOW + DAY + HOUR
"""When the single keys were."""

JUDGED = THEFT + 2 * HOUR
"""When everybody judges what they are shown."""

ORIGIN = names_of(HOME).lane("KOR", 1)
TESTS = Path(__file__).resolve().parents[1]

_ALONE = """
import runpy, sys
loot, allowed = sys.argv[1], sys.argv[2].split(":")
def look(event, args):
    if event in {"open", "sqlite3.connect", "socket.connect"}:
        name = str(args[0]).removeprefix("file:")
        if name.startswith("/") and not name.startswith((loot, "/dev/null", *allowed)):
            raise PermissionError(f"the thief has no copy of {name}")
import interchange.crypto.sealed, sqlite3
sys.addaudithook(look)
runpy.run_module(sys.argv[3], run_name="__main__")
"""
"""Runs the thief so that it ends as soon as it opens anything but its copies and the programs' own files."""


class Stage(IntEnum):
    """How far people are: each stage holds the ones before it."""

    UNNOTICED = 0
    SUSPENDED = 1
    TAINTED = 2
    RENEWED = 3


class Depth(IntEnum):
    """What was stolen."""

    ASSERT = 1
    LANE = 2
    DIRECTORY = 3


STOLEN_ROLES = {
    Depth.ASSERT: (Role.ASSERT,),
    Depth.LANE: (Role.ASSERT, Role.LANE),
    Depth.DIRECTORY: (Role.ASSERT, Role.LANE, Role.STATUS, Role.WITNESS),
}


@dataclass(frozen=True)
class Robbery:
    """The template: a world in which three assertions were issued, and what a thief made of each depth of theft.

    Attributes:
        world: directory of the world.
        real: id of an assertion that Korea acknowledged before every theft.
        late: id of one that was issued before the theft, and acknowledged after it.
        loot: the thief's directory by depth.
    """

    world: Path
    real: str
    late: str
    loot: dict[Depth, Path] = field(default_factory=dict)


class SlowLink(DirectLink):
    """A page that the issuer signed in time and that arrives late."""

    def acknowledge(self, checkpoint: Checkpoint, line: str) -> None:
        """Deliver the cosignature when it is made."""
        self.now = THEFT + 100
        super().acknowledge(checkpoint, line)


def rob(template: Path, base: Path) -> Robbery:
    """Let a day pass, and the thief come by."""
    world = copy_world(template, base / "world", "robbed")
    project = world.open_project()
    real = world.issue(project, world.clear())
    world.follow()
    yesterday = base / "yesterday"
    yesterday.mkdir()
    for file in (world.directory / HOME).glob("ledger.db*"):
        copy(file, yesterday)
    files.write_bundle(base / "seen-3", bundle(world, real, NOW))
    world.issue(project, world.clear(), now=NOW + DAY)
    world.follow(now=NOW + DAY)
    late = world.issue(project, world.clear(), now=THEFT - 100)
    follow.catch_up(world["KOR"], SlowLink(world.home, "KOR", THEFT - 90), HOME, THEFT + 100)
    for depth in (1, 2):
        files.write_bundle(base / f"seen-{depth}", bundle(world, real, THEFT + 200))
    robbery = Robbery(world.directory, real, late)
    known = files.format_lane(told(world))
    world.close()
    for depth in Depth:
        robbery.loot[depth] = loot = base / f"loot-{depth.value}"
        loot.mkdir()
        (base / f"seen-{depth.value}").rename(loot / "seen")
        _copy_keys(loot, depth)
        orders = {"origin": ORIGIN, "now": JUDGED, "backdated": NOW + 1, "slots": 1024}
        (loot / "orders.json").write_text(json.dumps(orders))
        if depth is Depth.LANE:
            (loot / files.LANE).write_bytes(known)
        if depth is Depth.DIRECTORY:
            for file in yesterday.iterdir():
                copy(file, loot)
        run_thief(loot)
    return robbery


def _copy_keys(loot: Path, depth: Depth) -> None:
    (loot / "keys").mkdir()
    write_private(loot / "passphrase", b"beside the keys")
    for role in STOLEN_ROLES[depth]:
        seed = tokens.seed(label(HOME, role, "METI" if role is Role.ASSERT else ""))
        seal_key(loot / "keys" / f"{role.value}.sealed", seed, b"beside the keys", role.value, ops=1, mem=8192)


def run_thief(loot: Path, program: str = "thief") -> None:
    """Run a program on its copies, where it can open nothing else."""
    programs = ":".join({sys.prefix, sys.base_prefix, str(TESTS), str(TESTS.parent / "interchange"), "/usr/lib"})
    subprocess.run(
        [sys.executable, "-B", "-c", _ALONE, str(loot), programs, program],
        cwd=loot,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}:{loot}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def told(world: World) -> list[Entry]:
    """Read the lane towards Korea."""

    def look(tx: Tx) -> list[Entry]:
        head = lanes.head(tx, ORIGIN)
        assert head is not None
        return [entry for _, entry in lanes.all_entries(tx, ORIGIN, head.size)]

    return world.home.ledger.read(look)


def keyring(world: World) -> bytes:
    """Read the home node's latest keyring."""
    jws = world.home.ledger.read(lambda tx: partners.keyring(tx, world.home.names.authority))
    assert jws is not None
    return jws


def bundle(world: World, jti: str, now: int) -> files.Bundle:
    """Fetch what a verifier without network needs, from the true node."""
    proof = prove_inclusion(world.home, "KOR", jti, now)
    uri = world.claims(jti)["status"]["status_list"]["uri"]
    listed = signed_list(world.home, "KOR", uri, now)
    return files.Bundle(keyring(world), parse_proof(proof).note, proof, listed, world.token(jti))


def notice(world: World, stage: Stage, depth: Depth) -> None:
    """Bring people to a stage: one suspends the key, two taint it, the root keys sign the next keyring."""
    if stage >= Stage.SUSPENDED:
        suspend(world, METI.kid, JUDGED)
    if stage >= Stage.TAINTED:
        taint(world, METI.kid, COPIED if depth is Depth.DIRECTORY else THEFT, JUDGED)
    if stage >= Stage.RENEWED:
        for role in STOLEN_ROLES[depth][1:]:
            taint(world, key_of(HOME, role).kid, COPIED if depth is Depth.DIRECTORY else THEFT, JUDGED)
            window = (NOW - 60, NOW + 365 * DAY, NOW + 730 * DAY)
            do(world.home, DRAFT, DraftRequest(role, "", *window), JUDGED)
        next_keyring(world, JUDGED)
        reissue_all(world.home, JUDGED)


def reference(world: World, jti: str) -> str:
    """Give Korea's reference of an assertion's project."""
    issued = world.issued(jti)
    project = world.home.ledger.read(lambda tx: projects.get(tx, issued.project_id))
    partner = project.partner("KOR") if project else None
    assert partner is not None
    return partner.reference


def follower(world: World) -> Follower:
    """A program of Korea's that follows the lane without a node, and has read nothing yet."""
    pin = world.home.ledger.read(lambda tx: world.home.keyring(tx, world.home.names.authority)).root_pin
    first = world.home.ledger.read(lambda tx: partners.keyring(tx, world.home.names.authority, 1))
    assert first is not None
    return Follower(first, root_pin=pin, party="KOR", accept_working=True)


def page(loot: Path, name: str) -> Page:
    """Read a page that the thief made."""
    made = loot / "made"
    entries = tuple(files.parse_lane((made / f"{name}.jsonl").read_bytes().splitlines()))
    return Page((made / f"{name}.note").read_bytes(), int((made / f"{name}.first").read_text()), entries)


class FakeNode(DirectLink):
    """The thief's node at the issuer's address: it has what the thief made, and tells nobody what it is sent."""

    def __init__(self, world: World, loot: Path, *names: str) -> None:
        """Answer with pages of these names."""
        super().__init__(world.home, "KOR", JUDGED)
        self.pages = [page(loot, name) for name in names]

    def fetch(self, frontier: Frontier, limit: int) -> Page:
        """Give the page that goes on where the follower is, or else whatever head there is."""
        fitting = [each for each in self.pages if each.first == frontier.size]
        return fitting[0] if fitting else Page(self.pages[-1].note, frontier.size, ())

    def acknowledge(self, *_: object) -> None:
        """Take it."""

    def keyring(self, number: int) -> bytes:
        """Have none but the ones that everybody has."""
        raise refuse(Reason.NOT_KNOWN, "number")
