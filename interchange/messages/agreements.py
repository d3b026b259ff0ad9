"""Messages of the AgreementService."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from interchange.domain.agreements import AgreementState
from interchange.domain.levels import Ceiling
from interchange.messages import fields
from interchange.messages.parts import ROW_STATE_NUMBERS
from interchange.v1 import agreements_pb2 as pb

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.agreements import Agreement, Equivalence
    from interchange.domain.levels import Level
    from interchange.messages.paging import Slice

_CEILINGS = {
    Ceiling.R: pb.CEILING_RESTRICTED,
    Ceiling.C: pb.CEILING_CONFIDENTIAL,
    Ceiling.S: pb.CEILING_SECRET,
    Ceiling.TS: pb.CEILING_TOP_SECRET,
}
_STATES = {
    AgreementState.SIGNED: pb.AGREEMENT_STATE_SIGNED,
    AgreementState.IN_FORCE: pb.AGREEMENT_STATE_IN_FORCE,
    AgreementState.NOTICE_GIVEN: pb.AGREEMENT_STATE_NOTICE_GIVEN,
    AgreementState.SUSPENDED: pb.AGREEMENT_STATE_SUSPENDED,
    AgreementState.TERMINATED: pb.AGREEMENT_STATE_TERMINATED,
}


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


def agreements_reply(found: Slice[Agreement], home: str) -> pb.ListAgreementsResponse:
    """Answer with a page of agreements of the home party."""
    shown = [_agreement(agreement, home) for agreement in found.entries]
    return pb.ListAgreementsResponse(agreements=shown, next_page_token=found.next_token)


def translate_reply(row: Equivalence) -> pb.TranslateResponse:
    """Answer with the row that decides."""
    return pb.TranslateResponse(row=_row(row))


def _level(level: Level) -> pb.Level:
    retired_on = level.until_day + timedelta(days=1) if level.until_day else None
    return pb.Level(
        level=level.name,
        title=level.native_title,
        ceiling=_CEILINGS[level.ceiling] if level.ceiling else None,
        retired_on=retired_on.isoformat() if retired_on else None,
    )


def _agreement(agreement: Agreement, home: str) -> pb.Agreement:
    since = _since(agreement)
    (other,) = set(agreement.parties) - {home}
    return pb.Agreement(
        agreement=agreement.code,
        party=other,
        title=agreement.title,
        state=_STATES[agreement.state],
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
