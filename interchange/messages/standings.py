"""Messages of the StandingService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.standing import HoldScope
from interchange.errors import Reason, refuse
from interchange.flows.withdraw import ReinstateRequest, RevokeRequest, SuspendRequest
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp, position, positions, timestamp
from interchange.v1 import standings_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.projects import Hold
    from interchange.domain.time import Instant
    from interchange.messages.paging import Slice
    from interchange.store.places import Place

_SCOPES = {
    HoldScope.ASSERTION: pb.HOLD_SCOPE_ASSERTION,
    HoldScope.SUBJECT: pb.HOLD_SCOPE_SUBJECT,
    HoldScope.EMPLOYER: pb.HOLD_SCOPE_EMPLOYER,
    HoldScope.PROJECT: pb.HOLD_SCOPE_PROJECT,
    HoldScope.AGREEMENT: pb.HOLD_SCOPE_AGREEMENT,
}


def read_suspend(request: pb.SuspendRequest) -> SuspendRequest:
    """Read what a hold is to be opened on."""
    target = request.WhichOneof("target")
    match target:
        case None:
            raise refuse(Reason.FIELD_MISSING, "target")
        case "assertion_id":
            return SuspendRequest(HoldScope.ASSERTION, fields.uuid(request.assertion_id, target))
        case "subject_id":
            return SuspendRequest(HoldScope.SUBJECT, fields.uuid(request.subject_id, target))
        case "employer_id":
            return SuspendRequest(HoldScope.EMPLOYER, fields.matching(request.employer_id, fields.EMPLOYER, target))
        case "project_id":
            return SuspendRequest(HoldScope.PROJECT, fields.uuid(request.project_id, target))
        case "agreement":
            return SuspendRequest(HoldScope.AGREEMENT, fields.agreement(request.agreement, target))


def read_reinstate(request: pb.ReinstateRequest) -> ReinstateRequest:
    """Read which hold is to be closed."""
    return ReinstateRequest(fields.uuid(request.hold_id, "hold_id"))


def read_revoke(request: pb.RevokeRequest) -> RevokeRequest:
    """Read which assertion is to be revoked."""
    return RevokeRequest(fields.uuid(request.assertion_id, "assertion_id"))


def hold(known: Hold, affected: int = 0, places: Sequence[Place] = ()) -> pb.Hold:
    """Write a hold; lists leave out how many it concerned and where it is told."""
    return pb.Hold(
        hold_id=known.hold_id,
        scope=_SCOPES[known.scope],
        target=known.ref,
        opened_at=timestamp(known.opened_at),
        closed_at=optional_timestamp(known.closed_at),
        affected_count=affected,
        positions=positions(places),
    )


def suspend_reply(opened: Hold, affected: int = 0, places: Sequence[Place] = ()) -> pb.SuspendResponse:
    """Answer with a hold as it was when it opened, also where the request is repeated after its closing."""
    shown = hold(opened, affected, places)
    shown.ClearField("closed_at")
    return pb.SuspendResponse(hold=shown)


def reinstate_reply(closed: Hold, affected: int = 0, places: Sequence[Place] = ()) -> pb.ReinstateResponse:
    """Answer with the closing of a hold."""
    result = pb.Reinstatement(
        hold_id=closed.hold_id,
        closed_at=optional_timestamp(closed.closed_at),
        affected_count=affected,
        positions=positions(places),
    )
    return pb.ReinstateResponse(result=result)


def revoke_reply(jti: str, revoked_at: Instant | None, place: Place | None) -> pb.RevokeResponse:
    """Answer with the end of an assertion."""
    revocation = pb.Revocation(
        assertion_id=jti,
        revoked_at=optional_timestamp(revoked_at),
        position=position(place) if place else None,
    )
    return pb.RevokeResponse(revocation=revocation)


def list_reply(found: Slice[Hold]) -> pb.ListHoldsResponse:
    """Answer with a page of holds."""
    return pb.ListHoldsResponse(holds=[hold(each) for each in found.entries], next_page_token=found.next_token)
