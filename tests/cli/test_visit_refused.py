"""Requests for visits that are not written: before anybody is looked up for them."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from fakes.parties import NOW
from fakes.sessions import FakeSession
from fakes.visits import (
    ANN,
    BOB,
    CLEARANCE,
    CONSENT,
    DISCLOSURE,
    LOOK,
    PROJECT,
    asking,
    lay_visit,
)

from interchange.cli.exits import Exit

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock stands in January 2027."""
    monkeypatch.setattr("interchange.cli.visit.time", SimpleNamespace(time=lambda: NOW))


@pytest.fixture
def node(session: FakeSession) -> FakeSession:
    """A node that knows a person who may visit."""
    return lay_visit(session)


@pytest.fixture
def ask(run: Run, tmp_path: Path) -> Run:
    """Write a request, with other words than the usual ones if told so."""
    return asking(run, tmp_path)


def looks(node: FakeSession) -> int:
    """Count how often somebody was looked up."""
    return [method for method, _ in node.calls].count(LOOK)


def refused(done: Result, reason: str, node: FakeSession, tmp_path: Path) -> None:
    """See that a request was refused, that nobody was looked up for it, and that nothing was written."""
    assert (done.exit_code, reason in done.stderr) == (Exit.REFUSED, True), done.output
    assert (looks(node), list(tmp_path.iterdir())) == (0, [])


NOT_VISITING: dict[str, tuple[dict[str, str], str]] = {
    "a party that is no partner": ({"partner": "AUS"}, "partner_unknown"),
    "days in the wrong order": ({"from": "2027-03-06"}, "days_order"),
    "a day before the project": ({"from": "2026-12-31"}, "days_outside"),
    "a day after the project": ({"until": "2028-01-01"}, "days_outside"),
    "a visit that is over": ({"from": "2027-01-02", "until": "2027-01-14"}, "date_absurd"),
    "a place that is not the project's": ({"site": "East laboratory"}, "field_form"),
    "a level that nobody here has": ({"level": "KOR/II"}, "level_unknown"),
}


@pytest.mark.parametrize("title", NOT_VISITING)
def test_visit_is_refused_for(node: FakeSession, ask: Run, tmp_path: Path, title: str) -> None:
    """What lies in the visit, before anybody is looked up."""
    changes, reason = NOT_VISITING[title]
    refused(ask(**changes), reason, node, tmp_path)


def test_visits_do_not_recur_for_more_than_a_year(node: FakeSession, ask: Run, tmp_path: Path) -> None:
    """A year from the first day is the longest; the project itself runs on."""
    node.lay("ProjectService/GetProject", {"project": PROJECT | {"until_day": "2029-12-31"}})
    expiring = DISCLOSURE | {"expires_at": "2028-12-31T15:00:00Z"}
    node.lay("DisclosureService/ListDisclosures", {"disclosures": [expiring]})
    refused(ask(kind="recurring", until="2028-03-01"), "field_form", node, tmp_path)
    assert ask(kind="recurring", until="2028-02-29").exit_code == Exit.DONE


def test_closed_project_is_not_visited(node: FakeSession, ask: Run, tmp_path: Path) -> None:
    """There is nothing left to do there."""
    node.lay("ProjectService/GetProject", {"project": PROJECT | {"closed_at": "2027-01-10T00:00:00Z"}})
    refused(ask(), "project_closed", node, tmp_path)


NOT_CERTIFIED: dict[str, tuple[str, dict[str, Any], str]] = {
    "suspended": ("disclosures", DISCLOSURE | {"standing": "STANDING_SUSPENDED"}, "not_confirmed"),
    "revoked": ("disclosures", DISCLOSURE | {"standing": "STANDING_REVOKED"}, "not_confirmed"),
    "towards another party": ("disclosures", DISCLOSURE | {"partner": "AUS"}, "not_confirmed"),
    "for another project": ("disclosures", DISCLOSURE | {"project_id": ANN}, "not_confirmed"),
    "expiring during the visit": ("disclosures", DISCLOSURE | {"expires_at": "2027-03-05T14:59:59Z"}, "not_confirmed"),
    "clearance ending before": ("clearances", CLEARANCE | {"last_valid_day": "2027-03-04"}, "not_confirmed"),
    "clearance ended": ("clearances", CLEARANCE | {"ended_at": "2027-01-10T00:00:00Z"}, "not_confirmed"),
    "clearance of a lower level": ("clearances", CLEARANCE | {"level": "JPN/CESI"}, "not_confirmed"),
    "consent without names": ("consents", CONSENT | {"items": CONSENT["items"][:3]}, "consent_missing"),
    "consent withdrawn": ("consents", CONSENT | {"withdrawn_at": "2027-01-10T00:00:00Z"}, "consent_missing"),
    "consent to another party": ("consents", CONSENT | {"party": "AUS"}, "consent_missing"),
    "consent to another purpose": ("consents", CONSENT | {"purpose": "visit"}, "consent_missing"),
    "consent that is over": ("consents", CONSENT | {"until_day": "2027-01-14"}, "consent_missing"),
}
METHODS = {
    "disclosures": "DisclosureService/ListDisclosures",
    "clearances": "ClearanceService/ListClearances",
    "consents": "ConsentService/ListConsents",
}


@pytest.mark.parametrize("title", NOT_CERTIFIED)
def test_person_is_not_certified(node: FakeSession, ask: Run, tmp_path: Path, title: str) -> None:
    """Paper says no more than the assertion, and names nobody who did not agree to it."""
    entries, entry, reason = NOT_CERTIFIED[title]
    node.lay(METHODS[entries], {entries: [entry]})
    refused(ask(), reason, node, tmp_path)


def test_visitor_below_the_level_is_refused(node: FakeSession, ask: Run, tmp_path: Path) -> None:
    """Whoever says that more is discussed, cannot bring that person."""
    node.lay("DisclosureService/ListDisclosures", {"disclosures": [DISCLOSURE | {"home_level": "JPN/CESI"}]})
    refused(ask(level="JPN/SDS"), "below_floor", node, tmp_path)


def test_person_named_twice_is_refused(node: FakeSession, ask: Run, tmp_path: Path) -> None:
    """Two visitors who are one would be one too many at the gate."""
    refused(ask("--subject", ANN), "field_form", node, tmp_path)


@pytest.mark.parametrize(
    "details",
    [
        "[]",
        "not json",
        '{"unknown": {}}',
        '{"facility": {"fax": ""}}',
        '{"facility": {"address": 1}}',
        json.dumps({"visitors": {BOB: {}}}),
        json.dumps({"visitors": {ANN: {"height": "1"}}}),
    ],
)
def test_details_of_another_form_are_refused(node: FakeSession, ask: Run, tmp_path: Path, details: str) -> None:
    """A mistyped member would otherwise be missing on the page without a word."""
    file = tmp_path / "details.json"
    file.write_text(details, encoding="utf-8")
    done = ask("--details", file)
    file.unlink()
    refused(done, "field_form", node, tmp_path)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "amendment"}, {"amends": "earlier"}, {"kind": "emergency"}, {"justification": "It leaks"}],
    ids=str,
)
def test_options_that_do_not_fit_the_kind_are_a_mistake(ask: Run, node: FakeSession, changes: dict[str, str]) -> None:
    """Said before anything is asked of the node."""
    assert (ask(**changes).exit_code, node.calls) == (Exit.USAGE, [])
