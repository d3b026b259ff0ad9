"""A power cut under load. Nothing that a client wrote down may be missing afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
import zlib
from base64 import b64decode, urlsafe_b64decode
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import jwt

from interchange.demo import files
from interchange.demo.home import settle
from interchange.demo.people import Person, invented
from interchange.demo.scene import Issued, claims_of, read_issued
from interchange.domain.days import day_of
from interchange.domain.names import parse_organ
from interchange.errors import Refusal

if TYPE_CHECKING:
    from interchange.demo.scene import Scene

_CLIENTS = 8
_EACH = 24
"""People that each client issues for, more than it gets to."""

_FIRST = 1000
"""Number of the first of them."""

_LOAD_SECONDS = 1.5
_ORGAN, _PARTNER = "JPN/METI", "AUS"


def kill_and_compare(scene: Scene) -> None:
    """Let eight clients issue, kill the node, start it again, and look for every answer in ledger, lane and list."""
    today = day_of(int(time.time()), scene.rules.zone)
    people = [
        Person(invented(_FIRST + number), _ORGAN, "JPN/CESI", today - timedelta(days=30), "JP-LAB-0009")
        for number in range(_CLIENTS * _EACH)
    ]
    subjects = settle(scene.home, people, [_PARTNER], "JPN/CESI")
    scene.narrator.say(f"{len(subjects)} more people taken over, at the lower tier, which one officer issues for")
    written: list[list[Issued]] = [[] for _ in range(_CLIENTS)]
    stopped = Event()
    clients = [
        Thread(target=_client, args=(scene, number, subjects[number::_CLIENTS], written[number], stopped))
        for number in range(_CLIENTS)
    ]
    for client in clients:
        client.start()
    time.sleep(_LOAD_SECONDS)
    scene.home.kill()
    stopped.set()
    for client in clients:
        client.join()
    answers = [issued for each in written for issued in each]
    scene.narrator.say(f"SIGKILL after {_LOAD_SECONDS} s; eight clients wrote down {len(answers)} answers")
    began = time.monotonic()
    scene.home.start()
    scene.home.wait()
    scene.narrator.say(f"started again in {time.monotonic() - began:.1f} s")
    officer = scene.officer("JPN/CAO")
    missing = [each for each in answers if _token(officer, each) != each.token]
    scene.narrator.holds("every answer is in the ledger, byte for byte", true=bool(answers) and not missing)
    scene.until_acknowledged(max(each.index for each in answers) + 1, _PARTNER)
    invalid = [each for each in answers if scene.verdict(_PARTNER, each, _PARTNER)["outcome"] != "OUTCOME_VALID"]
    scene.narrator.holds("every answer is in the lane: Australia followed it and says VALID of each", true=not invalid)
    scene.narrator.holds("every answer's slot in the status list is live", true=not _dead_slots(scene, answers))
    command = [sys.executable, "-m", "interchange", "audit", "verify", str(scene.home.directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    scene.narrator.holds(f"audit verify: {done.stdout.strip() or done.stderr.strip()}", true=done.returncode == 0)


def _client(scene: Scene, number: int, subjects: list[str], written: list[Issued], stopped: Event) -> None:
    organ = parse_organ(_ORGAN)[1]
    session = scene.home.person("officer", f"client-{number}", organ)
    for subject in subjects:
        if stopped.is_set():
            return
        request = {"project_id": scene.projects[_PARTNER][0], "partner": _PARTNER, "subject_id": subject}
        try:
            answer = session.call("AssertionService/IssueAssertion", {**request, "request_id": str(uuid.uuid4())})
        except Refusal:
            # The node is gone: what was not answered was not promised.
            return
        written.append(read_issued(answer["result"]))


def _token(officer: Any, issued: Issued) -> bytes:  # noqa: ANN401 - a Session
    found = officer.call("AssertionService/GetAssertion", {"assertion_id": issued.assertion_id})["assertion"]
    return b64decode(found["token"])


def _read_list(scene: Scene, uri_of: Issued) -> bytes:
    """Inflate a status list the way a program that only knows JWT does."""
    claims = jwt.decode(files.status_list(scene, uri_of, _PARTNER), options={"verify_signature": False})
    packed = claims["status_list"]["lst"]
    return zlib.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))


def _dead_slots(scene: Scene, answers: list[Issued]) -> list[Issued]:
    """Find the answers whose two bits are not 0 (live)."""
    lists: dict[str, bytes] = {}
    dead = []
    for issued in answers:
        entry = claims_of(issued)["status"]["status_list"]
        if entry["uri"] not in lists:
            lists[entry["uri"]] = _read_list(scene, issued)
        if lists[entry["uri"]][entry["idx"] // 4] >> (2 * (entry["idx"] % 4)) & 3:
            dead.append(issued)
    return dead
