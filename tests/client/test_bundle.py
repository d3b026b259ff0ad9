"""Evidence that is broken or contradicts itself: it is named, and nothing is said of the assertion."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fakes import tokens
from fakes.party import PROJECT, FakeParty, note_of, signed_note
from fakes.readers import judge
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.client.directory import Bundle
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.events import Revoked, Scope
from interchange.domain.keyring import Role
from interchange.errors import Reason, Refusal
from interchange.wire.status_list import StatusList

Fault = Callable[[FakeParty, Bundle], Bundle]


def _relisted(**changes: Any) -> Fault:  # noqa: ANN401 - any member
    return lambda party, bundle: replace(bundle, status_list=tokens.status_token(party.listed(**changes)))


def _listed_by(label: str) -> Fault:
    return lambda party, bundle: replace(bundle, status_list=tokens.status_token(party.listed(), label))


def _noted(note: Callable[[Checkpoint], bytes]) -> Fault:
    return lambda party, bundle: replace(bundle, checkpoint=note(party.checkpoint()))


def _proven(change: Callable[[bytes], bytes]) -> Fault:
    return lambda _, bundle: replace(bundle, proof=change(bundle.proof))


def _smaller_list(party: FakeParty, bundle: Bundle) -> Bundle:
    listed: StatusList = party.listed(lane_size=party.checkpoint().size - 1)
    return replace(bundle, status_list=tokens.status_token(listed))


FAULTS: dict[str, tuple[Fault, Reason, str]] = {
    "checkpoint of another lane": (
        _noted(lambda head: signed_note(replace(head, origin=f"{tokens.AUTHORITY}/lane/CCC/1"), NOW)),
        Reason.NOTE_ORIGIN,
        "checkpoint.txt",
    ),
    "checkpoint by another key": (
        _noted(lambda head: signed_note(head, NOW, "status")),
        Reason.KEY_UNKNOWN,
        "checkpoint.txt: lane key",
    ),
    "checkpoint with one line only": (
        _noted(lambda head: note_of(head, tokens.lane_lines(head)[0])),
        Reason.KEY_UNKNOWN,
        "checkpoint.txt: lane key",
    ),
    "checkpoint from the future": (
        _noted(lambda head: signed_note(head, NOW + 61)),
        Reason.NOTE_TIME_AHEAD,
        "checkpoint.txt",
    ),
    "checkpoint of another root": (
        _noted(lambda head: signed_note(replace(head, root=bytes(32)), NOW)),
        Reason.LANE_FORK,
        "proof.txt",
    ),
    "checkpoint of a larger lane than the proof's": (
        _noted(lambda head: signed_note(replace(head, size=head.size + 1), NOW)),
        Reason.PROOF_INVALID,
        "proof.txt: under another head than checkpoint.txt",
    ),
    "proof of another leaf": (
        _proven(lambda proof: proof.replace(b"index 0", b"index 1")),
        Reason.PROOF_INVALID,
        "proof.txt: root",
    ),
    "proof that is cut": (
        _proven(lambda proof: proof[:20]),
        Reason.PROOF_FORM,
        "proof.txt: title",
    ),
    "list of another name": (
        _relisted(uri="https://aaa.clearance.example/status/BBB/2"),
        Reason.STATUS_SUBJECT,
        "status-list.jwt",
    ),
    "list by a key of another role": (_listed_by("assert"), Reason.KEY_ROLE, "status-list.jwt"),
    "list by an unknown key": (_listed_by("stranger"), Reason.KEY_UNKNOWN, "status-list.jwt"),
    "list from the future": (
        _relisted(iat=NOW + 61, exp=NOW + 900),
        Reason.NOTE_TIME_AHEAD,
        "status-list.jwt",
    ),
    "list outside the key's window": (
        _relisted(iat=NOW - 40 * 86_400, exp=NOW),
        Reason.KEY_WINDOW,
        "status-list.jwt",
    ),
    "list older than the checkpoint": (
        _smaller_list,
        Reason.STATUS_ROLLBACK,
        "status-list.jwt: older than checkpoint.txt",
    ),
    "list of another root": (_relisted(lane_root=bytes(32)), Reason.LANE_FORK, "status-list.jwt"),
    "list too short for the slot": (
        _relisted(slots=b"\x00"),
        Reason.STATUS_INDEX,
        "status-list.jwt",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_evidence_says_nothing_about_the_assertion(fault: str) -> None:
    """Files that contradict themselves are named, and no verdict rests on them."""
    spoil, reason, where = FAULTS[fault]
    party = FakeParty()
    token = party.issue(status_idx=5)
    party.issue()
    with pytest.raises(Refusal) as caught:
        judge(party, token, spoil(party, party.bundle(token)))
    assert (caught.value.reason, caught.value.where) == (reason, where)


def test_a_leaf_with_another_number_than_its_place_is_refused() -> None:
    """The number in a leaf is its place in the lane."""
    party = FakeParty()
    token = party.issue()
    party.append(party.entries[0].leaf)
    with refused(Reason.LANE_GAP):
        judge(party, token, party.bundle(index=1))


@pytest.mark.parametrize("role", [Role.LANE, Role.STATUS])
def test_what_a_tainted_key_signed_is_no_evidence(role: Role) -> None:
    """A thief of the lane or status key cannot make yesterday's files."""
    keys = tuple(replace(key, tainted_since=NOW) if key.role is role else key for key in tokens.party_keyring().keys)
    party = FakeParty(keyrings={1: tokens.published(tokens.party_keyring(keys=keys))})
    token = party.issue()
    with pytest.raises(Refusal) as caught:
        judge(party, token)
    assert caught.value.reason in {Reason.KEY_UNKNOWN, Reason.KEY_RESTRICTED}


def test_a_newer_list_of_a_longer_lane_is_taken() -> None:
    """The list may have been fetched after the proof."""
    party = FakeParty()
    token = party.issue()
    bundle = party.bundle(token)
    party.tell(Revoked(party.statement().jti))
    party.slots[1] = 1
    newer = replace(bundle, status_list=tokens.status_token(party.listed()))
    assert judge(party, token, newer).reason is Reason.REVOKED


def test_holds_of_a_project_show_in_the_slot() -> None:
    """A bundle needs no lane: the issuer has put every hold into the slot."""
    party = FakeParty()
    token = party.issue()
    party.hold(Scope.PROJECT, PROJECT)
    party.slots[1] = 2
    assert judge(party, token).reason is Reason.SUSPENDED
