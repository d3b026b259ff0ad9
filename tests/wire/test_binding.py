import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes import tokens
from fakes.bindings import WHO, binding, claims_with, signed
from fakes.refusals import refused
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.binding import Binding
from interchange.domain.envelope import ASSERTION_TYP, BINDING_TYP
from interchange.domain.identity import LONGEST_NAME, Identity, Presented
from interchange.errors import Reason, Refusal
from interchange.wire import strict_json
from interchange.wire.binding import MAX_NATIONALITIES, encode_binding, parse_binding
from interchange.wire.claims import encode_assertion, parse_assertion
from interchange.wire.envelope import MAX_TOKEN, parse_compact

PAYLOAD = encode_binding(binding())
OWN = (WHO.family, WHO.given, WHO.family_kana, WHO.given_kana, "HANAKO", "1984", "TZ1234567")


def parse(payload: bytes, typ: str = BINDING_TYP) -> Binding:
    """Read a payload as if its signature had verified."""
    return parse_binding(tokens.verified(payload, typ=typ))


NAMES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=LONGEST_NAME)
PASSPORT = st.from_regex(r"[A-Z](?:[A-Z' .-]{0,79}[A-Z.])?", fullmatch=True)
PEOPLE = st.builds(
    Identity,
    family=NAMES,
    given=st.just("") | NAMES,
    family_kana=st.just("") | NAMES,
    given_kana=st.just("") | NAMES,
    presented=st.builds(
        Presented,
        passport_family=PASSPORT,
        passport_given=st.just("") | PASSPORT,
        birth_date=st.dates(date(1900, 1, 1)),
        document_number=st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True),
    ),
    nationalities=st.lists(
        st.from_regex(r"[A-Z]{3}", fullmatch=True), min_size=1, max_size=MAX_NATIONALITIES, unique=True
    ).map(tuple),
)


@given(PEOPLE)
def test_what_is_written_is_read_again(who: Identity) -> None:
    """Whatever the papers say comes back as it went in, and fits a token."""
    made = binding(identity=who)
    payload = encode_binding(made)
    assert (parse(payload), len(signed(payload)) <= MAX_TOKEN) == (made, True)


def test_the_payload_has_the_members_of_the_specification() -> None:
    """In a fixed order, without spaces, in UTF-8: nothing is escaped or rewritten."""
    expected = (
        '{"iss":"https://aaa.clearance.example/organs/CAB","sub":"c3ViamVjdC1yZWZlcmVuYw",'
        '"aud":"https://bbb.clearance.example","jti":"6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f",'
        f'"iat":{tokens.NOW},"exp":{tokens.NOW + 90 * 86_400},"identity":{{"birth_date":"1984-02-28",'
        '"document_number":"TZ1234567","family":"大野","family_kana":"オオノ","given":"花子","given_kana":"ハナコ",'
        '"nationalities":["JPN","KOR"],"passport_family":"ONO","passport_given":"HANAKO"}}'
    )
    assert PAYLOAD.decode() == expected


@pytest.mark.parametrize("family", ["神\ufa19", "神\u795e", "が", "か\u3099", "O'Ñandú", "﨑", "𠮷野"])
def test_a_name_is_never_normalised(family: str) -> None:
    """Another form of a character may be another person's name (Unicode, NFC)."""
    assert parse(encode_binding(binding(identity=replace(WHO, family=family)))).identity.family == family


def test_what_a_person_has_not_got_is_left_out() -> None:
    """One name, and none in kana."""
    who = replace(WHO, given="", family_kana="", given_kana="", presented=replace(WHO.presented, passport_given=""))
    members = json.loads(encode_binding(binding(identity=who)))["identity"]
    expected = ["birth_date", "document_number", "family", "nationalities", "passport_family"]
    assert sorted(members) == expected


def test_more_nationalities_than_a_reader_takes_are_not_written() -> None:
    """The writer keeps the reader's bound."""
    codes = tuple(f"A{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(MAX_NATIONALITIES + 1))
    with refused(Reason.CLAIM_FORM):
        encode_binding(binding(identity=replace(WHO, nationalities=codes)))


FAULTS: list[tuple[str, dict[str, Any], Reason, str]] = [
    ("unknown claim", {"nbf": tokens.NOW}, Reason.CLAIM_UNKNOWN, ""),
    ("a level", {"clr": {}}, Reason.CLAIM_UNKNOWN, ""),
    ("unknown member of the identity", {"identity.sex": "F"}, Reason.CLAIM_UNKNOWN, "identity"),
    *((f"no {name}", {name: ...}, Reason.CLAIM_MISSING, name) for name in ("iss", "sub", "aud", "jti", "iat", "exp")),
    ("no identity", {"identity": ...}, Reason.CLAIM_MISSING, "identity"),
    ("no family name", {"identity.family": ...}, Reason.CLAIM_MISSING, "identity.family"),
    ("no passport name", {"identity.passport_family": ...}, Reason.CLAIM_MISSING, "identity.passport_family"),
    ("no birth date", {"identity.birth_date": ...}, Reason.CLAIM_MISSING, "identity.birth_date"),
    ("no document", {"identity.document_number": ...}, Reason.CLAIM_MISSING, "identity.document_number"),
    ("no nationalities", {"identity.nationalities": ...}, Reason.CLAIM_MISSING, "identity.nationalities"),
    ("iss of another organ", {"iss": "https://aaa.clearance.example/organs/SCI"}, Reason.KEY_ORGAN, ""),
    ("aud as an array", {"aud": [tokens.PARTNER]}, Reason.CLAIM_FORM, "aud"),
    ("aud with a slash", {"aud": tokens.PARTNER + "/"}, Reason.CLAIM_FORM, "aud"),
    ("sub of another form", {"sub": "hanako"}, Reason.CLAIM_FORM, "sub"),
    ("jti in capitals", {"jti": "6F1C2A9E-3B7D-4C52-9D0E-5A4B8C7D6E1F"}, Reason.CLAIM_FORM, "jti"),
    ("iat as text", {"iat": "1800000000"}, Reason.CLAIM_FORM, "iat"),
    ("iat true", {"iat": True}, Reason.CLAIM_FORM, "iat"),
    ("exp before iat", {"exp": tokens.NOW - 1}, Reason.CLAIM_FORM, "times"),
    ("exp after the year 9999", {"exp": 253_402_300_800}, Reason.CLAIM_FORM, "exp"),
    ("identity as text", {"identity": "ONO HANAKO"}, Reason.CLAIM_FORM, "identity"),
    ("empty given name", {"identity.given": ""}, Reason.CLAIM_FORM, "identity.given"),
    ("name too long", {"identity.family": "野" * 121}, Reason.CLAIM_FORM, "identity.family"),
    ("name with an invisible character", {"identity.family": "大\u200b野"}, Reason.CLAIM_FORM, "identity.family"),
    (
        "passport name in small letters",
        {"identity.passport_family": "Ono"},
        Reason.CLAIM_FORM,
        "identity.passport_family",
    ),
    ("passport name in kana", {"identity.passport_given": "ハナコ"}, Reason.CLAIM_FORM, "identity.passport_given"),
    ("birth date of another form", {"identity.birth_date": "28.2.1984"}, Reason.CLAIM_FORM, "identity.birth_date"),
    ("a day that never was", {"identity.birth_date": "1983-02-29"}, Reason.CLAIM_FORM, "identity.birth_date"),
    ("born too long ago", {"identity.birth_date": "1899-12-31"}, Reason.CLAIM_FORM, "identity.birth_date"),
    ("document with a hyphen", {"identity.document_number": "TZ-1"}, Reason.CLAIM_FORM, "identity.document_number"),
    ("nationality as text", {"identity.nationalities": "JPN"}, Reason.CLAIM_FORM, "identity.nationalities"),
    ("no nationality", {"identity.nationalities": []}, Reason.CLAIM_FORM, "identity.nationalities"),
    ("nationality twice", {"identity.nationalities": ["JPN", "JPN"]}, Reason.CLAIM_FORM, "identity.nationalities"),
    ("nationality is a number", {"identity.nationalities": [1]}, Reason.CLAIM_FORM, "identity.nationalities"),
    ("nationality of two letters", {"identity.nationalities": ["JP"]}, Reason.CLAIM_FORM, "identity.nationalities"),
]


@pytest.mark.parametrize(("title", "changes", "reason", "where"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_claim_with_one_fault_is_refused_by_its_name(
    title: str, changes: dict[str, Any], reason: Reason, where: str
) -> None:
    """The schema is closed, and a refusal says which claim it is about."""
    with pytest.raises(Refusal) as caught:
        parse(claims_with(PAYLOAD, changes))
    assert (caught.value.reason, caught.value.where) == (reason, where)


@pytest.mark.parametrize(("title", "changes"), [fault[:2] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_refusal_says_nothing_of_the_person(title: str, changes: dict[str, Any]) -> None:
    """Neither the bad value nor a good one is in what may be logged, or in what led to it."""
    with pytest.raises(Refusal) as caught:
        parse(claims_with(PAYLOAD, changes))
    said = repr((caught.value, caught.value.args, caught.value.__cause__))
    assert [value for value in OWN if value in said] == []


BYTES: list[tuple[str, bytes, Reason]] = [
    ("member twice", PAYLOAD.replace(b'{"iss"', b'{"jti":"x","iss"'), Reason.JSON_DUPLICATE_KEY),
    (
        "name twice",
        PAYLOAD.replace(b'"passport_family"', b'"family":"X","passport_family"'),
        Reason.JSON_DUPLICATE_KEY,
    ),
    ("space before", b" " + PAYLOAD, Reason.JSON_INVALID),
    ("newline after", PAYLOAD + b"\n", Reason.JSON_INVALID),
    ("byte order mark", b"\xef\xbb\xbf" + PAYLOAD, Reason.JSON_INVALID),
    ("not UTF-8", PAYLOAD.replace("大".encode(), b"\xe5\xa4"), Reason.JSON_INVALID),
    ("escaped name", PAYLOAD.replace("大野".encode(), b"\\u5927\\u91ce"), Reason.JSON_INVALID),
    ("lone surrogate", PAYLOAD.replace("大野".encode(), b"\\ud800"), Reason.JSON_INVALID),
    ("turned writing direction", PAYLOAD.replace("大野".encode(), "\u202e大野".encode()), Reason.JSON_INVALID),
    ("fraction", PAYLOAD.replace(b'"iat":1800000000', b'"iat":1800000000.0'), Reason.JSON_NUMBER),
    ("array", b"[]", Reason.CLAIM_FORM),
]


@pytest.mark.parametrize(("title", "payload", "reason"), BYTES, ids=[case[0] for case in BYTES])
def test_json_that_programs_read_differently_is_refused(title: str, payload: bytes, reason: Reason) -> None:
    """UTF-8 is all that is let in besides."""
    assert payload != PAYLOAD
    with refused(reason):
        parse(payload)


def test_a_binding_is_read_by_no_reader_of_assertions() -> None:
    """Neither by its type nor, should it be believed of that type, by its claims."""
    with refused(Reason.HEADER_TYP):
        parse_compact(signed(), ASSERTION_TYP)


@pytest.mark.parametrize("typ", [BINDING_TYP, ASSERTION_TYP])
def test_claims_of_a_binding_are_no_assertion(typ: str) -> None:
    """What one signature was made for the other cannot use."""
    with pytest.raises(Refusal):
        parse_assertion(tokens.verified(PAYLOAD, typ=typ))


@pytest.mark.parametrize(("typ", "reason"), [(ASSERTION_TYP, Reason.HEADER_TYP), (BINDING_TYP, Reason.CLAIM_MISSING)])
def test_an_assertion_is_read_by_no_reader_of_bindings(typ: str, reason: Reason) -> None:
    """Its type is refused, and its claims would be."""
    with refused(reason):
        parse(encode_assertion(tokens.assertion()), typ)


def test_an_assertion_with_an_identity_is_no_binding_either() -> None:
    """A claim too many is refused like one too few."""
    both: Any = strict_json.loads(encode_assertion(tokens.assertion()))
    both["identity"] = json.loads(PAYLOAD)["identity"]
    with refused(Reason.CLAIM_UNKNOWN):
        parse(strict_json.dumps(both, unicode=True))
