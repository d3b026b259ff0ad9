"""Records as flows write them, valid unless told otherwise, with all that they rest on."""

from dataclasses import replace
from datetime import date
from typing import Any

from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier
from interchange.domain.projects import Clearance, Field, IssuedAssertion, Partner, Project, ProjectPartner
from interchange.store import assertions, lanes, projects, status_lists
from interchange.store.ledger import Tx

NOW = 1_800_000_000
AUTHORITY = "aaa.clearance.example"
LANE = f"{AUTHORITY}/lane/BBB/1"
SLOTS = 64


def clearance(clearance_id: str = "c1", **changes: Any) -> Clearance:  # noqa: ANN401 - any field
    """A clearance of one subject by one organ."""
    plain = Clearance(clearance_id, "s1", "AAA/ONE", "AAA/HIGH", date(2026, 4, 1), NOW + 1000, "e1")
    return replace(plain, **changes)


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
    )
    issued = replace(plain, **changes)
    if projects.get(tx, issued.project_id) is None:
        projects.add(tx, project(issued.project_id), NOW)
    assert status_lists.claim_slot(tx, issued.party, issued.list_number, issued.idx, SLOTS)
    assertions.add(tx, issued)
    return issued
