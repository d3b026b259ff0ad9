"""The demonstration stopped before its end: nothing of it is left, however it is stopped."""

import os
import signal
from pathlib import Path

import pytest

from interchange.demo import story
from interchange.demo.narrator import NotHeld
from interchange.demo.scene import Scene
from interchange.demo.stage import Nation

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the story makes its directory."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def tell(monkeypatch: pytest.MonkeyPatch, *signals: int) -> Path:
    """Tell a story of one step, in which these signals come; give the directory that it had."""
    seen: list[Path] = []

    def act(scene: Scene) -> None:
        (scene.base / "a-file").touch()
        seen.append(scene.base)
        for number in signals:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(story, "STEPS", (("A step", act),))
    if signals:
        with pytest.raises(KeyboardInterrupt):
            story.run(None, None, as_json=True)
    else:
        story.run(None, None, as_json=True)
    return seen[0]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_story_that_is_stopped_leaves_nothing(monkeypatch: pytest.MonkeyPatch, temporary: Path, number: int) -> None:
    """Neither at Ctrl-C nor when a supervisor ends it."""
    assert tell(monkeypatch, number).parent == temporary
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_second_signal_does_not_disturb_the_tidying_up(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, number: int
) -> None:
    """Whoever is impatient does not leave the nodes of two nations behind."""
    closed: list[str] = []

    def close(nation: Nation) -> None:
        os.kill(os.getpid(), number)
        closed.append(nation.party)

    monkeypatch.setattr(Nation, "close", close)
    tell(monkeypatch, signal.SIGTERM)
    assert (len(closed), list(temporary.iterdir())) == (3, [])


def test_node_that_must_be_killed_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    """All are ended; the logs are kept, since something was not as it should be."""
    closed: list[str] = []

    def close(nation: Nation) -> None:
        closed.append(nation.party)
        raise NotHeld

    monkeypatch.setattr(Nation, "close", close)
    kept = tell(monkeypatch)
    assert (len(closed), list(temporary.iterdir())) == (3, [kept])


def test_signals_are_as_before_when_the_story_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that tells the story within its own is stopped as it was."""
    before = [signal.getsignal(number) for number in SIGNALS]
    tell(monkeypatch)
    assert [signal.getsignal(number) for number in SIGNALS] == before
