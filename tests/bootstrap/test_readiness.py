"""What a node looks at before it serves."""

import json
import os
import resource
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import structlog
from fakes.keychain import MemoryKeychain
from fakes.nodes import make_node, settings_of
from fakes.parties import DAY, HOME, NOW, key_of, signers_of
from fakes.refusals import refused
from fakes.world import World

from interchange.bootstrap import readiness
from interchange.bootstrap.readiness import check_places, check_signers, open_many_files, tell_unsound
from interchange.config import Settings
from interchange.crypto.keychain import NoKeys
from interchange.domain.keyring import Role
from interchange.errors import Reason, Refusal
from interchange.flows.node import Node
from interchange.telemetry.logs import configure

PLACES: dict[str, Callable[[Settings], Path]] = {
    "the node's directory": lambda node: node.directory,
    "its settings": lambda node: node.directory / "node.toml",
    "its ledger": lambda node: node.directory / "ledger.db",
    "the journal beside the ledger": lambda node: node.directory / "ledger.db-wal",
    "its high-water file": lambda node: node.directory / "highwater",
    "the directory of its keys": lambda node: node.directory / "keys",
    "a directory of keys below": lambda node: node.directory / "keys" / "vault",
    "its certificate": lambda node: node.directory / "tls" / "node.pem",
    "its certificate authority": lambda node: node.directory / "tls" / "ca.pem",
    "the directory of its certificate": lambda node: node.directory / "tls",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a node with a file at each place."""
    found = settings_of(tmp_path / "node")
    (found.directory / "keys" / "vault").mkdir(parents=True)
    for name in ("node.toml", "ledger.db", "ledger.db-wal", "highwater"):
        (found.directory / name).touch()
    for path in PLACES.values():
        path(found).chmod(0o755)
    return found


def test_places_that_others_can_only_read_are_sound(settings: Settings) -> None:
    """What is secret among them is looked at when it is opened."""
    check_places(settings)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
@pytest.mark.parametrize("name", PLACES)
def test_place_that_others_can_write_keeps_the_node_from_serving(settings: Settings, name: str, mode: int) -> None:
    """Whoever can exchange a key, a mark or an authority need not break any of them; the place is named."""
    path = PLACES[name](settings)
    path.chmod(mode)
    with pytest.raises(Refusal) as caught:
        check_places(settings)
    assert (caught.value.reason, path.name in caught.value.where) == (Reason.FILE_LOOSE, True)


@pytest.mark.parametrize("name", ["highwater", "ledger.db", "tls/ca.pem", "tls/node.pem"])
def test_pipe_in_a_files_place_keeps_the_node_from_serving(settings: Settings, name: str) -> None:
    """It would be waited for, for ever, and past every signal."""
    (settings.directory / name).unlink()
    os.mkfifo(settings.directory / name, 0o600)
    with refused(Reason.FILE_UNREADABLE):
        check_places(settings)


def test_ledger_elsewhere_is_not_looked_for(settings: Settings) -> None:
    """A file of that name that is no ledger any more is nobody's business."""
    (settings.directory / "ledger.db").chmod(0o666)
    check_places(replace(settings, ledger="postgresql+psycopg://ledger"))


def test_place_that_is_not_there_is_not_loose(settings: Settings) -> None:
    """Whoever needs it says so."""
    (settings.directory / "highwater").unlink()
    check_places(settings)


@pytest.fixture
def node(sqlite_template: Path, tmp_path: Path) -> Iterator[Node]:
    """A node with its first keyring, and without partners."""
    made = make_node(tmp_path / "node", partners=[], template=sqlite_template)
    yield made
    made.ledger.close()


def without(node: Node, role: Role, organ: str = "") -> Node:
    """Take a private key away from a node."""
    kid = key_of(HOME, role, organ).kid
    return replace(
        node, signers=MemoryKeychain({other: signer for other, signer in node.signers.items() if other != kid})
    )


def test_node_with_all_its_keys_may_serve(node: Node) -> None:
    """One for each role and organ."""
    check_signers(node, NOW)


@pytest.mark.parametrize(
    ("role", "organ"), [(Role.LANE, ""), (Role.STATUS, ""), (Role.WITNESS, ""), (Role.ASSERT, "METI")]
)
def test_node_that_lacks_a_key_of_its_keyring_does_not_serve(node: Node, role: Role, organ: str) -> None:
    """It would be missed at the first act that needs it, which may be a revocation."""
    with pytest.raises(Refusal) as caught:
        check_signers(without(node, role, organ), NOW)
    assert (caught.value.reason, caught.value.where) == (Reason.SIGNER_UNAVAILABLE, f"{role.value} {organ}".strip())


def test_key_whose_time_is_over_is_not_missed(node: Node) -> None:
    """A node whose keys are all over has to run to be given new ones."""
    check_signers(without(node, Role.LANE), NOW + 366 * DAY)


def test_node_with_the_keys_of_its_next_keyring_may_serve(node: Node) -> None:
    """It has to run for that keyring to be published."""
    check_signers(replace(node, signers=signers_of(HOME, version=2)), NOW)


def test_node_without_a_keyring_may_serve(sqlite_template: Path, tmp_path: Path) -> None:
    """Its first one is published by a call."""
    from fakes.parties import open_node  # noqa: PLC0415 - of a directory that is not there yet

    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "ledger.db").write_bytes(sqlite_template.read_bytes())
    fresh = replace(open_node(HOME, tmp_path / "fresh", "fresh"), signers=NoKeys())
    check_signers(fresh, NOW)
    fresh.ledger.close()


def test_lane_that_stands_still_is_told_at_the_start(world: World) -> None:
    """Nobody need find out by a refused act; lanes that have lost nothing are not named."""
    world.issue(world.open_project(), world.clear())
    (world.directory / HOME / "highwater").unlink()
    written = StringIO()
    configure("warning", written)
    tell_unsound(world.home)
    structlog.reset_defaults()
    told = [json.loads(line) for line in written.getvalue().splitlines()]
    names = world.home.names
    expected = {names.lane("KOR", 1), names.lane("AUS", 1), names.audit_lane(1)}
    assert {(line["event"], line["lane"]) for line in told} == {("lane_behind", lane) for lane in expected}


def test_sound_lanes_are_not_told(world: World) -> None:
    """A usual start warns of nothing."""
    written = StringIO()
    configure("warning", written)
    tell_unsound(world.home)
    structlog.reset_defaults()
    assert written.getvalue() == ""


INFINITE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        pytest.param((1024, 4096), (4096, 4096), id="as far as the system lets it"),
        pytest.param((1024, INFINITE), (readiness.OPEN_FILES, INFINITE), id="no further than it needs"),
        pytest.param((1024, 1024), None, id="not where it may not"),
        pytest.param((INFINITE, INFINITE), None, id="not where there is no limit"),
    ],
)
def test_node_may_open_more_files_than_a_shell_lets_it(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], raised: tuple[int, int] | None
) -> None:
    """Each connection is one, and so is each look at the high-water file."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: told.append(wanted))
    open_many_files()
    assert told == ([raised] if raised else [])


def test_limit_that_cannot_be_raised_keeps_nobody_from_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may forbid it."""

    def forbidden(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(resource, "getrlimit", lambda _: (10, 20))
    monkeypatch.setattr(resource, "setrlimit", forbidden)
    open_many_files()


def test_key_that_others_can_write_is_refused_when_it_is_opened(settings: Settings) -> None:
    """As everything secret is."""
    from interchange.crypto.sealed import read_private  # noqa: PLC0415 - what opens it

    settings.path("tls_key").chmod(0o660)
    with refused(Reason.FILE_LOOSE):
        read_private(settings.path("tls_key"))
