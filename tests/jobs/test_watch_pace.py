"""A partner that floods its lane: it is listened to, and not more than others."""

import pytest
from fakes.parties import HOME, NOW, DirectLink
from fakes.world import World

from interchange.domain.lane import Entry, Page
from interchange.jobs import watch
from interchange.jobs.watch import LEAVES_A_SECOND, PAGES_A_SECOND, Watches, pause_after
from interchange.store import partners


@pytest.mark.parametrize(
    ("leaves", "pause"),
    [
        pytest.param(0, 1 / PAGES_A_SECOND, id="an empty page"),
        pytest.param(1, 1 / PAGES_A_SECOND, id="one leaf"),
        pytest.param(1000, 1000 / LEAVES_A_SECOND, id="a full page"),
    ],
)
def test_pause_grows_with_what_was_told(leaves: int, pause: float) -> None:
    """A thousand leaves in one page cost as much as in a thousand."""
    assert pause_after(Page(b"", 0, (Entry(b"{}"),) * leaves, ())) == pause


def test_watch_pauses_after_each_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However quickly the next one would come."""
    world.issue(world.open_project(), world.clear())
    node, pauses = world["KOR"], list[float]()
    watches = Watches(node, lambda _: DirectLink(world.home, "KOR"), lambda: NOW)
    partner = node.ledger.read(lambda tx: partners.get(tx, HOME))
    assert partner is not None
    monkeypatch.setattr(watches._stopped, "wait", pauses.append)
    monkeypatch.setattr(watch, "catch_up", lambda *_: None)
    watches._follow(partner)
    assert pauses == [1 / PAGES_A_SECOND]
