"""What a lane in memory makes of identity bindings; the ledger's projection has the same cases."""

import pytest
from fakes.refusals import refused

from interchange.client.projection import Projection
from interchange.domain.events import AssertionIssued, BindingEnded, BindingSent, Event, Revoked
from interchange.errors import Reason

ISSUED, SENT = AssertionIssued("j1", 7, "digest-1"), BindingSent("j1", "first")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([ISSUED], {}, id="none sent"),
        pytest.param([ISSUED, SENT], {"j1": "first"}, id="sent"),
        pytest.param([ISSUED, SENT, BindingSent("j1", "second")], {"j1": "second"}, id="sent again"),
        pytest.param([ISSUED, SENT, BindingEnded("j1")], {"j1": None}, id="ended"),
        pytest.param(
            [ISSUED, SENT, BindingEnded("j1"), BindingSent("j1", "second")], {"j1": "second"}, id="sent after an end"
        ),
    ],
)
def test_the_binding_that_was_told_last_holds(events: list[Event], expected: dict[str, str | None]) -> None:
    """Until it is ended."""
    told = Projection()
    told.apply(events, 1)
    assert told.bindings == expected


@pytest.mark.parametrize(
    ("before", "event"),
    [
        pytest.param([], SENT, id="a binding of an unknown assertion"),
        pytest.param([ISSUED, Revoked("j1")], SENT, id="a binding of a revoked assertion"),
        pytest.param([ISSUED, SENT], SENT, id="a binding told twice"),
        pytest.param([ISSUED], BindingEnded("j1"), id="an unknown binding ended"),
        pytest.param([ISSUED, SENT, BindingEnded("j1")], BindingEnded("j1"), id="a binding ended twice"),
    ],
)
def test_contradicting_event_is_refused(before: list[Event], event: Event) -> None:
    """What was told cannot be told anew, and what does not hold cannot be ended."""
    told = Projection()
    told.apply(before, 1)
    with refused(Reason.LEAF_FORM):
        told.apply([event], 1)


def test_a_page_that_is_refused_in_its_middle_leaves_no_binding_behind() -> None:
    """All of a page counts, or none of it."""
    told = Projection()
    told.apply([ISSUED], 1)
    with refused(Reason.LEAF_FORM):
        told.apply([SENT, SENT], 1)
    assert told.bindings == {}
