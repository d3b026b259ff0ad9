"""Nodes that have no signing keys: all that they sign, a signing process has looked at and lets pass."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.bindings import send
from fakes.parties import HOME, NOW, signers_of
from fakes.refusals import refused
from fakes.signing_process import answering
from fakes.status import listed
from fakes.world import World

from interchange.domain.merkle import Frontier
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Outcome
from interchange.errors import Reason
from interchange.flows import lanes
from interchange.flows.lanes import Position
from interchange.wire.note import parse_note

EMPTY = Position(0, Frontier.empty().root)


@pytest.fixture
def elsewhere(world: World, tmp_path: Path) -> Iterator[World]:
    """Let processes of their own sign for the issuer and for a partner."""
    with ExitStack() as stack:
        for party in (HOME, "KOR"):
            place = tmp_path / f"signer-{party}"
            place.mkdir()
            asking = stack.enter_context(answering(signers_of(party), place, lambda: NOW, party=party))
            world.nodes[party] = replace(world[party], signers=asking)
        yield world


@pytest.fixture
def told(elsewhere: World) -> str:
    """An assertion towards Korea."""
    return elsewhere.issue(elsewhere.open_project(), elsewhere.clear())


def test_assertion_is_issued_followed_and_believed(elsewhere: World, told: str) -> None:
    """Its token, the checkpoints of its lane, and the partner's acknowledgement are all let pass."""
    assert elsewhere.follow().caught_up
    assert elsewhere.verdict("KOR", told).outcome is Outcome.VALID


def test_lane_grows_event_after_event(elsewhere: World, told: str) -> None:
    """Each head is proved to continue the one that was signed before."""
    for _ in range(3):
        elsewhere.reinstate(elsewhere.suspend(HoldScope.ASSERTION, told))
        assert elsewhere.follow().caught_up
    assert elsewhere.verdict("KOR", told).outcome is Outcome.VALID


def test_status_list_is_let_pass(elsewhere: World, told: str) -> None:
    """As its writer makes it."""
    assert listed(elsewhere, "KOR").status(elsewhere.issued(told).idx) == 0


def test_binding_is_let_pass(elsewhere: World, told: str) -> None:
    """As its writer makes it, names and all."""
    assert send(elsewhere, told)


def yesterday(world: World) -> tuple[Path, ...]:
    """Copy all that the home node knows of its lanes: the ledger, and the node's own marks."""
    world.home.ledger.close()
    copies = []
    for file in (world.directory / HOME / "ledger.db", world.directory / HOME / "highwater"):
        copies.append(file.with_name(f"{file.name}.yesterday"))
        shutil.copy(file, copies[-1])
    return tuple(copies)


def put_back(world: World, copies: tuple[Path, ...]) -> None:
    """Make the home node what it was."""
    world.home.ledger.close()
    for copy in copies:
        shutil.copy(copy, copy.with_suffix(""))


def test_node_that_was_put_back_gets_no_signature(elsewhere: World, told: str) -> None:
    """Whoever takes back a revocation, with the node's ledger and its marks, has not taken back the process."""
    elsewhere.follow()
    copies = yesterday(elsewhere)
    elsewhere.revoke(told)
    elsewhere.follow()
    put_back(elsewhere, copies)
    with refused(Reason.LANE_BEHIND, "the signing process has signed more"):
        lanes.page_for(elsewhere.home, "KOR", EMPTY, 0, NOW)


def test_node_that_tells_another_story_gets_no_signature(elsewhere: World, told: str) -> None:
    """Put back, and grown in another way until it is larger than before."""
    elsewhere.follow()
    copies = yesterday(elsewhere)
    elsewhere.revoke(told)
    elsewhere.follow()
    put_back(elsewhere, copies)
    for _ in range(3):
        elsewhere.reinstate(elsewhere.suspend(HoldScope.ASSERTION, told))
    with refused(Reason.PROOF_INVALID):
        lanes.page_for(elsewhere.home, "KOR", EMPTY, 0, NOW)


def test_calls_at_once_are_all_answered(elsewhere: World, told: str) -> None:
    """A head that another call overtakes is read anew rather than refused."""

    def work(n: int) -> int:
        if n % 2:
            elsewhere.reinstate(elsewhere.suspend(HoldScope.ASSERTION, told))
            return 0
        return parse_note(lanes.page_for(elsewhere.home, "KOR", EMPTY, 0, NOW).note).checkpoint.size

    with ThreadPoolExecutor(3) as threads:
        sizes = [size for size in threads.map(work, range(24)) if size]
    assert len(sizes) == 12


def test_head_that_was_overtaken_is_read_anew(elsewhere: World, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading it and signing it, another call has signed a larger one."""
    sign = lanes._sign
    overtaken: list[int] = []

    def late(*words: Any) -> bytes:  # noqa: ANN401 - those of the function it stands for
        if not overtaken:
            overtaken.append(1)
            elsewhere.suspend(HoldScope.ASSERTION, told)
            lanes.page_for(elsewhere.home, "KOR", EMPTY, 0, NOW)
        return sign(*words)

    monkeypatch.setattr(lanes, "_sign", late)
    note = lanes.page_for(elsewhere.home, "KOR", EMPTY, 0, NOW).note
    assert parse_note(note).checkpoint.size == lanes.head_size(elsewhere.home, "KOR")
