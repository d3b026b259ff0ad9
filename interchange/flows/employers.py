"""Employers as conforming businesses (適合事業者): recognised up to a level and for days, or no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.screening import Employer
from interchange.errors import Reason, refuse
from interchange.flows.ends import revoke_all
from interchange.flows.perform import Act
from interchange.store import assertions, employers

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class RecogniseRequest:
    """An employer, up to which level and on which days its people may be asserted; an office of the state needs no end.

    Attributes:
        employer_id, title: its code, and its name for officers.
        public_office: of the state itself.
        ceiling: name of a home level.
        from_day, until_day: both included; None only for a public office.
    """

    employer_id: str
    title: str
    public_office: bool
    ceiling: str
    from_day: date
    until_day: date | None


@dataclass(frozen=True, slots=True)
class EndRecognitionRequest:
    """Which employer is recognised no more."""

    employer_id: str


def _decide_recognise(node: Node, tx: Tx, request: RecogniseRequest, now: Instant) -> Employer:
    """Refuse what cannot be, and a narrower recognition in the place of one on which assertions may rest."""
    if request.ceiling not in node.rules.terms:
        raise refuse(Reason.LEVEL_UNKNOWN, "ceiling")
    if request.until_day is None:
        if not request.public_office:
            raise refuse(Reason.FIELD_MISSING, "until_day")
    elif request.until_day < request.from_day:
        raise refuse(Reason.DAYS_ORDER, "until_day")
    # Both as instants, which refuses days outside the calendar.
    start_of_day(request.from_day, node.rules.zone)
    end_of_day(request.until_day or request.from_day, node.rules.zone)
    asked = Employer(
        employer_id=request.employer_id,
        title=request.title,
        public_office=request.public_office,
        ceiling=request.ceiling,
        from_day=request.from_day,
        until_day=request.until_day,
    )
    known = employers.get(tx, request.employer_id)
    if known and known.recognised(node.today(now)) and not _as_wide(node, asked, known, node.today(now)):
        raise refuse(Reason.ALREADY_KNOWN, "employer_id: recognised more widely; end that recognition first")
    return asked


def _as_wide(node: Node, asked: Employer, known: Employer, today: date) -> bool:
    """Tell whether whatever was asserted by what is known could be asserted by what is asked for."""
    lasting = asked.until_day is None or (known.until_day is not None and known.until_day <= asked.until_day)
    return asked.recognised(today) and lasting and node.rules.order.serves(asked.ceiling, known.ceiling)


def _write_recognise(_node: Node, tx: Tx, employer: Employer, _prepared: None, _now: Instant) -> str:
    employers.put(tx, employer)
    return employer.employer_id


def _decide_end(_node: Node, tx: Tx, request: EndRecognitionRequest, _now: Instant) -> str:
    employer = employers.get(tx, request.employer_id)
    if employer is None:
        raise refuse(Reason.NOT_KNOWN, "employer_id")
    if employer.ended_at is not None:
        raise refuse(Reason.ALREADY_ENDED, "employer_id")
    return employer.employer_id


def _write_end(node: Node, tx: Tx, employer_id: str, _prepared: None, now: Instant) -> str:
    employers.end(tx, employer_id, now)
    revoke_all(node, tx, assertions.live(tx, now, employer_id=employer_id), now)
    return employer_id


RECOGNISE = Act("recognise_employer", _decide_recognise, _write_recognise)
END_RECOGNITION = Act("end_recognition", _decide_end, _write_end)
