"""What took the place of what, and what waits for it: the statements, on both databases."""

import pytest
from fakes.records import LANE, NOW, issue
from fakes.refusals import refused

from interchange.domain.events import HoldPlaced, Scope
from interchange.domain.keyring import KeyRecord, Role
from interchange.domain.stages import Stage
from interchange.errors import Reason
from interchange.store import keys, reissue, told
from interchange.store.keys import OwnKey
from interchange.store.ledger import Ledger, Tx
from interchange.store.reissue import Progress

AUTHORITY = LANE.split("/")[0]


def stolen(tx: Tx, kid: str = "k1", since: int | None = NOW) -> None:
    """Enter a key that a thief may have."""
    record = KeyRecord(kid, Role.ASSERT, "EdDSA", b"k" * 32, AUTHORITY, "ONE", 0, NOW, NOW, since)
    keys.add(tx, OwnKey(record, Stage.TAINTED, 0, 0))


@pytest.fixture
def robbed(ledger: Ledger) -> Ledger:
    """Three assertions of a stolen key to three people; the witness had the first two."""

    def work(tx: Tx) -> None:
        stolen(tx)
        for n in (1, 2, 3):
            issue(tx, f"j{n}", idx=n, subject_id=f"s{n}")

    ledger.transact(work)
    return ledger


def due(tx: Tx, size: int = 2, **which: object) -> list[str]:
    """List what waits."""
    return [each.issued.jti for each in reissue.due(tx, AUTHORITY, "k1", {LANE: size}, NOW, **which)]  # type: ignore[arg-type]


@pytest.mark.parametrize("size", range(4))
def test_what_the_witness_had_is_due(robbed: Ledger, size: int) -> None:
    """As many as its lane's first leaves."""
    assert robbed.read(lambda tx: due(tx, size)) == ["j1", "j2", "j3"][:size]


def test_what_has_a_successor_is_not_due(robbed: Ledger) -> None:
    """Once is enough."""
    robbed.transact(lambda tx: issue(tx, "n1", idx=9, kid="k2"))
    robbed.transact(lambda tx: reissue.link(tx, {"j1": "n1"}))
    assert robbed.read(due) == ["j2"]


def test_groups_go_on_after_one_another(robbed: Ledger) -> None:
    """In the order of their ids."""
    assert robbed.read(lambda tx: (due(tx, 3, limit=2), due(tx, 3, after="j2"))) == (["j1", "j2"], ["j3"])


def test_choice_among_some_is_one_of_those_that_are_due(robbed: Ledger) -> None:
    """As it is looked at again in the transaction that writes."""
    assert robbed.read(lambda tx: due(tx, among=["j2", "j3"])) == ["j2"]


def test_progress_counts_live_proved_and_reissued(robbed: Ledger) -> None:
    """Of the proved ones only, those for which there is another."""
    robbed.transact(lambda tx: [issue(tx, f"n{n}", idx=n + 6, kid="k2") for n in (1, 3)])
    robbed.transact(lambda tx: reissue.link(tx, {"j1": "n1", "j3": "n3"}))
    assert robbed.read(lambda tx: reissue.progress(tx, "k1", {LANE: 2}, NOW)) == Progress(3, 2, 1)


def test_progress_of_a_key_that_signed_nothing_is_nothing(robbed: Ledger) -> None:
    """And no missing number."""
    assert robbed.read(lambda tx: reissue.progress(tx, "k9", {}, NOW)) == Progress(0, 0, 0)


def test_assertion_of_a_tainted_key_gives_way(robbed: Ledger) -> None:
    """One of a key that is sound does not, nor one that is held."""

    def work(tx: Tx) -> None:
        issue(tx, "sound", idx=9, subject_id="s9", kid="k2")
        told.record(tx, AUTHORITY, LANE, 0, HoldPlaced("h1", Scope.ASSERTION, "j2"))

    robbed.transact(work)
    found = robbed.read(lambda tx: reissue.standing(tx, AUTHORITY, ["s1", "s2", "s9", "s0"], "p1", "BBB", NOW))
    assert (found.in_the_way, found.replaceable) == ({"s2": "j2", "s9": "sound"}, {"s1": "j1"})


def test_twins_are_all_of_a_chain(robbed: Ledger) -> None:
    """From wherever one looks."""
    robbed.transact(lambda tx: [issue(tx, f"n{n}", idx=n + 6, kid="k2") for n in (1, 2)])
    robbed.transact(lambda tx: reissue.link(tx, {"j1": "n1", "n1": "n2"}))
    found = robbed.read(lambda tx: [reissue.with_twins(tx, [jti]) for jti in ("j1", "n1", "n2", "j2")])
    assert found == [{"j1", "n1", "n2"}] * 3 + [{"j2"}]


@pytest.mark.parametrize("pair", [{"j1": "j3"}, {"j2": "n1"}], ids=["second successor", "successor of two"])
def test_each_has_one_successor_and_is_one_of_one(robbed: Ledger, pair: dict[str, str]) -> None:
    """The database itself refuses another."""
    robbed.transact(lambda tx: issue(tx, "n1", idx=9, kid="k2"))
    robbed.transact(lambda tx: reissue.link(tx, {"j1": "n1"}))
    with refused(Reason.ALREADY_KNOWN, "ledger row"):
        robbed.transact(lambda tx: reissue.link(tx, pair))
