"""People with all that an assertion rests on: papers, an employer, a screening, a clearance, consents."""

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from fakes.parties import AGREEMENTS, NOW

from interchange.domain.consent import DataItem, TransferConsent
from interchange.domain.identity import Identity, Presented
from interchange.domain.screening import Employer
from interchange.flows.clearances import RECORD, PaperGrant, RecordRequest
from interchange.flows.node import Node
from interchange.flows.perform import perform
from interchange.flows.subjects import REGISTER, register_request
from interchange.store import clearances, consents, employers
from interchange.store.ledger import Tx

OFFICER = "spiffe://demo.jpn.clearance.example/officer/METI/tester"


def identity(number: int, **changes: object) -> Identity:
    """A person nobody else is: the name of all of them, and a document of this one's own."""
    presented = Presented("ONO", "HANAKO", date(1984, 2, 28), f"TZ{number:07}")
    return replace(Identity("大野", "花子", "オオノ", "ハナコ", presented, ("JPN",)), **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Settled:
    """Ids of a person who may be asserted."""

    subject_id: str
    clearance_id: str


def register(node: Node, who: Identity, now: int = NOW) -> str:
    """Register a person and give the subject's id."""
    request = register_request(node, who)
    return perform(node, REGISTER, request, caller=OFFICER, request_id=node.chance.uuid(), now=now).result


def employ(node: Node, employer_id: str, ceiling: str, now: int = NOW) -> None:
    """Record an employer that is recognised for a century, unless there is one of that code."""

    def work(tx: Tx) -> None:
        if employers.get(tx, employer_id) is None:
            days = (date(2001, 1, 1), date(2099, 12, 31))
            employers.put(tx, Employer(employer_id, "Laboratory", False, ceiling, *days))

    node.ledger.transact(work)


def consent(node: Node, subject_id: str, party: str, **changes: Any) -> str:  # noqa: ANN401 - any field
    """Record a consent to everything, for a century."""
    made = TransferConsent(
        consent_id=node.chance.uuid(),
        subject_id=subject_id,
        party=party,
        recipient="its verifying office",
        purpose="joint_research",
        items=frozenset(DataItem),
        rules_information="Information on its rules, 2026-04-01",
        from_day=date(2001, 1, 1),
        until_day=date(2099, 12, 31),
    )
    made = replace(made, **changes)
    node.ledger.transact(lambda tx: consents.add(tx, made))
    return made.consent_id


def settle(
    node: Node,
    level: str,
    *,
    organ: str,
    notified_on: date = date(2026, 4, 1),
    employer_id: str = "employer-1",
    subject_id: str = "",
    towards: tuple[str, ...] = tuple(AGREEMENTS),
    now: int = NOW,
) -> Settled:
    """Clear a person, a new one unless told otherwise, who consents to transfers to these parties."""
    highest = max(node.rules.terms, key=lambda name: node.rulebook.level(name).ceiling or 0)
    employ(node, employer_id, highest, now)
    if not subject_id:
        number = int.from_bytes(sha256(node.chance.uuid().encode()).digest()[:3]) % 10_000_000
        subject_id = register(node, identity(number), now)
        for party in towards:
            consent(node, subject_id, party)
    request = RecordRequest((PaperGrant(subject_id, organ, level, notified_on, employer_id),))
    done = perform(node, RECORD, request, caller=OFFICER, request_id=node.chance.uuid(), now=now)
    return Settled(subject_id, done.result)


def clearance_of(node: Node, clearance_id: str) -> str:
    """Give the subject of a clearance."""
    found = node.ledger.read(lambda tx: clearances.get(tx, clearance_id))
    assert found is not None
    return found.subject_id
