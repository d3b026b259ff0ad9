"""The access table: method → who may call it. One table, read by the server and by the tests, and nothing beside it.

What a method then shows to whom (a partner only what is addressed to it, a coordinator only some holds) is the
service's part; who gets as far as the service is said here.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from interchange.domain.names import ROLES
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable


class Cell(NamedTuple):
    """A kind of caller: of the home party or of a partner, its role, and whether its certificate names an organ."""

    home: bool
    role: str
    organ: bool


_PARTNER = frozenset({Cell(home=False, role="partner", organ=False)})
"""A partner's own programs; its people have business with their own node only."""

_COORDINATOR = frozenset({Cell(home=True, role="coordinator", organ=organ) for organ in (False, True)})
_OFFICER = frozenset({Cell(home=True, role="officer", organ=organ) for organ in (False, True)})
_KEY_ADMIN = frozenset({Cell(home=True, role="key-admin", organ=False)})
_AUDITOR = frozenset({Cell(home=True, role="auditor", organ=False)})
"""Keys and audits are of the whole party: a key-admin or auditor bound to one organ is nobody."""

_HOME = _COORDINATOR | _OFFICER | _KEY_ADMIN | _AUDITOR
_EVERYBODY = _PARTNER | _HOME
_ASSERTING = _COORDINATOR | _OFFICER
_READING = _ASSERTING | _AUDITOR
_ANYBODY = frozenset(Cell(*kind) for kind in product((False, True), ROLES, (False, True)))
"""Whoever is recognised at all, the node's own watchdog with the node's certificate among them."""

ACCESS: Final = {
    "/interchange.v1.AssertionService/IssueAssertion": _ASSERTING,
    "/interchange.v1.AssertionService/GetAssertion": _READING | _PARTNER,
    "/interchange.v1.AssertionService/ListAssertions": _READING | _PARTNER,
    "/interchange.v1.AssertionService/VerifyAssertion": _READING | _PARTNER,
    "/interchange.v1.AssertionService/BatchVerifyAssertions": _READING | _PARTNER,
    "/interchange.v1.StandingService/Suspend": _ASSERTING,
    "/interchange.v1.StandingService/Reinstate": _ASSERTING,
    "/interchange.v1.StandingService/Revoke": _ASSERTING,
    "/interchange.v1.StandingService/ListHolds": _READING,
    "/interchange.v1.LaneService/FetchLane": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/WatchLane": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/AcknowledgeLane": _PARTNER,
    "/interchange.v1.LaneService/ProveInclusion": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/ProveConsistency": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/ListLanes": _HOME,
    "/interchange.v1.KeyringService/GetKeyring": _EVERYBODY,
    "/interchange.v1.KeyringService/DraftKeyring": _KEY_ADMIN,
    "/interchange.v1.KeyringService/PublishKeyring": _KEY_ADMIN,
    "/interchange.v1.KeyringService/RestrictKey": _KEY_ADMIN,
    "/interchange.v1.KeyringService/GetJwks": _EVERYBODY,
    "/interchange.v1.StatusListService/GetStatusList": _PARTNER,
    "/interchange.v1.AgreementService/ListLevels": _EVERYBODY,
    "/interchange.v1.AgreementService/ListAgreements": _EVERYBODY,
    "/interchange.v1.AgreementService/Translate": _EVERYBODY,
    "/interchange.v1.ProjectService/OpenProject": _ASSERTING,
    "/interchange.v1.ProjectService/GetProject": _READING | _PARTNER,
    "/interchange.v1.ProjectService/ListProjects": _READING | _PARTNER,
    "/interchange.v1.PartnerService/AdmitPartner": _KEY_ADMIN,
    "/interchange.v1.PartnerService/ListPartners": _HOME,
    "/interchange.v1.ClearanceService/RecordClearance": _OFFICER,
    "/interchange.v1.ClearanceService/ListClearances": _OFFICER,
    "/interchange.v1.NodeService/GetNodeInfo": _EVERYBODY,
    "/grpc.health.v1.Health/Check": _ANYBODY,
    "/grpc.health.v1.Health/List": _ANYBODY,
    "/grpc.health.v1.Health/Watch": _ANYBODY,
}


def check_complete(methods: Iterable[str]) -> None:
    """Refuse to serve methods of which the table does not say who may call them, or rows that no method has.

    Args:
        methods: full names of all that is registered, `/package.Service/Method`.

    Raises:
        Refusal: INTERNAL with the first name that is on one side only.
    """
    apart = sorted(ACCESS.keys() ^ set(methods))
    if apart:
        raise refuse(Reason.INTERNAL, f"the access table and the services differ in {apart[0]}")


def allows(method: str, cell: Cell) -> bool:
    """Tell whether a caller of this kind may use a method; one that is not in the table nobody may."""
    return cell in ACCESS.get(method, frozenset())
