"""Suspension, revocation, reinstatement, project stop, expiry."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from interchange.client import directory
from interchange.demo import files
from interchange.demo.scene import until
from interchange.demo.two import by_two
from interchange.errors import Reason

if TYPE_CHECKING:
    from interchange.demo.scene import Scene

_LIFE = 4
"""Seconds that the shortest-lived assertion of the story lives."""


def withdraw(scene: Scene) -> None:
    """Revoke one, suspend another, lift what can be lifted, and stop a project."""
    revoked, suspended, untouched = (scene.assertions[name] for name in ("korea-2", "korea-3", "korea"))
    officer = scene.officer("JPN/CAO")
    hold = _suspend(scene, {"assertion_id": suspended.assertion_id})
    _told(scene, hold, "the suspension")
    _says(scene, "korea-3", "suspended")
    doomed = _suspend(scene, {"assertion_id": revoked.assertion_id})
    answer = officer.call("StandingService/Revoke", _act(assertion_id=revoked.assertion_id))["revocation"]
    seconds = scene.until_acknowledged(int(answer["position"]["index"]) + 1, "KOR")
    scene.narrator.say(f"from the answer to the revoke call to Korea's signed acknowledgement: {1000 * seconds:.1f} ms")
    _says(scene, "korea-2", "revoked")
    _lift(scene, hold)
    _says(scene, "korea-3", "")
    scene.refused(
        "reinstating the revoked one is refused",
        Reason.ALREADY_ENDED,
        lambda: officer.call("StandingService/Reinstate", _act(hold_id=doomed["hold_id"])),
    )
    own = _suspend(scene, {"assertion_id": suspended.assertion_id})
    stop = _suspend(scene, {"project_id": scene.projects["KOR"][0]})
    _told(scene, stop, "the project's stop")
    scene.narrator.holds("the stop is one event in Korea's lane", true=len(stop["positions"]) == 1)
    _says(scene, "korea", "suspended")
    _lift(scene, stop)
    _says(scene, "korea", "")
    _says(scene, "korea-3", "suspended")
    _lift(scene, own)
    if scene.keep is not None:
        files.leave(scene, scene.keep, untouched)
        files.leave_lane(scene, scene.keep)
        files.leave_verdict(scene.keep, scene.verdict("KOR", untouched, "KOR"))
        (scene.keep / directory.REVOKED).write_bytes(revoked.token + b"\n")
        scene.narrator.say(f"files for verifiers left in {scene.keep}; within a day they are verified by")
        scene.narrator.say(
            f"interchange verify {scene.keep / directory.ASSERTION} --directory {scene.keep} --party KOR "
            f"--project {scene.projects['KOR'][1]} --root-pin {scene.home.root_pin}"
        )


def _act(**values: str) -> dict[str, Any]:
    return {"request_id": str(uuid.uuid4()), **values}


def _suspend(scene: Scene, target: dict[str, str]) -> dict[str, Any]:
    hold: dict[str, Any] = scene.officer("JPN/CAO").call("StandingService/Suspend", _act(**target))["hold"]
    return hold


def _told(scene: Scene, withdrawal: dict[str, Any], what: str) -> None:
    size = max(int(position["index"]) for position in withdrawal["positions"]) + 1
    seconds = scene.until_acknowledged(size, "KOR")
    scene.narrator.say(f"{what} is acknowledged by Korea {1000 * seconds:.1f} ms after the answer")


def _lift(scene: Scene, hold: dict[str, Any]) -> None:
    answer = by_two(scene.home, "StandingService/Reinstate", {"hold_id": hold["hold_id"]})
    scene.until_acknowledged(max(int(position["index"]) for position in answer["positions"]) + 1, "KOR")


def _says(scene: Scene, name: str, reason: str) -> None:
    verdict = scene.verdict("KOR", scene.assertions[name], "KOR")
    said = verdict["reason"]
    scene.narrator.holds(f"KOR says of {name}: {said or 'VALID'}", true=said == reason)


def expire(scene: Scene) -> None:
    """Issue an assertion that lives a few seconds, and see verdict and job when it has ended."""
    end = int(time.time()) + _LIFE
    moment = datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    who = scene.choose("JPN/SDS", 4)[3]
    issued = scene.issue("short", who, "KOR", expires_at=moment)
    scene.until_acknowledged(issued.index + 1, "KOR")
    scene.narrator.holds(
        f"valid until {moment}", true=scene.verdict("KOR", issued, "KOR")["outcome"] == "OUTCOME_VALID"
    )
    until(lambda: scene.verdict("KOR", issued, "KOR")["reason"] == "expired", "the assertion has expired")
    scene.narrator.holds("KOR says EXPIRED from that second on", true=int(time.time()) >= end)
    until(lambda: '"1 expired"' in scene.home.log.read_text(encoding="utf-8"), "the scheduled job reports it")
    scene.narrator.holds("the scheduled job has reported it", true=True)
