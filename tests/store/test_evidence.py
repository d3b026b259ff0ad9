from collections import Counter

from interchange.store import evidence
from interchange.store.ledger import Ledger

LANE = "bbb.clearance.example/lane/AAA/1"


def keep(ledger: Ledger, evidence_id: str, reason: str = "lane_fork", received: bytes = b"2", lane: str = LANE) -> None:
    """Keep a pair of notes."""
    ledger.transact(lambda tx: evidence.keep(tx, evidence_id, lane, reason, known=b"1", received=received, now=100))


def kept(ledger: Ledger) -> list[str]:
    """Read for which reasons something was kept against the lane."""
    return sorted(ledger.read(lambda tx: evidence.reasons(tx, LANE)))


def test_evidence_received_again_is_kept_once(ledger: Ledger) -> None:
    """A partner that repeats a contradiction does not fill the ledger."""
    keep(ledger, "e1")
    keep(ledger, "e2")
    assert kept(ledger) == ["lane_fork"]


def test_each_contradiction_is_kept(ledger: Ledger) -> None:
    """Other notes and other reasons are further evidence."""
    keep(ledger, "e1")
    keep(ledger, "e2", received=b"3")
    keep(ledger, "e3", "lane_gap")
    assert kept(ledger) == ["lane_fork", "lane_fork", "lane_gap"]


def test_contradictions_without_end_do_not_fill_the_ledger(ledger: Ledger) -> None:
    """Those that came first stay, and those for another reason have a room of their own."""
    for number in range(evidence.MOST + 3):
        keep(ledger, f"e{number}", received=b"%d" % number)
    keep(ledger, "other", "lane_gap")
    assert Counter(kept(ledger)) == {"lane_fork": evidence.MOST, "lane_gap": 1}


def test_what_is_kept_already_is_not_new(ledger: Ledger) -> None:
    """Nobody need wait for a write that would change nothing."""
    keep(ledger, "e1")
    found = ledger.read(lambda tx: [evidence.is_new(tx, LANE, "lane_fork", said) for said in (b"2", b"3")])
    assert found == [False, True]


def test_only_what_was_signed_proves_something(ledger: Ledger) -> None:
    """What a partner says is kept, and is no proof."""
    keep(ledger, "e1", received=b"said")
    keep(ledger, "e2", evidence.PROOF, b"signed")
    keep(ledger, "e3", evidence.PROOF, b"signed for another", "ccc.clearance.example/lane/AAA/1")
    assert ledger.read(lambda tx: evidence.proofs(tx, LANE)) == [b"signed"]


def test_evidence_is_against_its_own_lane(ledger: Ledger) -> None:
    """A contradiction in another lane says nothing about this one."""
    keep(ledger, "e1", lane="ccc.clearance.example/lane/AAA/1")
    assert kept(ledger) == []


def test_evidence_without_a_known_note_is_kept(ledger: Ledger) -> None:
    """A first contact that is wrong already is evidence too."""
    ledger.transact(lambda tx: evidence.keep(tx, "e1", LANE, "lane_root", known=None, received=b"1", now=100))
    assert kept(ledger) == ["lane_root"]
