"""Outward names: what is derived, what is read back, and what is refused."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.names import (
    AUDITORS,
    ROLES,
    Holder,
    Names,
    authority_of,
    holder_of,
    lane_of,
    organ_of,
    parse_organ,
    status_of,
)
from interchange.errors import Reason, Refusal

HOME = Names("aaa.clearance.example", "AAA")

parties = st.from_regex(r"[A-Z]{3,4}", fullmatch=True)
organs = st.from_regex(r"[A-Z][A-Z0-9]{1,11}", fullmatch=True)
numbers = st.integers(1, 999_999_999)
labels = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
authorities = st.lists(labels, min_size=2, max_size=4).map(".".join)
homes = st.builds(Names, authorities, parties)
holders = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (HOME.uri, "https://aaa.clearance.example"),
        (HOME.witness, "aaa.clearance.example/witness"),
        (HOME.organ_uri("CAB"), "https://aaa.clearance.example/organs/CAB"),
        (HOME.lane("BBB", 1), "aaa.clearance.example/lane/BBB/1"),
        (HOME.audit_lane(2), "aaa.clearance.example/lane/audit/2"),
        (HOME.status_uri("BBB", 7), "https://aaa.clearance.example/status/BBB/7"),
        (HOME.spiffe("partner", "node-1"), "spiffe://aaa.clearance.example/partner/node-1"),
        (HOME.spiffe("officer", "ono", "CAB"), "spiffe://aaa.clearance.example/officer/CAB/ono"),
    ],
)
def test_every_outward_name_derives_from_the_authority(name: str, expected: str) -> None:
    """A party that agrees on one authority name has agreed on all its names."""
    assert name == expected


@given(homes, organs)
def test_organ_uri_reads_back(home: Names, organ: str) -> None:
    """An issuer names exactly one organ of one authority."""
    assert organ_of(home.organ_uri(organ)) == (home.authority, organ)


@given(homes)
def test_party_uri_reads_back(home: Names) -> None:
    """An audience names exactly one authority."""
    assert authority_of(home.uri) == home.authority


@given(homes, parties, numbers)
def test_lane_origin_reads_back(home: Names, partner: str, generation: int) -> None:
    """A lane's origin names who tells, who is told, and which generation."""
    assert lane_of(home.lane(partner, generation)) == (home.authority, partner, generation)


@given(homes, numbers)
def test_audit_lane_reads_back_as_no_party(home: Names, generation: int) -> None:
    """The auditors' lane cannot be taken for the lane of a party."""
    assert lane_of(home.audit_lane(generation)) == (home.authority, AUDITORS, generation)


@given(homes, parties, numbers)
def test_status_uri_reads_back(home: Names, partner: str, number: int) -> None:
    """A status list is one party's, for one partner, under one number."""
    assert status_of(home.status_uri(partner, number)) == (home.authority, partner, number)


@given(homes, st.sampled_from(ROLES), holders, st.none() | organs)
def test_spiffe_uri_reads_back(home: Names, role: str, name: str, organ: str | None) -> None:
    """A certificate's name says authority, role, organ and holder, and cannot be read otherwise."""
    assert holder_of(home.spiffe(role, name, organ)) == Holder(home.authority, role, organ, name)


def test_organ_name_reads_into_its_codes() -> None:
    """Registers write an organ as party and code."""
    assert parse_organ("AAA/CAB") == ("AAA", "CAB")


@pytest.mark.parametrize(
    ("title", "read", "text"),
    [
        ("a path more", organ_of, "https://aaa.clearance.example/organs/CAB/"),
        ("a query", organ_of, "https://aaa.clearance.example/organs/CAB?x"),
        ("a fragment", organ_of, "https://aaa.clearance.example/organs/CAB#x"),
        ("a port", organ_of, "https://aaa.clearance.example:443/organs/CAB"),
        ("a user", organ_of, "https://x@aaa.clearance.example/organs/CAB"),
        ("another scheme", organ_of, "http://aaa.clearance.example/organs/CAB"),
        ("a scheme in capitals", organ_of, "HTTPS://aaa.clearance.example/organs/CAB"),
        ("a line end", organ_of, "https://aaa.clearance.example/organs/CAB\n"),
        ("an authority in capitals", organ_of, "https://AAA.clearance.example/organs/CAB"),
        ("a final dot", organ_of, "https://aaa.clearance.example./organs/CAB"),
        ("an organ in small letters", organ_of, "https://aaa.clearance.example/organs/cab"),
        ("no organ", organ_of, "https://aaa.clearance.example/organs/"),
        ("a long authority", organ_of, f"https://{'a.' * 126}aa/organs/CAB"),
        ("a path", authority_of, "https://aaa.clearance.example/"),
        ("a host without domain", authority_of, "https://localhost"),
        ("an address", authority_of, "https://127.0.0.1"),
        ("a letter that looks alike", authority_of, "https://\u0430aa.clearance.example"),
        ("a party in small letters", lane_of, "aaa.clearance.example/lane/bbb/1"),
        ("auditors in capitals", lane_of, "aaa.clearance.example/lane/AUDIT/1"),
        ("generation zero", lane_of, "aaa.clearance.example/lane/BBB/0"),
        ("a leading zero", lane_of, "aaa.clearance.example/lane/BBB/01"),
        ("a digit of another script", lane_of, "aaa.clearance.example/lane/BBB/\u0661"),
        ("a negative number", status_of, "https://aaa.clearance.example/status/BBB/-1"),
        ("the auditors' status", status_of, "https://aaa.clearance.example/status/audit/1"),
        ("an unknown role", holder_of, "spiffe://aaa.clearance.example/janitor/ono"),
        ("a role alone", holder_of, "spiffe://aaa.clearance.example/officer"),
        ("an escape", holder_of, "spiffe://aaa.clearance.example/officer/o%6eo"),
        ("a dot segment", holder_of, "spiffe://aaa.clearance.example/officer/CAB/.."),
        ("one organ too many", holder_of, "spiffe://aaa.clearance.example/officer/CAB/DEF/ono"),
        ("a party's code missing", parse_organ, "CAB"),
        ("a blank", parse_organ, "AAA/CAB "),
    ],
)
def test_name_of_another_form_is_refused(title: str, read: Callable[[str], object], text: str) -> None:
    """A name is exactly what is written, or it is refused: nothing is normalised."""
    with pytest.raises(Refusal) as caught:
        read(text)
    assert caught.value.reason is Reason.FIELD_FORM, title


@pytest.mark.parametrize(
    ("title", "build"),
    [
        ("an authority in capitals", lambda: Names("AAA.clearance.example", "AAA")),
        ("an empty authority", lambda: Names("", "AAA")),
        ("an authority of one label", lambda: Names("example", "AAA")),
        ("a label of 64 characters", lambda: Names(f"{'a' * 64}.example", "AAA")),
        ("an authority of 254 characters", lambda: Names("a." * 126 + "aa", "AAA")),
        ("a party of two letters", lambda: Names("aaa.clearance.example", "AA")),
        ("a party of five letters", lambda: Names("aaa.clearance.example", "AAAAA")),
        ("an organ in small letters", lambda: HOME.organ_uri("cab")),
        ("an organ with a slash", lambda: HOME.organ_uri("AAA/CAB")),
        ("the auditors as partner", lambda: HOME.lane("audit", 1)),
        ("generation zero", lambda: HOME.lane("BBB", 0)),
        ("number zero", lambda: HOME.status_uri("BBB", 0)),
        ("a negative generation", lambda: HOME.audit_lane(-1)),
        ("an unknown role", lambda: HOME.spiffe("root", "ono")),
        ("a holder in capitals", lambda: HOME.spiffe("officer", "ONO")),
        ("an empty organ", lambda: HOME.spiffe("officer", "ono", "")),
    ],
)
def test_name_that_could_be_misread_is_not_made(title: str, build: Callable[[], object]) -> None:
    """No name is written that its reader would refuse."""
    with pytest.raises(Refusal) as caught:
        build()
    assert caught.value.reason is Reason.FIELD_FORM, title
