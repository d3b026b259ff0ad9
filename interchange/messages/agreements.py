"""Messages of the AgreementService."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from interchange.domain.agreements import AgreementState
from interchange.domain.levels import Ceiling
from interchange.flows.moves import MoveRequest
from interchange.messages import fields
from interchange.messages.parts import ROW_STATE_NUMBERS
from interchange.v1 import agreements_pb2 as pb

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.agreements import Agreement, Equivalence
    from interchange.domain.levels import Level
    from interchange.flows.moves import Moved
    from interchange.messages.paging import Slice

_CEILINGS = {
    Ceiling.R: pb.CEILING_RESTRICTED,
    Ceiling.C: pb.CEILING_CONFIDENTIAL,
    Ceiling.S: pb.CEILING_SECRET,
    Ceiling.TS: pb.CEILING_TOP_SECRET,
}
_STATES = {
    pb.AGREEMENT_STATE_SIGNED: AgreementState.SIGNED,
    pb.AGREEMENT_STATE_IN_FORCE: AgreementState.IN_FORCE,
    pb.AGREEMENT_STATE_NOTICE_GIVEN: AgreementState.NOTICE_GIVEN,
    pb.AGREEMENT_STATE_SUSPENDED: AgreementState.SUSPENDED,
    pb.AGREEMENT_STATE_TERMINATED: AgreementState.TERMINATED,
}
_STATE_NUMBERS = {state: number for number, state in _STATES.items()}


@dataclass(frozen=True, slots=True)
class Translation:
    """What to translate; `day` None is today."""

    level: str
    to_party: str
    day: date | None


def read_levels(request: pb.ListLevelsRequest) -> str:
    """Read whose levels to list."""
    return fields.party(request.party, "party")


def read_agreements(request: pb.ListAgreementsRequest) -> str:
    """Read with whom the agreements to list are; empty for all."""
    return fields.party(request.party, "party") if request.HasField("party") else ""


def read_translate(request: pb.TranslateRequest) -> Translation:
    """Read what to translate."""
    return Translation(
        level=fields.level(request.level, "level"),
        to_party=fields.party(request.to_party, "to_party"),
        day=fields.day(request.day, "day") if request.HasField("day") else None,
    )


def levels_reply(found: Slice[Level]) -> pb.ListLevelsResponse:
    """Answer with a page of levels."""
    return pb.ListLevelsResponse(levels=[_level(level) for level in found.entries], next_page_token=found.next_token)


def read_move(request: pb.MoveAgreementRequest) -> MoveRequest:
    """Read where an agreement goes."""
    return MoveRequest(
        agreement=fields.agreement(request.agreement, "agreement"),
        state=fields.choice(request.state, _STATES, "state"),
        day=fields.day(request.effective_on, "effective_on"),
    )


def agreements_reply(found: Slice[tuple[Agreement, date | None]], home: str) -> pb.ListAgreementsResponse:
    """Answer with a page of agreements of the home party, each with the day of its last step if it is known."""
    shown = [_agreement(agreement, since, home) for agreement, since in found.entries]
    return pb.ListAgreementsResponse(agreements=shown, next_page_token=found.next_token)


def translate_reply(row: Equivalence) -> pb.TranslateResponse:
    """Answer with the row that decides."""
    return pb.TranslateResponse(row=_row(row))


def move_reply(moved: Moved) -> pb.MoveAgreementResponse:
    """Answer with the step that was taken."""
    result = pb.AgreementMove(
        agreement=moved.agreement,
        state=_STATE_NUMBERS[moved.state],
        effective_on=moved.day.isoformat(),
        affected_count=moved.affected,
    )
    return pb.MoveAgreementResponse(result=result)


def _level(level: Level) -> pb.Level:
    retired_on = level.until_day + timedelta(days=1) if level.until_day else None
    return pb.Level(
        level=level.name,
        title=level.native_title,
        ceiling=_CEILINGS[level.ceiling] if level.ceiling else None,
        retired_on=retired_on.isoformat() if retired_on else None,
    )


def _agreement(agreement: Agreement, moved_on: date | None, home: str) -> pb.Agreement:
    since = moved_on or _since(agreement)
    (other,) = set(agreement.parties) - {home}
    return pb.Agreement(
        agreement=agreement.code,
        party=other,
        title=agreement.title,
        state=_STATE_NUMBERS[agreement.state],
        effective_on=since.isoformat() if since else None,
        rows=[_row(row) for row in agreement.rows],
    )


def _since(agreement: Agreement) -> date | None:
    """Tell on which day the agreement's state took effect, or will; of a suspension the rulebook does not say."""
    match agreement.state:
        case AgreementState.SIGNED:
            return agreement.signed_on
        case AgreementState.IN_FORCE:
            return agreement.in_force_on
        case AgreementState.NOTICE_GIVEN | AgreementState.TERMINATED:
            return agreement.ended_on
        case AgreementState.SUSPENDED:
            return None


def _row(row: Equivalence) -> pb.Equivalence:
    return pb.Equivalence(
        agreement=row.agreement,
        source=row.source,
        target=row.target,
        digest=row.digest,
        state=ROW_STATE_NUMBERS[row.state],
        citation=row.citation,
    )
