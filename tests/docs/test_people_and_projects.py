"""docs/people.md and docs/projects.md against the rules, the readers of files and the commands that they describe."""

import re
from datetime import date, timedelta

import pytest
from docs.markdown import ROOT, code, read, rows, section

from interchange.cli.papers import ALL
from interchange.domain.days import day_of
from interchange.errors import Reason
from interchange.rulebook.load import load
from interchange.v1 import participants_pb2 as pb
from interchange.wire.register import REGISTER_COLUMNS
from interchange.wire.roster import ROSTER_COLUMNS

PEOPLE, PROJECTS, BINDINGS = (read(f"docs/{name}.md") for name in ("people", "projects", "bindings"))
READERS = ("wire/table.py", "wire/roster.py", "domain/eras.py", "flows/rosters.py")
OF_THE_WHOLE = {"roster_faults", "misses_quota"}
"""Said of a roster as a whole, in the text."""

TERMS = rows(section(PEOPLE, "4. Grant"))
REFUSED = PROJECTS[PROJECTS.index("What is refused, and with which") :]


def codes(cell: str) -> list[str]:
    """Read the reasons that a cell names."""
    return re.findall(r"`([a-z_]+)`", cell)


def test_roster_columns_are_those_of_the_reader() -> None:
    """Whoever makes a roster by the page has all its columns, in order."""
    named = [name for row in rows(section(PROJECTS, "The file")) for name in codes(row[0])]
    assert named == list(ROSTER_COLUMNS)


def test_register_columns_are_those_of_the_reader() -> None:
    """Whoever makes a register by the page has all its columns, in order."""
    text = section(PEOPLE, "Take over a register")
    listed = text[text.index("with the columns") : text.index("all of them, in any order")]
    assert re.findall(r"`([a-z_]+)`", listed) == list(REGISTER_COLUMNS)


def test_every_reason_of_a_roster_is_documented() -> None:
    """What a reader of rosters can refuse stands in the table, and nothing else does."""
    sources = "\n".join((ROOT / "interchange" / name).read_text(encoding="utf-8") for name in READERS)
    given = {Reason[name].code for name in re.findall(r"Reason\.([A-Z_]+)", sources)}
    # An era without a sound name is a mistake of the rulebook's.
    given -= {Reason.RULEBOOK_FORM.code}
    assert {each for row in rows(REFUSED) for each in codes(row[0])} == given - OF_THE_WHOLE
    assert set(codes(PROJECTS)) >= OF_THE_WHOLE


def test_outcomes_of_rows_are_documented() -> None:
    """Each word that a result can have is explained."""
    values = pb.DESCRIPTOR.enum_types_by_name["RowOutcome"].values
    names = [value.name.removeprefix("ROW_OUTCOME_") for value in values if value.number]
    documented = {code(row[0]) for row in rows(PROJECTS[PROJECTS.index("| outcome | means |") :])}
    assert documented == {name.lower().replace("_", " ") for name in names}


def test_members_of_papers_are_documented() -> None:
    """The file with a person's papers can be written by the page."""
    named = [name for row in rows(section(PEOPLE, "1. Register the person")) for name in codes(row[0])]
    assert named == [each.field for each in ALL]


@pytest.mark.parametrize("row", TERMS, ids=lambda row: f"{row[0]}, {row[1]}")
def test_last_valid_day_is_the_rules(row: tuple[str, ...]) -> None:
    """The day that the page names is the last one of the term."""
    level, notified_on, last_day = row[0].split(",")[0], *(date.fromisoformat(day) for day in row[1:])
    rules = load().rules("JPN")
    assert rules is not None
    end = rules.clearance_end(level, notified_on)
    assert (day_of(end - 1, rules.zone), day_of(end, rules.zone)) == (last_day, last_day + timedelta(1))


def test_reasons_of_bindings_are_known() -> None:
    """A code in the table of refusals is one of the program's."""
    named = {each for row in rows(section(BINDINGS, "At the partner")) for each in codes(row[0])}
    assert named <= {reason.code for reason in Reason}
    assert named
