"""People who are not confirmed, one for each cause there is; a coordinator is to see no difference between them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from fakes.parties import do
from fakes.people import consent, identity, register, settle
from fakes.rosters import enrolled, enrolled_jtis, row_of, stranger
from fakes.screened import TODAY, concluded
from fakes.world import World

from interchange.domain.projects import Clearance
from interchange.domain.screening import Conclusion
from interchange.domain.standing import HoldScope
from interchange.flows import clearances, consents, employers, screenings
from interchange.store import clearances as granted
from interchange.store import consents as agreed
from interchange.wire.roster import RosterRow

Make = Callable[[World, str], RosterRow]
"""Makes the person, given a project, and writes them into line 2 of a roster."""


def _cleared(world: World) -> str:
    return settle(world.home, "JPN/SDS", organ="JPN/METI", towards=("KOR", "AUS")).subject_id


def never_screened(world: World, _project: str) -> RosterRow:
    """On record, and never screened."""
    return row_of(world.home, register(world.home, identity(1)))


def refused_consent(world: World, _project: str) -> RosterRow:
    """Took back the consent to a screening under way."""
    subject_id = register(world.home, identity(2))
    request = screenings.OpenRequest(subject_id, "JPN/CAO", TODAY)
    screening_id = do(world.home, screenings.OPEN, request)
    do(world.home, screenings.WITHDRAW_CONSENT, screenings.WithdrawConsentRequest(screening_id))
    return row_of(world.home, subject_id)


def failed(world: World, _project: str) -> RosterRow:
    """Cleared once, and found not eligible since."""
    subject_id = _cleared(world)
    concluded(world.home, subject_id, Conclusion.NOT_ELIGIBLE)
    return row_of(world.home, subject_id)


def lapsed(world: World, _project: str) -> RosterRow:
    """The clearance has come to its end."""
    subject_id = register(world.home, identity(4))
    consent(world.home, subject_id, "KOR")
    over = Clearance(
        clearance_id=world.home.chance.uuid(),
        subject_id=subject_id,
        organ="JPN/METI",
        level="JPN/SDS",
        notified_on=date(2021, 4, 1),
        ends_at=world.home.rules.clearance_end("JPN/SDS", date(2021, 4, 1)),
        employer_id="employer-1",
    )
    world.home.ledger.transact(lambda tx: granted.add(tx, over))
    return row_of(world.home, subject_id)


def suspended(world: World, _project: str) -> RosterRow:
    """A hold on the person is open."""
    subject_id = _cleared(world)
    world.suspend(HoldScope.SUBJECT, subject_id)
    return row_of(world.home, subject_id)


def reassessed(world: World, _project: str) -> RosterRow:
    """Told that they are assessed again for cause."""
    subject_id = _cleared(world)
    do(world.home, screenings.REASSESS, screenings.ReassessRequest(subject_id))
    return row_of(world.home, subject_id)


def consent_withdrawn(world: World, _project: str) -> RosterRow:
    """Took back the consent to the transfer."""
    subject_id = _cleared(world)
    for each in world.home.ledger.read(lambda tx: agreed.of_subject(tx, subject_id)):
        do(world.home, consents.WITHDRAW, consents.WithdrawRequest(each.consent_id))
    return row_of(world.home, subject_id)


def employer_lost(world: World, _project: str) -> RosterRow:
    """The employer has lost its recognition."""
    subject_id = settle(world.home, "JPN/SDS", organ="JPN/METI", employer_id="employer-lost").subject_id
    do(world.home, employers.END_RECOGNITION, employers.EndRecognitionRequest("employer-lost"))
    return row_of(world.home, subject_id, employer_id="employer-lost")


def works_elsewhere(world: World, _project: str) -> RosterRow:
    """Cleared at another employer than the roster says."""
    return row_of(world.home, settle(world.home, "JPN/SDS", organ="JPN/METI", employer_id="employer-2").subject_id)


def below_floor(world: World, _project: str) -> RosterRow:
    """Cleared for less than the partner has a row for."""
    return row_of(world.home, settle(world.home, "JPN/CESI", organ="JPN/METI").subject_id)


def cancelled(world: World, _project: str) -> RosterRow:
    """The organ has taken the clearance back."""
    settled = settle(world.home, "JPN/SDS", organ="JPN/METI")
    do(world.home, clearances.CANCEL, clearances.CancelRequest(settled.clearance_id))
    return row_of(world.home, settled.subject_id)


def held_in_place(world: World, project: str) -> RosterRow:
    """Enrolled before, and the assertion is held."""
    row = row_of(world.home, _cleared(world))
    before = set(enrolled_jtis(world.home, project))
    enrolled(world.home, project, row)
    (jti,) = set(enrolled_jtis(world.home, project)) - before
    world.suspend(HoldScope.ASSERTION, jti)
    return row


def suspended_in_place(world: World, project: str) -> RosterRow:
    """Enrolled before, and suspended since."""
    subject_id = _cleared(world)
    enrolled(world.home, project, row_of(world.home, subject_id))
    world.suspend(HoldScope.SUBJECT, subject_id)
    return row_of(world.home, subject_id)


def other_birth_date(world: World, _project: str) -> RosterRow:
    """Cleared, and presented with another day of birth."""
    row = row_of(world.home, _cleared(world))
    return replace(row, presented=replace(row.presented, birth_date=date(1984, 2, 29)))


def unknown(world: World, _project: str) -> RosterRow:
    """Nobody has heard of the person."""
    return stranger(world.home)


CAUSES: dict[str, Make] = {
    "never screened": never_screened,
    "consent to the screening withdrawn": refused_consent,
    "failed": failed,
    "lapsed": lapsed,
    "suspended": suspended,
    "assessed again": reassessed,
    "consent to the transfer withdrawn": consent_withdrawn,
    "employer without recognition": employer_lost,
    "other employer": works_elsewhere,
    "level too low": below_floor,
    "clearance cancelled": cancelled,
    "enrolled and held": held_in_place,
    "enrolled and suspended": suspended_in_place,
    "other birth date": other_birth_date,
    "unknown person": unknown,
}
