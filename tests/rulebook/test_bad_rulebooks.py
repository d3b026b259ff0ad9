"""Rulebooks with one fault each: refused, with the reason and the place or counter-example in the text."""

from pathlib import Path

import pytest

from interchange.errors import Reason, Refusal
from interchange.rulebook.load import load

A_NATION = """\
code = "AAA"
title = "Aland"
native_title = "Aland"
authority = "aaa.clearance.example"
source = "Act 1"
[levels.Upper]
title = "Upper"
native_title = "Upper"
ceiling = "S"
serves = ["Lower"]
[levels.Lower]
title = "Lower"
native_title = "Lower"
ceiling = "C"
[levels.Beside]
title = "Beside"
native_title = "Beside"
ceiling = "S"
[levels.Check]
title = "Check"
native_title = "Check"
[rules]
zone = "Asia/Seoul"
two_people = ["Upper"]
purposes = ["joint_research"]
[rules.terms]
Upper = 5
Lower = 10
[rules.organs.CENTRAL]
title = "Central"
native_title = "Central"
central = true
grants = ["Upper", "Lower"]
"""
B_NATION = """\
code = "BBB"
title = "Beland"
native_title = "Beland"
authority = "bbb.clearance.example"
source = "Act 2"
[levels.Secret]
title = "Secret"
native_title = "Secret"
ceiling = "S"
serves = ["Basic"]
[levels.Basic]
title = "Basic"
native_title = "Basic"
ceiling = "C"
[levels.Old]
title = "Old"
native_title = "Old"
ceiling = "S"
until_day = 2021-06-30
"""
AGREEMENT = """\
code = "AAA-BBB-2020"
title = "Agreement"
signed_on = 2020-01-01
in_force_on = 2020-02-01
state = "in_force"
[[rows]]
source = "AAA/Upper"
target = "BBB/Secret"
from_day = 2020-02-01
citation = "Article 4"
state = "confirmed"
[[rows]]
source = "AAA/Lower"
target = "BBB/Basic"
from_day = 2020-02-01
citation = "Article 4"
state = "working"
[[rows]]
source = "BBB/Secret"
target = "AAA/Upper"
from_day = 2020-02-01
citation = "Article 4"
state = "confirmed"
"""
A, B, T = "nations/aaa.toml", "nations/bbb.toml", "agreements/aaa-bbb-2020.toml"
GOOD = {A: A_NATION, B: B_NATION, T: AGREEMENT}

FORM, LEVEL = Reason.RULEBOOK_FORM, Reason.LEVEL_UNKNOWN

# title; file; what stands there; what stands there instead; reason; place in the file
IN_FILE = [
    ("unknown key", A, 'code = "AAA"', 'code = "AAA"\nflag = 1', FORM, "unknown key flag"),
    ("unknown key of a level", A, "[levels.Lower]", "[levels.Lower]\nx = 1", FORM, "levels.Lower: unknown key x"),
    ("unknown key of rules", A, "[rules]", "[rules]\nx = 1", FORM, "rules: unknown key x"),
    ("unknown key of an organ", A, "CENTRAL]", "CENTRAL]\nx = 1", FORM, "rules: organs.CENTRAL: unknown key x"),
    ("unknown key of a row", T, '"BBB/Basic"', '"BBB/Basic"\nx = 1', FORM, "rows[2]: unknown key x"),
    ("missing source", A, 'source = "Act 1"', "", FORM, "source"),
    ("empty source", A, '"Act 1"', '" "', FORM, "source"),
    ("source that is a number", A, '"Act 1"', "1", FORM, "source"),
    ("source of two lines", A, '"Act 1"', '"Act\\n1"', FORM, "source"),
    ("another code than the file's", A, 'code = "AAA"', 'code = "AAB"', FORM, "code"),
    ("code that is no code", A, 'code = "AAA"', 'code = "Aland"', LEVEL, "levels.Upper: level name"),
    ("authority in capitals", A, '"aaa.clear', '"AAA.clear', Reason.FIELD_FORM, "authority"),
    ("unknown ceiling", A, 'ceiling = "C"', 'ceiling = "X"', FORM, "levels.Lower: ceiling"),
    ("ceiling in small letters", A, 'ceiling = "C"', 'ceiling = "c"', FORM, "levels.Lower: ceiling"),
    ("level with a native code", A, "[levels.Check]", '[levels."Ü1"]', LEVEL, "levels.Ü1: level name"),
    ("levels that are no tables", A, "[levels.Upper]", "[levels]\nX = 1\n[levels.Upper]", FORM, "levels.X"),
    ("serving an unknown level", A, '["Lower"]', '["Lwer"]', LEVEL, "AAA/Lwer"),
    ("serving one level twice", A, '["Lower"]', '["Lower", "Lower"]', FORM, "levels.Upper: serves"),
    ("serving a number", A, '["Lower"]', "[1]", FORM, "levels.Upper: serves"),
    ("circle", A, '"C"', '"C"\nserves = ["Upper"]', FORM, "AAA/Lower and AAA/Upper serve each other"),
    ("serving for more", A, '"S"', '"R"', FORM, "AAA/Upper serves AAA/Lower, which opens more"),
    ("last day that is a text", B, "2021-06-30", '"2021-06-30"', FORM, "levels.Old: until_day"),
    ("last day with a time", B, "2021-06-30", "2021-06-30T00:00:00Z", FORM, "levels.Old: until_day"),
    ("unknown zone", A, "Asia/Seoul", "Asia/Nowhere", FORM, "rules: zone"),
    ("term that is a text", A, "Upper = 5", 'Upper = "5"', FORM, "rules: terms.Upper"),
    ("term that is a truth value", A, "Upper = 5", "Upper = true", FORM, "rules: terms.Upper"),
    ("term of an unknown level", A, "Upper = 5", "Uper = 5", LEVEL, "rules: AAA/Uper"),
    (
        "term of a retired level",
        A,
        '"C"',
        '"C"\nuntil_day = 2021-06-30',
        LEVEL,
        "rules: terms: AAA/Lower ends on 2021-06-30",
    ),
    ("grant of an unknown level", A, '"Upper", "Lower"', '"Uper"', LEVEL, "rules: AAA/CENTRAL: AAA/Uper"),
    ("two people for an unknown level", A, '["Upper"]', '["Uper"]', LEVEL, "rules: AAA/Uper"),
    (
        "act that is no code",
        A,
        "two_people = ",
        'two_people_acts = ["Reinstate"]\ntwo_people = ',
        FORM,
        "rules: screening_items or two_people_acts",
    ),
    (
        "item without title",
        A,
        "[rules.terms]",
        "[rules.screening_items]\ndrugs = 1\n[rules.terms]",
        FORM,
        "rules: screening_items.drugs",
    ),
    ("keeping something else", A, "[rules.terms]", "[rules.keep]\nlong = 5\n[rules.terms]", FORM, "rules: keep"),
    ("keeping for ages", A, "[rules.terms]", "[rules.keep]\nother_years = 51\n[rules.terms]", FORM, "rules: keep"),
    (
        "era without first day",
        A,
        "[rules.terms]",
        '[[rules.eras]]\nname="E"\nletter="E"\n[rules.terms]',
        FORM,
        "rules: eras[1]: first_day",
    ),
    ("no central body", A, "central = true", "central = false", FORM, "rules: not exactly one central organ"),
    ("flag that is a number", A, "central = true", "central = 1", FORM, "rules: organs.CENTRAL: central"),
    ("agreement of other parties", T, '"AAA-BBB-2020"', '"BBB-AAA-2020"', FORM, "code"),
    ("agreement without year", T, '"AAA-BBB-2020"', '"AAA-BBB"', FORM, "code"),
    ("unknown state of an agreement", T, '"in_force"', '"current"', FORM, "state"),
    ("signed, yet in force on a day", T, '"in_force"', '"signed"', FORM, "in_force_on"),
    ("notice without its day", T, '"in_force"', '"notice_given"', FORM, "ended_on"),
    ("in force before it was signed", T, "2020-01-01", "2020-03-01", FORM, "days"),
    ("row that is no table", T, AGREEMENT[AGREEMENT.index("[[rows]]") :], "rows = [1]", FORM, "rows[1]"),
    (
        "row from before the agreement",
        T,
        "day = 2020-02-01",
        "day = 2020-01-31",
        FORM,
        "AAA/Upper has effect before the agreement",
    ),
    ("row without citation", T, 'citation = "Article 4"', "", FORM, "rows[1]: citation"),
    ("row of an unknown state", T, '"working"', '"sure"', FORM, "rows[2]: state"),
    ("row of a level that is no name", T, '"BBB/Basic"', '"Basic"', LEVEL, "rows[2]: level name"),
]

# title; what stands in the agreement; what stands there instead; reason; the counter-example
AGAINST_LAWS = [
    ("upwards", '"BBB/Basic"', '"BBB/Secret"', Reason.RULEBOOK_UP, "#: AAA/Lower -> BBB/Secret: C to S"),
    (
        "against the order",
        'target = "BBB/Secret"',
        'target = "BBB/Old"\nuntil_day = 2021-06-30',
        Reason.RULEBOOK_ORDER,
        "#: AAA/Upper -> BBB/Old, #: AAA/Lower -> BBB/Basic",
    ),
    (
        "round trip that gains",
        'target = "AAA/Upper"',
        'target = "AAA/Beside"',
        Reason.RULEBOOK_ROUND_TRIP,
        "#: AAA/Upper -> BBB/Secret, #: BBB/Secret -> AAA/Beside",
    ),
    ("third party", '"BBB/Basic"', '"CCC/Basic"', Reason.RULEBOOK_CHAIN, "#: AAA/Lower -> CCC/Basic"),
    ("inside one party", '"BBB/Basic"', '"AAA/Upper"', Reason.RULEBOOK_CHAIN, "#: AAA/Lower -> AAA/Upper"),
    ("misspelt level", '"BBB/Basic"', '"BBB/Basics"', LEVEL, "#: AAA/Lower -> BBB/Basics: BBB/Basics"),
    ("no ceiling", '"AAA/Lower"', '"AAA/Check"', Reason.RULEBOOK_CEILING, "#: AAA/Check -> BBB/Basic: AAA/Check"),
    (
        "retired level",
        'target = "BBB/Secret"',
        'target = "BBB/Old"',
        LEVEL,
        "#: AAA/Upper -> BBB/Old: BBB/Old ends on 2021-06-30",
    ),
    (
        "two rows for one level",
        '"AAA/Lower"',
        '"AAA/Upper"',
        FORM,
        "two rows for one level: #: AAA/Upper -> BBB/Secret, #: AAA/Upper -> BBB/Basic",
    ),
]


def write(directory: Path, files: dict[str, str]) -> Path:
    """Write the files of a rulebook."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def test_rulebook_without_fault_is_read(tmp_path: Path) -> None:
    """Every case below is this one with one change."""
    book = load(write(tmp_path, GOOD))
    assert (sorted(book.parties), sorted(book.agreements)) == (["AAA", "BBB"], ["AAA-BBB-2020"])


@pytest.mark.parametrize(("title", "file", "old", "new", "reason", "place"), IN_FILE, ids=[case[0] for case in IN_FILE])
def test_file_with_one_fault_is_refused_at_its_place(
    tmp_path: Path, title: str, file: str, old: str, new: str, reason: Reason, place: str
) -> None:
    """The refusal names file and key, so that a lawyer finds the line."""
    assert old in GOOD[file], title
    with pytest.raises(Refusal) as caught:
        load(write(tmp_path, GOOD | {file: GOOD[file].replace(old, new, 1)}))
    assert (caught.value.reason, caught.value.where) == (reason, f"{file}: {place}")


@pytest.mark.parametrize(
    ("title", "old", "new", "reason", "rows"), AGAINST_LAWS, ids=[case[0] for case in AGAINST_LAWS]
)
def test_rows_against_a_law_are_refused_with_the_counter_example(
    tmp_path: Path, title: str, old: str, new: str, reason: Reason, rows: str
) -> None:
    """The refusal shows the rows that break the law."""
    assert old in AGREEMENT, title
    with pytest.raises(Refusal) as caught:
        load(write(tmp_path, GOOD | {T: AGREEMENT.replace(old, new, 1)}))
    assert (caught.value.reason, caught.value.where) == (reason, rows.replace("#", "AAA-BBB-2020"))


@pytest.mark.parametrize(
    ("title", "old", "new"),
    [
        ("an open quote", 'code = "BBB"', 'code = "BBB'),
        ("a key twice", 'code = "BBB"', 'code = "BBB"\ncode = "BBB"'),
        ("a day that does not exist", "2021-06-30", "2021-06-31"),
    ],
)
def test_file_that_is_not_toml_is_refused_with_the_line(tmp_path: Path, title: str, old: str, new: str) -> None:
    """The parser's own words say where, in the product's refusal."""
    with pytest.raises(Refusal) as caught:
        load(write(tmp_path, GOOD | {B: B_NATION.replace(old, new, 1)}))
    assert (caught.value.reason, f"{B}: " in caught.value.where, "line" in caught.value.where) == (FORM, True, True), (
        title
    )


def test_two_parties_of_one_authority_are_refused(tmp_path: Path) -> None:
    """An authority name leads to one party."""
    with pytest.raises(Refusal) as caught:
        load(write(tmp_path, GOOD | {B: B_NATION.replace("bbb.clear", "aaa.clear")}))
    assert (caught.value.reason, caught.value.where) == (FORM, "two parties of one authority")


def test_agreement_with_a_party_that_has_no_file_is_refused(tmp_path: Path) -> None:
    """Both parties of an agreement are in the rulebook."""
    with pytest.raises(Refusal) as caught:
        load(write(tmp_path, {A: A_NATION, T: AGREEMENT}))
    assert (caught.value.reason, caught.value.where) == (Reason.PARTY_UNKNOWN, "AAA-BBB-2020: BBB")


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """A rulebook is UTF-8, and nothing is guessed."""
    write(tmp_path, GOOD)
    (tmp_path / A).write_bytes(A_NATION.replace("Aland", "Åland").encode("latin-1"))
    with pytest.raises(Refusal) as caught:
        load(tmp_path)
    assert caught.value.reason is Reason.RULEBOOK_FORM


def test_directory_without_rulebook_is_refused(tmp_path: Path) -> None:
    """An empty rulebook is not an empty law."""
    with pytest.raises(Refusal) as caught:
        load(tmp_path)
    assert (caught.value.reason, caught.value.where) == (Reason.FILE_UNREADABLE, "nations")
