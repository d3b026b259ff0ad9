"""Matching at the partner: yes or no, the issuer told, and nothing kept."""

from dataclasses import replace
from datetime import date

import pytest
from fakes.bindings import OFFICER, WHO, Gate, bound
from fakes.parties import HOME, NOW
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.events import ActPerformed
from interchange.domain.identity import Presented
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.match import Matched, match, match_request
from interchange.wire.events import parse_leaf

SHOWN = WHO.presented
OTHER = replace(SHOWN, document_number="TZ7654321")
LATER = NOW + 3600
REQUEST = "0f8fad5b-d9cb-469f-a165-70867728950e"
PERSONAL = (WHO.family, WHO.given, WHO.family_kana, WHO.given_kana, "ONO", "HANAKO", "1984-02-28", "TZ1234567")


class Silent(Gate):
    """A way on which the answer of the match does not come through."""

    def confirm_binding(self, jti: str, sha256: str, *, matched: bool, request_id: str) -> None:
        """Fail."""
        raise refuse(Reason.PARTNER_UNREACHABLE)


class Deaf(Gate):
    """A way on which the issuer hears the answer, and nobody hears that it did."""

    def confirm_binding(self, jti: str, sha256: str, *, matched: bool, request_id: str) -> None:
        """Deliver, then fail."""
        super().confirm_binding(jti, sha256, matched=matched, request_id=request_id)
        raise refuse(Reason.PARTNER_UNREACHABLE)


class Broken(Gate):
    """A way that leads nowhere."""

    def fetch_binding(self, jti: str) -> bytes:
        """Fail."""
        raise refuse(Reason.PARTNER_UNREACHABLE, "host")


# -- the answer ------------------------------------------------------------------------------------


def test_the_subject_is_recognised(world: World) -> None:
    """By passport name, birth date and document, and the issuer knows."""
    assert bound(world).match() == Matched(matched=True, confirmed=True)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(OTHER, id="another document"),
        pytest.param(replace(SHOWN, birth_date=date(1984, 2, 29)), id="another birth date"),
        pytest.param(replace(SHOWN, passport_given="HARUKO"), id="another given name"),
        pytest.param(replace(SHOWN, passport_family="ONDA"), id="another family name"),
    ],
)
def test_somebody_else_is_not(world: World, shown: Presented) -> None:
    """One value that differs is enough."""
    assert bound(world).match(shown) == Matched(matched=False, confirmed=True)


def test_two_people_called_ono_hanako_are_told_apart_by_the_document_alone(world: World) -> None:
    """大野 花子 and 小野 花子, of one birth date: each matches her own assertion and never the other's."""
    other = replace(WHO, family="小野", family_kana="オノ", presented=OTHER)
    people = {SHOWN: bound(world), OTHER: bound(world, other)}
    # The right one comes last: after a match there is nothing left to ask for.
    pairs = [(mine, shown) for mine in people for shown in sorted(people, key=lambda each: each == mine)]
    assert [people[mine].match(shown).matched for mine, shown in pairs] == [mine == shown for mine, shown in pairs]


# -- what goes over the line, and what is kept -----------------------------------------------------


def test_issuer_is_told_what_came_of_it(world: World) -> None:
    """With the digest of what was opened."""
    found, way = bound(world), Gate(world)
    found.match(OTHER, way, request_id=REQUEST)
    found.match(SHOWN, way)
    assert [told[:3] for told in way.confirmed] == [
        (found.jti, found.sha256, False),
        (found.jti, found.sha256, True),
    ]


def test_after_the_match_the_issuer_holds_nothing(world: World) -> None:
    """The whole way: fetched, matched, confirmed, deleted."""
    bound(world).match()
    assert [row[2] for row in rows(world.home)["bindings"]] == [None]


def test_nothing_of_the_person_reaches_the_partners_ledger(world: World) -> None:
    """Neither names nor the sealed bytes, in no table."""
    found, way = bound(world), Gate(world)
    found.match(link=way)
    said = repr(rows(world["KOR"]))
    assert [value for value in (*PERSONAL, repr(way.fetched_bindings[0])) if value in said] == []


def test_match_is_audited_without_the_person(world: World) -> None:
    """That an officer asked stands in the partner's own audit lane."""
    bound(world).match(request_id=REQUEST)
    node = world["KOR"]
    audited = [row for row in rows(node)["leaves"] if "audit" in str(row[0])]
    _, act = parse_leaf(bytes(audited[-1][2]))  # type: ignore[call-overload]  # the column is of bytes
    assert isinstance(act, ActPerformed)
    assert (act.act, act.caller, act.request) == ("match_person", OFFICER, REQUEST)


def test_the_digest_in_the_audit_lane_cannot_be_guessed_from_the_papers(world: World) -> None:
    """It covers a keyed hash of them: two nodes that are asked the same record different digests."""
    request = [match_request(world[party], HOME, REQUEST, SHOWN).fingerprint for party in ("KOR", "AUS")]
    assert request[0] != request[1]


# -- replays and failures --------------------------------------------------------------------------


def test_repeated_request_gets_the_recorded_answer_though_the_binding_is_deleted(world: World) -> None:
    """Whoever lost the answer gets it again."""
    found = bound(world)
    answers = [found.match(request_id=REQUEST) for _ in range(2)]
    assert answers == [Matched(matched=True, confirmed=True)] * 2


def test_repeated_request_fetches_nothing(world: World) -> None:
    """What was decided is not decided again."""
    found, way = bound(world), Gate(world)
    for _ in range(2):
        found.match(link=way, request_id=REQUEST)
    assert len(way.fetched_bindings) == 1


def test_request_id_is_bound_to_the_papers(world: World) -> None:
    """Other papers under the same id are another question."""
    found = bound(world)
    found.match(request_id=REQUEST)
    with refused(Reason.REQUEST_ID_REUSED):
        found.match(OTHER, request_id=REQUEST)


def test_another_request_after_the_match_finds_nothing(world: World) -> None:
    """The binding is gone; the issuer can send another."""
    found = bound(world)
    found.match()
    with refused(Reason.NOT_KNOWN):
        found.match()


def test_binding_that_was_sent_again_matches_again(world: World) -> None:
    """At the next visit."""
    found = bound(world)
    found.match()
    found.send(LATER)
    assert found.match(now=LATER).matched


def test_officer_has_the_answer_though_the_issuer_cannot_be_told(world: World) -> None:
    """The person stands at the gate."""
    found = bound(world)
    assert found.match(link=Silent(world), request_id=REQUEST) == Matched(matched=True, confirmed=False)


@pytest.mark.parametrize("way", [Silent, Deaf])
def test_repeating_the_request_tells_the_issuer_after_all(world: World, way: type[Gate]) -> None:
    """Whether it had not heard it or only its answer was lost."""
    found = bound(world)
    found.match(link=way(world), request_id=REQUEST)
    again = found.match(request_id=REQUEST)
    assert (again, [row[2] for row in rows(world.home)["bindings"]]) == (Matched(matched=True, confirmed=True), [None])


def test_without_the_issuer_there_is_no_answer(world: World) -> None:
    """Nobody is let in, nor turned away, by what nobody knows."""
    found = bound(world)
    with refused(Reason.PARTNER_UNREACHABLE):
        found.match(link=Broken(world))


def test_refusal_of_the_issuer_is_told_as_the_issuers(world: World) -> None:
    """Or an officer would look for the fault in his own node; what the issuer says of the place is left out."""
    with pytest.raises(Refusal) as caught:
        bound(world).match(link=Broken(world))
    assert caught.value.where == "answered by the node of JPN"


def test_unknown_issuer_is_refused(world: World) -> None:
    """Of a party that is no partner there is no lane."""
    found = bound(world)
    request = match_request(world["KOR"], "DEU", found.jti, SHOWN)
    with refused(Reason.PARTNER_UNKNOWN):
        match(world["KOR"], lambda _: Gate(world), request, caller=OFFICER, request_id=REQUEST, now=NOW)
