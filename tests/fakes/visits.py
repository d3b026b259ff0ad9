"""A visit that is in order: what the node answers, and the words of the command that asks for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result
from fakes.sessions import FakeSession

PROJECT_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ANN = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
BOB = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
ASSERTION = "6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f"
REFERENCE = "cHJvamVjdC1yZWZlcmVuYw"

PROJECT: dict[str, Any] = {
    "project_id": PROJECT_ID,
    "title": "A title that stays at home",
    "purpose": "joint_research",
    "partners": [{"party": "KOR", "agreement": "JPN-KOR-2016", "reference": REFERENCE}],
    "level_ceiling": "JPN/SDS",
    "level_floor": "JPN/CESI",
    "from_day": "2027-01-01",
    "until_day": "2027-12-31",
    "sites": ["North laboratory", "South laboratory"],
}
IDENTITY: dict[str, Any] = {
    "family": "大野",
    "given": "花子",
    "family_kana": "オオノ",
    "given_kana": "ハナコ",
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "birth_date": "1984-02-28",
    "document_number": "TZ0000001",
    "nationalities": ["JPN", "FRA"],
}
CLEARANCE: dict[str, Any] = {
    "clearance_id": ASSERTION,
    "subject_id": ANN,
    "organ": "JPN/METI",
    "level": "JPN/SDS",
    "kind": "KIND_CLEARED",
    "notified_on": "2026-04-01",
    "last_valid_day": "2031-03-31",
    "employer_id": "LAB-0001",
}
DISCLOSURE: dict[str, Any] = {
    "assertion_id": ASSERTION,
    "partner": "KOR",
    "project_id": PROJECT_ID,
    "project_title": PROJECT["title"],
    "organ": "JPN/METI",
    "home_level": "JPN/SDS",
    "partner_level": "KOR/II",
    "issued_at": "2027-01-15T08:20:34Z",
    "expires_at": "2027-12-31T15:00:00Z",
    "standing": "STANDING_VALID",
    "bindings": [],
}
CONSENT: dict[str, Any] = {
    "party": "KOR",
    "purpose": "joint_research",
    "items": [f"DATA_ITEM_{item}" for item in ("LEVEL", "VALIDITY", "PROJECT", "NAME", "BIRTH_DATE", "DOCUMENT")],
    "from_day": "2027-01-01",
    "until_day": "2027-12-31",
}
LOOK = "SubjectService/GetSubject"
WORDS = {
    "--project": PROJECT_ID,
    "--partner": "KOR",
    "--kind": "one-time",
    "--site": "North laboratory",
    "--from": "2027-03-01",
    "--until": "2027-03-05",
    "--topic": "Magnets & <cold>",
    "--subject": ANN,
}


def lay_visit(node: FakeSession) -> FakeSession:
    """Lay down the answers of a node that knows a person who may visit."""
    node.lay("NodeService/GetNodeInfo", {"party": "JPN"})
    node.lay("ProjectService/GetProject", {"project": PROJECT})
    node.lay("DisclosureService/ListDisclosures", {"disclosures": [DISCLOSURE]})
    node.lay("ClearanceService/ListClearances", {"clearances": [CLEARANCE]})
    node.lay("ConsentService/ListConsents", {"consents": [CONSENT]})
    return node.lay(LOOK, {"subject_id": ANN, "identity": IDENTITY})


def asking(run: Callable[..., Result], directory: Path) -> Callable[..., Result]:
    """Write a request into two files of a directory, with other words than the usual ones if told so."""

    def asked(*more: object, **changes: str | None) -> Result:
        words = WORDS | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
        given = [word for pair in words.items() if pair[1] is not None for word in pair]
        files = ("--to", directory / "visit.json", "--page", directory / "visit.html")
        return run("visit", "request", *given, *more, *files)

    return asked
