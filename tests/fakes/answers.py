"""What each command asks of a node, and what a node answers: one row a command line."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from fakes import tokens

from interchange.domain.proposals import digest_of
from interchange.wire.keyring import assemble, encode_keyring

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
REFERENCE = "cHJvamVjdC1yZWZlcmVuYw"
PIN = "ab" * 32
AT = "2027-01-15T08:20:34Z"
ORIGIN = "aaa.clearance.example/lane/BBB/1"
TOLD = {"origin": ORIGIN, "index": "3"}
PAPERS = Path(__file__).with_name("ono.json")
"""What is asked for of a person, in a file."""
KEYRING = assemble(encode_keyring(tokens.party_keyring()), [])


def proposal(act: str = "reinstate", asked: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Write a proposal as a node tells it; its digest is that of what it shows."""
    request = json.dumps(asked or {}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "proposal_id": OTHER,
        "expires_at": "2027-01-22T08:20:34Z",
        "act": act,
        "organ": "",
        "caller": "spiffe://aaa.clearance.example/officer/sato",
        "request": request,
        "digest": digest_of(act, request.encode()),
        "created_at": AT,
        "outcome": "PROPOSAL_OUTCOME_OPEN",
        "result": "",
        "approver_role": "officer",
        "signatures": [],
    } | changes


def spelled(content: bytes) -> str:
    """Spell bytes as a node's answer does."""
    return b64encode(content).decode()


ASSERTION = {
    "assertion_id": ID,
    "partner": "BBB",
    "agreement": "AAA-BBB-2016",
    "organ": "AAA/SCI",
    "issued_at": AT,
    "expires_at": AT,
    "standing": "STANDING_VALID",
    "position": TOLD,
}
PROJECT = {
    "project_id": ID,
    "title": "静かな磁石",
    "field": "PROJECT_FIELD_CYBER_DEFENCE",
    "defence": True,
    "partners": [{"party": "BBB", "agreement": "AAA-BBB-2016", "reference": REFERENCE}],
    "level_ceiling": "AAA/Upper",
    "level_floor": "AAA/Lower",
    "purpose": "joint_research",
    "from_day": "2027-01-01",
    "until_day": "2027-12-31",
}
HOLD = {
    "hold_id": OTHER,
    "scope": "HOLD_SCOPE_PROJECT",
    "target": ID,
    "opened_at": AT,
    "affected_count": 3,
    "positions": [TOLD],
}
PARTICIPANT = {
    "participant_id": OTHER,
    "project_id": ID,
    "partner": "BBB",
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "employer_id": "LAB-0001",
    "from_day": "2027-01-01",
    "until_day": "2027-12-31",
    "confirmed_until": "2027-06-30",
}
ROW = {
    "agreement": "AAA-BBB-2016",
    "source": "AAA/Upper",
    "target": "BBB/Secret",
    "digest": "d",
    "state": "ROW_STATE_WORKING",
    "citation": "Article 4",
}
PARTNER = {
    "party": "BBB",
    "authority": "bbb.clearance.example",
    "address": "bbb.example:7443",
    "root_pin": PIN,
    "keyring_number": 1,
    "admitted_at": AT,
}
LANE = {
    "origin": ORIGIN,
    "party": "BBB",
    "direction": "LANE_DIRECTION_ISSUED",
    "size": "4",
    "acknowledged_size": "3",
    "last_contact": AT,
}
CLEARANCE = {
    "clearance_id": OTHER,
    "subject_id": ID,
    "organ": "AAA/SCI",
    "level": "AAA/Upper",
    "kind": "KIND_CLEARED",
    "notified_on": "2026-04-01",
    "last_valid_day": "2031-03-31",
    "employer_id": "LAB-0001",
}
AUTHORISATION = CLEARANCE | {"kind": "KIND_AUTHORISED_BY_FUNCTION"}
IDENTITY = {
    "family": "大野",
    "given": "花子",
    "family_kana": "オオノ",
    "given_kana": "ハナコ",
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "birth_date": "1984-02-29",
    "document_number": "TZ3235422",
    "nationalities": ["JPN", "KOR"],
}
SCREENING = {
    "screening_id": OTHER,
    "subject_id": ID,
    "body": "AAA/CAB",
    "consented_on": "2027-01-10",
    "opened_at": AT,
    "items": [{"item": "drinking", "done_on": "2027-01-11", "officer": "spiffe://aaa.clearance.example/officer/sato"}],
    "missing_items": ["drug_abuse", "mental_health"],
}
CONCLUDED = SCREENING | {"conclusion": "CONCLUSION_NOT_ELIGIBLE", "concluded_at": AT, "items": [], "missing_items": []}
EMPLOYER = {
    "employer_id": "LAB-0001",
    "title": "静かな磁石",
    "public_office": False,
    "level_ceiling": "AAA/Upper",
    "from_day": "2027-01-01",
    "until_day": "2029-12-31",
}
CONSENT = {
    "consent_id": OTHER,
    "subject_id": ID,
    "party": "BBB",
    "recipient": "Verifying Office",
    "purpose": "joint_research",
    "items": ["DATA_ITEM_LEVEL", "DATA_ITEM_BIRTH_DATE"],
    "rules_information": "Rules-2026",
    "from_day": "2027-01-01",
    "until_day": "2027-12-31",
}
INFO = {
    "version": "1",
    "protocol_versions": ["v1"],
    "party": "AAA",
    "authority": "aaa.clearance.example",
    "demonstration": True,
    "time": AT,
}
PAGE = {"page_size": 500, "page_token": ""}
OPEN = (
    "project open --title Magnets --field cyber-defence --defence --partner BBB=AAA-BBB-2016 --ceiling AAA/Upper "
    "--floor AAA/Lower --purpose joint_research --from 2027-01-01 --until 2027-12-31"
)

BINDING = {"assertion_id": ID, "sha256": "A" * 43, "partner": "BBB", "organ": "AAA/SCI", "sent_at": AT}
READS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "node info": ("NodeService/GetNodeInfo", {}, INFO, "demonstration"),
    "partner list": ("PartnerService/ListPartners", PAGE, {"partners": [PARTNER]}, "bbb.example:7443"),
    "agreement list --party BBB": (
        "AgreementService/ListAgreements",
        PAGE | {"party": "BBB"},
        {
            "agreements": [
                {"agreement": "AAA-BBB-2016", "party": "BBB", "state": "AGREEMENT_STATE_IN_FORCE", "rows": [ROW]}
            ]
        },
        "in force",
    ),
    "agreement levels BBB": (
        "AgreementService/ListLevels",
        PAGE | {"party": "BBB"},
        {"levels": [{"level": "BBB/Secret", "title": "秘", "ceiling": "CEILING_TOP_SECRET"}]},
        "top secret",
    ),
    "translate AAA/Upper BBB --day 2027-01-31": (
        "AgreementService/Translate",
        {"level": "AAA/Upper", "to_party": "BBB", "day": "2027-01-31"},
        {"row": ROW},
        "stands for BBB/Secret",
    ),
    f"assertion get {ID}": (
        "AssertionService/GetAssertion",
        {"assertion_id": ID},
        {"assertion": ASSERTION | {"token": spelled(b"a.b.c")}},
        "a.b.c",
    ),
    f"assertion list --partner BBB --project {ID} --standing revoked": (
        "AssertionService/ListAssertions",
        PAGE | {"partner": "BBB", "project_id": ID, "standing": "STANDING_REVOKED"},
        {"assertions": [ASSERTION]},
        "AAA-BBB-2016",
    ),
    "standing holds --open": (
        "StandingService/ListHolds",
        PAGE | {"open_only": True},
        {"holds": [HOLD]},
        "open",
    ),
    "lane list": ("LaneService/ListLanes", PAGE, {"lanes": [LANE]}, ORIGIN),
    "project list --partner BBB": (
        "ProjectService/ListProjects",
        PAGE | {"partner": "BBB"},
        {"projects": [PROJECT]},
        "静かな磁石",
    ),
    f"participant list --project {ID} --partner BBB --confirmed": (
        "ParticipantService/ListParticipants",
        PAGE | {"project_id": ID, "partner": "BBB", "confirmed": True},
        {"participants": [PARTICIPANT]},
        "2027-06-30",
    ),
    "participant list --not-confirmed": (
        "ParticipantService/ListParticipants",
        PAGE | {"confirmed": False},
        {"participants": [{name: value for name, value in PARTICIPANT.items() if name != "confirmed_until"}]},
        "not confirmed",
    ),
    f"project show {ID}": ("ProjectService/GetProject", {"project_id": ID}, {"project": PROJECT}, "cyber defence"),
    f"project show {REFERENCE}": (
        "ProjectService/GetProject",
        {"reference": REFERENCE},
        {"project": PROJECT},
        f"reference {REFERENCE}",
    ),
    f"clearance list --subject {ID}": (
        "ClearanceService/ListClearances",
        PAGE | {"subject_id": ID},
        {"clearances": [CLEARANCE]},
        "2031-03-31",
    ),
    "clearance list": (
        "ClearanceService/ListClearances",
        PAGE,
        {"clearances": [AUTHORISATION]},
        "authorised by function",
    ),
    f"screening show {OTHER}": (
        "ScreeningService/GetScreening",
        {"screening_id": OTHER},
        {"screening": SCREENING},
        "drug_abuse, mental_health",
    ),
    f"screening list --subject {ID}": (
        "ScreeningService/ListScreenings",
        PAGE | {"subject_id": ID},
        {"screenings": [CONCLUDED | {"notified_on": "2027-03-01"}]},
        "not eligible, told on 2027-03-01",
    ),
    "employer list": ("EmployerService/ListEmployers", PAGE, {"employers": [EMPLOYER]}, "2027-01-01 to 2029-12-31"),
    f"consent list {ID}": (
        "ConsentService/ListConsents",
        PAGE | {"subject_id": ID},
        {"consents": [CONSENT]},
        "level, birth date",
    ),
    f"binding list --partner BBB --assertion {ID}": (
        "BindingService/ListBindings",
        PAGE | {"partner": "BBB", "assertion_id": ID},
        {"bindings": [BINDING]},
        "waits for the partner",
    ),
    "keyring show --party BBB --number 2": (
        "KeyringService/GetKeyring",
        {"party": "BBB", "number": 2},
        {"keyring": spelled(KEYRING), "party": "BBB", "number": 2, "root_pin": PIN},
        tokens.party_keyring().root_pin,
    ),
    "status-list get https://aaa.clearance.example/status/BBB/1": (
        "StatusListService/GetStatusList",
        {"uri": "https://aaa.clearance.example/status/BBB/1"},
        {"token": spelled(b"a.b.c")},
        "a.b.c",
    ),
}

ACTS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    f"assertion issue --project {ID} --partner BBB --subject {OTHER} --expires-at {AT}": (
        "AssertionService/IssueAssertion",
        {"project_id": ID, "partner": "BBB", "subject_id": OTHER, "expires_at": AT},
        {"result": {"token": spelled(b"a.b.c"), "assertion_id": ID, "standing": "STANDING_VALID", "position": TOLD}},
        "a.b.c",
    ),
    f"binding send {ID}": (
        "BindingService/SendBinding",
        {"assertion_id": ID},
        {"binding": BINDING, "position": TOLD},
        "leaf 3",
    ),
    f"binding end {ID}": ("BindingService/EndBinding", {"assertion_id": ID}, {"assertion_id": ID}, "ended"),
    f"standing suspend --subject {ID}": (
        "StandingService/Suspend",
        {"subject_id": ID},
        {"hold": HOLD},
        "3 live assertions",
    ),
    "standing suspend --employer LAB-0001": (
        "StandingService/Suspend",
        {"employer_id": "LAB-0001"},
        {"hold": HOLD},
        "leaf 3",
    ),
    f"project close {ID}": (
        "ProjectService/CloseProject",
        {"project_id": ID},
        {"project": PROJECT | {"closed_at": AT}},
        f"closed   {AT}",
    ),
    f"participant enrol --project {ID} --partner BBB --from-json {PAPERS} "
    "--employer LAB-0001 --from 2027-01-01 --until 2027-06-30": (
        "ParticipantService/EnrolParticipant",
        {
            "project_id": ID,
            "partner": "BBB",
            "passport_family": "ONO",
            "passport_given": "HANAKO",
            "birth_date": "1984-02-28",
            "document_number": "TZ0000001",
            "employer_id": "LAB-0001",
            "from_day": "2027-01-01",
            "until_day": "2027-06-30",
        },
        {
            "result": {
                "outcome": "ROW_OUTCOME_CONFIRMED",
                "confirmed_until": "2027-06-30",
                "participant_id": OTHER,
            },
            "roster_id": ID,
        },
        "2027-06-30",
    ),
    f"participant withdraw {OTHER}": (
        "ParticipantService/WithdrawParticipant",
        {"participant_id": OTHER},
        {"participant_id": OTHER},
        OTHER,
    ),
    f"project stop {ID}": ("StandingService/Suspend", {"project_id": ID}, {"hold": HOLD}, f"project {ID}"),
    f"standing reinstate {OTHER}": (
        "StandingService/Reinstate",
        {"hold_id": OTHER},
        {"result": {"hold_id": OTHER, "closed_at": AT, "affected_count": 3, "positions": [TOLD]}},
        "leaf 3",
    ),
    f"standing revoke {ID}": (
        "StandingService/Revoke",
        {"assertion_id": ID},
        {"revocation": {"assertion_id": ID, "revoked_at": AT, "position": TOLD}},
        "leaf 3",
    ),
    "agreement move AAA-BBB-2016 --to notice-given --on 2027-04-30": (
        "AgreementService/MoveAgreement",
        {
            "agreement": "AAA-BBB-2016",
            "state": "AGREEMENT_STATE_NOTICE_GIVEN",
            "effective_on": "2027-04-30",
        },
        {
            "result": {
                "agreement": "AAA-BBB-2016",
                "state": "AGREEMENT_STATE_NOTICE_GIVEN",
                "effective_on": "2027-04-30",
                "affected_count": 3,
            }
        },
        "notice given  on 2027-04-30",
    ),
    OPEN: (
        "ProjectService/OpenProject",
        {
            "title": "Magnets",
            "field": "PROJECT_FIELD_CYBER_DEFENCE",
            "defence": True,
            "partners": [{"party": "BBB", "agreement": "AAA-BBB-2016"}],
            "level_ceiling": "AAA/Upper",
            "level_floor": "AAA/Lower",
            "purpose": "joint_research",
            "from_day": "2027-01-01",
            "until_day": "2027-12-31",
        },
        {"result": PROJECT},
        "AAA/Lower to AAA/Upper",
    ),
    f"subject show {ID}": (
        "SubjectService/GetSubject",
        {"subject_id": ID},
        {"subject_id": ID, "identity": IDENTITY},
        "大野 花子",
    ),
    f"screening open --subject {ID} --body AAA/CAB --consented-on 2027-01-10": (
        "ScreeningService/OpenScreening",
        {"subject_id": ID, "body": "AAA/CAB", "consented_on": "2027-01-10"},
        {"screening": SCREENING},
        "under way",
    ),
    f"screening item {OTHER} drinking --done-on 2027-01-11": (
        "ScreeningService/RecordItem",
        {"screening_id": OTHER, "item": "drinking", "done_on": "2027-01-11"},
        {"screening": SCREENING},
        "drinking, 2027-01-11, spiffe://aaa.clearance.example/officer/sato",
    ),
    f"screening conclude {OTHER} --eligible": (
        "ScreeningService/ConcludeScreening",
        {"screening_id": OTHER, "conclusion": "CONCLUSION_ELIGIBLE"},
        {"result": CONCLUDED | {"conclusion": "CONCLUSION_ELIGIBLE"}},
        "eligible",
    ),
    f"screening conclude {OTHER} --not-eligible": (
        "ScreeningService/ConcludeScreening",
        {"screening_id": OTHER, "conclusion": "CONCLUSION_NOT_ELIGIBLE"},
        {"result": CONCLUDED},
        "not eligible",
    ),
    f"screening notify {OTHER} --on 2027-03-01": (
        "ScreeningService/NotifyScreening",
        {"screening_id": OTHER, "notified_on": "2027-03-01"},
        {"screening": CONCLUDED | {"notified_on": "2027-03-01"}},
        "told on 2027-03-01",
    ),
    f"screening withdraw-consent {OTHER}": (
        "ScreeningService/WithdrawScreeningConsent",
        {"screening_id": OTHER},
        {"screening": SCREENING | {"ended_at": AT}},
        f"ended {AT}",
    ),
    f"screening reassess {ID}": (
        "ScreeningService/NoticeReassessment",
        {"subject_id": ID},
        {"hold": HOLD | {"scope": "HOLD_SCOPE_SUBJECT"}},
        f"subject {ID}",
    ),
    f"clearance grant --screening {OTHER} --organ AAA/SCI --level AAA/Upper --employer LAB-0001": (
        "ClearanceService/GrantClearance",
        {"screening_id": OTHER, "organ": "AAA/SCI", "level": "AAA/Upper", "employer_id": "LAB-0001"},
        {"clearance": CLEARANCE},
        "cleared",
    ),
    f"clearance record --subject {ID} --organ AAA/SCI --level AAA/Upper --notified-on 2026-04-01 --employer LAB-0001": (
        "ClearanceService/RecordClearances",
        {
            "grants": [
                {
                    "subject_id": ID,
                    "organ": "AAA/SCI",
                    "level": "AAA/Upper",
                    "notified_on": "2026-04-01",
                    "employer_id": "LAB-0001",
                }
            ]
        },
        {"result": {"clearances": [CLEARANCE]}},
        "2031-03-31",
    ),
    (
        f"clearance authorise --subject {ID} --organ AAA/SCI --level AAA/Upper --employer LAB-0001 --from 2026-04-01 "
        "--until 2031-03-31"
    ): (
        "ClearanceService/AuthoriseByFunction",
        {
            "subject_id": ID,
            "organ": "AAA/SCI",
            "level": "AAA/Upper",
            "employer_id": "LAB-0001",
            "from_day": "2026-04-01",
            "until_day": "2031-03-31",
        },
        {"result": AUTHORISATION},
        "authorised by function",
    ),
    f"clearance end-post --subject {ID} --employer LAB-0001": (
        "ClearanceService/EndPost",
        {"subject_id": ID, "employer_id": "LAB-0001"},
        {"clearances": [CLEARANCE | {"ended_at": AT}]},
        AT,
    ),
    f"clearance cancel {OTHER}": (
        "ClearanceService/CancelClearance",
        {"clearance_id": OTHER},
        {"clearance": CLEARANCE | {"ended_at": AT}},
        AT,
    ),
    "employer recognise LAB-0001 --title Magnets --ceiling AAA/Upper --from 2027-01-01 --until 2029-12-31": (
        "EmployerService/RecogniseEmployer",
        {
            "employer_id": "LAB-0001",
            "title": "Magnets",
            "public_office": False,
            "level_ceiling": "AAA/Upper",
            "from_day": "2027-01-01",
            "until_day": "2029-12-31",
        },
        {"employer": EMPLOYER},
        "静かな磁石",
    ),
    "employer recognise OFFICE-1 --title Office --public-office --ceiling AAA/Upper --from 2027-01-01": (
        "EmployerService/RecogniseEmployer",
        {
            "employer_id": "OFFICE-1",
            "title": "Office",
            "public_office": True,
            "level_ceiling": "AAA/Upper",
            "from_day": "2027-01-01",
        },
        {
            "employer": {name: value for name, value in EMPLOYER.items() if name != "until_day"}
            | {"public_office": True}
        },
        "2027-01-01 on",
    ),
    "employer end LAB-0001": (
        "EmployerService/EndRecognition",
        {"employer_id": "LAB-0001"},
        {"employer": EMPLOYER | {"ended_at": AT}},
        AT,
    ),
    (
        f"consent record --subject {ID} --party BBB --recipient Office --purpose joint_research --item level "
        "--item birth-date --rules-information Rules-2026 --from 2027-01-01 --until 2027-12-31"
    ): (
        "ConsentService/RecordConsent",
        {
            "subject_id": ID,
            "party": "BBB",
            "recipient": "Office",
            "purpose": "joint_research",
            "items": ["DATA_ITEM_LEVEL", "DATA_ITEM_BIRTH_DATE"],
            "rules_information": "Rules-2026",
            "from_day": "2027-01-01",
            "until_day": "2027-12-31",
        },
        {"consent": CONSENT},
        "BBB, Verifying Office",
    ),
    f"consent withdraw {OTHER}": (
        "ConsentService/WithdrawConsent",
        {"consent_id": OTHER},
        {"consent": CONSENT | {"withdrawn_at": AT}},
        AT,
    ),
}
