"""The story: three nations exchange clearances, each step checked as it is told."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.demo import exchange, home, outage, withdrawal
from interchange.demo.files import make_empty
from interchange.demo.narrator import Narrator, NotHeld
from interchange.demo.people import read_register, sample, still_valid
from interchange.demo.rosters import hand_in
from interchange.demo.scene import Scene
from interchange.demo.stage import Nation
from interchange.domain.days import day_of
from interchange.rulebook.load import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_STANDARD_ERROR = 2

STEPS: tuple[tuple[str, Callable[[Scene], None]], ...] = (
    ("Keyrings are exchanged and pinned", exchange.pin_keyrings),
    ("A person is screened once, and two organs grant on it; a third screens on its own", home.screen),
    ("A register of older clearances is taken over from paper", home.take_over),
    ("Joint projects are opened with Korea and Australia", exchange.open_projects),
    ("A coordinator hands in rosters, and learns who is confirmed and nothing else", hand_in),
    ("People of the register get assertions, or a refusal", exchange.issue_assertions),
    ("Korea follows its lane, acknowledges and verifies; Korea issues one to Japan", exchange.verify_both_ways),
    ("Verified from files with no node running, and by a JWT library that is not ours", exchange.verify_offline),
    ("Japan suspends, revokes, reinstates and stops a project", withdrawal.withdraw),
    ("An assertion with a life of a few seconds expires", withdrawal.expire),
    ("Japan's node is killed while eight clients issue, and started again", outage.kill_and_compare),
)


def run(
    register: Path | None,
    keep: Path | None,
    *,
    rosters: Sequence[Path] = (),
    as_json: bool,
    base: Path | None = None,
) -> bool:
    """Tell the whole story with three node processes on loopback.

    Args:
        register: a CSV register of Japanese clearances; None takes a sample.
        rosters: CSV rosters of the coordinator's; those without a fault are carried out. Without any, a good and a bad
            one are made of the register's people.
        keep: directory for the files that a partner would verify; made if it is not there.
        as_json: one JSON line a step.
        base: directory for nodes, root keys and logs, kept afterwards; None takes one that is removed if all held.

    Returns:
        Whether every step held.

    Raises:
        KeyboardInterrupt: at SIGINT or SIGTERM, once all nodes are stopped and the directory is removed.
    """
    narrator = Narrator(as_json=as_json)
    with stopped_in_order():
        stage = base or Path(tempfile.mkdtemp(prefix="interchange-demo-"))
        scene: Scene | None = None
        try:
            scene = _prepare(stage, register, keep, narrator)
            scene.rosters = tuple(rosters)
            for number, (title, act) in enumerate(STEPS, 1):
                with narrator.step(number, title):
                    act(scene)
        except NotHeld:
            narrator.held = False
        finally:
            if scene is not None:
                scene.close()
            if base is None and (scene is None or narrator.held):
                shutil.rmtree(stage, ignore_errors=True)
    narrator.end(len(STEPS), f"the nodes' logs are in {stage}")
    return narrator.held


@contextmanager
def stopped_in_order() -> Iterator[None]:
    """Let SIGTERM end the story as SIGINT does, and let no second signal of either kind disturb the tidying up."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        # Not through a stream, which the signal may have come in the middle of.
        os.write(_STANDARD_ERROR, b"stopping the nodes\n")
        raise KeyboardInterrupt

    try:
        for number in before:
            signal.signal(number, stop)
        yield
    finally:
        for number, how in before.items():
            signal.signal(number, how)


def _prepare(base: Path, register: Path | None, keep: Path | None, narrator: Narrator) -> Scene:
    rulebook = load()
    now = int(time.time())
    rules = rulebook.rules("JPN")
    if rules is None:
        message = "the rulebook has no rules for the story's home party"
        raise NotHeld(message)
    if keep is not None:
        make_empty(keep)
    people, without = (sample(day_of(now, rules.zone)), 0) if register is None else read_register(register, rules)
    nations = {party: Nation(base, rulebook, party) for party in ("JPN", "KOR", "AUS")}
    return Scene(narrator, rules, nations, still_valid(people, rules, now), without, keep, base)
