"""Participants in the ledger, and how the assertions stand that stand for them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, bindparam, exists, insert, or_, select, update
from sqlmodel import col

from interchange.domain.events import Scope
from interchange.domain.projects import Participant
from interchange.domain.standing import Standing, standing
from interchange.store.domestic import ParticipantRow
from interchange.store.tables import AssertionRow, ProjectPartnerRow, ToldHoldRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


class Live(NamedTuple):
    """A live assertion of a person: its id, end and standing, and who takes part by it, if anybody was enrolled."""

    jti: str
    exp: Instant
    standing: Standing
    participant_id: str | None


_COLUMNS = select(
    col(ParticipantRow.participant_id),
    col(ParticipantRow.project_id),
    col(ParticipantRow.subject_id),
    col(ParticipantRow.party),
    col(ParticipantRow.employer_id),
    col(ParticipantRow.from_day),
    col(ParticipantRow.until_day),
    col(ParticipantRow.jti),
    col(ParticipantRow.enrolled_at),
    col(ParticipantRow.ended_at),
)

# What `told.about` asks of one assertion, asked of many in one statement, whose text does not depend on the answer.
_HELD = exists().where(
    col(ToldHoldRow.authority) == bindparam("authority", type_=String()),
    col(ToldHoldRow.lifted_n).is_(None),
    or_(
        (col(ToldHoldRow.scope) == Scope.ASSERTION.value) & (col(ToldHoldRow.of) == col(AssertionRow.jti)),
        (col(ToldHoldRow.scope) == Scope.PROJECT.value) & (col(ToldHoldRow.of) == col(ProjectPartnerRow.reference)),
        (col(ToldHoldRow.scope) == Scope.AGREEMENT.value) & (col(ToldHoldRow.of) == col(AssertionRow.agreement)),
    ),
)
_OF_PROJECT = (col(ProjectPartnerRow.project_id) == col(AssertionRow.project_id)) & (
    col(ProjectPartnerRow.party) == col(AssertionRow.party)
)
_STANDINGS = (
    select(col(AssertionRow.jti), col(AssertionRow.exp), col(AssertionRow.revoked_at), _HELD)
    .join(ProjectPartnerRow, _OF_PROJECT)
    .where(col(AssertionRow.jti).in_(bindparam("jtis", expanding=True, type_=String())))
)
_LIVE = (
    select(
        col(AssertionRow.subject_id),
        col(AssertionRow.jti),
        col(AssertionRow.exp),
        _HELD,
        col(ParticipantRow.participant_id),
    )
    .join(ProjectPartnerRow, _OF_PROJECT)
    .outerjoin(
        ParticipantRow, (col(ParticipantRow.jti) == col(AssertionRow.jti)) & col(ParticipantRow.ended_at).is_(None)
    )
    .where(
        col(AssertionRow.subject_id).in_(bindparam("subjects", expanding=True, type_=String())),
        col(AssertionRow.project_id) == bindparam("project_id", type_=String()),
        col(AssertionRow.party) == bindparam("party", type_=String()),
        col(AssertionRow.revoked_at).is_(None),
        col(AssertionRow.exp) > bindparam("now"),
    )
    # Where one took the place of another, the last is the one by which the person takes part, or the newest.
    .order_by(col(ParticipantRow.participant_id).is_not(None), col(AssertionRow.iat), col(AssertionRow.n))
)
_MANY = update(ParticipantRow).where(
    col(ParticipantRow.subject_id) == bindparam("subject"),
    col(ParticipantRow.project_id) == bindparam("project"),
    col(ParticipantRow.party) == bindparam("towards"),
    col(ParticipantRow.ended_at).is_(None),
)


def add_all(tx: Tx, made: Sequence[Participant]) -> None:
    """Enrol people, each in the place of an earlier enrolment of the same person there whose assertion has ended."""
    if not made:
        return
    ended_at = made[0].enrolled_at
    before = [{"subject": each.subject_id, "project": each.project_id, "towards": each.party} for each in made]
    tx.execute(_MANY.values(ended_at=ended_at), before)
    rows = [
        {
            "participant_id": each.participant_id,
            "project_id": each.project_id,
            "subject_id": each.subject_id,
            "party": each.party,
            "employer_id": each.employer_id,
            "from_day": each.from_day.isoformat(),
            "until_day": each.until_day.isoformat(),
            "jti": each.jti,
            "enrolled_at": each.enrolled_at,
        }
        for each in made
    ]
    tx.execute(insert(ParticipantRow), rows)


def end(tx: Tx, participant_id: str, now: Instant) -> None:
    """Record that a person was withdrawn; there is no way back but another enrolment."""
    where = col(ParticipantRow.participant_id) == participant_id
    tx.execute(update(ParticipantRow).where(where).values(ended_at=now))


def get(tx: Tx, participant_id: str) -> Participant | None:
    """Find one by its id, or None."""
    found = _read(tx, _COLUMNS.where(col(ParticipantRow.participant_id) == participant_id))
    return found[0] if found else None


def page(tx: Tx, *, project_id: str = "", party: str = "", after: str = "", limit: int = 100) -> list[Participant]:
    """List those enrolled and not withdrawn in the order of their ids, from the one after `after` on."""
    where = [col(ParticipantRow.participant_id) > after, col(ParticipantRow.ended_at).is_(None)]
    where += [col(ParticipantRow.project_id) == project_id] if project_id else []
    where += [col(ParticipantRow.party) == party] if party else []
    return _read(tx, _COLUMNS.where(*where).order_by(col(ParticipantRow.participant_id)).limit(limit))


def of_ids(tx: Tx, participant_ids: Sequence[str]) -> list[Participant]:
    """Find up to 500 by their ids, also those withdrawn."""
    return _read(tx, _COLUMNS.where(col(ParticipantRow.participant_id).in_(participant_ids)))


def live(
    tx: Tx, authority: str, subject_ids: Sequence[str], project_id: str, party: str, now: Instant
) -> dict[str, Live]:
    """Find the live assertions of up to 500 people for a project towards a party: subject id → assertion.

    Args:
        tx: an open transaction.
        authority: the home party's, whose lanes tell of holds.
        subject_ids: the people; one nobody has is asked for like any other.
        project_id: the project.
        party: the partner's code.
        now: the instant of the question.
    """
    asked = {"authority": authority, "subjects": list(subject_ids), "project_id": project_id, "party": party}
    return {
        subject_id: Live(jti, exp, standing(revoked=False, held=held, exp=exp, now=now), participant_id)
        for subject_id, jti, exp, held, participant_id in tx.execute(_LIVE, {**asked, "now": now})
    }


def confirmed(tx: Tx, authority: str, jtis: Sequence[str], now: Instant) -> dict[str, Instant]:
    """Find which of up to 500 assertions are valid now: id → end. Why another is not, nobody is told."""
    rows = tx.execute(_STANDINGS, {"authority": authority, "jtis": list(jtis)})
    return {
        jti: exp
        for jti, exp, revoked_at, held in rows
        if standing(revoked=revoked_at is not None, held=held, exp=exp, now=now) is Standing.VALID
    }


def _read(tx: Tx, query: Select[*tuple[Any, ...]]) -> list[Participant]:
    return [
        Participant(
            participant_id=row[0],
            project_id=row[1],
            subject_id=row[2],
            party=row[3],
            employer_id=row[4],
            from_day=date.fromisoformat(row[5]),
            until_day=date.fromisoformat(row[6]),
            jti=row[7],
            enrolled_at=row[8],
            ended_at=row[9],
        )
        for row in tx.execute(query)
    ]
