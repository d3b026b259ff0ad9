"""Records as flows write them, valid unless told otherwise, with all that they rest on."""

from dataclasses import replace
from datetime import date
from typing import Any

from interchange.domain.consent import DataItem, TransferConsent
from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier
from interchange.domain.projects import Clearance, Field, IssuedAssertion, Partner, Project, ProjectPartner
from interchange.domain.screening import Conclusion, Employer, Screening
from interchange.store import assertions, clearances, consents, lanes, projects, screenings, status_lists, subjects
from interchange.store.ledger import Tx
from interchange.store.subjects import SealedSubject

NOW = 1_800_000_000
AUTHORITY = "aaa.clearance.example"
LANE = f"{AUTHORITY}/lane/BBB/1"
SLOTS = 64
DAY = date(2026, 4, 1)
OPENED = Screening("r1", "s1", "AAA/CENTRAL", DAY, NOW)
CONCLUDED = replace(OPENED, conclusion=Conclusion.ELIGIBLE, concluded_at=NOW + 1, notified_on=DAY)
EMPLOYER = Employer("e1", "量子研究所", False, "AAA/HIGH", DAY, date(2030, 12, 31))
CONSENT = TransferConsent(
    consent_id="k1",
    subject_id="s1",
    party="BBB",
    recipient="Office",
    purpose="research",
    items=frozenset(DataItem),
    rules_information="Information, 2026-04-01",
    from_day=DAY,
    until_day=date(2030, 12, 31),
)


def clearance(clearance_id: str = "c1", **changes: Any) -> Clearance:  # noqa: ANN401 - any field
    """A clearance of one subject by one organ."""
    plain = Clearance(clearance_id, "s1", "AAA/ONE", "AAA/HIGH", date(2026, 4, 1), NOW + 1000, "e1")
    return replace(plain, **changes)


def grant(tx: Tx, clearance_id: str = "c1", **changes: Any) -> Clearance:  # noqa: ANN401 - any field
    """Record a clearance, with its subject if there is none yet."""
    granted = clearance(clearance_id, **changes)
    register(tx, granted.subject_id)
    clearances.add(tx, granted)
    return granted


def register(tx: Tx, subject_id: str = "s1") -> None:
    """Record a subject, unless there is one of that id."""
    if subjects.get(tx, subject_id) is None:
        subjects.add(tx, SealedSubject(subject_id, 1, b"sealed"), [(1, f"digest of {subject_id}")], NOW)


def screen(tx: Tx, *made: Screening) -> None:
    """Record screenings with their subjects."""
    for each in made:
        register(tx, each.subject_id)
        screenings.add(tx, each)


def agree(tx: Tx, **changes: Any) -> None:  # noqa: ANN401 - any field
    """Record a consent with its subject."""
    made = replace(CONSENT, **changes)
    register(tx, made.subject_id)
    consents.add(tx, made)


def project(project_id: str = "p1", **changes: Any) -> Project:  # noqa: ANN401 - any field
    """A joint project with one partner, whose references are its own."""
    plain = Project(
        project_id=project_id,
        title="Quiet magnets",
        field=Field.SEMICONDUCTORS,
        defence=False,
        ceiling="AAA/HIGH",
        floor="AAA/LOW",
        purpose="joint-research",
        from_day=date(2026, 4, 1),
        until_day=date(2029, 3, 31),
        partners=(ProjectPartner("BBB", "AAA-BBB-2020", f"reference-{project_id}-BBB"),),
    )
    return replace(plain, **changes)


def partner(party: str = "BBB", **changes: Any) -> Partner:  # noqa: ANN401 - any field
    """An admitted partner."""
    authority = f"{party.lower()}.clearance.example"
    return replace(Partner(party, authority, f"node.{authority}:8443", b"-----BEGIN", "pin"), **changes)


def append(tx: Tx, *leaves: bytes, origin: str = LANE, party: str = "BBB", token: bytes | None = None) -> Frontier:
    """Append leaves to a lane, which is opened if it is not there."""
    lanes.open_lane(tx, origin, party, issued=True)
    head = lanes.head(tx, origin)
    assert head is not None
    return lanes.append(tx, origin, head.frontier, [Entry(leaf, token) for leaf in leaves])


def issue(tx: Tx, jti: str = "j1", idx: int = 1, token: bytes = b"a.b.c", **changes: Any) -> IssuedAssertion:  # noqa: ANN401 - any field
    """Record an assertion with its project, slot and leaf."""
    plain = IssuedAssertion(
        jti=jti,
        subject_id="s1",
        employer_id="e1",
        project_id="p1",
        party="BBB",
        agreement="AAA-BBB-2020",
        organ="AAA/ONE",
        origin=LANE,
        n=append(tx, jti.encode(), token=token).size - 1,
        list_number=1,
        idx=idx,
        iat=NOW,
        exp=NOW + 1000,
        clearance_id="c1",
        kid="k1",
    )
    issued = replace(plain, **changes)
    if projects.get(tx, issued.project_id) is None:
        projects.add(tx, project(issued.project_id), NOW)
    assert status_lists.claim_slots(tx, issued.party, [(issued.list_number, issued.idx)], SLOTS)
    assertions.add_all(tx, [issued])
    return issued
