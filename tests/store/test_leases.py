from concurrent.futures import ThreadPoolExecutor

import pytest

from interchange.store import leases
from interchange.store.ledger import Ledger, Tx, connect


def take(ledger: Ledger, holder: str, now: int) -> int | None:
    """Ask for the job's lease of 30 seconds."""
    return ledger.transact(lambda tx: leases.take(tx, "expire", holder, now, 30))


def holds(ledger: Ledger, holder: str, fence: int) -> bool:
    """Ask whether a holder still has the job's lease."""
    return ledger.read(lambda tx: leases.holds(tx, "expire", holder, fence))


def test_free_lease_is_given(ledger: Ledger) -> None:
    """The first who asks gets the lease, with the first fencing token."""
    assert take(ledger, "a", 100) == 1


def test_lease_excludes_others_until_it_ends(ledger: Ledger) -> None:
    """While a lease runs, nobody else gets it."""
    take(ledger, "a", 100)
    assert take(ledger, "b", 129) is None


def test_ended_lease_is_given_with_a_higher_fence(ledger: Ledger) -> None:
    """At its end a lease goes to the next who asks, with a greater token."""
    take(ledger, "a", 100)
    assert take(ledger, "b", 130) == 2


def test_renewal_keeps_the_fence_and_prolongs(ledger: Ledger) -> None:
    """A holder that asks again keeps its token and gets the full time anew."""
    take(ledger, "a", 100)
    assert (take(ledger, "a", 120), take(ledger, "b", 149)) == (1, None)


def test_fence_grows_with_each_change_of_hands(ledger: Ledger) -> None:
    """A token is never given twice, also to a holder that comes back."""
    assert [take(ledger, holder, 100 * n) for n, holder in enumerate("abab", 1)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("holder", "fence", "held"),
    [
        pytest.param("b", 2, True, id="the holder"),
        pytest.param("a", 1, False, id="a holder that was overtaken"),
        pytest.param("b", 1, False, id="an older token"),
        pytest.param("a", 2, False, id="another's token"),
    ],
)
def test_only_the_last_fence_holds(ledger: Ledger, holder: str, fence: int, held: bool) -> None:
    """A pass that ran on after its lease was taken over finds that it no longer holds it."""
    take(ledger, "a", 100)
    take(ledger, "b", 130)
    assert holds(ledger, holder, fence) is held


def test_jobs_have_leases_of_their_own(ledger: Ledger) -> None:
    """One job's lease does not keep another job waiting."""
    take(ledger, "a", 100)
    assert ledger.transact(lambda tx: leases.take(tx, "publish", "b", 100, 30)) == 1


def test_of_many_that_ask_at_once_one_gets_the_lease(ledger_url: str) -> None:
    """Several nodes ask for a free lease at the same moment, and exactly one gets it."""

    def ask(n: int) -> int | None:
        ledger = connect(ledger_url)
        fence = take(ledger, f"node {n}", 100)
        ledger.close()
        return fence

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4)), key=str) == [1, None, None, None]


def test_heartbeat_keeps_the_last_of_each_job(ledger: Ledger) -> None:
    """Of each job the last finished pass is known, and how it ended."""

    def passes(tx: Tx) -> None:
        for job, at, outcome in (("expire", 100, "ok"), ("publish", 101, "ok"), ("expire", 102, "ledger_unavailable")):
            leases.beat(tx, job, at, outcome)

    ledger.transact(passes)
    assert ledger.read(leases.beats) == {"expire": (102, "ledger_unavailable"), "publish": (101, "ok")}
