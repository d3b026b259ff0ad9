"""People who come to a clearance by the law's own way: consent, items, conclusion, notification, grant."""

from dataclasses import replace
from datetime import date
from typing import Any

from fakes.parties import DAY, NOW, do, keyring_of, signed

from interchange.domain.days import start_of_day
from interchange.domain.screening import Conclusion, Screening
from interchange.flows import clearances, employers, screenings
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.node import Node
from interchange.store import clearances as granted
from interchange.store import screenings as known

ZONE = "Asia/Tokyo"
CENTRAL, DEFENCE = "JPN/CAO", "JPN/MOD"
OFFICER = "spiffe://demo.jpn.clearance.example/officer/CAO/tester"
TODAY = date(2027, 1, 15)
"""The day on which `NOW` falls in the capital."""


def noon(day: date) -> int:
    """Give the middle of a day in the home party's zone."""
    return start_of_day(day, ZONE) + DAY // 2


def lay_in_keys(node: Node) -> None:
    """Publish a keyring whose keys sign and verify from 2020 to 2050, for what takes years."""
    first, last = start_of_day(date(2020, 1, 1), ZONE), start_of_day(date(2050, 1, 1), ZONE)
    ring = keyring_of(node.party, 2, issued=NOW, expires=last)
    lasting = (replace(key, sign_from=first, sign_until=last, verify_until=last) for key in ring.keys)
    do(node, PUBLISH, PublishRequest(signed(replace(ring, keys=tuple(lasting)), node.party)))


def open_screening(node: Node, subject_id: str, body: str = CENTRAL, consented_on: date = TODAY, now: int = NOW) -> str:
    """Open a screening and give its id."""
    return do(node, screenings.OPEN, screenings.OpenRequest(subject_id, body, consented_on), now)


def do_items(node: Node, screening_id: str, *left_out: str, done_on: date = TODAY, now: int = NOW) -> None:
    """Record all items of the list as done but some."""
    for item in node.rules.screening_items:
        if item not in left_out:
            do(node, screenings.DO_ITEM, screenings.ItemRequest(screening_id, item, done_on, OFFICER), now)


def conclude(node: Node, screening_id: str, conclusion: Conclusion = Conclusion.ELIGIBLE, now: int = NOW) -> str:
    """Conclude a screening."""
    return do(node, screenings.CONCLUDE, screenings.ConcludeRequest(screening_id, conclusion), now)


def notify(node: Node, screening_id: str, notified_on: date = TODAY, now: int = NOW) -> str:
    """Record the day on which the person was told."""
    return do(node, screenings.NOTIFY, screenings.NotifyRequest(screening_id, notified_on), now)


def concluded(
    node: Node,
    subject_id: str,
    conclusion: Conclusion = Conclusion.ELIGIBLE,
    *,
    body: str = CENTRAL,
    day: date = TODAY,
    now: int | None = None,
) -> str:
    """Screen a person within one day, from the consent to the conclusion, and give the screening's id."""
    at = noon(day) if now is None else now
    screening_id = open_screening(node, subject_id, body, day, at)
    if body == CENTRAL:
        do_items(node, screening_id, done_on=day, now=at)
    conclude(node, screening_id, conclusion, at)
    return screening_id


def screened(
    node: Node, subject_id: str, notified_on: date = TODAY, *, body: str = CENTRAL, now: int | None = None
) -> str:
    """Screen a person with a good result within one day, tell them the same day, and give the screening's id."""
    screening_id = concluded(node, subject_id, body=body, day=notified_on, now=now)
    notify(node, screening_id, notified_on, noon(notified_on) if now is None else now)
    return screening_id


def grant(
    node: Node,
    screening_id: str,
    level: str = "JPN/SDS",
    *,
    organ: str = "JPN/METI",
    employer_id: str = "employer-1",
    now: int = NOW,
) -> str:
    """Let an organ grant on a screening, and give the clearance's id."""
    return do(node, clearances.GRANT, clearances.GrantRequest(screening_id, organ, level, employer_id), now)


def recognise(node: Node, employer_id: str = "employer-1", now: int = NOW, **changes: Any) -> str:  # noqa: ANN401
    """Recognise a business at the upper tier for years."""
    usual = employers.RecogniseRequest(
        employer_id=employer_id,
        title="Laboratory",
        public_office=False,
        ceiling="JPN/SDS",
        from_day=date(2020, 1, 1),
        until_day=date(2050, 12, 31),
    )
    return do(node, employers.RECOGNISE, replace(usual, **changes), now)


def screening(node: Node, screening_id: str) -> Screening:
    """Read a screening."""
    found = node.ledger.read(lambda tx: known.get(tx, screening_id))
    assert found is not None
    return found


def ends_of(node: Node, subject_id: str) -> list[int]:
    """Read when a person's clearances end, in the order of time."""
    return sorted(each.ends_at for each in node.ledger.read(lambda tx: granted.of_subject(tx, subject_id)))
