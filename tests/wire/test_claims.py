import json
from dataclasses import replace

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.agreements import RowState
from interchange.domain.assertion import Assertion, Kind
from interchange.domain.envelope import ASSERTION_TYP, BINDING_TYP
from interchange.domain.keyring import KeyRecord, Role
from interchange.errors import Reason, Refusal
from interchange.wire import claims, strict_json
from interchange.wire.claims import encode_assertion, parse_assertion
from interchange.wire.schema import LAST_INSTANT

DIGEST = "Y0do2uFHRQbkv300GJBUKwmYfX5q6l1EbALjdYGlaVQ"
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1)
REFERENCE = st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True)
MEMBERS = [
    *["iss", "sub", "aud", "jti", "iat", "nbf", "exp", "vct", "project", "purpose", "clr", "status", "cnf"],
    *["clr.home", "clr.partner", "clr.agreement", "clr.row", "clr.row_state", "clr.kind", "clr.until"],
    *["status.status_list", "status.status_list.idx", "status.status_list.uri", "cnf.jkt"],
]
FULL = tokens.assertion(until=tokens.NOW + 1, cnf=DIGEST)


@st.composite
def assertions(draw: st.DrawFn) -> Assertion:
    """Draw claims that the domain allows for the usual key."""
    nbf = draw(st.integers(0, LAST_INSTANT - 2))
    exp = draw(st.integers(nbf + 2, LAST_INSTANT))
    return Assertion(
        iss=tokens.ISSUER,
        sub=draw(REFERENCE),
        aud=draw(TEXT),
        jti=str(draw(st.uuids(version=4))),
        iat=draw(st.integers(0, exp - 1)),
        nbf=nbf,
        exp=exp,
        project=draw(REFERENCE),
        purpose=draw(TEXT),
        home=draw(TEXT),
        partner=draw(TEXT),
        agreement=draw(TEXT),
        row=draw(st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True)),
        row_state=draw(st.sampled_from(RowState)),
        kind=draw(st.sampled_from(Kind)),
        status_uri=draw(TEXT),
        status_idx=draw(st.integers(0, (1 << 24) - 1)),
        until=draw(st.none() | st.integers(0, LAST_INSTANT)),
        cnf=draw(st.none() | st.just(DIGEST)),
    )


def reason(payload: bytes, record: KeyRecord | None = None, typ: str = ASSERTION_TYP) -> Reason:
    """Tell why a payload is refused."""
    with pytest.raises(Refusal) as caught:
        parse_assertion(tokens.verified(payload, record, typ))
    return caught.value.reason


def shuffled(value: object) -> object:
    """Turn the order of members round, at every level."""
    return {name: shuffled(value[name]) for name in reversed(value)} if isinstance(value, dict) else value


@given(assertions())
def test_what_is_written_is_read_again(assertion: Assertion) -> None:
    """Writing and reading are inverse."""
    assert parse_assertion(tokens.verified(encode_assertion(assertion))) == assertion


@given(assertions())
def test_the_order_of_members_does_not_matter(assertion: Assertion) -> None:
    """An issuer that orders its members otherwise and leaves spaces between them says the same."""
    members = strict_json.loads(encode_assertion(assertion))
    payload = json.dumps(shuffled(members)).encode()
    assert parse_assertion(tokens.verified(payload)) == assertion


@given(st.binary(max_size=3), st.integers(0, 1000), st.integers(0, 3), st.booleans())
def test_the_pattern_of_the_usual_spelling_reads_what_json_reads(
    new: bytes, place: int, removed: int, full: bool
) -> None:
    """Both ways of reading give the same members; what the pattern takes, strict JSON takes."""
    usual = encode_assertion(FULL if full else tokens.assertion())
    payload = usual[:place] + new + usual[place + removed :]
    match = claims._USUAL.fullmatch(payload.decode("latin-1"))
    if match is not None:
        assert match.groups() == tuple(
            str(value) if isinstance(value, int) else value for value in claims._flat(payload)
        )


def test_our_own_assertions_are_read_by_the_pattern() -> None:
    """The fast way is the usual one, with and without the members that may be left out."""
    for assertion in (FULL, tokens.assertion(), replace(FULL, cnf=None), replace(FULL, until=None)):
        assert claims._USUAL.fullmatch(encode_assertion(assertion).decode())


def test_payload_has_the_claims_of_the_specification_in_their_order() -> None:
    """The order of members is fixed, and `until` and `cnf` stand where they are given."""
    assert encode_assertion(FULL).decode() == (
        '{"iss":"https://aaa.clearance.example/organs/CAB","sub":"c3ViamVjdC1yZWZlcmVuYw",'
        '"aud":"https://bbb.clearance.example","jti":"6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f","iat":1800000000,'
        '"nbf":1800000000,"exp":1807776000,"vct":"urn:clearance-interchange:assertion:1",'
        '"project":"cHJvamVjdC1yZWZlcmVuYw","purpose":"joint_research","clr":{"home":"AAA/UPPER",'
        f'"partner":"BBB/Secret","agreement":"aaa-bbb-2016","row":"{DIGEST}","row_state":"confirmed",'
        '"kind":"cleared","until":1800000001},"status":{"status_list":{"idx":4711,'
        f'"uri":"https://aaa.clearance.example/status/BBB/1"}}}},"cnf":{{"jkt":"{DIGEST}"}}}}'
    )


@pytest.mark.parametrize("member", [name for name in MEMBERS if name not in {"cnf", "clr.until"}])
def test_a_missing_member_is_refused(member: str) -> None:
    """Every member is required but the two that are optional."""
    assert reason(tokens.claims_with({member: ...}, FULL)) is Reason.CLAIM_MISSING


@pytest.mark.parametrize("level", ["", "clr.", "status.", "status.status_list.", "cnf."])
def test_a_member_that_is_not_in_the_schema_is_refused(level: str) -> None:
    """The schema is closed at every level."""
    assert reason(tokens.claims_with({f"{level}note": "x"}, FULL)) is Reason.CLAIM_UNKNOWN


@pytest.mark.parametrize("level", ["", "clr.", "status.", "status.status_list.", "cnf."])
def test_the_name_of_an_unknown_member_is_not_repeated(level: str) -> None:
    """A refusal says at which level the stranger's member stood, and nothing that the stranger chose."""
    with pytest.raises(Refusal) as caught:
        parse_assertion(tokens.verified(tokens.claims_with({f"{level}secret": "x"}, FULL)))
    assert "secret" not in caught.value.where


@pytest.mark.parametrize("value", [None, True, False, 0, "", [], {}, ["x"], "\t"])
@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_of_another_type_is_refused(member: str, value: object) -> None:
    """A member is of one JSON type, texts are not empty, and a truth value is no integer."""
    is_number = member.endswith(("iat", "nbf", "exp", "until", "idx"))
    if value == "\t":
        payload = tokens.claims_with({member: "TAB"}, FULL).replace(b"TAB", b"\t")
        expected = {Reason.JSON_NOT_ASCII}
    elif is_number and value == 0 and value is not False:
        payload, expected = tokens.claims_with({member: -1}, FULL), {Reason.CLAIM_FORM}
    else:
        payload, expected = tokens.claims_with({member: value}, FULL), {Reason.CLAIM_FORM}
    if value == {} and member in {"clr", "status", "status.status_list", "cnf"}:
        expected = {Reason.CLAIM_MISSING}
    assert reason(payload) in expected


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("jti", "6F1C2A9E-3B7D-4C52-9D0E-5A4B8C7D6E1F"),
        ("jti", "6f1c2a9e-3b7d-1c52-9d0e-5a4b8c7d6e1f"),
        ("sub", "person-1"),
        ("project", "cHJvamVjdC1yZWZlcmVuYw=="),
        ("vct", "urn:clearance-interchange:assertion:2"),
        ("exp", tokens.NOW - 10_000),
        ("exp", LAST_INSTANT + 1),
        ("nbf", LAST_INSTANT),
        ("clr.row", DIGEST[:-1]),
        ("clr.row_state", "sure"),
        ("clr.kind", "exempt"),
        ("clr.until", LAST_INSTANT + 1),
        ("status.status_list.idx", 1 << 24),
        ("cnf.jkt", DIGEST + "A"),
    ],
)
def test_a_member_of_another_form_is_refused(member: str, value: object) -> None:
    """Identifiers, digests, times and choices have one form each."""
    assert reason(tokens.claims_with({member: value}, FULL)) is Reason.CLAIM_FORM


@pytest.mark.parametrize(
    "iss",
    [
        f"{tokens.ISSUER}/",
        tokens.ISSUER.replace("https", "http"),
        tokens.ISSUER.replace("aaa", "AAA"),
        tokens.ISSUER.replace("aaa.", "ccc."),
        tokens.ISSUER.replace("CAB", "TRADE"),
        tokens.ISSUER.replace("example/", "example:443/"),
        f" {tokens.ISSUER}",
    ],
)
def test_the_issuer_is_exactly_the_organ_of_the_key(iss: str) -> None:
    """No other organ, authority or spelling of the same URI will do."""
    assert reason(tokens.claims_with({"iss": iss})) is Reason.KEY_ORGAN


@pytest.mark.parametrize("role", [Role.STATUS, Role.LANE, Role.WITNESS])
def test_a_key_of_another_role_speaks_for_no_organ(role: Role) -> None:
    """What a key without an organ signed is no assertion."""
    payload = tokens.claims_with({"iss": tokens.ISSUER})
    assert reason(payload, record=tokens.key_record(role.value, role)) is Reason.KEY_ORGAN


def test_another_object_is_no_assertion() -> None:
    """A verified payload keeps its type, and only the assertion's is read here."""
    assert reason(encode_assertion(tokens.assertion()), typ=BINDING_TYP) is Reason.HEADER_TYP


def test_a_text_outside_ascii_is_not_signed() -> None:
    """Nothing is written that the parser refuses."""
    with pytest.raises(Refusal) as caught:
        encode_assertion(tokens.assertion(purpose="Forschung für alle"))
    assert caught.value.reason is Reason.JSON_NOT_ASCII
