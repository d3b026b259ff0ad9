"""The stages of a key as one table: every verb at every stage."""

import pytest
from fakes.refusals import refused

from interchange.domain.stages import ALONE, NARROWS, STEPS, Stage, Verb, after
from interchange.errors import Reason

DONE_WITH = [Stage.RETIRED, Stage.TAINTED, Stage.DESTROYED]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.DRAFT])
def test_verb_that_leads_nowhere_is_refused(stage: Stage, verb: Verb) -> None:
    """A step that is not in the table cannot be taken."""
    if (stage, verb) in STEPS:
        assert after(stage, verb) is STEPS[stage, verb]
        return
    with refused(Reason.KEY_STAGE):
        after(stage, verb)


@pytest.mark.parametrize("stage", Stage)
def test_any_key_can_be_tainted(stage: Stage) -> None:
    """A thief may have had a copy, whatever became of the key."""
    assert after(stage, Verb.TAINT) is Stage.TAINTED


@pytest.mark.parametrize("stage", DONE_WITH)
def test_key_that_is_done_with_never_signs_again(stage: Stage) -> None:
    """No sequence of verbs leads back to ACTIVE."""
    reached, fresh = {stage}, {stage}
    while fresh:
        fresh = {to for (at, _), to in STEPS.items() if at in fresh} - reached
        reached |= fresh
    assert Stage.ACTIVE not in reached


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.DESTROYED])
def test_every_stage_has_a_way_on(stage: Stage) -> None:
    """No key is stuck."""
    assert {to for (at, _), to in STEPS.items() if at is stage} - {stage}


@pytest.mark.parametrize(("stage", "back"), [(Stage.LAID_IN, Stage.ACTIVE), (Stage.SUSPENDED, Stage.LAID_IN)])
def test_key_comes_back(stage: Stage, back: Stage) -> None:
    """What stands by or is suspended can sign again."""
    assert back in {to for (at, _), to in STEPS.items() if at is stage}


def test_one_person_only_makes_or_takes() -> None:
    """Neither gives anybody anything."""
    assert frozenset({Verb.DRAFT, Verb.SUSPEND}) == ALONE


def test_what_lanes_tell_ends_the_signing() -> None:
    """After a verb that is told as a restriction, the key is not the one that signs."""
    assert all(to is not Stage.ACTIVE for (_, verb), to in STEPS.items() if verb in NARROWS)
