"""A partner that shows what we signed and do not have: the lane stands still, and somebody hears of it."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import grpc
import pytest
import structlog
from fakes import requests
from fakes.nodes import Served, reason_of
from fakes.parties import HOME, NOW, keyring_of

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import Role
from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason
from interchange.flows.checkpoints import sign_checkpoint
from interchange.telemetry.logs import configure
from interchange.v1.lanes_pb2 import FetchLaneRequest, WatchLaneRequest


@pytest.fixture
def events() -> Iterator[StringIO]:
    """What the node writes to its log from the level `warning` on."""
    written = StringIO()
    configure("warning", written)
    yield written
    structlog.reset_defaults()


def lost(served: Served) -> bytes:
    """Sign a longer lane than the ledger has, as the node did before it was restored."""
    signer = next(served.node.signers[key.kid] for key in keyring_of(HOME).keys if key.role is Role.LANE)
    return sign_checkpoint(Checkpoint(served.node.names.lane("KOR", 1), 50, b"r" * 32), signer, NOW)


def refusal(call: Any) -> str:  # noqa: ANN401
    """Give the code of the refusal that a call ends with."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return reason_of(caught.value)


def fetch(served: Served, note: bytes = b"") -> None:
    """Ask for the lane from its beginning."""
    request = FetchLaneRequest(after_root=EMPTY_ROOT, generation=1, known_note=note)
    served.call("partner", "KOR").lanes.FetchLane(request, timeout=10)


def watch(served: Served, note: bytes = b"") -> None:
    """Watch the lane from its beginning."""
    request = WatchLaneRequest(after_root=EMPTY_ROOT, generation=1, known_note=note)
    next(served.call("partner", "KOR").lanes.WatchLane(request, timeout=10))


@pytest.mark.parametrize("ask", [fetch, watch])
def test_checkpoint_that_is_shown_stops_the_lane(served: Served, ask: Any) -> None:  # noqa: ANN401
    """Whichever way the partner asks; issue waits as well."""
    issued = requests.issued(served)
    found = [refusal(lambda: ask(served, lost(served))), refusal(lambda: fetch(served))]
    revoke = requests.revoke(issued.assertion_id)
    found += [refusal(lambda: served.call("officer", organ="METI").standings.Revoke(revoke, timeout=10))]
    behind = Reason.LANE_BEHIND.code
    assert found == [Reason.LANE_ROLLBACK.code, behind, behind]


def test_note_longer_than_any_is_refused(served: Served) -> None:
    """It would only be kept."""
    assert refusal(lambda: fetch(served, b"n" * 9000)) == Reason.FIELD_FORM.code


def test_what_shows_a_loss_is_an_alarm(served: Served, events: StringIO) -> None:
    """An operator who reads warnings alone sees whose partner it was, and what it means."""
    fetch(served)
    refusal(lambda: fetch(served, lost(served)))
    (line,) = [json.loads(line) for line in events.getvalue().splitlines()]
    assert (line["level"], line["party"], line["outcome"]) == ("warning", "KOR", Reason.LANE_ROLLBACK.code)
