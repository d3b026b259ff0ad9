"""Messages of the KeyService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.keyring import Role
from interchange.domain.names import ORGAN
from interchange.domain.stages import Stage, Verb
from interchange.errors import Reason, refuse
from interchange.flows.reissue import State
from interchange.flows.stages import DraftRequest, MoveRequest
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp, positions, timestamp
from interchange.v1 import keys_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.flows.board import Board, Line
    from interchange.flows.reissue import Line as AffectedLine
    from interchange.flows.stages import Moved
    from interchange.store.keys import Sight
    from interchange.store.reissue import Progress

_ROLES = {pb.KeyRole.Value(f"KEY_ROLE_{role.name}"): role for role in Role}
_ROLE_NUMBERS = {role: number for number, role in _ROLES.items()}
_STAGE_NUMBERS = {stage: pb.KeyStage.Value(f"KEY_STAGE_{stage.name}") for stage in Stage}
_STATE_NUMBERS = {state: pb.AffectedState.Value(f"AFFECTED_STATE_{state.name}") for state in State}
_VERBS = {pb.KeyVerb.Value(f"KEY_VERB_{verb.name}"): verb for verb in Verb if verb not in {Verb.DRAFT, Verb.LAY_IN}}


def read_draft(request: pb.DraftKeyRequest) -> DraftRequest:
    """Read what key is to be made."""
    role = fields.choice(request.role, _ROLES, "role")
    return DraftRequest(
        role=role,
        organ=fields.matching(request.organ, ORGAN, "organ") if request.organ else "",
        sign_from=fields.instant(request.sign_from, "sign_from"),
        sign_until=fields.instant(request.sign_until, "sign_until"),
        verify_until=fields.instant(request.verify_until, "verify_until"),
    )


def read_move(request: pb.MoveKeyRequest) -> MoveRequest:
    """Read what is to be done with a key; a taint says since when, an activation may be forced, nothing else does."""
    verb = fields.choice(request.verb, _VERBS, "verb")
    since = fields.instant(request.tainted_since, "tainted_since") if request.HasField("tainted_since") else None
    if verb is Verb.TAINT and since is None:
        raise refuse(Reason.FIELD_MISSING, "tainted_since")
    if verb is not Verb.TAINT and since is not None:
        raise refuse(Reason.FIELD_FORM, "tainted_since")
    if request.forced and verb is not Verb.ACTIVATE:
        raise refuse(Reason.FIELD_FORM, "forced")
    return MoveRequest(fields.kid(request.kid, "kid"), verb, since, request.forced)


def move_reply(done: Moved) -> pb.MoveKeyResponse:
    """Answer with a step that was taken."""
    result = pb.KeyStep(
        kid=done.kid,
        stage=_STAGE_NUMBERS[done.stage],
        moved_at=timestamp(done.at),
        left_behind=done.left_behind,
        positions=positions(done.places),
    )
    return pb.MoveKeyResponse(result=result)


def board_reply(board: Board) -> pb.GetKeyBoardResponse:
    """Answer with the board."""
    keyring = board.keyring
    return pb.GetKeyBoardResponse(
        keyring=keyring.number if keyring else 0,
        expires_at=timestamp(keyring.expires) if keyring else None,
        keys=[_line(line) for line in board.lines],
        partners=[_partner(sight) for sight in board.partners],
        others=[pb.BoardOther(what=what, ends_at=optional_timestamp(at)) for what, at in board.others],
    )


def _line(line: Line) -> pb.BoardKey:
    key, record = line.key, line.key.record
    return pb.BoardKey(
        kid=record.kid,
        role=_ROLE_NUMBERS[record.role],
        organ=record.organ,
        stage=_STAGE_NUMBERS[key.stage],
        made_at=timestamp(key.made_at),
        moved_at=timestamp(key.moved_at),
        signature_count=key.signatures,
        sign_from=timestamp(record.sign_from),
        sign_until=timestamp(record.sign_until),
        verify_until=timestamp(record.verify_until),
        tainted_since=optional_timestamp(record.tainted_since),
        first_keyring=key.first_keyring or 0,
        present=line.present,
        seen_by=line.seen_by,
    )


def _partner(sight: Sight) -> pb.BoardPartner:
    return pb.BoardPartner(party=sight.party, keyring=sight.keyring, acknowledged_at=optional_timestamp(sight.at))


def affected_reply(lines: Sequence[AffectedLine], next_token: str, progress: Progress) -> pb.ListAffectedResponse:
    """Answer with a page of the assertions of a tainted key."""
    return pb.ListAffectedResponse(
        assertions=[_affected(line) for line in lines],
        next_page_token=next_token,
        live_count=progress.live,
        proved_count=progress.proved,
        reissued_count=progress.reissued,
    )


def _affected(line: AffectedLine) -> pb.AffectedAssertion:
    return pb.AffectedAssertion(
        assertion_id=line.jti,
        project_id=line.project_id,
        partner=line.party,
        state=_STATE_NUMBERS[line.state],
        reissued_as=line.reissued_as or "",
        reason=line.why.code if line.why else "",
        needs_two=line.needs_two,
    )
