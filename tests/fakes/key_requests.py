"""Requests to the KeyService, and what tests do with keys over the wire in a line."""

from typing import Any

from fakes import requests
from fakes.nodes import Served
from fakes.parties import DAY, HOME, NOW, key_of, signed
from google.protobuf.timestamp_pb2 import Timestamp

from interchange.domain.keyring import Role
from interchange.v1 import keyrings_pb2
from interchange.v1 import keys_pb2 as pb
from interchange.wire.keyring import assemble, parse_keyring

METI = key_of(HOME, Role.ASSERT, "METI").kid
ACTIVATE, SUSPEND, RESUME = pb.KEY_VERB_ACTIVATE, pb.KEY_VERB_SUSPEND, pb.KEY_VERB_RESUME
RETIRE, TAINT, DESTROY = pb.KEY_VERB_RETIRE, pb.KEY_VERB_TAINT, pb.KEY_VERB_DESTROY
YESTERDAY = Timestamp(seconds=NOW - DAY)
TAINTED: dict[str, Any] = {"verb": TAINT, "tainted_since": YESTERDAY}


def drafting(**changes: Any) -> pb.DraftKeyRequest:  # noqa: ANN401 - any field
    """Ask for another key of an organ, with windows of a year each."""
    usual: dict[str, Any] = {
        "request_id": requests.new_id(),
        "role": pb.KEY_ROLE_ASSERT,
        "organ": "METI",
        "sign_from": Timestamp(seconds=NOW - 60),
        "sign_until": Timestamp(seconds=NOW + 365 * DAY),
        "verify_until": Timestamp(seconds=NOW + 730 * DAY),
    }
    return pb.DraftKeyRequest(**usual | changes)


def moving(**changes: Any) -> pb.MoveKeyRequest:  # noqa: ANN401 - any field
    """Ask to suspend an organ's key."""
    usual: dict[str, Any] = {"request_id": requests.new_id(), "kid": METI, "verb": SUSPEND}
    return pb.MoveKeyRequest(**usual | changes)


def next_keyring(served: Served) -> None:
    """Let the node draft its next keyring, and publish it with the root keys' signatures."""
    call = served.call("key-admin").keyrings
    payload = call.DraftKeyring(keyrings_pb2.DraftKeyringRequest(valid_days=300)).payload
    jws = signed(parse_keyring(assemble(payload, []))[0], HOME)
    call.PublishKeyring(keyrings_pb2.PublishKeyringRequest(request_id=requests.new_id(), keyring=jws))


def laid_in(served: Served) -> str:
    """Make another key of the organ and publish a keyring that lists it."""
    kid: str = served.call("key-admin").keys.DraftKey(drafting()).kid
    next_keyring(served)
    return kid


def on_board(served: Served) -> dict[str, pb.BoardKey]:
    """Read the board by kid."""
    return {key.kid: key for key in served.call("auditor").keys.GetKeyBoard(pb.GetKeyBoardRequest()).keys}
