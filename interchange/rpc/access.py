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
_ARRANGING = _COORDINATOR | _OFFICER
_READING = _ARRANGING | _AUDITOR
_EXAMINING = _OFFICER | _AUDITOR
"""Who may see an assertion: it says a person's level, which is no coordinator's to know."""
_PROPOSING = _ARRANGING | _KEY_ADMIN
_ANYBODY = frozenset(Cell(*kind) for kind in product((False, True), ROLES, (False, True)))
"""Whoever is recognised at all, the node's own watchdog with the node's certificate among them."""

ACCESS: Final = {
    "/interchange.v1.AssertionService/IssueAssertion": _OFFICER,
    "/interchange.v1.AssertionService/GetAssertion": _EXAMINING | _PARTNER,
    "/interchange.v1.AssertionService/ListAssertions": _EXAMINING | _PARTNER,
    "/interchange.v1.AssertionService/VerifyAssertion": _EXAMINING | _PARTNER,
    "/interchange.v1.AssertionService/BatchVerifyAssertions": _EXAMINING | _PARTNER,
    "/interchange.v1.AssertionService/VerifyAsKnown": _EXAMINING | _PARTNER,
    "/interchange.v1.StandingService/Suspend": _ARRANGING,
    "/interchange.v1.StandingService/Reinstate": _ARRANGING,
    "/interchange.v1.StandingService/Revoke": _OFFICER,
    "/interchange.v1.StandingService/ListHolds": _READING,
    "/interchange.v1.LaneService/FetchLane": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/WatchLane": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/AcknowledgeLane": _PARTNER,
    "/interchange.v1.LaneService/ProveInclusion": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/ProveConsistency": _PARTNER | _AUDITOR,
    "/interchange.v1.LaneService/ListLanes": _EXAMINING | _KEY_ADMIN,
    "/interchange.v1.LaneService/ListArchivedCheckpoints": _KEY_ADMIN | _AUDITOR,
    "/interchange.v1.KeyService/DraftKey": _KEY_ADMIN,
    "/interchange.v1.KeyService/MoveKey": _KEY_ADMIN,
    "/interchange.v1.KeyService/GetKeyBoard": _KEY_ADMIN | _AUDITOR,
    "/interchange.v1.KeyService/ListAffected": _KEY_ADMIN | _AUDITOR,
    "/interchange.v1.KeyringService/GetKeyring": _EVERYBODY,
    "/interchange.v1.KeyringService/DraftKeyring": _KEY_ADMIN,
    "/interchange.v1.KeyringService/CollectKeyring": _KEY_ADMIN,
    "/interchange.v1.KeyringService/PublishKeyring": _KEY_ADMIN,
    "/interchange.v1.KeyringService/GetJwks": _EVERYBODY,
    "/interchange.v1.StatusListService/GetStatusList": _PARTNER,
    "/interchange.v1.AgreementService/ListLevels": _EVERYBODY,
    "/interchange.v1.AgreementService/ListAgreements": _EVERYBODY,
    "/interchange.v1.AgreementService/Translate": _EVERYBODY,
    "/interchange.v1.AgreementService/MoveAgreement": _OFFICER,
    "/interchange.v1.ProposalService/GetProposal": _PROPOSING,
    "/interchange.v1.ProposalService/ListProposals": _PROPOSING,
    "/interchange.v1.ProposalService/SignProposal": _PROPOSING,
    "/interchange.v1.ProjectService/OpenProject": _ARRANGING,
    "/interchange.v1.ProjectService/CloseProject": _ARRANGING,
    "/interchange.v1.ProjectService/GetProject": _READING | _PARTNER,
    "/interchange.v1.ProjectService/ListProjects": _READING | _PARTNER,
    "/interchange.v1.ParticipantService/EnrolParticipant": _COORDINATOR,
    "/interchange.v1.ParticipantService/EnrolRoster": _COORDINATOR,
    "/interchange.v1.ParticipantService/GetRoster": _ARRANGING,
    "/interchange.v1.ParticipantService/ListParticipants": _ARRANGING,
    "/interchange.v1.ParticipantService/WithdrawParticipant": _ARRANGING,
    "/interchange.v1.PartnerService/AdmitPartner": _KEY_ADMIN,
    "/interchange.v1.PartnerService/ListPartners": _HOME,
    "/interchange.v1.SubjectService/RegisterSubject": _OFFICER,
    "/interchange.v1.SubjectService/FindSubject": _OFFICER,
    "/interchange.v1.SubjectService/GetSubject": _OFFICER,
    "/interchange.v1.SubjectService/ChangePapers": _OFFICER,
    "/interchange.v1.ScreeningService/OpenScreening": _OFFICER,
    "/interchange.v1.ScreeningService/RecordItem": _OFFICER,
    "/interchange.v1.ScreeningService/ConcludeScreening": _OFFICER,
    "/interchange.v1.ScreeningService/NotifyScreening": _OFFICER,
    "/interchange.v1.ScreeningService/WithdrawScreeningConsent": _OFFICER,
    "/interchange.v1.ScreeningService/NoticeReassessment": _OFFICER,
    "/interchange.v1.ScreeningService/GetScreening": _OFFICER,
    "/interchange.v1.ScreeningService/ListScreenings": _OFFICER,
    "/interchange.v1.ClearanceService/GrantClearance": _OFFICER,
    "/interchange.v1.ClearanceService/AuthoriseByFunction": _OFFICER,
    "/interchange.v1.ClearanceService/RecordClearances": _OFFICER,
    "/interchange.v1.ClearanceService/EndPost": _OFFICER,
    "/interchange.v1.ClearanceService/CancelClearance": _OFFICER,
    "/interchange.v1.ClearanceService/ListClearances": _OFFICER,
    "/interchange.v1.EmployerService/RecogniseEmployer": _OFFICER,
    "/interchange.v1.EmployerService/EndRecognition": _OFFICER,
    "/interchange.v1.EmployerService/ListEmployers": _OFFICER,
    "/interchange.v1.ConsentService/RecordConsent": _OFFICER,
    "/interchange.v1.ConsentService/WithdrawConsent": _OFFICER,
    "/interchange.v1.ConsentService/ListConsents": _OFFICER,
    "/interchange.v1.BindingService/SendBinding": _OFFICER,
    "/interchange.v1.BindingService/EndBinding": _OFFICER,
    "/interchange.v1.BindingService/ListBindings": _OFFICER,
    "/interchange.v1.BindingService/FetchBinding": _PARTNER,
    "/interchange.v1.BindingService/ConfirmBinding": _PARTNER,
    "/interchange.v1.BindingService/MatchPerson": _OFFICER,
    "/interchange.v1.DisclosureService/ListDisclosures": _OFFICER,
    "/interchange.v1.DisclosureService/ListVerifications": _OFFICER,
    "/interchange.v1.ReminderService/ListReminders": _ARRANGING,
    "/interchange.v1.NodeService/GetNodeInfo": _EVERYBODY,
    "/interchange.v1.NodeService/InstallWithdrawals": _KEY_ADMIN,
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
