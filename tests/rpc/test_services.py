"""Each service does what its proto says, over the line."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import requests
from fakes.nodes import Served, make_node
from fakes.parties import HOME, NOW, keyring_of, names_of, signed

from interchange.client.link import GrpcLink
from interchange.domain.keyring import Role
from interchange.domain.merkle import EMPTY_ROOT, leaf_hash
from interchange.domain.merkle_proof import verify_consistency, verify_inclusion
from interchange.domain.standing import Standing
from interchange.flows.follow import catch_up
from interchange.v1 import agreements_pb2, clearances_pb2, keyrings_pb2, lanes_pb2, standings_pb2
from interchange.v1.assertions_pb2 import GetAssertionRequest, ListAssertionsRequest, VerifyAssertionRequest
from interchange.v1.common_pb2 import STANDING_SUSPENDED, STANDING_VALID
from interchange.v1.node_pb2 import GetNodeInfoRequest
from interchange.v1.partners_pb2 import ListPartnersRequest
from interchange.v1.status_lists_pb2 import GetStatusListRequest
from interchange.wire import base64url
from interchange.wire.keyring import parse_keyring
from interchange.wire.note import parse_note
from interchange.wire.status_list import unpack


def test_node_says_whose_it_is(unchanging: Served) -> None:
    """And that nobody may rely on a demonstration."""
    info = unchanging.call("partner", "KOR").node.GetNodeInfo(GetNodeInfoRequest())
    found = (info.party, info.authority, info.demonstration, info.time.seconds, info.keyring_number, info.root_pin)
    assert found == (HOME, names_of(HOME).authority, True, NOW, 1, keyring_of(HOME).root_pin)


def test_partner_follows_and_acknowledges_over_the_line(served: Served, sqlite_template: Path, tmp_path: Path) -> None:
    """A partner's own node believes what ours serves, and ours keeps its receipt."""
    requests.issued(served)
    follower = make_node(tmp_path / "KOR", "KOR", partners=[HOME], template=sqlite_template)
    link = GrpcLink(served.call("partner", "KOR").channel, 1)
    followed = catch_up(follower, link, HOME, NOW)
    follower.ledger.close()
    found = served.call("auditor").lanes.ListLanes(lanes_pb2.ListLanesRequest()).lanes
    (lane,) = [one for one in found if one.party == "KOR" and one.direction == lanes_pb2.LANE_DIRECTION_ISSUED]
    assert (lane.size, lane.acknowledged_size, lane.acknowledged_at.seconds) == (followed.size, followed.size, NOW)


def test_partner_was_heard_of_when_it_acknowledged(served: Served, sqlite_template: Path, tmp_path: Path) -> None:
    """A follower that only reads has not been heard of: nobody knows what became of it."""
    follower = make_node(tmp_path / "KOR", "KOR", partners=[HOME], template=sqlite_template)
    catch_up(follower, GrpcLink(served.call("partner", "KOR").channel, 1), HOME, NOW)
    follower.ledger.close()
    known = served.call("officer").partners.ListPartners(ListPartnersRequest()).partners
    assert {one.party: one.HasField("last_contact") for one in known} == {"AUS": False, "KOR": True}


@pytest.mark.parametrize("by_number", [False, True])
def test_inclusion_of_a_leaf_is_proved(served: Served, by_number: bool) -> None:
    """By the assertion that it tells or by its number, under a fresh checkpoint."""
    issued, lanes = requests.issued(served), served.call("partner", "KOR").lanes
    target: dict[str, Any] = {"index": 1} if by_number else {"assertion_id": issued.assertion_id}
    proof = lanes.ProveInclusion(lanes_pb2.ProveInclusionRequest(generation=1, **target))
    head = parse_note(proof.note).checkpoint
    verify_inclusion(leaf_hash(proof.leaf.leaf), proof.index, head.size, tuple(proof.path), head.root)
    assert proof.leaf.token == issued.token


def test_inclusion_in_a_tree_of_the_callers_size_has_no_note(served: Served) -> None:
    """Whoever names a size has its checkpoint."""
    lanes = served.call("partner", "KOR").lanes
    before = parse_note(lanes.FetchLane(fetch()).page.note).checkpoint
    requests.issued(served)
    proof = lanes.ProveInclusion(lanes_pb2.ProveInclusionRequest(generation=1, index=0, size=before.size))
    verify_inclusion(leaf_hash(proof.leaf.leaf), 0, before.size, tuple(proof.path), before.root)
    assert proof.note == b""


def test_consistency_of_two_sizes_is_proved(served: Served) -> None:
    """The larger lane begins with the smaller."""
    lanes = served.call("partner", "KOR").lanes
    old = parse_note(lanes.FetchLane(fetch()).page.note).checkpoint
    for _ in range(3):
        requests.issued(served)
    new = parse_note(lanes.FetchLane(fetch()).page.note).checkpoint
    request = lanes_pb2.ProveConsistencyRequest(generation=1, old_size=old.size, new_size=new.size)
    verify_consistency(old.size, old.root, new.size, new.root, tuple(lanes.ProveConsistency(request).path))
    assert (old.size, new.size) == (1, 4)


def fetch() -> lanes_pb2.FetchLaneRequest:
    """Ask for a lane from its beginning."""
    return lanes_pb2.FetchLaneRequest(after_root=EMPTY_ROOT, generation=1)


def test_keyring_is_given_as_published(unchanging: Served) -> None:
    """Byte for byte, with its number and the fingerprint to compare."""
    answer = unchanging.call("partner", "KOR").keyrings.GetKeyring(keyrings_pb2.GetKeyringRequest())
    expected = (signed(keyring_of(HOME), HOME), HOME, 1, keyring_of(HOME).root_pin)
    assert (answer.keyring, answer.party, answer.number, answer.root_pin) == expected


def test_jwks_has_the_keys_that_sign_tokens(unchanging: Served) -> None:
    """Organs' and status keys; lane and witness keys sign no token."""
    answer = unchanging.call("partner", "KOR").keyrings.GetJwks(keyrings_pb2.GetJwksRequest())
    kids = [key["kid"] for key in json.loads(answer.jwks)["keys"]]
    assert kids == [key.kid for key in keyring_of(HOME).keys if key.role in {Role.ASSERT, Role.STATUS}]


def test_drafted_keyring_is_the_next_number_with_words_to_compare(served: Served) -> None:
    """Whoever signs it elsewhere reads the words out before."""
    answer = served.call("key-admin").keyrings.DraftKeyring(keyrings_pb2.DraftKeyringRequest(valid_days=30))
    drafted = json.loads(answer.payload)
    found = (answer.number, drafted["number"], drafted["expires"] - drafted["issued"], len(answer.fingerprint_words))
    assert found == (2, 2, 30 * 86_400, 16)


def test_published_keyring_is_the_latest(served: Served) -> None:
    """The ring that the root keys have signed is in use at once."""
    jws = signed(keyring_of(HOME, 2), HOME)
    request = keyrings_pb2.PublishKeyringRequest(request_id=requests.new_id(), keyring=jws)
    result = served.call("key-admin").keyrings.PublishKeyring(request).result
    latest = served.call("partner", "KOR").keyrings.GetKeyring(keyrings_pb2.GetKeyringRequest()).keyring
    assert (result.number, result.published_at.seconds, parse_keyring(latest)[0].number) == (2, NOW, 2)


def test_status_list_shows_the_revocation(served: Served) -> None:
    """As it stands now, also where nothing was signed since."""
    issued = requests.issued(served)
    served.call("officer").standings.Revoke(requests.revoke(issued.assertion_id))
    claims = json.loads(base64url.decode(issued.token.split(b".")[1]))["status"]["status_list"]
    token = served.call("partner", "KOR").status_lists.GetStatusList(GetStatusListRequest(uri=claims["uri"])).token
    listed = json.loads(base64url.decode(token.split(b".")[1]))["status_list"]["lst"]
    slots = unpack(listed, 2)
    assert slots[claims["idx"]] == Standing.REVOKED.value


def test_levels_are_listed_with_ceilings(unchanging: Served) -> None:
    """In the party's own language."""
    request = agreements_pb2.ListLevelsRequest(party="KOR")
    found = unchanging.call("partner", "KOR").agreements.ListLevels(request).levels
    assert [(one.level, one.ceiling) for one in found] == [
        ("KOR/I", agreements_pb2.CEILING_TOP_SECRET),
        ("KOR/II", agreements_pb2.CEILING_SECRET),
        ("KOR/III", agreements_pb2.CEILING_CONFIDENTIAL),
    ]


def test_level_is_translated_by_its_row(unchanging: Served) -> None:
    """For the partner itself, in both directions."""
    call = unchanging.call("partner", "KOR").agreements.Translate
    rows = [
        call(agreements_pb2.TranslateRequest(level=level, to_party=to)).row.target
        for level, to in (("JPN/SDS", "KOR"), ("KOR/II", "JPN"))
    ]
    assert rows == ["KOR/II", "JPN/SDS"]


def test_clearance_has_its_last_valid_day(served: Served) -> None:
    """The anniversary minus one day."""
    request = requests.clearance(requests.registered(served))
    (recorded,) = served.call("officer", HOME, "METI").clearances.RecordClearances(request).result.clearances
    assert recorded.last_valid_day == "2031-03-31"


def test_officer_bound_to_an_organ_sees_that_organs_clearances(served: Served) -> None:
    """Also where a person has clearances of several."""
    meti, mod = (served.call("officer", HOME, organ).clearances for organ in ("METI", "MOD"))
    person = requests.registered(served)
    meti.RecordClearances(requests.clearance(person))
    mod.RecordClearances(requests.clearance(person, organ="JPN/MOD"))
    asked = [clearances_pb2.ListClearancesRequest(), clearances_pb2.ListClearancesRequest(subject_id=person)]
    found = [
        [one.organ for one in stubs.ListClearances(request).clearances] for stubs in (meti, mod) for request in asked
    ]
    everything = served.call("officer").clearances.ListClearances(asked[1]).clearances
    assert (found, len(everything)) == ([["JPN/METI"]] * 2 + [["JPN/MOD"]] * 2, 2)


TARGETS = ("assertion_id", "subject_id", "employer_id", "project_id", "agreement")


@pytest.mark.parametrize("target", TARGETS)
def test_hold_of_every_kind_suspends_and_its_lifting_restores(served: Served, target: str) -> None:
    """One transaction each; the count says how many assertions it concerned."""
    issued, officer = requests.issued(served), served.call("officer")
    of = {"employer_id": "employer-1", "agreement": "JPN-KOR-2016"}.get(target) or getattr(issued, target)
    request = standings_pb2.SuspendRequest(request_id=requests.new_id(), **{target: of})
    hold = officer.standings.Suspend(request).hold
    during = standing(served, issued.assertion_id)
    lift = standings_pb2.ReinstateRequest(request_id=requests.new_id(), hold_id=hold.hold_id)
    lifted = officer.standings.Reinstate(lift).result
    assert (hold.target, hold.affected_count, during, lifted.affected_count, standing(served, issued.assertion_id)) == (
        of,
        1,
        STANDING_SUSPENDED,
        1,
        STANDING_VALID,
    )


def standing(served: Served, assertion_id: str) -> int:
    """Ask what an assertion is worth now."""
    request = GetAssertionRequest(assertion_id=assertion_id)
    return served.call("partner", "KOR").assertions.GetAssertion(request).assertion.standing


def test_hold_is_told_where_its_answer_says(served: Served) -> None:
    """The last leaf in the lane of each partner concerned."""
    issued = requests.issued(served)
    request = standings_pb2.SuspendRequest(request_id=requests.new_id(), assertion_id=issued.assertion_id)
    (place,) = served.call("officer").standings.Suspend(request).hold.positions
    page = served.call("partner", "KOR").lanes.FetchLane(fetch()).page
    assert (place.origin, b"hold_placed" in page.leaves[place.index].leaf) == (names_of(HOME).lane("KOR", 1), True)


def test_revocation_is_told_where_its_answer_says(served: Served) -> None:
    """So that whoever revoked can see it acknowledged."""
    issued = requests.issued(served)
    place = served.call("officer").standings.Revoke(requests.revoke(issued.assertion_id)).revocation.position
    page = served.call("partner", "KOR").lanes.FetchLane(fetch()).page
    assert b'"revoked"' in page.leaves[place.index].leaf


def test_lists_leave_tokens_out(served: Served) -> None:
    """A thousand of them are no page."""
    requests.issued(served)
    (listed,) = served.call("auditor").assertions.ListAssertions(ListAssertionsRequest()).assertions
    assert (listed.HasField("token"), listed.HasField("subject_id")) == (False, True)


def test_verdict_names_the_step_that_decided(served: Served) -> None:
    """Those that held, then the first that did not, and none after it."""
    issued = requests.issued(served)
    request = VerifyAssertionRequest(token=issued.token, project="A" * 22)
    verdict = served.call("partner", "KOR").assertions.VerifyAssertion(request).verdict
    steps = [(step.name, step.passed) for step in verdict.steps]
    expected = [(name, True) for name in ("envelope", "key", "signature", "claims", "audience")] + [("project", False)]
    assert (steps, verdict.reason, verdict.claims.subject != "") == (expected, "project_wrong", True)
