"""Requests have one spelling, from which they are read back; what is personal is in none of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date

import pytest
from fakes.refusals import refused
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.projects import Field
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows.acts import ACTS
from interchange.flows.canonical import ANEW, PERSONAL, canonical, restored


@dataclass(frozen=True, slots=True)
class Inner:
    """A part of a request."""

    name: str
    on: date


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a field of every kind."""

    text: str
    number: int
    flag: bool
    day: date | None
    data: bytes
    choice: HoldScope
    choices: frozenset[Field]
    pairs: tuple[tuple[str, str], ...]
    parts: tuple[Inner, ...]
    part: Inner
    limit: int | None = None


DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
INNER = st.builds(Inner, st.text(), DAYS)
ASKED = st.builds(
    Asked,
    text=st.text(),
    number=st.integers(),
    flag=st.booleans(),
    day=st.none() | DAYS,
    data=st.binary(),
    choice=st.sampled_from(HoldScope),
    choices=st.frozensets(st.sampled_from(Field)),
    pairs=st.lists(st.tuples(st.text(), st.text())).map(tuple),
    parts=st.lists(INNER).map(tuple),
    part=INNER,
    limit=st.none() | st.integers(),
)
PLAIN = Asked(
    text="題",
    number=7,
    flag=True,
    day=date(2027, 1, 15),
    data=b"\xff",
    choice=HoldScope.SUBJECT,
    choices=frozenset({Field.SEMICONDUCTORS, Field.AI}),
    pairs=(("a", "b"),),
    parts=(),
    part=Inner("x", date(2027, 1, 16)),
)


@given(asked=ASKED)
def test_request_is_read_back_as_it_was(asked: Asked) -> None:
    """What two people signed is what is carried out."""
    assert restored(Asked, canonical(asked)) == asked


@given(one=ASKED, other=ASKED)
def test_different_requests_are_spelt_differently(one: Asked, other: Asked) -> None:
    """And equal ones alike."""
    assert (canonical(one) == canonical(other)) is (one == other)


def test_spelling_is_fixed() -> None:
    """Whoever signs elsewhere, with another program, computes the same digest."""
    assert canonical(PLAIN).decode() == (
        '{"choice":"subject","choices":["ai","semiconductors"],"data":"_w","day":"2027-01-15","flag":true,'
        '"limit":null,"number":7,"pairs":[["a","b"]],"part":{"name":"x","on":"2027-01-16"},"parts":[],"text":"題"}'
    )


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "spaces": lambda spelt: spelt.replace(b",", b", "),
    "another order": lambda spelt: spelt.replace(b'"flag":true,"limit":null', b'"limit":null,"flag":true'),
    "a member too many": lambda spelt: spelt.replace(b'{"choice"', b'{"also":1,"choice"'),
    "a member twice": lambda spelt: spelt.replace(b'{"choice"', b'{"choice":"employer","choice"'),
    "a member missing": lambda spelt: spelt.replace(b'"limit":null,', b""),
    "a choice that there is not": lambda spelt: spelt.replace(b'"subject"', b'"nothing"'),
    "no day": lambda spelt: spelt.replace(b"2027-01-15", b"2027-02-30"),
    "another kind of value": lambda spelt: spelt.replace(b'"parts":[]', b'"parts":{}'),
    "no JSON": lambda spelt: spelt[:-1],
    "no text": lambda spelt: spelt + b"\xff",
}


@pytest.mark.parametrize("how", SPOILT)
def test_other_spelling_is_refused(how: str) -> None:
    """Nothing is carried out that can be read in two ways."""
    with refused(Reason.INTERNAL):
        restored(Asked, SPOILT[how](canonical(PLAIN)))


@dataclass(frozen=True, slots=True)
class Marked:
    """A request of which parts are left out."""

    name: str = field(metadata=PERSONAL)
    signature: bytes = field(metadata=ANEW)
    digest: str = "d"


def test_what_is_personal_or_made_anew_is_left_out() -> None:
    """The one could be guessed from a digest, the other would make a repeated request another one."""
    assert canonical(Marked("大野 花子", b"1")) == b'{"digest":"d"}'


WAITING = {name: act.second.request for name, act in ACTS.items() if act.second}


def test_every_act_of_the_table_can_wait() -> None:
    """The table is of those that do."""
    assert WAITING.keys() == ACTS.keys()


@pytest.mark.parametrize("act", sorted(WAITING))
def test_request_of_every_act_that_can_wait_is_of_types_that_are_read_back(act: str) -> None:
    """A field whose type cannot be found would show only when two people have signed."""
    with refused(Reason.INTERNAL):
        restored(WAITING[act], b"{}")


@pytest.mark.parametrize("act", sorted(WAITING))
def test_request_of_every_act_that_can_wait_is_signed_whole(act: str) -> None:
    """What is left out of its spelling could not be carried out, and nobody would have approved it."""
    assert [each.name for each in fields(WAITING[act]) if each.metadata] == []
