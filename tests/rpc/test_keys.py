"""KeyService over the wire: what it answers, and what it shows to others."""

import json
from typing import Any

import grpc
import pytest
from fakes import requests
from fakes.key_requests import (
    ACTIVATE,
    DESTROY,
    METI,
    RESUME,
    RETIRE,
    SUSPEND,
    TAINT,
    TAINTED,
    drafting,
    laid_in,
    moving,
    next_keyring,
    on_board,
)
from fakes.nodes import Served, dump_digest, reason_of
from fakes.parties import HOME, NOW, key_of, keyring_of

from interchange.domain.keyring import Role
from interchange.errors import Reason
from interchange.v1 import keyrings_pb2
from interchange.v1 import keys_pb2 as pb
from interchange.v1.assertions_pb2 import VerifyAssertionRequest

NARROWING: list[dict[str, Any]] = [{"verb": SUSPEND}, {"verb": RETIRE}, TAINTED]
STAGES = {SUSPEND: pb.KEY_STAGE_SUSPENDED, RETIRE: pb.KEY_STAGE_RETIRED, TAINT: pb.KEY_STAGE_TAINTED}
TOLD_AS = {
    SUSPEND: keyrings_pb2.KEY_RESTRICTION_SUSPENDED,
    RETIRE: keyrings_pb2.KEY_RESTRICTION_RETIRED,
    TAINT: keyrings_pb2.KEY_RESTRICTION_TAINTED,
}


# -- what it answers --------------------------------------------------------------------------------------------


def test_drafted_key_stands_on_the_board(served: Served) -> None:
    """With its windows; no keyring lists it, and nobody has seen it."""
    request = drafting()
    kid = served.call("key-admin").keys.DraftKey(request).kid
    shown = on_board(served)[kid]
    assert (shown.role, shown.organ, shown.stage, shown.first_keyring, shown.present, list(shown.seen_by)) == (
        pb.KEY_ROLE_ASSERT,
        "METI",
        pb.KEY_STAGE_DRAFTED,
        0,
        True,
        [],
    )
    assert (shown.sign_from, shown.sign_until, shown.verify_until) == (
        request.sign_from,
        request.sign_until,
        request.verify_until,
    )


@pytest.mark.parametrize("role", ["STATUS", "LANE", "WITNESS", "BINDING"])
def test_key_of_every_role_is_made_the_same_way(served: Served, role: str) -> None:
    """One way for all."""
    wanted = pb.KeyRole.Value(f"KEY_ROLE_{role}")
    kid = served.call("key-admin").keys.DraftKey(drafting(role=wanted, organ="")).kid
    assert (on_board(served)[kid].role, on_board(served)[kid].stage) == (wanted, pb.KEY_STAGE_DRAFTED)


def test_activation_is_refused_with_the_reason_and_forced_with_the_names(served: Served) -> None:
    """Programs that only know JWT may keep the old set for an hour."""
    kid = laid_in(served)
    call = served.call("key-admin").keys
    with pytest.raises(grpc.RpcError) as caught:
        call.MoveKey(moving(kid=kid, verb=ACTIVATE))
    result = call.MoveKey(moving(kid=kid, verb=ACTIVATE, forced=True)).result
    assert (reason_of(caught.value), result.stage, list(result.left_behind)) == (
        Reason.KEY_NOT_SEEN.code,
        pb.KEY_STAGE_ACTIVE,
        ["JWK sets kept until 2027-01-15T09:20:34Z"],
    )


def test_key_goes_the_whole_way(served: Served) -> None:
    """Drafted, laid in, active; replaced, retired, destroyed."""
    kid = laid_in(served)
    served.clock.now += 3600
    call = served.call("key-admin").keys
    steps = [(kid, ACTIVATE), (METI, RETIRE), (METI, DESTROY)]
    stages = [call.MoveKey(moving(kid=each, verb=verb)).result.stage for each, verb in steps]
    assert stages == [pb.KEY_STAGE_ACTIVE, pb.KEY_STAGE_RETIRED, pb.KEY_STAGE_DESTROYED]
    shown = on_board(served)
    assert (shown[kid].stage, shown[METI].present) == (pb.KEY_STAGE_ACTIVE, False)


def test_resumed_key_stands_by(served: Served) -> None:
    """It is active again only when somebody activates it."""
    call = served.call("key-admin").keys
    call.MoveKey(moving())
    assert call.MoveKey(moving(verb=RESUME)).result.stage == pb.KEY_STAGE_LAID_IN


@pytest.mark.parametrize("how", NARROWING, ids=repr)
def test_answer_says_what_was_narrowed_when_and_where_it_is_told(served: Served, how: dict[str, Any]) -> None:
    """A leaf in the lane of each partner, at once."""
    request = moving(**how)
    result = served.call("key-admin").keys.MoveKey(request).result
    lanes = [(position.origin.split("/")[2], position.index) for position in result.positions]
    found = (result.kid, result.stage, result.moved_at.seconds, lanes)
    assert found == (METI, STAGES[request.verb], NOW, [("AUS", 1), ("KOR", 1)])


@pytest.mark.parametrize("role", [Role.LANE, Role.WITNESS])
def test_key_of_which_no_lane_can_tell_is_narrowed_all_the_same(served: Served, role: Role) -> None:
    """It signs no more here; partners learn it by the next keyring."""
    kid = key_of(HOME, role).kid
    result = served.call("key-admin").keys.MoveKey(moving(kid=kid)).result
    assert (result.stage, list(result.positions)) == (pb.KEY_STAGE_SUSPENDED, [])


def test_board_shows_partners_and_the_keyring(served: Served) -> None:
    """None of them has said anything yet."""
    board = served.call("key-admin").keys.GetKeyBoard(pb.GetKeyBoardRequest())
    partners = [(each.party, each.keyring, each.HasField("acknowledged_at")) for each in board.partners]
    assert (board.keyring, board.expires_at.seconds) == (1, keyring_of(HOME).expires)
    assert partners == [("AUS", 0, False), ("KOR", 0, False)]


# -- repeated requests ------------------------------------------------------------------------------------------


def test_repeated_request_gets_the_same_bytes_also_after_it_was_lifted(served: Served) -> None:
    """What was told then is what is answered."""
    call, request = served.call("key-admin").keys, moving()
    first = call.MoveKey(request).SerializeToString(deterministic=True)
    call.MoveKey(moving(verb=RESUME))
    served.clock.now += 60
    next_keyring(served)
    before = dump_digest(served.node)
    again = call.MoveKey(request).SerializeToString(deterministic=True)
    assert (again, dump_digest(served.node)) == (first, before)


def test_repeated_draft_makes_no_second_key(served: Served) -> None:
    """The request id stands for the key."""
    call, request = served.call("key-admin").keys, drafting()
    first = call.DraftKey(request).kid
    before = set(served.node.signers)
    assert (call.DraftKey(request).kid, set(served.node.signers)) == (first, before)


def test_request_id_with_another_step_is_refused(served: Served) -> None:
    """An id stands for one request."""
    call, request = served.call("key-admin").keys, moving()
    call.MoveKey(request)
    with pytest.raises(grpc.RpcError) as caught:
        call.MoveKey(moving(request_id=request.request_id, **TAINTED))
    assert reason_of(caught.value) == Reason.REQUEST_ID_REUSED.code


# -- what others are shown --------------------------------------------------------------------------------------


def listed(served: Served) -> set[str]:
    """Read which keys a program that only knows JWT is told to believe."""
    answer = served.call("partner", "KOR").keyrings.GetJwks(keyrings_pb2.GetJwksRequest())
    return {key["kid"] for key in json.loads(answer.jwks)["keys"]}


@pytest.mark.parametrize(("how", "expected"), [({}, False), (TAINTED, False), ({"verb": RETIRE}, True)], ids=repr)
def test_programs_that_only_know_jwt_are_told(served: Served, how: dict[str, Any], *, expected: bool) -> None:
    """The set of keys shrinks at once; a retired key stays for what it signed."""
    served.call("key-admin").keys.MoveKey(moving(**how))
    assert (METI in listed(served)) is expected


def narrowed(served: Served, who: tuple[str, str] = ("key-admin", HOME), number: int | None = None) -> dict[str, int]:
    """Read with the keyring which of its keys are narrowed, and how."""
    answer = served.call(*who).keyrings.GetKeyring(keyrings_pb2.GetKeyringRequest(number=number))
    return {key.kid: key.restriction for key in answer.narrowed}


@pytest.mark.parametrize("how", NARROWING, ids=repr)
@pytest.mark.parametrize("who", [("key-admin", HOME), ("partner", "KOR")], ids=lambda who: who[0])
def test_keyring_is_answered_with_the_keys_that_are_narrowed(
    served: Served, how: dict[str, Any], who: tuple[str, str]
) -> None:
    """Its bytes are as old as the last ceremony; how a key was narrowed since stands beside them, for partners too."""
    assert narrowed(served, who) == {}
    request = moving(**how)
    served.call("key-admin").keys.MoveKey(request)
    assert narrowed(served, who) == {METI: TOLD_AS[request.verb]}


def test_next_keyring_has_no_narrowed_keys(served: Served) -> None:
    """It stands for what was told before, for the keyrings before it, too."""
    served.call("key-admin").keys.MoveKey(moving())
    served.clock.now += 60
    next_keyring(served)
    assert (narrowed(served), narrowed(served, number=1)) == ({}, {})


def test_verify_refuses_what_a_suspended_key_signed(served: Served) -> None:
    """From the answer on."""
    issued = requests.issued(served)
    served.call("key-admin").keys.MoveKey(moving())
    request = VerifyAssertionRequest(token=issued.token, project=issued.reference)
    answer = served.call("partner", "KOR").assertions.VerifyAssertion(request)
    assert answer.verdict.reason == Reason.KEY_RESTRICTED.code
