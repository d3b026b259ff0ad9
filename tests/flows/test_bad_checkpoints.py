"""Checkpoints that a follower's node does not read or believe, though the lane's own key signed what they say."""

from collections.abc import Callable

import pytest
from fakes import forger, tokens
from fakes.forger import LANE, LANE_KEY, ForgedLink, followed
from fakes.parties import HOME, NOW
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.checkpoint import Checkpoint, LineKind, NoteLine, cosigned_message, key_id
from interchange.domain.lane import Page
from interchange.domain.merkle import Frontier
from interchange.errors import Reason
from interchange.flows import follow
from interchange.wire.note import format_line, format_note


def head(at: Frontier) -> Checkpoint:
    """Name the head that the follower has."""
    return Checkpoint(LANE, at.size, at.root)


def signed(body: bytes, at: int = NOW) -> bytes:
    """Sign any text as a checkpoint is signed, with both lines of the lane's key."""
    public = tokens.public_key(LANE_KEY)
    plain = NoteLine(LANE, key_id(LANE, LineKind.ED25519, public), tokens.sign(LANE_KEY, body))
    timed_id = key_id(LANE, LineKind.COSIGNATURE, public)
    timed = NoteLine(LANE, timed_id, tokens.sign(LANE_KEY, cosigned_message(at, body)), at)
    return body + b"\n" + "".join(f"{format_line(line)}\n" for line in (plain, timed)).encode()


def one_line(at: Frontier, kept: int) -> bytes:
    """Leave out one of the two lines."""
    return format_note(head(at), [tokens.lane_lines(head(at), NOW, LANE_KEY)[kept]])


FAULTS: dict[str, tuple[Callable[[Frontier], bytes], Reason]] = {
    "an extension line": (lambda at: signed(head(at).body + b"extension\n"), Reason.NOTE_FORM),
    "two extension lines": (lambda at: signed(head(at).body + b"a 1\nb 2\n"), Reason.NOTE_FORM),
    "a size with a leading zero": (lambda at: signed(head(at).body.replace(b"\n", b"\n0", 1)), Reason.NOTE_FORM),
    "a size with a sign": (lambda at: signed(head(at).body.replace(b"\n", b"\n+", 1)), Reason.NOTE_FORM),
    "a root without padding": (lambda at: signed(head(at).body.replace(b"=", b"")), Reason.NOTE_FORM),
    "line ends of another system": (lambda at: signed(head(at).body.replace(b"\n", b"\r\n")), Reason.NOTE_FORM),
    "no root": (lambda at: signed(head(at).body.rsplit(b"\n", 2)[0] + b"\n"), Reason.NOTE_FORM),
    "no line with a time": (lambda at: one_line(at, 0), Reason.KEY_UNKNOWN),
    "no line without a time": (lambda at: one_line(at, 1), Reason.KEY_UNKNOWN),
    "a time ahead": (lambda at: signed(head(at).body, NOW + 61), Reason.NOTE_TIME_AHEAD),
    "a time before the key's window": (lambda at: signed(head(at).body, NOW - 61), Reason.KEY_WINDOW),
    "the auditors' lane": (
        lambda at: forger.note(at.size, at.root, origin=LANE.replace("KOR", "audit")),
        Reason.NOTE_ORIGIN,
    ),
    "the production node's lane": (
        lambda at: forger.note(at.size, at.root, origin=LANE.removeprefix("demo.")),
        Reason.NOTE_ORIGIN,
    ),
}
"""Title → the checkpoint, and why it is refused."""


@pytest.mark.parametrize("title", FAULTS)
def test_bad_checkpoint_is_refused(world: World, title: str) -> None:
    """Each fault has its reason."""
    (make, reason), at = FAULTS[title], followed(world)
    page = Page(make(at), at.size)
    with refused(reason):
        follow.take(world["KOR"], ForgedLink(world, page), HOME, page, NOW)


@pytest.mark.parametrize("title", FAULTS)
def test_bad_checkpoint_changes_only_the_evidence(world: World, title: str) -> None:
    """No contact is counted and no leaf applied; what may prove something is kept for people."""
    (make, reason), at = FAULTS[title], followed(world)
    before, page = rows(world["KOR"]), Page(make(at), at.size)
    with refused(reason):
        follow.take(world["KOR"], ForgedLink(world, page), HOME, page, NOW)
    assert {**rows(world["KOR"]), "evidence": []} == {**before, "evidence": []}


def test_checkpoint_without_fault_is_believed(world: World) -> None:
    """What the bad ones are made of is good."""
    at = followed(world)
    page = Page(signed(head(at).body), at.size)
    assert follow.take(world["KOR"], ForgedLink(world, page), HOME, page, NOW).caught_up
