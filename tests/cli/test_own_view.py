"""`subject disclosures`: the page that an officer prints for a person, and `reminder list`."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fakes.sessions import FakeSession
from fakes.visits import ANN, ASSERTION, DISCLOSURE, IDENTITY, LOOK

from interchange.cli.exits import Exit
from interchange.errors import Reason, refuse

Run = Callable[..., Result]

AT = "2027-02-01T10:00:00Z"
ENTRY: dict[str, Any] = DISCLOSURE | {
    "project_title": "静かな <磁石>",
    "valid_from": "2027-01-15T08:00:00Z",
    "bindings": [{"sent_at": "2027-01-16T08:00:00Z", "confirmed_at": "2027-01-20T08:00:00Z"}],
}
QUESTION = {
    "verified_at": AT,
    "assertion_id": ASSERTION,
    "partner": "KOR",
    "outcome": "OUTCOME_NOT_VALID",
    "count": 3,
}
LISTS = {
    "DisclosureService/ListDisclosures": {"disclosures": [ENTRY]},
    "DisclosureService/ListVerifications": {"verifications": [QUESTION]},
}


@pytest.fixture
def node(session: FakeSession) -> FakeSession:
    """A node that has something to tell about a person."""
    for method, answer in LISTS.items():
        session.lay(method, answer)
    return session.lay(LOOK, {"subject_id": ANN, "identity": IDENTITY})


FORMS = {"text": (), "page": ("--html",)}


@pytest.mark.parametrize("form", FORMS)
def test_person_learns_what_was_told_and_who_asked(node: FakeSession, run: Run, form: str) -> None:
    """Party, project, levels, days, standing, what was sent besides, and each question."""
    shown = run("subject", "disclosures", ANN, *FORMS[form]).stdout
    wanted = ("大野 花子 (ONO HANAKO)", "KOR", "JPN/SDS", "KOR/II", "valid", "2027-01-15T08:00:00Z", AT, "not valid")
    sent = "sent 2027-01-16T08:00:00Z, matched 2027-01-20T08:00:00Z"
    assert [part for part in (*wanted, sent, ASSERTION) if part not in shown] == []


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_seen_is_said(node: FakeSession, run: Run, form: str) -> None:
    """Nobody takes the list for all there was."""
    assert "without a network" in run("subject", "disclosures", ANN, *FORMS[form]).stdout


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_said_to_be_nothing(node: FakeSession, run: Run, form: str) -> None:
    """A person about whom nothing was told reads so."""
    node.lay("DisclosureService/ListDisclosures", {"disclosures": []})
    node.lay("DisclosureService/ListVerifications", {"verifications": []})
    assert "Nothing was told to anybody." in run("subject", "disclosures", ANN, *FORMS[form]).stdout


@pytest.mark.parametrize("form", FORMS)
def test_person_who_is_no_longer_named_can_still_be_told(node: FakeSession, run: Run, form: str) -> None:
    """By the number, which the officer has from elsewhere."""
    node.lay(LOOK, refuse(Reason.NOT_KNOWN, "subject_id"))
    done = run("subject", "disclosures", ANN, *FORMS[form])
    assert (done.exit_code, "no longer kept" in done.stdout) == (Exit.DONE, True)


def test_unknown_person_is_refused(node: FakeSession, run: Run) -> None:
    """A number that nobody bears."""
    node.lay("DisclosureService/ListDisclosures", refuse(Reason.NOT_KNOWN, "subject_id"))
    assert run("subject", "disclosures", ANN).exit_code == Exit.REFUSED


def test_json_names_nobody_and_looks_nobody_up(node: FakeSession, run: Run) -> None:
    """A program gets what the node answers."""
    answer = json.loads(run("subject", "disclosures", ANN, "--json").stdout)
    assert answer == {"disclosures": [ENTRY], "verifications": [QUESTION]}
    assert LOOK not in [method for method, _ in node.calls]


def test_page_takes_titles_as_text(node: FakeSession, run: Run) -> None:
    """A project's title is no markup."""
    shown = run("subject", "disclosures", ANN, "--html").stdout
    assert ("静かな &lt;磁石&gt;" in shown, "<磁石>" in shown, "://" in shown) == (True, False, False)


def test_file_is_its_owners_alone(node: FakeSession, run: Run, tmp_path: Path) -> None:
    """Nothing of it is printed."""
    file = tmp_path / "page.html"
    done = run("subject", "disclosures", ANN, "--html", "--to", file)
    assert (done.stdout, stat.S_IMODE(file.stat().st_mode), "花子" in file.read_text("utf-8")) == ("", 0o600, True)


def test_what_somebody_else_wrote_cannot_move_the_cursor(node: FakeSession, run: Run) -> None:
    """Control characters reach no terminal; the wide space of Japanese names does."""
    titled = ENTRY | {"project_title": "\x1b[2J静か\u3000磁石"}
    node.lay("DisclosureService/ListDisclosures", {"disclosures": [titled]})
    assert "?[2J静か\u3000磁石" in run("subject", "disclosures", ANN).stdout


REMINDERS = [
    {"kind": "REMINDER_KIND_CLEARANCE", "target": ANN, "last_day": "2027-03-01", "days_left": 30, "days": 30},
    {"kind": "REMINDER_KIND_PROJECT", "target": ASSERTION, "last_day": "2027-02-01", "days_left": 0, "days": 7},
]


@pytest.fixture
def reminded(session: FakeSession) -> FakeSession:
    """A node that reminds of two ends."""
    return session.lay("ReminderService/ListReminders", {"reminders": REMINDERS})


def test_soonest_end_comes_first(reminded: FakeSession, run: Run) -> None:
    """Whatever the order in which the node lists them."""
    _, first, second = run("reminder", "list").stdout.splitlines()
    assert (first.split(), second.split()) == (
        ["2027-02-01", "0", "project", ASSERTION],
        ["2027-03-01", "30", "clearance", ANN],
    )


def test_limit_leaves_the_soonest(reminded: FakeSession, run: Run) -> None:
    """Not those that the node lists first."""
    answer = json.loads(run("reminder", "list", "--limit", 1, "--json").stdout)
    assert answer == {"reminders": [REMINDERS[1]]}


def test_one_kind_is_asked_for(reminded: FakeSession, run: Run) -> None:
    """The node leaves out the others."""
    run("reminder", "list", "--kind", "employer")
    assert reminded.asked[1]["kind"] == "REMINDER_KIND_EMPLOYER"
