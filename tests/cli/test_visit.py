"""Requests for visits: what stands in the two files, and who can read them."""

import json
import stat
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from fakes.parties import NOW
from fakes.sessions import FakeSession
from fakes.visits import (
    ANN,
    ASSERTION,
    BOB,
    CLEARANCE,
    DISCLOSURE,
    IDENTITY,
    LOOK,
    PROJECT,
    REFERENCE,
    WORDS,
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


@pytest.fixture
def form(ask: Run, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Write a request, and read its fields."""

    def wrote(*more: object, **changes: str | None) -> dict[str, Any]:
        done = ask(*more, **changes)
        assert done.exit_code == 0, done.output
        read: dict[str, Any] = json.loads((tmp_path / "visit.json").read_text("utf-8"))
        return read

    return wrote


class Page(HTMLParser):
    """What a page shows and what it loads."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what it is made of."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action", "srcset", "data"}]

    def handle_data(self, data: str) -> None:
        """Note what it shows."""
        self.text += data


class TestFields:
    """The JSON has what the form asks for."""

    def test_request_names_both_sides_and_the_visit(self, node: FakeSession, form: Callable[..., Any]) -> None:
        """Who asks whom, where, when, about what and up to which level."""
        made = form()
        assert {name: made[name] for name in ("form", "kind", "requesting_party", "requested_party", "made_on")} == {
            "form": "request-for-visit/1",
            "kind": "one-time",
            "requesting_party": "JPN",
            "requested_party": "KOR",
            "made_on": "2027-01-15",
        }
        assert [facility["name"] for facility in made["facilities"]] == ["North laboratory"]
        assert (made["from_day"], made["until_day"], made["topic"]) == ("2027-03-01", "2027-03-05", WORDS["--topic"])
        assert made["programme"] == {"agreement": "JPN-KOR-2016", "project": REFERENCE}
        assert made["classification"] == {"home_level": "JPN/SDS", "partner_level": "KOR/II"}

    def test_visitor_is_named_with_clearance_and_assertion(self, node: FakeSession, form: Callable[..., Any]) -> None:
        """As in the passport, and with the number by which the partner can verify it."""
        (visitor,) = form()["visitors"]
        assert {name: visitor[name] for name in ("passport_family", "passport_given", "birth_date")} == {
            "passport_family": "ONO",
            "passport_given": "HANAKO",
            "birth_date": "1984-02-28",
        }
        assert (visitor["nationalities"], visitor["document_number"]) == (["JPN", "FRA"], "TZ0000001")
        assert visitor["clearance"] == {
            "kind": "cleared",
            "level": "JPN/SDS",
            "organ": "JPN/METI",
            "last_valid_day": "2031-03-31",
        }
        assert visitor["assertion"]["assertion_id"] == ASSERTION

    def test_projects_title_stays_at_home(self, node: FakeSession, ask: Run, tmp_path: Path) -> None:
        """The partner knows the project by its own reference."""
        ask()
        written = [(tmp_path / name).read_text("utf-8") for name in ("visit.json", "visit.html")]
        assert [PROJECT["title"] in text for text in written] == [False, False]

    def test_place_of_birth_is_not_held(self, node: FakeSession, form: Callable[..., Any]) -> None:
        """Nor is the position; both stay empty, to be written in by hand."""
        (visitor,) = form()["visitors"]
        assert (visitor["place_of_birth"], visitor["position"], visitor["employer"]) == ("", "", "LAB-0001")

    def test_officers_details_are_filled_in(self, node: FakeSession, form: Callable[..., Any], tmp_path: Path) -> None:
        """Addresses, contacts, and what the node does not know of a visitor."""
        added = {
            "requesting_facility": {"name": "Ministry", "address": "1-1 Kasumigaseki"},
            "facility": {"contact": "Dr Kim"},
            "visitors": {ANN: {"place_of_birth": "Osaka", "position": "engineer", "employer": "Magnets Ltd"}},
        }
        (tmp_path / "details.json").write_text(json.dumps(added), encoding="utf-8")
        made = form("--details", tmp_path / "details.json")
        (visitor,) = made["visitors"]
        assert (made["requesting_facility"]["name"], made["facilities"][0]["contact"]) == ("Ministry", "Dr Kim")
        assert (visitor["place_of_birth"], visitor["position"], visitor["employer"]) == (
            "Osaka",
            "engineer",
            "Magnets Ltd",
        )

    def test_authorised_by_function_is_not_called_cleared(self, node: FakeSession, ask: Run, tmp_path: Path) -> None:
        """Neither in the fields nor on the page."""
        authorised = CLEARANCE | {"kind": "KIND_AUTHORISED_BY_FUNCTION"}
        node.lay("ClearanceService/ListClearances", {"clearances": [authorised]})
        ask()
        (visitor,) = json.loads((tmp_path / "visit.json").read_text("utf-8"))["visitors"]
        assert visitor["clearance"]["kind"] == "authorised_by_function"
        assert "authorised by function, not cleared" in (tmp_path / "visit.html").read_text("utf-8")

    def test_clearance_that_lasts_longest_is_shown(self, node: FakeSession, form: Callable[..., Any]) -> None:
        """Of those that carry the assertion; ended ones and lower ones do not."""
        others = [
            CLEARANCE | {"last_valid_day": "2029-01-01"},
            CLEARANCE | {"last_valid_day": "2035-01-01", "ended_at": "2027-01-01T00:00:00Z"},
            CLEARANCE | {"last_valid_day": "2036-01-01", "level": "JPN/CESI"},
        ]
        node.lay("ClearanceService/ListClearances", {"clearances": [*others, CLEARANCE]})
        assert form()["visitors"][0]["clearance"]["last_valid_day"] == "2031-03-31"

    def test_level_is_the_lowest_of_the_visitors(self, node: FakeSession, form: Callable[..., Any]) -> None:
        """What not all may see is not discussed, unless somebody says otherwise."""
        lower = DISCLOSURE | {"home_level": "JPN/CESI"}
        del lower["partner_level"]
        node.lay("DisclosureService/ListDisclosures", {"disclosures": [DISCLOSURE]}, {"disclosures": [lower]})
        made = form("--subject", BOB)
        assert (len(made["visitors"]), made["classification"]) == (2, {"home_level": "JPN/CESI", "partner_level": ""})

    @pytest.mark.parametrize(
        ("kind", "more"),
        [("recurring", {}), ("emergency", {"justification": "It leaks"}), ("amendment", {"amends": "earlier"})],
    )
    def test_each_kind_has_its_own_field(
        self, node: FakeSession, form: Callable[..., Any], kind: str, more: dict[str, str]
    ) -> None:
        """An emergency says why it cannot wait, an amendment what it amends."""
        made = form(kind=kind, **more)
        assert (made["kind"], made["justification"], made["amends"]) == (
            kind,
            more.get("justification", ""),
            more.get("amends", ""),
        )


class TestFiles:
    """Two files, for their owner alone."""

    def test_nobody_else_can_read_them(self, node: FakeSession, ask: Run, tmp_path: Path) -> None:
        """They name people."""
        ask()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        assert modes == {"visit.json": 0o600, "visit.html": 0o600}

    def test_output_names_nobody(self, node: FakeSession, ask: Run) -> None:
        """What is printed stays in a terminal's memory."""
        done = ask()
        assert not {value for value in IDENTITY.values() if isinstance(value, str) and value in done.output}

    def test_page_loads_nothing(self, node: FakeSession, ask: Run, tmp_path: Path) -> None:
        """It can be opened and printed on a machine without network, and nobody learns that it was."""
        ask()
        text = (tmp_path / "visit.html").read_text("utf-8")
        page = Page(text)
        assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
        assert (page.links, "url(" in text, "@import" in text, "://" in text) == ([], False, False, False)

    def test_page_shows_what_it_is_given_as_text(self, node: FakeSession, ask: Run, tmp_path: Path) -> None:
        """A name or a topic is never markup."""
        node.lay(LOOK, {"subject_id": ANN, "identity": IDENTITY | {"family": "<img src=x onerror=alert(1)>"}})
        ask()
        page = Page((tmp_path / "visit.html").read_text("utf-8"))
        assert (WORDS["--topic"] in page.text, "<img src=x" in page.text, "img" in page.tags) == (True, True, False)

    def test_page_has_every_part_of_the_form(self, node: FakeSession, ask: Run, tmp_path: Path) -> None:
        """Down to the stamp."""
        ask()
        page = Page((tmp_path / "visit.html").read_text("utf-8"))
        shown = [page.text.count(f"\n{number}. ") for number in range(1, 9)]
        assert shown == [1] * 8
        wanted = ("ONO", "HANAKO", "1984-02-28", "TZ0000001", "2031-03-31", "KOR", "stamp")
        assert [part for part in wanted if part not in page.text] == []

    @pytest.mark.parametrize("name", ["visit.json", "visit.html"])
    def test_existing_file_is_kept_and_nobody_looked_up(
        self, node: FakeSession, ask: Run, tmp_path: Path, name: str
    ) -> None:
        """What could not be written is refused before a line is written in the audit lane."""
        (tmp_path / name).write_text("kept", encoding="utf-8")
        assert "file_exists" in ask().stderr
        assert (node.calls, [path.read_text("utf-8") for path in tmp_path.iterdir()]) == ([], ["kept"])

    def test_one_of_them_is_enough(self, node: FakeSession, run: Run, tmp_path: Path) -> None:
        """But neither is a mistake of the command line."""
        words = [word for pair in WORDS.items() for word in pair]
        both = [run("visit", "request", *words), run("visit", "request", *words, "--page", tmp_path / "p.html")]
        assert [done.exit_code for done in both] == [Exit.USAGE, Exit.DONE]
