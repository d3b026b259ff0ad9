"""A coordinator hands in rosters: every line gets its verdict, and of a person no more than `confirmed until DAY`."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from interchange.demo.exchange import open_project
from interchange.demo.narrator import NotHeld
from interchange.demo.scene import encode, until
from interchange.demo.two import sign
from interchange.domain.days import day_of
from interchange.errors import Reason, refuse
from interchange.wire.roster import ROSTER_COLUMNS
from interchange.wire.table import LARGEST_TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.demo.people import Person
    from interchange.demo.scene import Scene

_PARTNER = "KOR"
_ROSTERS = "rosters"
"""Name of the project that rosters are for."""

_SHOWN = 16
"""Lines told of one roster; the rest is counted."""


def hand_in(scene: Scene) -> None:
    """Check each roster line by line, and carry out the ones without a fault, by two."""
    scene.projects[_ROSTERS] = open_project(scene, scene.home, _PARTNER, "JPN-KOR-2016", ("JPN/SDS", "JPN/CESI"))
    files = [(path.name, _read(path)) for path in scene.rosters] or _made(scene)
    for name, content in files:
        faulty = _check(scene, name, content)
        if faulty:
            scene.refused(
                f"{name} is refused as a whole while lines have faults",
                Reason.ROSTER_FAULTS,
                partial(_enrol, scene, content),
            )
        else:
            _carry_out(scene, name, content)


def _check(scene: Scene, name: str, content: bytes) -> int:
    answer = _enrol(scene, content, validate_only=True)
    lines = answer["check"]["lines"]
    for line in lines[:_SHOWN]:
        scene.narrator.say(f"{name} line {line['line']}: {_verdict(line)}")
    if len(lines) > _SHOWN:
        scene.narrator.say(f"{name}: {len(lines) - _SHOWN} more lines")
    counted = Counter(line["outcome"].removeprefix("ROW_OUTCOME_").lower() for line in lines)
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(counted.items()))
    scene.narrator.say(f"{name}: {told}; nothing is stored yet")
    return counted["faulty"]


def _verdict(line: dict[str, Any]) -> str:
    if "confirmed_until" in line:
        return f"confirmed until {line['confirmed_until']}"
    faults = [f"{fault['column'] or 'the row'}: {fault['reason']}" for fault in line.get("faults", [])]
    return "; ".join(faults) or str(line["outcome"]).removeprefix("ROW_OUTCOME_").replace("_", " ").lower()


def _carry_out(scene: Scene, name: str, content: bytes) -> None:
    """Hand a roster in; an officer approves it; see it done to the last line."""
    request_id = str(uuid.uuid4())
    answer = _enrol(scene, content, request_id=request_id)
    scene.narrator.holds(
        f"{name} waits for a second person, whoever is on it, since the project's ceiling asks for one",
        true="proposal" in answer,
    )
    sign(scene.home, answer["proposal"], "coordinator", "coordinator")
    approved = sign(scene.home, answer["proposal"], "officer", "reviewer")
    if approved["outcome"] != "PROPOSAL_OUTCOME_EXECUTED":
        message = f"the proposal of {name} is {approved['outcome']}"
        raise NotHeld(message)
    wanted = {"roster_id": answer["roster_id"], "page_size": 1000}

    def rows() -> dict[str, Any]:
        return scene.coordinator().call("ParticipantService/GetRoster", wanted)

    until(lambda: rows()["roster"].get("done", 0) == rows()["roster"]["total"], f"{name} is carried out")
    lines = rows()["lines"]
    confirmed = sum(line["outcome"] == "ROW_OUTCOME_CONFIRMED" for line in lines)
    scene.narrator.say(f"{name} is carried out: {confirmed} of {len(lines)} enrolled, each with an assertion")
    again = _enrol(scene, content, request_id=request_id)
    scene.narrator.holds("the same request again changes nothing", true=again["roster_id"] == answer["roster_id"])
    listed = scene.coordinator().call("ParticipantService/ListParticipants", {"page_size": 1000})["participants"]
    told = {field for each in listed for field in each}
    scene.narrator.holds(
        f"the coordinator's list has {len(listed)} people with days and passport names, and no level, organ or reason",
        true=bool(listed) and not told & {"level", "organ", "clearance_id", "subject_id", "standing", "reason"},
    )


def _enrol(scene: Scene, content: bytes, *, request_id: str = "", validate_only: bool = False) -> dict[str, Any]:
    request = {
        "request_id": request_id or str(uuid.uuid4()),
        "project_id": scene.projects[_ROSTERS][0],
        "partner": _PARTNER,
        "content": encode(content),
        "validate_only": validate_only,
    }
    return scene.coordinator().call("ParticipantService/EnrolRoster", request)


def _made(scene: Scene) -> list[tuple[str, bytes]]:
    """Make a good and a bad roster of the register's people: one person of each kind, so that others are left."""
    today = day_of(int(time.time()), scene.rules.zone)
    days = (today.isoformat(), (today + timedelta(days=200)).isoformat())
    upper, lower = (scene.choose(level)[-1:][0][0] for level in ("JPN/SDS", "JPN/CESI"))
    good = [_row(person, days) for person in (upper, lower)]
    stranger = dict(good[0], document_number="ZZ7654321")
    bad = [
        dict(good[0], birth_date="01/02/1980"),
        dict(good[0], passport_family="=1+1"),
        dict(good[0], passport_given="ﾊﾅｺ"),
        dict(good[0], document_number=""),
        dict(good[0], **{"from": days[1], "to": days[0]}),
        good[1],
        good[1],
    ]
    tables = {"roster.csv": [*good, stranger], "bad-roster.csv": bad}
    return [
        (name, "\n".join([",".join(ROSTER_COLUMNS), *map(_line, rows), ""]).encode()) for name, rows in tables.items()
    ]


def _line(row: dict[str, str]) -> str:
    return ",".join(row[column] for column in ROSTER_COLUMNS)


def _row(person: Person, days: tuple[str, str]) -> dict[str, str]:
    presented = person.identity.presented
    return {
        "passport_family": presented.passport_family,
        "passport_given": presented.passport_given,
        "birth_date": presented.birth_date.isoformat(),
        "document_number": presented.document_number,
        "employer": person.employer,
        "from": days[0],
        "to": days[1],
    }


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_TABLE + 1)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(path)) from error
