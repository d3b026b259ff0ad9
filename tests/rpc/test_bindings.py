"""Bindings over the line: sent by the home node, matched by the partner's, deleted at home, and never in a log."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

import grpc
import pytest
import structlog
from fakes import requests
from fakes.bad import refusal
from fakes.binding_requests import confirm, end, match, send
from fakes.bindings import NEW_PAPERS, WHO, change_papers_of, digest
from fakes.nodes import Served, serve
from fakes.parties import HOME, NOW
from fakes.people import consent, register

from interchange.client.link import GrpcLink
from interchange.domain.identity import Identity
from interchange.domain.projects import Partner
from interchange.errors import Reason, refuse
from interchange.flows.follow import catch_up
from interchange.flows.match import BindingLink
from interchange.telemetry.logs import configure
from interchange.v1 import bindings_pb2 as pb

UUID = requests.NOBODY
PERSONAL = ("大野", "花子", "オオノ", "ハナコ", "ONO", "HANAKO", "1984", "TZ1234567", "TZ7654321")


def asserted(served: Served, who: Identity = WHO, organ: str = "JPN/METI") -> str:
    """Issue an assertion about a person to Korea, and give its id."""
    subject_id = register(served.node, who)
    consent(served.node, subject_id, "KOR")
    requests.cleared(served, organ=organ, subject_id=subject_id)
    project_id = served.call("coordinator").projects.OpenProject(requests.project()).result.project_id
    request = requests.issue(project_id, subject_id)
    return served.call("officer").assertions.IssueAssertion(request).result.assertion_id


@dataclass
class Gates:
    """The home node and Korea's, both served; Korea's reaches the home node over the line, unless it is cut."""

    home: Served
    korea: Served
    reach: dict[str, BindingLink] = field(default_factory=dict)

    def send(self, assertion_id: str) -> pb.Binding:
        """Send a binding, and let Korea follow."""
        made = self.home.call("officer").bindings.SendBinding(send(assertion_id)).binding
        self.follow()
        return made

    def follow(self) -> None:
        """Let Korea catch up."""
        catch_up(self.korea.node, GrpcLink(self.home.call("partner", "KOR").channel, 1), HOME, NOW)

    def match(self, assertion_id: str, **changes: str) -> pb.MatchPersonResponse:
        """Let Korea's officer ask."""
        return self.korea.call("officer", "KOR").bindings.MatchPerson(match(assertion_id, **changes))

    def listed(self, **filters: Any) -> list[pb.Binding]:  # noqa: ANN401 - any field
        """List what the home node sent."""
        return list(self.home.call("officer").bindings.ListBindings(pb.ListBindingsRequest(**filters)).bindings)


@pytest.fixture
def gates(served: Served, sqlite_template: Path, tmp_path: Path) -> Iterator[Gates]:
    """Two served nodes."""
    reach: dict[str, BindingLink] = {}

    def links(partner: Partner) -> BindingLink:
        if partner.party not in reach:
            raise refuse(Reason.PARTNER_UNREACHABLE)
        return reach[partner.party]

    with serve(tmp_path / "korea", "KOR", template=sqlite_template, partners=[HOME], links=links) as korea:
        reach[HOME] = GrpcLink(served.call("partner", "KOR").channel, 1)
        yield Gates(served, korea, reach)


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What the nodes write to their logs."""
    to = StringIO()
    configure("debug", to)
    yield to
    structlog.reset_defaults()


# -- the whole way ---------------------------------------------------------------------------------


def test_person_is_matched_at_the_gate(gates: Gates) -> None:
    """Sent, told, fetched, opened, compared, confirmed, deleted."""
    jti = asserted(gates.home)
    made = gates.send(jti)
    answer = gates.match(jti)
    (listed,) = gates.listed()
    assert (answer.matched, answer.confirmed, listed.sha256, listed.confirmed_at.seconds) == (
        True,
        True,
        made.sha256,
        NOW,
    )


@pytest.mark.parametrize(
    "other",
    [
        {"document_number": "TZ7654321"},
        {"birth_date": "1984-02-29"},
        {"passport_given": ""},
        {"passport_family": "OONO"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_somebody_else_is_not_and_the_issuer_sees_it(gates: Gates, other: dict[str, str]) -> None:
    """The binding waits on; when somebody else stood there is on record at home."""
    jti = asserted(gates.home)
    gates.send(jti)
    answer = gates.match(jti, **other)
    (listed,) = gates.listed()
    found = (answer.matched, listed.HasField("confirmed_at"), listed.unmatched_at.seconds)
    assert found == (False, False, NOW)


def test_answer_has_no_place_for_a_name() -> None:
    """Yes or no, and whether the issuer knows."""
    assert [each.name for each in pb.MatchPersonResponse.DESCRIPTOR.fields] == ["matched", "confirmed"]


def test_sealed_bytes_are_those_that_the_lane_tells(gates: Gates) -> None:
    """And nobody on the way reads a name in them."""
    jti = asserted(gates.home)
    made = gates.send(jti)
    sealed = gates.home.call("partner", "KOR").bindings.FetchBinding(pb.FetchBindingRequest(assertion_id=jti)).sealed
    assert (digest(sealed), [part for part in PERSONAL if part.encode() in sealed]) == (made.sha256, [])


def test_binding_is_told_where_the_answer_says(gates: Gates) -> None:
    """In the partner's lane."""
    jti = asserted(gates.home)
    answer = gates.home.call("officer").bindings.SendBinding(send(jti))
    assert (answer.position.origin, answer.position.index) == ("demo.jpn.clearance.example/lane/KOR/1", 2)


def test_repeated_sending_is_answered_as_it_was(gates: Gates) -> None:
    """Also where the match was confirmed since."""
    jti = asserted(gates.home)
    request, call = send(jti), gates.home.call("officer").bindings.SendBinding
    first = call(request)
    gates.follow()
    gates.match(jti)
    assert call(request) == first


def test_repeated_question_has_the_same_answer(gates: Gates) -> None:
    """Though the binding is deleted by now."""
    jti = asserted(gates.home)
    gates.send(jti)
    answers = [gates.match(jti, request_id=UUID) for _ in range(2)]
    assert [(each.matched, each.confirmed) for each in answers] == [(True, True)] * 2


def test_ended_binding_is_listed_as_ended_and_matches_nobody(gates: Gates) -> None:
    """And another can be sent."""
    jti = asserted(gates.home)
    gates.send(jti)
    gates.home.call("officer").bindings.EndBinding(end(jti))
    gates.follow()
    ended = gates.listed()[0].ended_at.seconds
    code = refusal(gates.korea.call("officer", "KOR").bindings.MatchPerson, match(jti))
    gates.send(jti)
    assert (ended, code, gates.match(jti).matched) == (NOW, ("binding_not_told", ""), True)


def test_change_of_papers_ends_it(gates: Gates) -> None:
    """The next binding is of the new ones."""
    jti = asserted(gates.home)
    gates.send(jti)
    change_papers_of(gates.home.node, jti, NEW_PAPERS)
    gates.follow()
    code = refusal(gates.korea.call("officer", "KOR").bindings.MatchPerson, match(jti))
    gates.send(jti)
    found = [gates.match(jti, document_number=number).matched for number in ("TZ1234567", "TZ7654321")]
    assert (code[0], found) == ("binding_not_told", [False, True])


def test_server_without_ways_to_partners_says_that_it_reaches_none(gates: Gates) -> None:
    """A node whose links are down has no answer, not a wrong one."""
    jti = asserted(gates.home)
    gates.send(jti)
    gates.reach.clear()
    found = refusal(gates.korea.call("officer", "KOR").bindings.MatchPerson, match(jti))
    assert found == (Reason.PARTNER_UNREACHABLE.code, "answered by the node of JPN")


# -- who may ---------------------------------------------------------------------------------------


def test_officer_bound_to_another_organ_sends_and_ends_nothing(gates: Gates) -> None:
    """An organ speaks for its own assertions."""
    jti = asserted(gates.home)
    other = gates.home.call("officer", HOME, "MOD").bindings
    found = [refusal(other.SendBinding, send(jti)), refusal(other.EndBinding, end(jti))]
    assert found == [("caller_not_allowed", "organ")] * 2


def test_officer_of_the_organ_sends(gates: Gates) -> None:
    """Bound to the one that signed."""
    jti = asserted(gates.home)
    answer = gates.home.call("officer", HOME, "METI").bindings.SendBinding(send(jti))
    assert answer.binding.organ == "JPN/METI"


def test_officer_bound_to_an_organ_sees_that_organs(gates: Gates) -> None:
    """And whoever is bound to none sees all."""
    mine = asserted(gates.home)
    foreign = asserted(gates.home, NEW_PAPERS, "JPN/CAO")
    for jti in (mine, foreign):
        gates.send(jti)
    calls = [gates.home.call("officer", HOME, organ).bindings for organ in ("METI", "CAO", None)]
    found = [{each.assertion_id for each in call.ListBindings(pb.ListBindingsRequest()).bindings} for call in calls]
    assert found == [{mine}, {foreign}, {mine, foreign}]


def test_bindings_are_listed_by_assertion_and_partner(gates: Gates) -> None:
    """Filters narrow the list."""
    jti = asserted(gates.home)
    other = asserted(gates.home, NEW_PAPERS)
    for each in (jti, other):
        gates.send(each)
    found = [
        len(gates.listed(**filters)) for filters in ({"assertion_id": jti}, {"partner": "KOR"}, {"partner": "AUS"})
    ]
    assert found == [1, 2, 0]


def test_bindings_are_listed_page_by_page(gates: Gates) -> None:
    """Each once."""
    people = [replace(WHO, presented=replace(WHO.presented, document_number=f"TZ{n}")) for n in range(3)]
    for who in people:
        gates.send(asserted(gates.home, who))
    call, token, found = gates.home.call("officer").bindings.ListBindings, "", []
    for _ in range(3):
        answer = call(pb.ListBindingsRequest(page_size=1, page_token=token))
        token = answer.next_page_token
        found += [each.assertion_id for each in answer.bindings]
    assert (found, token) == (sorted({each.assertion_id for each in gates.listed()}), "")


@pytest.mark.parametrize("cause", ["unknown", "foreign", "never sent", "deleted", "revoked", "expired"])
def test_what_is_not_there_for_a_partner_reads_alike(gates: Gates, cause: str) -> None:
    """Whatever the cause, code and place are the same."""
    jti, reader = asserted(gates.home), "KOR"
    if cause != "never sent":
        made = gates.send(jti)
    match cause:
        case "unknown":
            jti = UUID
        case "foreign":
            reader = "AUS"
        case "deleted":
            gates.home.call("partner", "KOR").bindings.ConfirmBinding(confirm(jti, made.sha256))
        case "revoked":
            gates.home.call("officer").standings.Revoke(requests.revoke(jti))
        case "expired":
            gates.home.clock.now = NOW + 360 * 86_400
    found = refusal(gates.home.call("partner", reader).bindings.FetchBinding, pb.FetchBindingRequest(assertion_id=jti))
    assert found == ("not_known", "assertion_id")


@pytest.mark.parametrize("reader", ["AUS", "KOR"])
def test_nobody_confirms_what_was_not_sent_to_them(gates: Gates, reader: str) -> None:
    """Another partner's binding is as unknown as one that never was."""
    jti = asserted(gates.home)
    made = gates.send(jti)
    sha256 = made.sha256 if reader == "AUS" else "A" * 43
    found = refusal(gates.home.call("partner", reader).bindings.ConfirmBinding, confirm(jti, sha256))
    assert (found, gates.listed()) == (("not_known", "assertion_id or sha256"), [made])


def test_second_confirmation_is_answered_as_the_first(gates: Gates) -> None:
    """The instant of deletion stays, and the audit lane does not grow."""
    jti = asserted(gates.home)
    made, call = gates.send(jti), gates.home.call("partner", "KOR").bindings.ConfirmBinding
    first = call(confirm(jti, made.sha256))
    gates.home.clock.now += 60
    assert call(confirm(jti, made.sha256)) == first


# -- logs ------------------------------------------------------------------------------------------


def test_somebody_else_at_the_gate_is_an_alarm_at_home(gates: Gates, written: StringIO) -> None:
    """By party and request, by which the auditors' lane finds it."""
    jti = asserted(gates.home)
    gates.send(jti)
    gates.match(jti, document_number="TZ7654321", request_id=UUID)
    alarms = [line for line in written.getvalue().splitlines() if '"binding_not_matched"' in line]
    assert [('"party": "KOR"' in line, UUID in line, '"warning"' in line) for line in alarms] == [(True, True, True)]


def test_answer_that_the_issuer_did_not_hear_is_logged(gates: Gates, written: StringIO) -> None:
    """So that somebody asks again."""

    class Silent(GrpcLink):
        def confirm_binding(self, jti: str, sha256: str, *, matched: bool, request_id: str) -> None:
            raise refuse(Reason.PARTNER_UNREACHABLE)

    jti = asserted(gates.home)
    gates.send(jti)
    gates.reach[HOME] = Silent(gates.home.call("partner", "KOR").channel, 1)
    answer = gates.match(jti)
    assert (answer.matched, answer.confirmed, "match_not_confirmed" in written.getvalue()) == (True, False, True)


def test_no_log_names_anybody(gates: Gates, written: StringIO) -> None:
    """Neither where it goes well nor where it is refused."""
    jti = asserted(gates.home)
    gates.send(jti)
    call = gates.korea.call("officer", "KOR").bindings.MatchPerson
    for changes in ({}, {"birth_date": "1984-02-30"}, {"passport_family": "大野"}, {"document_number": "TZ-1234567"}):
        try:
            call(match(jti, **changes))
        except grpc.RpcError:
            continue
    assert [part for part in PERSONAL if part in written.getvalue()] == []
