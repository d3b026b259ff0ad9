from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes import tokens
from fakes.bindings import WHO, binding
from fakes.refusals import refused

from interchange.domain.binding import Binding
from interchange.domain.identity import Presented
from interchange.errors import Reason, Refusal

SHOWN = WHO.presented


def test_the_subjects_own_papers_match() -> None:
    """All four values are those of the binding."""
    assert binding().matches(SHOWN)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(replace(SHOWN, passport_family="ONDA"), id="another family name"),
        pytest.param(replace(SHOWN, passport_given="HARUKO"), id="another given name"),
        pytest.param(replace(SHOWN, passport_given=""), id="no given name"),
        pytest.param(replace(SHOWN, birth_date=date(1984, 2, 29)), id="another birth date"),
        pytest.param(replace(SHOWN, document_number="TZ1234568"), id="another document"),
        pytest.param(Presented("ONO HANAKO", "", SHOWN.birth_date, SHOWN.document_number), id="names run together"),
        pytest.param(
            Presented(SHOWN.passport_given, SHOWN.passport_family, SHOWN.birth_date, SHOWN.document_number),
            id="names the other way round",
        ),
    ],
)
def test_papers_that_differ_in_one_value_do_not_match(shown: Presented) -> None:
    """Three of the four are as good as none."""
    assert not binding().matches(shown)


def test_two_people_of_one_name_and_birth_date_are_told_apart_by_the_document() -> None:
    """大野 花子 and 小野 花子 are both ONO HANAKO."""
    other = replace(WHO, family="小野", family_kana="オノ", presented=replace(SHOWN, document_number="TZ7654321"))
    people = {"TZ1234567": binding(), "TZ7654321": binding(identity=other)}
    found = {
        (number, shown): people[number].matches(replace(SHOWN, document_number=shown))
        for number in people
        for shown in people
    }
    assert found == {(number, shown): number == shown for number in people for shown in people}


def test_it_belongs_to_its_assertion() -> None:
    """Five claims name it."""
    binding().check_of(tokens.assertion())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://aaa.clearance.example/organs/SCI"},
        {"sub": "b3RoZXItcmVmZXJlbmNlLg"},
        {"aud": "https://ccc.clearance.example"},
        {"jti": "11111111-1111-4111-8111-111111111111"},
        {"exp": tokens.assertion().exp + 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_it_belongs_to_no_other_assertion(changes: dict[str, Any]) -> None:
    """One claim that differs is enough, and it is the one that is named."""
    with pytest.raises(Refusal) as caught:
        binding(**changes).check_of(tokens.assertion())
    assert (caught.value.reason, [caught.value.where]) == (Reason.BINDING_WRONG, list(changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://aaa.clearance.example"},
        {"iss": "CAB"},
        {"aud": "https://bbb.clearance.example/"},
        {"sub": "hanako"},
        {"jti": "6F1C2A9E-3B7D-4C52-9D0E-5A4B8C7D6E1F"},
        {"exp": tokens.NOW},
    ],
    ids=str,
)
def test_a_form_that_no_assertion_has_is_refused(changes: dict[str, Any]) -> None:
    """To build one is to have proved its form."""
    with refused(Reason.CLAIM_FORM):
        binding(**changes)


def test_nothing_of_the_person_is_in_its_representation() -> None:
    """It may be printed anywhere."""
    made: Binding = binding()
    assert repr(made) == "Binding(…)"
