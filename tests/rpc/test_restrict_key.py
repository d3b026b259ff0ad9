"""RestrictKey over the wire: what it answers, what it shows to others, and what it refuses."""

import json
from typing import Any

import grpc
import pytest
from fakes import requests
from fakes.bad import ADMIN, Bad, expected, sent
from fakes.nodes import Served, dump_digest, reason_of
from fakes.parties import DAY, HOME, NOW, key_of, keyring_of, signed
from google.protobuf.timestamp_pb2 import Timestamp

from interchange.domain.keyring import Role
from interchange.errors import Reason
from interchange.v1 import keyrings_pb2 as pb
from interchange.v1.assertions_pb2 import VerifyAssertionRequest

METI = key_of(HOME, Role.ASSERT, "METI").kid
SUSPENDED, RETIRED, TAINTED = pb.KEY_RESTRICTION_SUSPENDED, pb.KEY_RESTRICTION_RETIRED, pb.KEY_RESTRICTION_TAINTED
YESTERDAY = Timestamp(seconds=NOW - DAY)


def restrict(**changes: Any) -> pb.RestrictKeyRequest:  # noqa: ANN401 - any field
    """Ask to suspend an organ's key."""
    usual: dict[str, Any] = {"request_id": requests.new_id(), "kid": METI, "restriction": SUSPENDED}
    return pb.RestrictKeyRequest(**usual | changes)


def listed(served: Served) -> set[str]:
    """Read which keys a program that only knows JWT is told to believe."""
    answer = served.call("partner", "KOR").keyrings.GetJwks(pb.GetJwksRequest())
    return {key["kid"] for key in json.loads(answer.jwks)["keys"]}


@pytest.mark.parametrize(
    "how", [{}, {"restriction": RETIRED}, {"restriction": TAINTED, "tainted_since": YESTERDAY}], ids=repr
)
def test_answer_says_what_was_narrowed_when_and_where_it_is_told(served: Served, how: dict[str, Any]) -> None:
    """A leaf in the lane of each partner, at once."""
    request = restrict(**how)
    result = served.call("key-admin").keyrings.RestrictKey(request).result
    lanes = [(position.origin.split("/")[2], position.index) for position in result.positions]
    found = (result.kid, result.restriction, result.restricted_at.seconds, lanes)
    assert found == (METI, request.restriction, NOW, [("AUS", 1), ("KOR", 1)])


def test_repeated_request_gets_the_same_bytes_also_after_it_was_lifted(served: Served) -> None:
    """What was told then is what is answered."""
    call, request = served.call("key-admin").keyrings, restrict()
    first = call.RestrictKey(request).SerializeToString(deterministic=True)
    served.clock.now += 60
    jws = signed(keyring_of(HOME, 2), HOME)
    call.PublishKeyring(pb.PublishKeyringRequest(request_id=requests.new_id(), keyring=jws))
    before = dump_digest(served.node)
    again = call.RestrictKey(request).SerializeToString(deterministic=True)
    assert (again, dump_digest(served.node)) == (first, before)


def test_request_id_with_another_restriction_is_refused(served: Served) -> None:
    """An id stands for one request."""
    call, request = served.call("key-admin").keyrings, restrict()
    call.RestrictKey(request)
    with pytest.raises(grpc.RpcError) as caught:
        call.RestrictKey(restrict(request_id=request.request_id, restriction=TAINTED, tainted_since=YESTERDAY))
    assert reason_of(caught.value) == Reason.REQUEST_ID_REUSED.code


@pytest.mark.parametrize(
    ("how", "expected"),
    [({}, False), ({"restriction": TAINTED, "tainted_since": YESTERDAY}, False), ({"restriction": RETIRED}, True)],
)
def test_programs_that_only_know_jwt_are_told(served: Served, how: dict[str, Any], *, expected: bool) -> None:
    """The set of keys shrinks at once; a retired key stays for what it signed."""
    served.call("key-admin").keyrings.RestrictKey(restrict(**how))
    assert (METI in listed(served)) is expected


def narrowed(served: Served, who: tuple[str, str] = ("key-admin", HOME), number: int | None = None) -> dict[str, int]:
    """Read with the keyring which of its keys are narrowed, and how."""
    answer = served.call(*who).keyrings.GetKeyring(pb.GetKeyringRequest(number=number))
    return {key.kid: key.restriction for key in answer.narrowed}


@pytest.mark.parametrize(
    "how", [{}, {"restriction": RETIRED}, {"restriction": TAINTED, "tainted_since": YESTERDAY}], ids=repr
)
@pytest.mark.parametrize("who", [("key-admin", HOME), ("partner", "KOR")], ids=lambda who: who[0])
def test_keyring_is_answered_with_the_keys_that_are_narrowed(
    served: Served, how: dict[str, Any], who: tuple[str, str]
) -> None:
    """Its bytes are as old as the last ceremony; how a key was narrowed since stands beside them, for partners too."""
    assert narrowed(served, who) == {}
    request = restrict(**how)
    served.call("key-admin").keyrings.RestrictKey(request)
    assert narrowed(served, who) == {METI: request.restriction}


def test_next_keyring_has_no_narrowed_keys(served: Served) -> None:
    """It folds the restriction in or lifts it, for the keyrings before it, too."""
    call = served.call("key-admin").keyrings
    call.RestrictKey(restrict())
    served.clock.now += 60
    jws = signed(keyring_of(HOME, 2), HOME)
    call.PublishKeyring(pb.PublishKeyringRequest(request_id=requests.new_id(), keyring=jws))
    assert (narrowed(served), narrowed(served, number=1)) == ({}, {})


def test_verify_refuses_what_a_suspended_key_signed(served: Served) -> None:
    """From the answer on."""
    issued = requests.issued(served)
    served.call("key-admin").keyrings.RestrictKey(restrict())
    request = VerifyAssertionRequest(token=issued.token, project=issued.reference)
    answer = served.call("partner", "KOR").assertions.VerifyAssertion(request)
    assert answer.verdict.reason == Reason.KEY_RESTRICTED.code


RESTRICT = "keyrings.RestrictKey"
MISSING, FORM, ENUM = Reason.FIELD_MISSING, Reason.FIELD_FORM, Reason.ENUM_UNKNOWN

CASES = {
    "no key": Bad(ADMIN, RESTRICT, restrict(kid=""), MISSING, "kid"),
    "key that is no thumbprint": Bad(ADMIN, RESTRICT, restrict(kid="METI"), FORM, "kid"),
    "key that nobody has": Bad(ADMIN, RESTRICT, restrict(kid="A" * 43), Reason.NOT_KNOWN, "kid"),
    "key of a partner": Bad(ADMIN, RESTRICT, restrict(kid=key_of("KOR", Role.STATUS).kid), Reason.NOT_KNOWN, "kid"),
    "lane key": Bad(ADMIN, RESTRICT, restrict(kid=key_of(HOME, Role.LANE).kid), Reason.KEY_ROLE, "kid"),
    "unset restriction": Bad(ADMIN, RESTRICT, restrict(restriction=0), ENUM, "restriction"),
    "unknown restriction": Bad(ADMIN, RESTRICT, restrict(restriction=9), ENUM, "restriction"),
    "taint without its beginning": Bad(ADMIN, RESTRICT, restrict(restriction=TAINTED), MISSING, "tainted_since"),
    "suspension with a beginning": Bad(ADMIN, RESTRICT, restrict(tainted_since=YESTERDAY), FORM, "tainted_since"),
    "taint from tomorrow on": Bad(
        ADMIN,
        RESTRICT,
        restrict(restriction=TAINTED, tainted_since=Timestamp(seconds=NOW + DAY)),
        Reason.DATE_ABSURD,
        "tainted_since",
    ),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place, and is found before anything is written."""
    assert sent(idle, bad) == expected(bad)
