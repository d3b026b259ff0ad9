"""Messages of the ParticipantService. Of a person they can say nothing but `confirmed until DAY` or `not confirmed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.rosters import RowOutcome
from interchange.errors import Reason, refuse
from interchange.flows.participants import WithdrawRequest
from interchange.messages import fields
from interchange.messages.parts import timestamp
from interchange.messages.subjects import read_presented
from interchange.v1 import participants_pb2 as pb
from interchange.wire.roster import Roster as Sheet
from interchange.wire.roster import RosterRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from interchange.domain.rosters import Roster, RosterLine
    from interchange.flows.participants import Shown
    from interchange.flows.rosters import RowVerdict
    from interchange.v1 import common_pb2
    from interchange.wire.table import Fault

LARGEST_FILE = 4 * 1024 * 1024 - 4096
"""Bytes of a roster's file; with the other fields it stays within what the server takes."""

_OUTCOMES = {
    None: pb.ROW_OUTCOME_FAULTY,
    RowOutcome.WAITING: pb.ROW_OUTCOME_WAITING,
    RowOutcome.CONFIRMED: pb.ROW_OUTCOME_CONFIRMED,
    RowOutcome.NOT_CONFIRMED: pb.ROW_OUTCOME_NOT_CONFIRMED,
    RowOutcome.ALREADY: pb.ROW_OUTCOME_ALREADY,
}


@dataclass(frozen=True, slots=True)
class Where:
    """Project and partner of a request."""

    project_id: str
    party: str


@dataclass(frozen=True, slots=True)
class ParticipantFilter:
    """Which participants to list; what is empty or None lets all pass."""

    project_id: str
    party: str
    confirmed: bool | None

    @property
    def bound(self) -> tuple[str, str, str]:
        """What page tokens are bound to."""
        return self.project_id, self.party, str(self.confirmed)


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a roster with the last day on which the person is confirmed now, or None."""

    line: RosterLine
    confirmed_until: date | None


def read_where(request: pb.EnrolParticipantRequest | pb.EnrolRosterRequest) -> Where:
    """Read in which project to enrol, and towards whom."""
    return Where(fields.uuid(request.project_id, "project_id"), fields.party(request.partner, "partner"))


def read_person(request: pb.EnrolParticipantRequest, today: date) -> Sheet:
    """Read one person as a roster of one line.

    Args:
        request: the request.
        today: calendar day in the home party's zone; nobody was born on it or after.

    Raises:
        Refusal: FIELD_MISSING, FIELD_FORM, DATE_ABSURD, DAYS_ORDER with the field's name, never its value.
    """
    presented = read_presented(request, today)
    if presented.birth_date >= today:
        raise refuse(Reason.DATE_ABSURD, "birth_date")
    row = RosterRow(
        line=1,
        presented=presented,
        employer_id=fields.matching(request.employer_id, fields.EMPLOYER, "employer_id"),
        from_day=fields.day(request.from_day, "from_day"),
        until_day=fields.day(request.until_day, "until_day"),
    )
    if row.until_day < row.from_day:
        raise refuse(Reason.DAYS_ORDER, "until_day")
    return Sheet((row,), ())


def spelled(sheet: Sheet) -> bytes:
    """Spell the one row of a sheet that stood in no file, for its fingerprint."""
    (row,) = sheet.rows
    return b"\n".join([row.presented.compared(), f"{row.employer_id} {row.from_day} {row.until_day}".encode()])


def read_file(request: pb.EnrolRosterRequest) -> bytes:
    """Read a roster's file."""
    return fields.data(request.content, "content", LARGEST_FILE)


def read_roster(request: pb.GetRosterRequest) -> str:
    """Read which roster to show."""
    return fields.uuid(request.roster_id, "roster_id")


def read_filter(request: pb.ListParticipantsRequest) -> ParticipantFilter:
    """Read which participants to list."""
    return ParticipantFilter(
        project_id=fields.uuid(request.project_id, "project_id") if request.HasField("project_id") else "",
        party=fields.party(request.partner, "partner") if request.HasField("partner") else "",
        confirmed=request.confirmed if request.HasField("confirmed") else None,
    )


def read_withdraw(request: pb.WithdrawParticipantRequest) -> WithdrawRequest:
    """Read whom to take out."""
    return WithdrawRequest(fields.uuid(request.participant_id, "participant_id"))


def looked_at(verdict: RowVerdict) -> pb.EnrolParticipantResponse:
    """Answer what enrolling one person would come to."""
    return pb.EnrolParticipantResponse(
        result=pb.Enrolment(outcome=_OUTCOMES[verdict.outcome], confirmed_until=_day(verdict.confirmed_until))
    )


def enrolled_reply(roster_id: str, shown: LineShown) -> pb.EnrolParticipantResponse:
    """Answer what enrolling one person came to."""
    line = roster_line(shown)
    enrolment = pb.Enrolment(
        outcome=line.outcome,
        confirmed_until=_day(shown.confirmed_until),
        participant_id=line.participant_id or None,
    )
    return pb.EnrolParticipantResponse(result=enrolment, roster_id=roster_id)


def enrolled_waits(roster_id: str, waiting: common_pb2.Proposal) -> pb.EnrolParticipantResponse:
    """Answer that enrolling one person waits for a second one."""
    return pb.EnrolParticipantResponse(proposal=waiting, roster_id=roster_id)


def check_reply(verdicts: Iterable[RowVerdict]) -> pb.EnrolRosterResponse:
    """Answer what each row would come to."""
    lines = [
        pb.RosterLine(
            line=each.line,
            outcome=_OUTCOMES[each.outcome],
            confirmed_until=_day(each.confirmed_until),
            faults=[_fault(fault) for fault in each.faults],
        )
        for each in verdicts
    ]
    return pb.EnrolRosterResponse(check=pb.RosterCheck(lines=lines))


def roster(known: Roster, waiting: int) -> pb.Roster:
    """Write a roster, of which so many lines wait."""
    return pb.Roster(
        roster_id=known.roster_id,
        project_id=known.project_id,
        partner=known.party,
        total=known.total,
        done=known.total - waiting,
        approved=known.approved_at is not None,
        handed_in_at=timestamp(known.at),
    )


def roster_line(shown: LineShown) -> pb.RosterLine:
    """Write a line; whoever was confirmed and is no more reads like everybody who is not."""
    line, until = shown.line, shown.confirmed_until
    outcome = line.outcome
    if until is None and outcome is not RowOutcome.WAITING:
        outcome = RowOutcome.NOT_CONFIRMED
    return pb.RosterLine(
        line=line.line,
        outcome=_OUTCOMES[outcome],
        confirmed_until=_day(until),
        participant_id=line.participant_id if until else None,
    )


def roster_reply(shown: pb.Roster, lines: Sequence[LineShown], next_token: str) -> pb.GetRosterResponse:
    """Answer with a roster and a page of its lines."""
    return pb.GetRosterResponse(roster=shown, lines=[roster_line(each) for each in lines], next_page_token=next_token)


def list_reply(shown: Iterable[Shown], next_token: str) -> pb.ListParticipantsResponse:
    """Answer with the entries of a page that pass the filter."""
    return pb.ListParticipantsResponse(participants=[_participant(each) for each in shown], next_page_token=next_token)


def _participant(shown: Shown) -> pb.Participant:
    known = shown.participant
    return pb.Participant(
        participant_id=known.participant_id,
        project_id=known.project_id,
        partner=known.party,
        passport_family=shown.passport_family,
        passport_given=shown.passport_given,
        employer_id=known.employer_id,
        from_day=known.from_day.isoformat(),
        until_day=known.until_day.isoformat(),
        confirmed_until=_day(shown.confirmed_until),
    )


def _fault(fault: Fault) -> pb.RowFault:
    reason = fault.reason
    return pb.RowFault(column=fault.column, reason=reason.code, text=reason.text, remedy=reason.remedy)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
