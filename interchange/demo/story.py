"""The story: three nations exchange clearances, each step checked as it is told."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.demo import exchange, outage, withdrawal
from interchange.demo.narrator import Narrator, NotHeld
from interchange.demo.people import read_register, sample, still_valid
from interchange.demo.scene import Scene
from interchange.demo.stage import Nation
from interchange.domain.days import day_of
from interchange.errors import Reason, refuse
from interchange.rulebook.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS: tuple[tuple[str, Callable[[Scene], None]], ...] = (
    ("Keyrings are exchanged and pinned", exchange.pin_keyrings),
    ("Joint projects are opened with Korea and Australia", exchange.open_projects),
    ("People of the register get assertions, or a refusal", exchange.issue_assertions),
    ("Korea follows its lane, acknowledges and verifies; Korea issues one to Japan", exchange.verify_both_ways),
    ("Verified from files with no node running, and by a JWT library that is not ours", exchange.verify_offline),
    ("Japan suspends, revokes, reinstates and stops a project", withdrawal.withdraw),
    ("An assertion with a life of a few seconds expires", withdrawal.expire),
    ("Japan's node is killed while eight clients issue, and started again", outage.kill_and_compare),
)


def run(register: Path | None, keep: Path | None, *, as_json: bool, base: Path | None = None) -> bool:
    """Tell the whole story with three node processes on loopback.

    Args:
        register: a CSV register of Japanese clearances; None takes a sample.
        keep: directory for the files that a partner would verify; made if it is not there.
        as_json: one JSON line a step.
        base: directory for nodes, root keys and logs, kept afterwards; None takes one that is removed if all held.

    Returns:
        Whether every step held.
    """
    narrator = Narrator(as_json=as_json)
    stage = base or Path(tempfile.mkdtemp(prefix="interchange-demo-"))
    scene: Scene | None = None
    try:
        scene = _prepare(stage, register, keep, narrator)
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


def _prepare(base: Path, register: Path | None, keep: Path | None, narrator: Narrator) -> Scene:
    rulebook = load()
    now = int(time.time())
    rules = rulebook.rules("JPN")
    if rules is None:
        message = "the rulebook has no rules for the story's home party"
        raise NotHeld(message)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise refuse(Reason.FILE_EXISTS, str(keep))
    people, without = (sample(day_of(now, rules.zone)), 0) if register is None else read_register(register)
    nations = {party: Nation(base, rulebook, party) for party in ("JPN", "KOR", "AUS")}
    return Scene(narrator, rules, nations, still_valid(people, rules, now), without, keep, base)
