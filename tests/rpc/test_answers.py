"""What is shown to whom: a partner what is addressed to it, an officer what is missing."""

from datetime import date

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, info_of, reason_of
from fakes.parties import HOME, names_of

from interchange.errors import Reason
from interchange.v1 import agreements_pb2, assertions_pb2, common_pb2, keyrings_pb2, lanes_pb2, projects_pb2
from interchange.v1.standings_pb2 import SuspendRequest
from interchange.v1.status_lists_pb2 import GetStatusListRequest


def refusal(call: object, request: object) -> tuple[str, dict[str, str]]:
    """Give code and metadata of the refusal of a call."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)  # type: ignore[operator]  # a method of a stub
    info = info_of(caught.value)
    return info.reason, dict(info.metadata)


def test_assertion_of_another_partner_is_as_unknown_as_one_that_never_was(served: Served) -> None:
    """Nobody learns from an answer that a foreign assertion exists."""
    issued, other = requests.issued(served), served.call("partner", "AUS").assertions
    answers = [
        refusal(other.GetAssertion, assertions_pb2.GetAssertionRequest(assertion_id=named))
        for named in (issued.assertion_id, requests.NOBODY)
    ]
    assert answers == [(Reason.NOT_KNOWN.code, {"where": "assertion_id"})] * 2


def test_proof_of_another_partners_leaf_is_as_unknown_as_one_that_never_was(served: Served) -> None:
    """Nor from a proof."""
    issued, other = requests.issued(served), served.call("partner", "AUS").lanes
    answers = [
        refusal(other.ProveInclusion, lanes_pb2.ProveInclusionRequest(generation=1, assertion_id=named))
        for named in (issued.assertion_id, requests.NOBODY)
    ]
    assert answers == [(Reason.NOT_KNOWN.code, {"where": "assertion_id"})] * 2


def test_project_of_another_partner_is_as_unknown_as_one_that_never_was(served: Served) -> None:
    """Nor from a project's reference."""
    issued, other = requests.issued(served), served.call("partner", "AUS").projects
    answers = [
        refusal(other.GetProject, projects_pb2.GetProjectRequest(reference=named))
        for named in (issued.reference, "A" * 22)
    ]
    assert answers == [(Reason.NOT_KNOWN.code, {"where": "name"})] * 2


def test_status_list_of_another_partner_is_as_unknown_as_one_that_never_was(served: Served) -> None:
    """Nor from a status list."""
    requests.issued(served)
    other = served.call("partner", "AUS").status_lists
    answers = [
        refusal(other.GetStatusList, GetStatusListRequest(uri=names_of(HOME).status_uri(*named)))
        for named in (("KOR", 1), ("KOR", 7))
    ]
    assert answers == [(Reason.NOT_KNOWN.code, {"where": "uri"})] * 2


def test_partner_is_shown_its_assertion_without_project_and_person_of_ours(served: Served) -> None:
    """Our identifiers would let two partners compare theirs."""
    issued = requests.issued(served)
    request = assertions_pb2.GetAssertionRequest(assertion_id=issued.assertion_id)
    shown = served.call("partner", "KOR").assertions.GetAssertion(request).assertion
    assert (shown.token, shown.HasField("project_id"), shown.HasField("subject_id")) == (issued.token, False, False)


def test_partner_is_listed_its_own_assertions_alone(served: Served) -> None:
    """Also when it asks for another's."""
    ours, theirs = requests.issued(served, "AUS"), requests.issued(served, "KOR")
    call = served.call("partner", "AUS").assertions.ListAssertions
    found = [
        [one.assertion_id for one in call(request).assertions]
        for request in (assertions_pb2.ListAssertionsRequest(), assertions_pb2.ListAssertionsRequest(partner="KOR"))
    ]
    assert (found, theirs.assertion_id in found[0]) == ([[ours.assertion_id], []], False)


def test_partner_sees_of_a_project_itself_purpose_and_days(served: Served) -> None:
    """Title, levels, field and other partners stay at home."""
    issued = requests.issued(served)
    request = projects_pb2.GetProjectRequest(reference=issued.reference)
    shown = served.call("partner", "KOR").projects.GetProject(request).project
    assert {field.name for field, _ in shown.ListFields()} == {"partners", "purpose", "from_day", "until_day"}


def test_partner_sees_itself_alone_among_a_projects_partners(served: Served) -> None:
    """Who else takes part is not its business."""
    requests.issued(served)
    (shown,) = served.call("partner", "KOR").projects.ListProjects(projects_pb2.ListProjectsRequest()).projects
    assert [partner.party for partner in shown.partners] == ["KOR"]


def test_partner_is_not_told_whom_else_we_have_admitted(served: Served) -> None:
    """The keyring of another partner is as unknown as that of a party nobody admitted."""
    call = served.call("partner", "KOR").keyrings.GetKeyring
    answers = [refusal(call, keyrings_pb2.GetKeyringRequest(party=party))[0] for party in ("AUS", "GBR")]
    assert answers == [Reason.PARTNER_UNKNOWN.code] * 2


def test_partner_sees_its_own_agreements_alone(served: Served) -> None:
    """Treaties are public, and yet there is no reason to answer more than was asked."""
    answer = served.call("partner", "AUS").agreements.ListAgreements(agreements_pb2.ListAgreementsRequest())
    assert [agreement.agreement for agreement in answer.agreements] == ["JPN-AUS-2013"]


def prepared(served: Served, cause: str) -> assertions_pb2.IssueAssertionRequest:
    """Bring about one cause for which a person cannot be asserted."""
    coordinator, officer = served.call("coordinator"), served.call("officer", HOME, "METI")
    defence, floor = cause == "another screening", "JPN/SDS" if cause == "below the floor" else "JPN/CESI"
    project = coordinator.projects.OpenProject(requests.project(defence=defence, level_floor=floor)).result
    if cause == "unknown":
        return requests.issue(project.project_id, requests.NOBODY)
    lower = cause in {"below the floor", "no row"}
    level = "JPN/CESI" if lower else "JPN/SDS"
    notified_on = date(2022, 1, 16) if cause == "lapsed" else date(2026, 4, 1)
    person = requests.cleared(served, level, notified_on=notified_on)
    if cause == "lapsed":
        served.clock.now += 2 * 86_400
    if cause == "held":
        officer.standings.Suspend(SuspendRequest(request_id=requests.new_id(), subject_id=person))
    return requests.issue(project.project_id, person)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("unknown", Reason.NOT_CONFIRMED),
        ("lapsed", Reason.NOT_CONFIRMED),
        ("held", Reason.HELD),
        ("another screening", Reason.SCREENING_OTHER),
        ("below the floor", Reason.BELOW_FLOOR),
        ("no row", Reason.NO_ROW),
    ],
)
def test_officer_hears_the_cause(served: Served, cause: str, reason: Reason) -> None:
    """Whoever clears people has to know what is missing."""
    request = prepared(served, cause)
    assert refusal(served.call("officer", HOME, "METI").assertions.IssueAssertion, request)[0] == reason.code


def test_officer_of_one_organ_records_nothing_for_another(served: Served) -> None:
    """Each organ makes its own grants."""
    call = served.call("officer", HOME, "METI").clearances.RecordClearances
    assert refusal(call, requests.clearance(organ="JPN/MOD"))[0] == Reason.CALLER_NOT_ALLOWED.code


def test_partner_judges_as_the_audience_that_it_is(served: Served) -> None:
    """The same token is good for its audience and for nobody else."""
    issued = requests.issued(served)
    request = assertions_pb2.VerifyAssertionRequest(token=issued.token, project=issued.reference)
    verdicts = [served.call("partner", party).assertions.VerifyAssertion(request).verdict for party in ("KOR", "AUS")]
    assert [(verdict.outcome, verdict.reason) for verdict in verdicts] == [
        (assertions_pb2.OUTCOME_VALID, ""),
        (assertions_pb2.OUTCOME_NOT_VALID, Reason.AUDIENCE_WRONG.code),
    ]


def test_no_later_verdict_is_valid_once_revocation_is_answered(served: Served) -> None:
    """The promise of section 6."""
    issued, partner = requests.issued(served), served.call("partner", "KOR").assertions
    request = assertions_pb2.BatchVerifyAssertionsRequest(tokens=[issued.token] * 2, project=issued.reference)
    before = [verdict.outcome for verdict in partner.BatchVerifyAssertions(request).verdicts]
    served.call("officer").standings.Revoke(requests.revoke(issued.assertion_id))
    after = [verdict.reason for verdict in partner.BatchVerifyAssertions(request).verdicts]
    assert (before, after) == ([assertions_pb2.OUTCOME_VALID] * 2, [Reason.REVOKED.code] * 2)


def test_standing_filter_leaves_out_the_others(served: Served) -> None:
    """Standing is derived at the moment of the answer."""
    kept, gone = requests.issued(served), requests.issued(served)
    officer = served.call("officer")
    officer.standings.Revoke(requests.revoke(gone.assertion_id))
    request = assertions_pb2.ListAssertionsRequest(standing=common_pb2.STANDING_VALID)
    found = officer.assertions.ListAssertions(request).assertions
    assert [one.assertion_id for one in found] == [kept.assertion_id]


def test_every_error_carries_domain_and_code(served: Served) -> None:
    """Callers match on the code, never on the text."""
    with pytest.raises(grpc.RpcError) as caught:
        served.call("auditor").assertions.GetAssertion(assertions_pb2.GetAssertionRequest(assertion_id=requests.NOBODY))
    info = info_of(caught.value)
    assert (info.domain, reason_of(caught.value)) == ("clearance.interchange", Reason.NOT_KNOWN.code)
