import pytest

from interchange.errors import Reason, Refusal
from interchange.store import requests
from interchange.store.ledger import Ledger

CALLER = "spiffe://aaa.clearance.example/coordinator/one"


@pytest.fixture
def answered(ledger: Ledger) -> Ledger:
    """A ledger with one request that succeeded."""
    ledger.transact(lambda tx: requests.record(tx, CALLER, "issue", "r1", "digest", b"result", 100))
    return ledger


def test_repeated_request_gives_the_recorded_result(answered: Ledger) -> None:
    """The same request again gets the same answer."""
    assert answered.read(lambda tx: requests.replay(tx, CALLER, "issue", "r1", "digest")) == b"result"


def test_request_id_with_another_body_is_refused(answered: Ledger) -> None:
    """An id that was used with other values is refused."""
    with pytest.raises(Refusal) as refused:
        answered.read(lambda tx: requests.replay(tx, CALLER, "issue", "r1", "other"))
    assert refused.value.reason is Reason.REQUEST_ID_REUSED


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(("spiffe://aaa.clearance.example/coordinator/two", "issue", "r1"), id="another caller"),
        pytest.param((CALLER, "revoke", "r1"), id="another act"),
        pytest.param((CALLER, "issue", "r2"), id="another id"),
    ],
)
def test_request_of_another_key_is_new(answered: Ledger, key: tuple[str, str, str]) -> None:
    """An answer belongs to one caller, act and id; with any other the request is new."""
    assert answered.read(lambda tx: requests.replay(tx, *key, "digest")) is None


def test_request_is_recorded_once(answered: Ledger) -> None:
    """Recording a second result for one request is refused by the database itself."""
    with pytest.raises(Refusal) as refused:
        answered.transact(lambda tx: requests.record(tx, CALLER, "issue", "r1", "digest", b"other", 101))
    assert refused.value.reason is Reason.ALREADY_KNOWN


def test_request_that_had_to_wait_gives_what_came_of_it(answered: Ledger) -> None:
    """The result stands in the place of what it waited for, under the same id and body."""
    answered.transact(lambda tx: requests.settle(tx, CALLER, "issue", "r1", b"done"))
    assert answered.read(lambda tx: requests.replay(tx, CALLER, "issue", "r1", "digest")) == b"done"


def test_other_requests_keep_their_results_when_one_is_settled(answered: Ledger) -> None:
    """Of all that have the id, the one of this caller and act."""
    answered.transact(lambda tx: requests.settle(tx, CALLER, "revoke", "r1", b"done"))
    assert answered.read(lambda tx: requests.replay(tx, CALLER, "issue", "r1", "digest")) == b"result"
