"""ListAffected over the wire: pages, counts, states, and what it refuses."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from fakes.narrowing import METI
from fakes.nodes import Served, reason_of
from fakes.parties import DAY, HOME, NOW, do, names_of
from fakes.world import World

from interchange.domain.stages import Verb
from interchange.errors import Reason
from interchange.flows.stages import MOVE, MoveRequest
from interchange.store import witnessed
from interchange.v1 import keys_pb2 as pb
from interchange.v1.keys_pb2_grpc import KeyServiceStub

ORIGIN = names_of(HOME).lane("KOR", 1)


def listed(served: Served, role: str = "key-admin", **request: Any) -> pb.ListAffectedResponse:  # noqa: ANN401 - any field
    """Ask for the assertions of the stolen key."""
    stub = KeyServiceStub(served.call(role).channel)
    asked = pb.ListAffectedRequest(**{"kid": METI.kid} | request)
    answer: pb.ListAffectedResponse = stub.ListAffected(asked)
    return answer


@pytest.fixture
def stolen(served: Served, tmp_path: Path) -> Served:
    """A node that issued three assertions, of which Korea acknowledged two before the key was stolen."""
    world = World(tmp_path, {HOME: served.node})
    project = world.open_project()
    jtis = [world.issue(project, world.clear()) for _ in range(3)]
    proved = world.issued(jtis[1]).n + 1
    served.node.ledger.transact(lambda tx: witnessed.add(tx, ORIGIN, proved, NOW - DAY))
    do(served.node, MOVE, MoveRequest(METI.kid, Verb.TAINT, NOW))
    return served


def test_each_is_shown_with_its_state(stolen: Served) -> None:
    """Two wait for a key that signs; the third counts nowhere."""
    found = sorted((pb.AffectedState.Name(each.state), each.reason) for each in listed(stolen).assertions)
    waiting = ("AFFECTED_STATE_PROVED_WAITING", Reason.KEY_RESTRICTED.code)
    assert found == [("AFFECTED_STATE_NOT_PROVED", ""), waiting, waiting]


def test_counts_are_of_the_whole_on_every_page(stolen: Served) -> None:
    """So that a page of one tells how far it is."""
    answer = listed(stolen, page_size=1)
    assert (len(answer.assertions), answer.live_count, answer.proved_count, answer.reissued_count) == (1, 3, 2, 0)


def test_pages_together_are_all(stolen: Served) -> None:
    """In the order of their ids, each once."""
    found, token = [], ""
    while True:
        answer = listed(stolen, page_size=2, page_token=token)
        found += [each.assertion_id for each in answer.assertions]
        token = answer.next_page_token
        if not token:
            break
    assert (found, len(found)) == (sorted(set(found)), 3)


def test_auditor_sees_the_same(stolen: Served) -> None:
    """Nothing in it names a person."""
    assert listed(stolen, "auditor") == listed(stolen)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"kid": METI.kid}, Reason.KEY_STAGE),
        ({"kid": "A" * 43}, Reason.NOT_KNOWN),
        ({"kid": "short"}, Reason.FIELD_FORM),
        ({"kid": METI.kid, "page_size": 1001}, Reason.PAGE_SIZE),
        ({"kid": METI.kid, "page_token": "AAAA"}, Reason.PAGE_TOKEN),
    ],
    ids=["not tainted", "no key of ours", "no key id", "too large a page", "no such page"],
)
def test_list_that_cannot_be_is_refused(served: Served, request_: dict[str, Any], reason: Reason) -> None:
    """With the reason that the proto names."""
    with pytest.raises(grpc.RpcError) as caught:
        listed(served, **request_)
    assert reason_of(caught.value) == reason.code
