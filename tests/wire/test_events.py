import json
from dataclasses import fields

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.events import (
    ActPerformed,
    AssertionIssued,
    BindingEnded,
    BindingSent,
    Event,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Restriction,
    Revoked,
    Scope,
)
from interchange.errors import Reason, Refusal
from interchange.wire.events import MAX_LEAF, encode_leaf, parse_leaf
from interchange.wire.schema import LAST_INSTANT
from interchange.wire.strict_json import MAX_INTEGER

JTI = "6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f"
DIGEST = "Y0do2uFHRQbkv300GJBUKwmYfX5q6l1EbALjdYGlaVQ"
CALLER = "spiffe://aaa.clearance.example/coordinator/kim"
SPELT = [
    (
        AssertionIssued(JTI, 4711, DIGEST),
        f'{{"v":1,"type":"assertion_issued","n":0,"jti":"{JTI}","idx":4711,"sha256":"{DIGEST}"}}',
    ),
    (
        HoldPlaced("h1", Scope.PROJECT, "cHJvamVjdC1yZWZlcmVuYw"),
        '{"v":1,"type":"hold_placed","n":0,"hold":"h1","scope":"project","of":"cHJvamVjdC1yZWZlcmVuYw"}',
    ),
    (HoldLifted("h1"), '{"v":1,"type":"hold_lifted","n":0,"hold":"h1"}'),
    (Revoked(JTI), f'{{"v":1,"type":"revoked","n":0,"jti":"{JTI}"}}'),
    (
        KeyRestricted(DIGEST, Restriction.TAINTED, tokens.NOW),
        f'{{"v":1,"type":"key_restricted","n":0,"kid":"{DIGEST}","how":"tainted","since":1800000000}}',
    ),
    (
        KeyRestricted(DIGEST, Restriction.RETIRED),
        f'{{"v":1,"type":"key_restricted","n":0,"kid":"{DIGEST}","how":"retired"}}',
    ),
    (KeyringPublished(2, DIGEST), f'{{"v":1,"type":"keyring_published","n":0,"number":2,"sha256":"{DIGEST}"}}'),
    (BindingSent(JTI, DIGEST), f'{{"v":1,"type":"binding_sent","n":0,"jti":"{JTI}","sha256":"{DIGEST}"}}'),
    (BindingEnded(JTI), f'{{"v":1,"type":"binding_ended","n":0,"jti":"{JTI}"}}'),
    (
        ActPerformed("issue", CALLER, JTI, DIGEST, tokens.NOW),
        (
            f'{{"v":1,"type":"act_performed","n":0,"act":"issue","caller":"{CALLER}","request":"{JTI}","sha256":"{DIGEST}",'
            '"at":1800000000}'
        ),
    ),
]
LEAF = SPELT[0][1].encode()
NAMES = [type(event).__name__ for event, _ in SPELT]

TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1, max_size=256
)
JTIS = st.uuids(version=4).map(str)
DIGESTS = st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True)
INSTANTS = st.integers(0, LAST_INSTANT)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(AssertionIssued, JTIS, st.integers(0, (1 << 24) - 1), DIGESTS),
    st.builds(HoldPlaced, TEXT, st.sampled_from(Scope), TEXT),
    st.builds(HoldLifted, TEXT),
    st.builds(Revoked, JTIS),
    st.builds(KeyRestricted, DIGESTS, st.sampled_from(Restriction)),
    st.builds(KeyRestricted, DIGESTS, st.just(Restriction.TAINTED), INSTANTS),
    st.builds(KeyringPublished, st.integers(1, MAX_INTEGER), DIGESTS),
    st.builds(BindingSent, JTIS, DIGESTS),
    st.builds(BindingEnded, JTIS),
    st.builds(ActPerformed, TEXT, TEXT, TEXT, DIGESTS, INSTANTS),
)


def reason(leaf: bytes | str) -> Reason:
    """Tell why a leaf is refused."""
    with pytest.raises(Refusal) as caught:
        parse_leaf(leaf.encode() if isinstance(leaf, str) else leaf)
    return caught.value.reason


@pytest.mark.parametrize(("event", "leaf"), SPELT, ids=NAMES)
def test_each_event_has_the_spelling_of_the_specification(event: Event, leaf: str) -> None:
    """The bytes that are hashed into a lane never change for an event."""
    assert encode_leaf(0, event).decode() == leaf


@pytest.mark.parametrize(("event", "leaf"), SPELT, ids=NAMES)
def test_each_event_is_read_from_its_spelling(event: Event, leaf: str) -> None:
    """A leaf of each type gives its event."""
    assert parse_leaf(leaf.encode()) == (0, event)


def test_every_event_of_the_domain_has_a_spelling() -> None:
    """An event that is added to the domain is added to the wire."""
    assert {type(event) for event, _ in SPELT} == set(Event.__args__)


@given(st.integers(0, MAX_INTEGER), EVENTS)
def test_what_is_written_is_read_again(n: int, event: Event) -> None:
    """Writing and reading are inverse, and number and event survive."""
    assert parse_leaf(encode_leaf(n, event)) == (n, event)


@pytest.mark.parametrize("value", [2, 0, -1, 10**15])
def test_an_unknown_version_is_told_apart_from_a_bad_leaf(value: int) -> None:
    """A follower stops at what a later version wrote, and upgrades."""
    assert reason(LEAF.decode().replace('"v":1', f'"v":{value}')) is Reason.EVENT_UNKNOWN


@pytest.mark.parametrize("kind", ["assertion_reissued", "AssertionIssued", "REVOKED", "revoked "])
def test_an_unknown_type_is_told_apart_from_a_bad_leaf(kind: str) -> None:
    """A follower stops at an event that it does not know, whatever else the leaf holds."""
    assert reason(f'{{"v":1,"type":"{kind}","n":0,"other":[1,2]}}') is Reason.EVENT_UNKNOWN


def test_a_later_version_may_look_quite_different() -> None:
    """Nothing but version and type of an unknown leaf is judged."""
    assert reason('{"type":"summary","v":7,"body":{"a":[]}}') is Reason.EVENT_UNKNOWN


@pytest.mark.parametrize(
    ("title", "leaf"),
    [
        ("nothing", ""),
        ("an array", "[]"),
        ("a text", '"revoked"'),
        ("too long", '{"v":1,"type":"hold_lifted","n":0,"hold":"' + "a" * MAX_LEAF + '"}'),
        ("text longer than its bound", '{"v":1,"type":"hold_lifted","n":0,"hold":"' + "a" * 257 + '"}'),
        ("no version", '{"type":"hold_lifted","n":0,"hold":"h1"}'),
        ("version is a text", '{"v":"1","type":"hold_lifted","n":0,"hold":"h1"}'),
        ("version is true", '{"v":true,"type":"hold_lifted","n":0,"hold":"h1"}'),
        ("version is a fraction", '{"v":1.0,"type":"hold_lifted","n":0,"hold":"h1"}'),
        ("no type", '{"v":1,"n":0,"hold":"h1"}'),
        ("type is an array", '{"v":1,"type":["hold_lifted"],"n":0,"hold":"h1"}'),
        ("no number", '{"v":1,"type":"hold_lifted","hold":"h1"}'),
        ("number is negative", '{"v":1,"type":"hold_lifted","n":-1,"hold":"h1"}'),
        ("number is true", '{"v":1,"type":"hold_lifted","n":true,"hold":"h1"}'),
        ("number beyond 53 bits", '{"v":1,"type":"hold_lifted","n":9007199254740992,"hold":"h1"}'),
        ("member missing", '{"v":1,"type":"hold_lifted","n":0}'),
        ("member empty", '{"v":1,"type":"hold_lifted","n":0,"hold":""}'),
        ("member null", '{"v":1,"type":"hold_lifted","n":0,"hold":null}'),
        ("member too many", '{"v":1,"type":"hold_lifted","n":0,"hold":"h1","cause":"debts"}'),
        ("member twice", '{"v":1,"type":"hold_lifted","n":0,"hold":"h1","hold":"h1"}'),
        ("another order", '{"v":1,"n":0,"type":"hold_lifted","hold":"h1"}'),
        ("space", '{"v":1,"type":"hold_lifted","n":0, "hold":"h1"}'),
        ("space after", '{"v":1,"type":"hold_lifted","n":0,"hold":"h1"} '),
        ("newline after", '{"v":1,"type":"hold_lifted","n":0,"hold":"h1"}\n'),
        ("escape", '{"v":1,"type":"hold_lifted","n":0,"hold":"\\u00681"}'),
        ("letter outside ASCII", '{"v":1,"type":"hold_lifted","n":0,"hold":"ä"}'),
        ("jti in capitals", f'{{"v":1,"type":"revoked","n":0,"jti":"{JTI.upper()}"}}'),
        ("jti of another version", f'{{"v":1,"type":"revoked","n":0,"jti":"{JTI.replace("-4c", "-1c")}"}}'),
        ("slot beyond the lists", LEAF.decode().replace("4711", str(1 << 24))),
        ("digest in hexadecimal", LEAF.decode().replace(DIGEST, "ab" * 32)),
        ("scope that tells a cause", SPELT[1][1].replace('"project"', '"subject"')),
        ("unknown restriction", SPELT[5][1].replace("retired", "removed")),
        ("time without taint", SPELT[4][1].replace("tainted", "retired")),
        ("time null", SPELT[4][1].replace("1800000000", "null")),
        ("time after the year 9999", SPELT[4][1].replace("1800000000", str(LAST_INSTANT + 1))),
        ("keyring number zero", SPELT[6][1].replace('"number":2', '"number":0')),
    ],
)
def test_a_leaf_with_one_fault_is_refused(title: str, leaf: str) -> None:
    """An event has one spelling, and what deviates from it is no event."""
    assert reason(leaf) is Reason.LEAF_FORM, title


@pytest.mark.parametrize(
    ("title", "n", "event"),
    [
        ("negative number", -1, Revoked(JTI)),
        ("number beyond 53 bits", 1 << 53, Revoked(JTI)),
        ("no UUID", 0, Revoked("jti-1")),
        ("slot beyond the lists", 0, AssertionIssued(JTI, 1 << 24, DIGEST)),
        ("no digest", 0, BindingSent(JTI, "")),
        ("empty text", 0, HoldLifted("")),
        ("long text", 0, HoldLifted("a" * 257)),
        ("time without taint", 0, KeyRestricted(DIGEST, Restriction.SUSPENDED, tokens.NOW)),
        ("letter outside ASCII", 0, HoldLifted("ä")),
        ("quotation mark", 0, HoldLifted('"')),
    ],
)
def test_an_event_that_could_not_be_read_is_not_written(title: str, n: int, event: Event) -> None:
    """Nothing enters a lane at which every follower would stop."""
    with pytest.raises(Refusal) as caught:
        encode_leaf(n, event)
    assert caught.value.reason in {Reason.LEAF_FORM, Reason.JSON_NOT_ASCII}, title


@pytest.mark.parametrize(("event", "leaf"), SPELT, ids=NAMES)
def test_a_leaf_holds_every_member_of_its_event(event: Event, leaf: str) -> None:
    """No member of an event is lost on the wire, and none is added."""
    given_members = {field.name for field in fields(event) if getattr(event, field.name) is not None}
    assert json.loads(leaf).keys() == given_members | {"v", "type", "n"}
