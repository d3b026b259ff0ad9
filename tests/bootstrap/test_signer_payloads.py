"""What each key of a signing process may sign, one fault a case."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes.parties import NOW, names_of
from fakes.refusals import refused
from fakes.signing_process import NAMES, continuation, head

from interchange.bootstrap.signer_lanes import LaneMarks, Wanted
from interchange.bootstrap.signer_payloads import PAST, STATUS_LIFE, Payloads
from interchange.domain.checkpoint import Checkpoint, cosigned_message
from interchange.domain.time import SKEW, YEAR
from interchange.errors import Reason
from interchange.flows.status_lists import LIFE
from interchange.store.highwater import HighWater
from interchange.wire.envelope import signing_input

KID = "A" * 43
ASSERTION, BINDING, STATUS = "clearance-assertion+jwt", "clearance-binding+jwt", "statuslist+jwt"
ISSUED = {"iss": NAMES.organ_uri("NIS"), "exp": NOW + YEAR}
LISTED = {"sub": NAMES.status_uri("AUS", 1), "exp": NOW + STATUS_LIFE}
THEIRS = Checkpoint(names_of("AUS").lane("KOR", 1), 7, b"r" * 32)


@pytest.fixture
def payloads(tmp_path: Path) -> Payloads:
    """Give what a process knows that has signed nothing yet, and whose clock stands at `NOW`."""
    marks = HighWater(tmp_path / "marks")
    marks.create()
    return Payloads(NAMES, LaneMarks(marks), lambda: NOW)


def token(typ: str, claims: Any, *, kid: str = KID) -> bytes:  # noqa: ANN401 - any JSON
    """Write what is signed of a token."""
    return signing_input("EdDSA", kid, typ, json.dumps(claims).encode())


GOOD = {
    "an assertion of the key's organ": ("assert-NIS", token(ASSERTION, ISSUED)),
    "a binding of the key's organ": ("assert-NIS", token(BINDING, ISSUED)),
    "a status list": ("status", token(STATUS, LISTED)),
    "a head of a lane": ("lane", head(1).body),
    "a head with its time": ("lane", cosigned_message(NOW, head(1).body)),
    "a head of the auditors' lane": ("lane", Checkpoint(NAMES.audit_lane(1), 1, b"r" * 32).body),
    "an acknowledgement": ("witness", cosigned_message(NOW, THEIRS.body)),
    "an acknowledgement of a moment ago": ("witness", cosigned_message(NOW - PAST, THEIRS.body)),
    "a head by a clock that goes ahead": ("lane", cosigned_message(NOW + SKEW, head(1).body)),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_a_key_is_for_passes(payloads: Payloads, case: str) -> None:
    """Nothing is wanting."""
    label, message = GOOD[case]
    assert payloads.check(label, KID, message, ()) is None


BAD = {
    "nothing": ("lane", b"", "note_form"),
    "any bytes by an assert key": ("assert-NIS", b"any bytes", "token"),
    "any bytes by a lane key": ("lane", b"any bytes", "note_form"),
    "a status list by an assert key": ("assert-NIS", token(STATUS, LISTED), "header_typ"),
    "an assertion by the status key": ("status", token(ASSERTION, ISSUED), "header_typ"),
    "an assertion by the lane key": ("lane", token(ASSERTION, ISSUED), "note_form"),
    "an assertion by the witness key": ("witness", token(ASSERTION, ISSUED), "note_form"),
    "a keyring by an assert key": ("assert-NIS", token("clearance-keyring+jws", ISSUED), "header_typ"),
    "a head by an assert key": ("assert-NIS", head(1).body, "token"),
    "a token under another key's id": ("assert-NIS", token(ASSERTION, ISSUED, kid="B" * 43), "kid"),
    "an assertion of another organ": (
        "assert-NIS",
        token(ASSERTION, ISSUED | {"iss": NAMES.organ_uri("DAPA")}),
        "iss or sub",
    ),
    "an assertion of another party": (
        "assert-NIS",
        token(ASSERTION, ISSUED | {"iss": names_of("AUS").organ_uri("NIS")}),
        "iss or sub",
    ),
    "an assertion of nobody": ("assert-NIS", token(ASSERTION, {"exp": NOW}), "iss or sub"),
    "an assertion by a key of no organ": ("assert", token(ASSERTION, ISSUED), "iss or sub"),
    "a list of another party": (
        "status",
        token(STATUS, LISTED | {"sub": names_of("AUS").status_uri("KOR", 1)}),
        "iss or sub",
    ),
    "a list of nothing": ("status", token(STATUS, {"exp": NOW}), "iss or sub"),
    "an assertion for two years": ("assert-NIS", token(ASSERTION, ISSUED | {"exp": NOW + 2 * YEAR}), "exp"),
    "an assertion without an end": ("assert-NIS", token(ASSERTION, {"iss": ISSUED["iss"]}), "exp"),
    "an assertion whose end is true": ("assert-NIS", token(ASSERTION, ISSUED | {"exp": True}), "exp"),
    "a list for tomorrow": ("status", token(STATUS, LISTED | {"exp": NOW + 86_400}), "exp"),
    "a token of no object": ("assert-NIS", token(ASSERTION, ["iss"]), "iss or sub"),
    "a token of no JSON": ("assert-NIS", signing_input("EdDSA", KID, ASSERTION, b"{"), "json_invalid"),
    "a token that is signed already": ("assert-NIS", token(ASSERTION, ISSUED) + b"." + b"A" * 86, "token_parts"),
    "a head of another party's lane": ("lane", THEIRS.body, "lane of another party"),
    "a head with a time to come": ("lane", cosigned_message(NOW + SKEW + 1, head(1).body), "time"),
    "a head with a time long past": ("lane", cosigned_message(NOW - PAST - 1, head(1).body), "time"),
    "a head with a line more": ("lane", head(1).body + b"more\n", "note_form"),
    "a size with a nought before it": ("lane", head(1).body.replace(b"\n1\n", b"\n01\n"), "note_form"),
    "a root of another spelling": ("lane", f"{NAMES.lane('AUS', 1)}\n1\n{'A' * 42}B=\n".encode(), "note_form"),
    "a head of no lane": ("lane", b"example.com/log\n1\n" + b"A" * 43 + b"=\n", "note_form"),
    "an acknowledgement of our own lane": ("witness", cosigned_message(NOW, head(1).body), "not told to this party"),
    "an acknowledgement of a lane for others": (
        "witness",
        cosigned_message(NOW, Checkpoint(names_of("AUS").lane("JPN", 1), 7, b"r" * 32).body),
        "not told to this party",
    ),
    "an acknowledgement without a time": ("witness", THEIRS.body, "no time"),
    "an acknowledgement that is dated back": ("witness", cosigned_message(NOW - PAST - 1, THEIRS.body), "time"),
    "a head by a key of no role": ("root-1", head(1).body, "without a role"),
    "a head by a key for nothing": ("", head(1).body, "without a role"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_key_is_not_for_is_refused(payloads: Payloads, case: str) -> None:
    """Whoever asks for it has no business here."""
    label, message, where = BAD[case]
    with refused(Reason.SIGNER_REFUSED, where):
        payloads.check(label, KID, message, ())


def test_a_status_list_lives_as_long_as_its_writer_says() -> None:
    """The number is said twice, and is one."""
    assert STATUS_LIFE == LIFE


class TestHeads:
    """Of a lane, head after head is signed, and nothing beside."""

    @pytest.fixture
    def grown(self, payloads: Payloads) -> Payloads:
        """Give a process that has signed the fifth head of a lane."""
        assert payloads.check("lane", KID, head(1, 5).body, ()) is None
        return payloads

    def test_same_head_passes_again(self, grown: Payloads) -> None:
        """As at each fetch that finds nothing new, and at a call that is repeated."""
        assert grown.check("lane", KID, cosigned_message(NOW, head(1, 5).body), ()) is None

    def test_larger_head_wants_a_proof(self, grown: Payloads) -> None:
        """From the size that was signed last."""
        assert grown.check("lane", KID, head(1, 9).body, ()) == Wanted(5, 9)

    def test_larger_head_passes_with_its_proof(self, grown: Payloads) -> None:
        """And is then the last."""
        assert grown.check("lane", KID, head(1, 9).body, continuation(1)(5, 9)) is None
        assert grown.check("lane", KID, head(1, 12).body, ()) == Wanted(9, 12)

    def test_smaller_head_is_refused(self, grown: Payloads) -> None:
        """A ledger from before, or somebody who takes a revocation back."""
        with refused(Reason.LANE_BEHIND):
            grown.check("lane", KID, head(1, 4).body, ())

    def test_smaller_head_is_refused_with_a_time_too(self, grown: Payloads) -> None:
        """It is the time that would make it look fresh."""
        with refused(Reason.LANE_BEHIND):
            grown.check("lane", KID, cosigned_message(NOW, head(1, 4).body), ())

    def test_other_head_of_the_same_size_is_refused(self, grown: Payloads) -> None:
        """Two stories for two partners."""
        with refused(Reason.LANE_FORK):
            grown.check("lane", KID, Checkpoint(NAMES.lane("AUS", 1), 5, b"r" * 32).body, ())

    def test_larger_head_of_another_story_is_refused(self, grown: Payloads) -> None:
        """Whatever proof it comes with."""
        other = Checkpoint(NAMES.lane("AUS", 1), 9, b"r" * 32)
        with refused(Reason.PROOF_INVALID):
            grown.check("lane", KID, other.body, continuation(1)(5, 9))

    def test_proof_of_another_lane_is_refused(self, grown: Payloads) -> None:
        """It proves something else."""
        with refused(Reason.PROOF_INVALID):
            grown.check("lane", KID, head(1, 9).body, continuation(2)(5, 9))

    def test_refused_head_leaves_no_mark(self, grown: Payloads) -> None:
        """The lane goes on from where it was."""
        with refused(Reason.PROOF_INVALID):
            grown.check("lane", KID, head(1, 9).body, continuation(2)(5, 9))
        assert grown.check("lane", KID, head(1, 7).body, ()) == Wanted(5, 7)

    def test_lanes_are_apart(self, grown: Payloads) -> None:
        """Each has its own mark."""
        assert grown.check("lane", KID, head(2, 3).body, ()) is None

    def test_empty_lane_grows_without_a_proof(self, payloads: Payloads) -> None:
        """Nothing can be proved about the empty tree."""
        for size in (0, 4):
            assert payloads.check("lane", KID, head(1, size).body, ()) is None

    def test_lost_marks_stop_every_lane(self, grown: Payloads, tmp_path: Path) -> None:
        """Nobody knows any more how far they were signed."""
        (tmp_path / "marks").unlink()
        with refused(Reason.LANE_BEHIND):
            grown.check("lane", KID, head(3, 1).body, ())

    def test_lanes_have_a_number(self, payloads: Payloads, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody fills the disk with lanes of his own."""
        monkeypatch.setattr("interchange.bootstrap.signer_lanes._MOST_LANES", 1)
        payloads.check("lane", KID, head(1).body, ())
        with refused(Reason.SIGNER_REFUSED, "too many lanes"):
            payloads.check("lane", KID, head(2).body, ())
