"""Steps 3 and 4: how a clearance comes to be, and how papers that are older than the node are taken over."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from interchange.demo.people import Person, invented
from interchange.demo.two import by_two, sign
from interchange.domain.days import day_of
from interchange.errors import Reason
from interchange.wire.identity import identity_members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.demo.scene import Scene
    from interchange.demo.stage import Nation
    from interchange.domain.identity import Identity

_SCREENED = 900
"""Number of the person of step 3."""

_CENTRAL, _SECOND, _THIRD, _OWN = "JPN/CAO", "JPN/METI", "JPN/NPA", "JPN/MOD"
_EMPLOYER = "JP-LAB-0001"
_CLERKS = 4
"""Registrations under way at once."""

_ITEMS = ("LEVEL", "VALIDITY", "PROJECT", "NAME", "BIRTH_DATE", "DOCUMENT")


def screen(scene: Scene) -> None:
    """Screen a person once; let two organs grant on it, and let the one that screens on its own do so."""
    home, today = scene.home, day_of(int(time.time()), scene.rules.zone)
    recognise(home, [_EMPLOYER], "JPN/SDS")
    subject = register(home, invented(_SCREENED))
    officer = scene.officer(_CENTRAL)
    opening = {"subject_id": subject, "body": _CENTRAL}
    scene.refused(
        "without the person's consent there is no screening",
        Reason.CONSENT_NEEDED,
        lambda: officer.call("ScreeningService/OpenScreening", _act(**opening)),
    )
    consented = (today - timedelta(days=40)).isoformat()
    screening = _screening(officer.call("ScreeningService/OpenScreening", _act(**opening, consented_on=consented)))
    conclusion = {"screening_id": screening, "conclusion": "CONCLUSION_ELIGIBLE"}
    scene.refused(
        "nor is it concluded while items of the statute are not done",
        Reason.SCREENING_ITEMS,
        lambda: officer.call("ScreeningService/ConcludeScreening", _act(**conclusion)),
    )
    for item in scene.rules.screening_items:
        done = {"item": item, "done_on": (today - timedelta(days=9)).isoformat()}
        officer.call("ScreeningService/RecordItem", _act(screening_id=screening, **done))
    scene.narrator.say(f"{len(scene.rules.screening_items)} items recorded as done, none with what was found")
    _conclude(scene, conclusion)
    officer.call("ScreeningService/NotifyScreening", _act(screening_id=screening, notified_on=today.isoformat()))
    last = {_grant(scene, screening, organ)["last_valid_day"] for organ in (_SECOND, _THIRD)}
    scene.narrator.holds(
        f"{_SECOND} and {_THIRD} grant on one screening; both clearances end on {min(last)}", true=len(last) == 1
    )
    own = scene.officer(_OWN)
    scene.refused(
        f"{_OWN} cannot grant on it",
        Reason.SCREENING_OTHER,
        lambda: own.call("ClearanceService/GrantClearance", _granting(screening, _OWN)),
    )
    opened = own.call("ScreeningService/OpenScreening", _act(subject_id=subject, body=_OWN, consented_on=consented))
    owned = _screening(opened)
    by_two(home, "ScreeningService/ConcludeScreening", {**conclusion, "screening_id": owned}, organ=_OWN)
    own.call("ScreeningService/NotifyScreening", _act(screening_id=owned, notified_on=today.isoformat()))
    _grant(scene, owned, _OWN)
    scene.narrator.say(
        f"{_OWN} screened on its own and granted; of its screening only level, days and standing are kept"
    )
    scene.screened = subject


def _conclude(scene: Scene, conclusion: dict[str, Any]) -> None:
    """Conclude by two: one alone changes nothing, and two certificates of one person are one person."""
    home, code = scene.home, _CENTRAL.partition("/")[2]
    first = home.person("officer", "screener", code)
    asked = _act(**conclusion)
    proposal = first.call("ScreeningService/ConcludeScreening", asked)["proposal"]
    sign(home, proposal, "officer", "screener", code)
    scene.refused(
        "the same person with another certificate is no second person",
        Reason.PROPOSAL_SELF,
        lambda: sign(home, proposal, "officer", "screener"),
    )
    still = first.call("ScreeningService/ConcludeScreening", asked)
    scene.narrator.holds("one officer alone concludes nothing", true="proposal" in still)
    approved = sign(home, proposal, "officer", "reviewer", code)
    scene.narrator.holds(
        "a second officer signs with a key of their own, and it is concluded",
        true=approved["outcome"] == "PROPOSAL_OUTCOME_EXECUTED",
    )


def take_over(scene: Scene) -> None:
    """Take the register's clearances over as one proposal, and record consents to the transfers."""
    began = time.monotonic()
    scene.subjects = settle(scene.home, scene.people, ("KOR", "AUS"), "JPN/SDS")
    scene.narrator.say(
        f"{len(scene.people)} valid clearances of the register taken over, one proposal of two for each organ; "
        f"{scene.without} people have none ({time.monotonic() - began:.1f} s)"
    )
    one, other = invented(1), invented(2)
    found = [_find(scene, each) for each in (register_pair(scene, one), register_pair(scene, other))]
    scene.narrator.holds(
        "大野 花子 and 小野 花子, born on one day and both ONO HANAKO, are two people by their passports' numbers",
        true=len(set(found)) == len(found),
    )
    wrong = {**_presented(one), "document_number": "ZZ9999999"}
    scene.refused(
        "and without the right number nobody is found",
        Reason.NOT_KNOWN,
        lambda: scene.officer(_CENTRAL).call("SubjectService/FindSubject", wrong),
    )


def register_pair(scene: Scene, who: Identity) -> Identity:
    """Register one of the two unless the register has done so."""
    known = {person.identity.presented.compared() for person in scene.people}
    if who.presented.compared() not in known:
        register(scene.home, who)
    return who


def settle(nation: Nation, people: Sequence[Person], towards: Sequence[str], ceiling: str) -> list[str]:
    """Register people with their employers, clearances on paper, and consents to transfers; give their subject ids."""
    today = date.today()  # noqa: DTZ011 - days that are far from their bounds
    recognise(nation, sorted({person.employer for person in people}), ceiling)
    with ThreadPoolExecutor(_CLERKS) as pool:
        subjects = list(pool.map(lambda person: register(nation, person.identity), people))
        granted = [
            {
                "subject_id": subject,
                "organ": person.organ,
                "level": person.level,
                "notified_on": person.notified_on.isoformat(),
                "employer_id": person.employer,
            }
            for subject, person in zip(subjects, people, strict=True)
        ]
        for organ in sorted({person.organ for person in people}):
            grants = [grant for grant in granted if grant["organ"] == organ]
            by_two(nation, "ClearanceService/RecordClearances", {"grants": grants}, organ=organ)
        wanted = [(subject, party) for subject in subjects for party in towards]
        list(pool.map(lambda each: consent(nation, each[0], each[1], today), wanted))
    return subjects


def register(nation: Nation, who: Identity) -> str:
    """Register a person and give the subject's id."""
    session = nation.person("officer", "registrar")
    answer = session.call("SubjectService/RegisterSubject", _act(identity=identity_members(who)))
    return str(answer["subject_id"])


def recognise(nation: Nation, employers: Sequence[str], ceiling: str) -> None:
    """Record employers as recognised for two years; to do so again changes nothing."""
    today = date.today()  # noqa: DTZ011 - days that are far from their bounds
    for employer in employers:
        request = _act(
            employer_id=employer,
            title=f"Laboratory {employer}",
            level_ceiling=ceiling,
            from_day=(today - timedelta(days=800)).isoformat(),
            until_day=(today + timedelta(days=700)).isoformat(),
        )
        nation.person("officer", "registrar").call("EmployerService/RecogniseEmployer", request)


def consent(nation: Nation, subject: str, party: str, today: date) -> None:
    """Record a person's consent to all that is told to a party."""
    request = _act(
        subject_id=subject,
        party=party,
        recipient=f"The verifying office of {party}",
        purpose="joint_research",
        items=[f"DATA_ITEM_{item}" for item in _ITEMS],
        rules_information=f"Information on the rules of {party}, edition of 1 April 2026",
        from_day=today.isoformat(),
        until_day=(today + timedelta(days=600)).isoformat(),
    )
    nation.person("officer", "registrar").call("ConsentService/RecordConsent", request)


def _find(scene: Scene, who: Identity) -> str:
    return str(scene.officer(_CENTRAL).call("SubjectService/FindSubject", _presented(who))["subject_id"])


def _presented(who: Identity) -> dict[str, str]:
    names = ("passport_family", "passport_given", "birth_date", "document_number")
    return {name: str(getattr(who.presented, name)) for name in names}


def _grant(scene: Scene, screening: str, organ: str) -> dict[str, Any]:
    answer = scene.officer(organ).call("ClearanceService/GrantClearance", _granting(screening, organ))
    clearance: dict[str, Any] = answer["clearance"]
    return clearance


def _granting(screening: str, organ: str) -> dict[str, Any]:
    return _act(screening_id=screening, organ=organ, level="JPN/SDS", employer_id=_EMPLOYER)


def _screening(answer: dict[str, Any]) -> str:
    return str(answer["screening"]["screening_id"])


def _act(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a request
    return {"request_id": str(uuid.uuid4()), **values}
