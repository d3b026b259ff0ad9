"""A party that lies, or somebody with its keys: each lie has its reason, and leaves the follower as it was."""

from dataclasses import replace

import pytest
from fakes import tokens
from fakes.lies import LIES, Lie, beginning, extended, known_then_unknown, unknown_type, unknown_version
from fakes.party import PROJECT, digest, uuid
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.client.follower import Follower
from interchange.domain.verdict import Context, Outcome
from interchange.errors import Reason, Refusal


def _name(lie: object) -> str:
    return str(getattr(lie, "__name__", lie)).strip("_").replace("_", " ")


@pytest.mark.parametrize(("lie", "reason"), LIES.items(), ids=_name)
def test_a_lie_is_refused_for_its_reason(lie: Lie, reason: Reason) -> None:
    """What the follower says tells an operator what happened."""
    party = beginning()
    follower = Follower(party.keyrings[1], **party.terms)
    follower.accept(party.page(), NOW)
    with refused(reason):
        follower.accept(lie(party), NOW)


@pytest.mark.parametrize("lie", LIES, ids=_name)
def test_a_lie_changes_nothing(lie: Lie) -> None:
    """After any lie the follower stands where it stood and knows what it knew."""
    party = beginning()
    follower = Follower(party.keyrings[1], **party.terms)
    follower.accept(party.page(), NOW)
    before, known = (follower.frontier, follower.checkpoint), party.entries[0].token or b""
    with pytest.raises(Refusal):
        follower.accept(lie(party), NOW)
    # A revocation in a refused page must not count, and nothing that was valid may have been forgotten.
    told = follower.facts(tokens.assertion(jti=uuid(1)), tokens.key_record(), Context("", "", NOW)).told
    assert (follower.frontier, follower.checkpoint) == before
    assert told is not None
    assert (told.sha256, told.revoked, told.held) == (digest(known), False, False)


@pytest.mark.parametrize("lie", [unknown_type, unknown_version, known_then_unknown], ids=_name)
def test_after_an_unknown_event_everything_is_stale(lie: Lie) -> None:
    """The issuer has told something, and nobody here knows what it bears on."""
    party = beginning()
    token = party.entries[0].token or b""
    follower = Follower(party.keyrings[1], **party.terms)
    follower.accept(party.page(), NOW)
    with refused(Reason.EVENT_UNKNOWN):
        follower.accept(lie(party), NOW)
    assert follower.verify(token, project=PROJECT, now=NOW).outcome is Outcome.STALE


def test_after_another_lie_knowledge_only_ages() -> None:
    """Whoever can send rubbish cannot thereby put every verdict out of service."""
    party = beginning()
    token = party.entries[0].token or b""
    follower = Follower(party.keyrings[1], **party.terms)
    follower.accept(party.page(), NOW)
    with refused(Reason.NOTE_FORM):
        follower.accept(extended(party), NOW)
    assert follower.verify(token, project=PROJECT, now=NOW).outcome is Outcome.VALID


def test_an_honest_page_after_a_lie_is_believed() -> None:
    """A lie does not block the lane."""
    party = beginning()
    follower = Follower(party.keyrings[1], **party.terms)
    with refused(Reason.LANE_ROOT):
        follower.accept(replace(party.page(), entries=party.page().entries[::-1]), NOW)
    assert follower.accept(party.page(), NOW)


def test_a_page_taken_twice_is_refused_the_second_time() -> None:
    """The second time its first leaf is not the next one."""
    party = beginning()
    follower = Follower(party.keyrings[1], **party.terms)
    follower.accept(party.page(), NOW)
    with refused(Reason.LANE_GAP):
        follower.accept(party.page(), NOW)
