"""Who a person is: found by four values together, kept as given, shown nowhere."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from interchange.domain.identity import Identity, Presented
from interchange.errors import Reason, Refusal

PRESENTED = Presented("YAMAZAKI", "HANAKO", date(1984, 2, 29), "TZ0000001")
IDENTITY = Identity("山﨑", "花子", "ヤマザキ", "ハナコ", PRESENTED, ("AAA", "BBB"))

names = st.from_regex(r"[A-Z]([A-Z' .-]{0,20}[A-Z.])?", fullmatch=True)
numbers = st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)
people = st.builds(Presented, names, st.just("") | names, st.dates(date(1900, 1, 1)), numbers)


def refused(thing: Presented | Identity, **changed: object) -> tuple[Reason, str]:
    """Change a person, and give the reason and the field of the refusal."""
    with pytest.raises(Refusal) as caught:
        replace(thing, **changed)  # type: ignore[arg-type]  # cases name any field
    return caught.value.reason, caught.value.where


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("O", id="one letter"),
        pytest.param("O'BRIEN", id="apostrophe"),
        pytest.param("SMITH-JONES", id="hyphen"),
        pytest.param("VAN DER BERG", id="spaces"),
        pytest.param("KING JR.", id="point at the end"),
        pytest.param("A" * 81, id="the longest"),
    ],
)
def test_name_of_a_latin_line_is_taken(name: str) -> None:
    """What passports have, a person may have."""
    assert replace(PRESENTED, passport_family=name).passport_family == name


@pytest.mark.parametrize("field", ["passport_family", "passport_given"])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Ono", id="small letters"),
        pytest.param("MÜLLER", id="letter outside ASCII"),
        pytest.param("\uff2f\uff2e\uff2f", id="full-width letters"),
        pytest.param("大野", id="another script"),
        pytest.param("ONO2", id="digit"),
        pytest.param(" ONO", id="space before"),
        pytest.param("ONO ", id="space behind"),
        pytest.param("ONO\n", id="line end"),
        pytest.param("-ONO", id="hyphen first"),
        pytest.param("A" * 82, id="too long"),
    ],
)
def test_name_of_no_latin_line_is_refused(field: str, name: str) -> None:
    """Nothing is transliterated and nothing repaired."""
    assert refused(PRESENTED, **{field: name}) == (Reason.FIELD_FORM, field)


@pytest.mark.parametrize("number", ["tz1", "TZ-1", "TZ 1", "\uff34\uff3a\uff11", "T" * 21, "TZ1\n"])
def test_number_of_no_document_is_refused(number: str) -> None:
    """A document's number is capitals and digits."""
    assert refused(PRESENTED, document_number=number) == (Reason.FIELD_FORM, "document_number")


@pytest.mark.parametrize("field", ["passport_family", "document_number"])
def test_person_is_found_by_all_or_not_at_all(field: str) -> None:
    """Neither name and birth date alone nor a number alone names a person."""
    assert refused(PRESENTED, **{field: ""}) == (Reason.FIELD_MISSING, field)


def test_person_with_one_name_is_a_person() -> None:
    """A passport's given name may be empty."""
    assert replace(PRESENTED, passport_given="").passport_given == ""


def test_nobody_was_born_before_the_first_year() -> None:
    """A year that nobody alive was born in is a typing error."""
    assert refused(PRESENTED, birth_date=date(1899, 12, 31)) == (Reason.DATE_ABSURD, "birth_date")


@given(people, people)
def test_compared_copies_are_equal_for_the_same_person_alone(one: Presented, other: Presented) -> None:
    """No two people are spelt alike, wherever one value ends and the next begins."""
    assume(all("  " not in name for who in (one, other) for name in (who.passport_family, who.passport_given)))
    assert (one.compared() == other.compared()) == (one == other)


@pytest.mark.parametrize(
    ("title", "changed"),
    [
        ("number", {"document_number": "TZ0000002"}),
        ("birth date", {"birth_date": date(1984, 2, 28)}),
        ("family name", {"passport_family": "YAMASAKI"}),
        ("given name", {"passport_given": ""}),
        ("names in the other order", {"passport_family": "HANAKO", "passport_given": "YAMAZAKI"}),
    ],
)
def test_each_value_tells_people_apart(title: str, changed: dict[str, object]) -> None:
    """Of two people with one name and birth date the document's number tells who is who."""
    assert replace(PRESENTED, **changed).compared() != PRESENTED.compared(), title  # type: ignore[arg-type]  # as above


def test_runs_of_spaces_are_compared_as_one() -> None:
    """Only the compared copy changes; the name stays as it was given."""
    spaced = replace(PRESENTED, passport_given="HANA  KO")
    assert spaced.compared() == replace(PRESENTED, passport_given="HANA KO").compared()
    assert spaced.passport_given == "HANA  KO"


def test_names_are_kept_character_by_character() -> None:
    """U+FA19 is another character than the one that normalisation puts in its place, and half-width stays so."""
    kept = replace(IDENTITY, family="\ufa19﨑", given="\uff76")
    assert (kept.family, kept.given) == ("\ufa19﨑", "\uff76")


@pytest.mark.parametrize("field", ["given", "family_kana", "given_kana"])
def test_names_that_not_everybody_has_may_be_empty(field: str) -> None:
    """There are people with one name, and people without a reading in kana."""
    assert getattr(replace(IDENTITY, **{field: ""}), field) == ""  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("title", "changed", "expected"),
    [
        ("no family name", {"family": ""}, (Reason.FIELD_MISSING, "family")),
        ("control character", {"given": "花\x07子"}, (Reason.FIELD_FORM, "given")),
        ("line end", {"family_kana": "ヤマ\nザキ"}, (Reason.FIELD_FORM, "family_kana")),
        ("invisible character", {"given_kana": "ハナ\u200bコ"}, (Reason.FIELD_FORM, "given_kana")),
        ("turned writing direction", {"family": "山\u202e﨑"}, (Reason.FIELD_FORM, "family")),
        ("private character", {"family": "山\ue000"}, (Reason.FIELD_FORM, "family")),
        ("lone surrogate", {"family": "山\ud800"}, (Reason.FIELD_FORM, "family")),
        ("too long", {"family": "山" * 121}, (Reason.FIELD_FORM, "family")),
        ("no nationality", {"nationalities": ()}, (Reason.FIELD_MISSING, "nationalities")),
        ("code of two letters", {"nationalities": ("AA",)}, (Reason.FIELD_FORM, "nationalities")),
        ("small letters", {"nationalities": ("aaa",)}, (Reason.FIELD_FORM, "nationalities")),
        ("one nationality twice", {"nationalities": ("AAA", "AAA")}, (Reason.FIELD_FORM, "nationalities")),
    ],
)
def test_identity_that_no_papers_state_is_refused(
    title: str, changed: dict[str, object], expected: tuple[Reason, str]
) -> None:
    """The field is named, and never what stood in it."""
    assert refused(IDENTITY, **changed) == expected, title


@pytest.mark.parametrize("thing", [PRESENTED, IDENTITY], ids=["presented", "identity"])
def test_person_is_shown_nowhere(thing: object) -> None:
    """What is printed, logged or raised shows nothing of a person."""
    shown = repr(thing) + str(thing) + f"{thing}"
    values = ("YAMAZAKI", "HANAKO", "1984", "TZ0000001", "山", "花子", "ヤマ", "ハナ", "AAA")
    assert [value for value in values if value in shown] == []
