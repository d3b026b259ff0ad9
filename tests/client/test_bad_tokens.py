"""Bad tokens before the readers without a node: what a follower in memory and a verifier of files make of them."""

from collections.abc import Callable

import pytest
from fakes.bad_tokens import BAD, Good
from fakes.party import FakeParty
from fakes.readers import follow, judge, judged

from interchange.domain.verdict import ORDER, Outcome, Verdict
from interchange.wire.claims import encode_assertion

READERS: dict[str, Callable[[FakeParty, bytes], Verdict]] = {
    "follower": lambda party, token: judged(follow(party), token),
    "verifier": lambda party, token: judge(party, token, party.bundle()),
}


def told() -> tuple[FakeParty, Good]:
    """A party that has told one assertion, and that assertion."""
    good = Good(encode_assertion(FakeParty().statement()), "assert")
    party = FakeParty()
    assert party.issue() == good.token
    return party, good


@pytest.mark.parametrize("reader", READERS)
def test_token_without_fault_is_valid(reader: str) -> None:
    """What the bad ones are made of is good."""
    party, good = told()
    assert READERS[reader](party, good.token).outcome is Outcome.VALID


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("title", BAD)
def test_bad_token_is_refused_at_its_step_for_its_reason(title: str, reader: str) -> None:
    """Readers without a node refuse what nodes refuse, and for the same reason."""
    (make, step, reason), (party, good) = BAD[title], told()
    verdict = READERS[reader](party, make(good))
    assert (verdict.outcome, ORDER[len(verdict.passed)], verdict.reason) == (Outcome.NOT_VALID, step, reason)
