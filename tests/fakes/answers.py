"""What each command asks of a node, and what a node answers: one row a command line."""

from base64 import b64encode
from typing import Any

from fakes import tokens

from interchange.wire.keyring import assemble, encode_keyring

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
REFERENCE = "cHJvamVjdC1yZWZlcmVuYw"
PIN = "ab" * 32
AT = "2027-01-15T08:20:34Z"
ORIGIN = "aaa.clearance.example/lane/BBB/1"
TOLD = {"origin": ORIGIN, "index": "3"}
PROPOSAL = {"proposal": {"proposal_id": OTHER, "expires_at": AT}}
KEYRING = assemble(encode_keyring(tokens.party_keyring()), [])


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
    "notified_on": "2026-04-01",
    "last_valid_day": "2031-03-31",
    "employer_id": "LAB-0001",
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
    "clearance record --organ AAA/SCI --level AAA/Upper --notified-on 2026-04-01 --employer LAB-0001": (
        "ClearanceService/RecordClearance",
        {"organ": "AAA/SCI", "level": "AAA/Upper", "notified_on": "2026-04-01", "employer_id": "LAB-0001"},
        {"subject_id": ID, "clearance_id": OTHER, "last_valid_day": "2031-03-31"},
        "2031-03-31",
    ),
}
