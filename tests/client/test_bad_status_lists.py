"""Status lists with one fault each, before the verifier that reads them from a bundle: no verdict rests on any."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fakes import tokens
from fakes.party import ISSUER, FakeParty
from fakes.readers import judge
from fakes.tokens import NOW

from interchange.domain.envelope import ASSERTION_TYP, STATUS_TYP
from interchange.errors import Reason, Refusal
from interchange.wire import base64url, strict_json
from interchange.wire.status_list import MAX_PACKED, encode_status_claims

Make = Callable[[FakeParty], bytes]


def saying(change: Callable[[dict[str, Any]], object], label: str = "status", typ: str = STATUS_TYP) -> Make:
    """Sign the claims of the honest list, changed."""

    def make(party: FakeParty) -> bytes:
        members: Any = strict_json.loads(encode_status_claims(party.listed()))
        change(members)
        return tokens.compact(strict_json.dumps(members), label, typ)

    return make


def packed(stream: bytes) -> Make:
    """Put any bytes in the place of the compressed list."""
    return saying(lambda members: members["status_list"].update(lst=base64url.encode(stream)))


def with_claim(**changes: object) -> Make:
    """Change claims."""
    return saying(lambda members: members.update(changes))


LIVE = zlib.compress(bytes(16))

FAULTS: dict[str, tuple[Make, Reason]] = {
    "bomb of 64 MiB": (packed(zlib.compress(bytes(64 << 20), 9)), Reason.STATUS_FORM),
    "one byte more than the largest list": (packed(zlib.compress(bytes(MAX_PACKED + 1))), Reason.STATUS_FORM),
    "junk behind the stream": (packed(LIVE + b"\0"), Reason.STATUS_FORM),
    "second stream behind the first": (packed(LIVE * 2), Reason.STATUS_FORM),
    "stream that is cut": (packed(LIVE[:-1]), Reason.STATUS_FORM),
    "stream that is none": (packed(b"list"), Reason.STATUS_FORM),
    "no slot": (packed(zlib.compress(b"")), Reason.STATUS_FORM),
    "fewer slots than the index": (packed(zlib.compress(b"\0")), Reason.STATUS_INDEX),
    "3 bits": (saying(lambda members: members["status_list"].update(bits=3)), Reason.STATUS_FORM),
    "1 bit": (saying(lambda members: members["status_list"].update(bits=1)), Reason.STATUS_FORM),
    "2 bits as a text": (saying(lambda members: members["status_list"].update(bits="2")), Reason.STATUS_FORM),
    "name of another list": (with_claim(sub=ISSUER.status_uri("BBB", 2)), Reason.STATUS_SUBJECT),
    "name of another reader's list": (with_claim(sub=ISSUER.status_uri("CCC", 1)), Reason.STATUS_SUBJECT),
    "name of another party's list": (
        with_claim(sub="https://ccc.clearance.example/status/BBB/1"),
        Reason.STATUS_SUBJECT,
    ),
    "smaller lane": (with_claim(lane_size=1), Reason.STATUS_ROLLBACK),
    "empty lane": (with_claim(lane_size=0), Reason.STATUS_ROLLBACK),
    "other lane of the same size": (with_claim(lane_root="A" * 43), Reason.LANE_FORK),
    "no lane": (saying(lambda members: members.pop("lane_size")), Reason.STATUS_FORM),
    "unknown claim": (with_claim(aud=tokens.PARTNER), Reason.STATUS_FORM),
    "time as a text": (with_claim(iat=str(NOW)), Reason.STATUS_FORM),
    "time as truth": (with_claim(exp=True), Reason.STATUS_FORM),
    "time ahead": (with_claim(iat=NOW + 61), Reason.NOTE_TIME_AHEAD),
    "key of another role": (saying(lambda members: None, "assert"), Reason.KEY_ROLE),
    "key of nobody": (saying(lambda members: None, "nobody"), Reason.KEY_UNKNOWN),
    "type of an assertion": (saying(lambda members: None, typ=ASSERTION_TYP), Reason.HEADER_TYP),
    "bytes that are no token": (lambda party: b"{}", Reason.TOKEN_CHARSET),
}
"""Title → the list, and why it is refused."""


def told() -> tuple[FakeParty, bytes]:
    """A party that has told two assertions, and the first of them."""
    party = FakeParty()
    token = party.issue(status_idx=5)
    party.issue()
    return party, token


@pytest.mark.parametrize("title", FAULTS)
def test_bad_status_list_is_refused(title: str) -> None:
    """Each fault has its reason, and no verdict rests on the list."""
    (make, reason), (party, token) = FAULTS[title], told()
    bundle = replace(party.bundle(token), status_list=make(party))
    with pytest.raises(Refusal) as caught:
        judge(party, token, bundle)
    assert caught.value.reason is reason


def test_status_list_without_fault_is_read() -> None:
    """What the bad ones are made of is good."""
    party, token = told()
    bundle = replace(party.bundle(token), status_list=saying(lambda members: None)(party))
    assert judge(party, token, bundle).reason is None
