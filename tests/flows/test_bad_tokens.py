"""Bad tokens before a node that answers from its ledger: each is refused for its one fault, and nothing is written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.bad_issuer import FAULTS, NATIONS, Scene, build_scene
from fakes.bad_tokens import BAD
from fakes.parties import HOME
from hypothesis import example, given
from hypothesis import strategies as st

from interchange.domain.verdict import ORDER, Outcome, Step, Verdict
from interchange.errors import Reason
from interchange.wire import base64url

STRIDE = 7
"""Bits from one that is flipped to the next: each byte has its turn, and each place in a byte."""


@pytest.fixture(scope="module")
def scene(world_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Nodes that are only asked; no test of this file writes anything."""
    scene = build_scene(world_template, tmp_path_factory.mktemp("bad-tokens") / "world")
    yield scene
    scene.world.close()


def found(verdict: Verdict) -> tuple[Outcome, Step, Reason | None]:
    """Say how a verdict came out, at which step it was decided, and why."""
    return verdict.outcome, ORDER[len(verdict.passed)], verdict.reason


@pytest.mark.parametrize("at", ["KOR", HOME])
def test_token_without_fault_is_valid(scene: Scene, at: str) -> None:
    """What the bad ones are made of is good."""
    assert scene.judge(scene.good.token, at).outcome is Outcome.VALID


@pytest.mark.parametrize("at", ["KOR", HOME])
@pytest.mark.parametrize("title", BAD)
def test_token_with_a_fault_in_its_bytes_is_refused(scene: Scene, title: str, at: str) -> None:
    """Follower and issuer refuse it at the same step for the same reason."""
    make, step, reason = BAD[title]
    assert found(scene.judge(make(scene.good), at)) == (Outcome.NOT_VALID, step, reason)


@pytest.mark.parametrize("title", FAULTS)
def test_well_formed_token_is_refused(scene: Scene, title: str) -> None:
    """A signature that verifies is not enough."""
    fault = FAULTS[title]
    verdict = scene.judge(fault.make(scene), fault.at, **fault.context)
    assert found(verdict) == (fault.outcome, fault.step, fault.reason)


def test_bad_tokens_change_nothing_in_any_ledger(scene: Scene) -> None:
    """Whoever presents bad tokens leaves no row behind, in the ledger that is asked and in the others."""
    before = scene.ledgers()
    for at in NATIONS:
        for make, _, _ in BAD.values():
            scene.judge(make(scene.good), at)
        for fault in FAULTS.values():
            scene.judge(fault.make(scene), at, **fault.context)
    assert scene.ledgers() == before


@given(token=st.binary(max_size=300) | st.text('ey.-_AQ{}"', max_size=300).map(str.encode))
@example(token=b"." * 8192)
@example(token=b"e30.e30.e30")
def test_no_bytes_whatever_give_anything_but_a_verdict(scene: Scene, token: bytes) -> None:
    """Bytes of a stranger neither raise nor are valid."""
    assert scene.judge(token).outcome is Outcome.NOT_VALID


@pytest.mark.parametrize("place", range(3), ids=["header", "payload", "signature"])
def test_no_bit_can_be_flipped(scene: Scene, place: int) -> None:
    """Every part, also what a reader does not look at, is under the signature or in it."""
    parts = scene.good.token.split(b".")
    data = base64url.decode(parts[place])
    taken = []
    for bit in range(0, 8 * len(data), STRIDE):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        parts[place] = base64url.encode(bytes(flipped)).encode()
        if scene.judge(b".".join(parts)).outcome is not Outcome.NOT_VALID:
            taken.append(bit)
    assert taken == []
