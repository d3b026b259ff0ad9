"""Moves of agreements from state to state, and what follows for all that was issued under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.agreements import MOVES, AgreementState
from interchange.domain.days import start_of_day
from interchange.domain.events import ActPerformed
from interchange.domain.projects import Hold, HoldCause
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, refuse
from interchange.flows import tell
from interchange.flows.agreements import agreement_of
from interchange.flows.approvals import Second, act_digest, listed
from interchange.flows.ends import revoke_all
from interchange.flows.perform import Act
from interchange.flows.withdraw import SuspendRequest, lift, place, targets
from interchange.store import agreement_moves, assertions, holds, records

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.agreements import Agreement
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

CALLER = "job:agreements"


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """Where an agreement goes, and the day that belongs to it, as `Agreement.moved` takes it."""

    agreement: str
    state: AgreementState
    day: date


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that was taken.

    Attributes:
        agreement, state, day: as asked for.
        affected: live assertions that were held, released, revoked, or will be revoked on the day of a notice.
    """

    agreement: str
    state: AgreementState
    day: date
    affected: int


@dataclass(frozen=True, slots=True)
class Lapsed:
    """What one pass ended, as the audit lane's digest covers it."""

    jtis: tuple[str, ...]


def _decide(node: Node, tx: Tx, request: MoveRequest, now: Instant) -> MoveRequest:
    agreement = agreement_of(node, tx, request.agreement)
    if node.party not in agreement.parties:
        raise refuse(Reason.AGREEMENT_UNKNOWN, "agreement of two others")
    if request.state in MOVES[agreement.state]:
        _check_day(agreement, request, node.today(now))
    agreement.moved(request.state, request.day)
    return request


def _check_day(agreement: Agreement, request: MoveRequest, today: date) -> None:
    """Refuse DATE_ABSURD for a day that the state cannot have: a notice looks ahead, and what ends has ended."""
    first = request.state is AgreementState.IN_FORCE and agreement.state is AgreementState.SIGNED
    ahead = request.state is AgreementState.NOTICE_GIVEN
    if request.day < (agreement.in_force_on or agreement.signed_on):
        raise refuse(Reason.DATE_ABSURD, "effective_on: before the agreement")
    if ahead and request.day <= today:
        raise refuse(Reason.DATE_ABSURD, "effective_on: a notice takes effect on a day to come")
    if not ahead and not first and request.day > today:
        raise refuse(Reason.DATE_ABSURD, "effective_on: the day is still to come")


def _write(node: Node, tx: Tx, request: MoveRequest, _prepared: None, now: Instant) -> str:
    code = request.agreement
    number = len(agreement_moves.of(tx, code)) + 1
    agreement_moves.add(tx, code, number, request.state, request.day, now)
    match request.state:
        case AgreementState.SUSPENDED:
            held = Hold(node.chance.uuid(), HoldScope.AGREEMENT, code, now, cause=HoldCause.AGREEMENT_SUSPENDED)
            place(node, tx, held, targets(node, tx, SuspendRequest(HoldScope.AGREEMENT, code), now))
        case AgreementState.TERMINATED:
            revoke_all(node, tx, assertions.live(tx, now, agreement=code), now)
        case _:
            for hold in holds.open_on(tx, {HoldScope.AGREEMENT: code}):
                if hold.cause is HoldCause.AGREEMENT_SUSPENDED:
                    lift(node, tx, hold, now)
    return f"{code}/{number}"


def read_moved(node: Node, tx: Tx, result: str) -> Moved:
    """Read the result of a `MOVE`, as it was when the step was taken."""
    code, _, number = result.partition("/")
    state, day = agreement_moves.of(tx, code)[int(number) - 1]
    taken = Hold("", HoldScope.AGREEMENT, code, agreement_moves.recorded(tx, code, int(number)))
    notice = state is AgreementState.NOTICE_GIVEN
    beyond = start_of_day(day, node.rules.zone) if notice else taken.opened_at
    return Moved(code, state, day, records.affected(tx, taken, taken.opened_at, beyond))


def end_lapsed(node: Node, now: Instant) -> list[str]:
    """Revoke what still runs under agreements that are no longer in force since today or before, and audit the pass.

    It is the day of a notice that brings this about: what is issued after the notice does not reach beyond it, and what
    was issued before was not to end for a notice that may be withdrawn.

    Returns:
        Ids of the assertions. A pass that was missed is made up by the next one.
    """

    def work(tx: Tx) -> list[str]:
        today = node.today(now)
        ended = [
            code
            for code in node.rulebook.agreements
            if (ended_on := agreement_of(node, tx, code).ended_on) is not None and ended_on <= today
        ]
        live = [issued for code in sorted(ended) for issued in assertions.live(tx, now, agreement=code)]
        if live:
            revoke_all(node, tx, live, now)
            digest = act_digest("end_agreements", Lapsed(tuple(issued.jti for issued in live)))
            tell.audit(node, tx, ActPerformed("end_agreements", CALLER, node.chance.uuid(), digest, now))
        return [issued.jti for issued in live]

    return node.ledger.transact(work)


MOVE = Act("move_agreement", _decide, _write, second=Second(MoveRequest, listed("move_agreement")))
