"""What a follower signs for, as its issuer takes it: evidence of who knew what, when."""

import pytest
from fakes import tokens
from fakes.forger import LANE
from fakes.parties import DAY, HOME, NOW, label, names_of
from fakes.refusals import refused
from fakes.world import World
from sqlalchemy import select
from sqlmodel import col

from interchange.domain.checkpoint import Checkpoint, LineKind, NoteLine, cosigned_message, key_id
from interchange.domain.keyring import Role
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.errors import Reason
from interchange.flows.lanes import Position, receive_acknowledgement
from interchange.store import lanes
from interchange.store.ledger import Tx
from interchange.store.tables import EvidenceRow, LaneRow
from interchange.wire.note import format_line

WITNESS = label("KOR", Role.WITNESS)


def line(position: Position, at: int = NOW, key: str = WITNESS, name: str = "", shown: str = "") -> str:
    """Cosign a head of the Korean lane as the witness `name`, with one key, under the key id of `shown`."""
    checkpoint = Checkpoint(LANE, position.size, position.root)
    witness = name or names_of("KOR").witness
    public_key = tokens.public_key(shown or key)
    signature = tokens.sign(key, cosigned_message(at, checkpoint.body))
    return format_line(NoteLine(witness, key_id(witness, LineKind.COSIGNATURE, public_key), signature, at))


def positions(world: World) -> list[Position]:
    """Give every position that a follower of the Korean lane has passed."""

    def look(tx: Tx) -> list[Position]:
        head = lanes.head(tx, LANE)
        assert head is not None
        frontier, found = Frontier.empty(), []
        for _, entry in lanes.all_entries(tx, LANE, head.size):
            frontier = frontier.append(leaf_hash(entry.leaf))
            found.append(Position(frontier.size, frontier.root))
        return found

    return world.home.ledger.read(look)


@pytest.fixture
def lane(world: World) -> list[Position]:
    """A lane of four leaves, of which the follower has acknowledged none."""
    project = world.open_project()
    for _ in range(3):
        world.issue(project, world.clear())
    return positions(world)


def kept(world: World) -> tuple[int, int | None, str | None]:
    """Read what the issuer keeps: size, time of receipt, and the line."""
    columns = (col(LaneRow.acknowledged_size), col(LaneRow.acknowledged_at), col(LaneRow.acknowledgement))
    row = world.home.ledger.read(lambda tx: tx.execute(select(*columns).where(col(LaneRow.origin) == LANE)).one())
    return row[0], row[1], row[2]


def receive(world: World, position: Position, text: str, party: str = "KOR", now: int = NOW) -> int:
    """Let the home node take an acknowledgement from a party."""
    return receive_acknowledgement(world.home, party, position, text, now)


def test_acknowledgement_is_kept_as_it_was_signed(world: World, lane: list[Position]) -> None:
    """Size, time of receipt and the very line are kept, to be shown if it comes to a dispute."""
    text = line(lane[2], NOW - 5)
    receive(world, lane[2], text)
    assert kept(world) == (3, NOW, text)


def test_answer_is_the_time_that_the_follower_signed(world: World, lane: list[Position]) -> None:
    """The witness's own time, not that of the receipt."""
    assert receive(world, lane[-1], line(lane[-1], NOW - 5)) == NOW - 5


def test_smaller_acknowledgement_does_not_lower_what_is_kept(world: World, lane: list[Position]) -> None:
    """One that was under way for longer changes nothing."""
    newest = line(lane[3])
    receive(world, lane[3], newest)
    receive(world, lane[1], line(lane[1]))
    assert kept(world) == (4, NOW, newest)


def test_acknowledgement_of_the_same_size_is_kept_for_its_later_time(world: World, lane: list[Position]) -> None:
    """A follower that goes on cosigning an unchanged head shows that it is still there."""
    receive(world, lane[3], line(lane[3]))
    receive(world, lane[3], line(lane[3], NOW + 60), now=NOW + 60)
    assert kept(world) == (4, NOW + 60, line(lane[3], NOW + 60))


HONEST = 3


REFUSED = {
    "by another partner's witness": (Reason.KEY_UNKNOWN, {"key": label("AUS", Role.WITNESS)}),
    "by another partner's witness under its own name": (
        Reason.KEY_UNKNOWN,
        {"key": label("AUS", Role.WITNESS), "name": names_of("AUS").witness},
    ),
    "by another partner's witness under the right key id": (
        Reason.SIGNATURE_INVALID,
        {"key": label("AUS", Role.WITNESS), "shown": WITNESS},
    ),
    "by the follower's key for another role": (Reason.KEY_UNKNOWN, {"key": label("KOR", Role.LANE)}),
    "by the issuer itself": (Reason.KEY_UNKNOWN, {"key": label(HOME, Role.WITNESS)}),
    "more than a minute ahead": (Reason.NOTE_TIME_AHEAD, {"at": NOW + 61}),
    "before the key's window": (Reason.KEY_WINDOW, {"at": NOW - 61}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_line_is_refused(world: World, lane: list[Position], name: str) -> None:
    """Only the follower's own witness key, in its window and not ahead of us, acknowledges."""
    reason, how = REFUSED[name]
    with refused(reason):
        receive(world, lane[HONEST], line(lane[HONEST], **how))  # type: ignore[arg-type]


def test_key_outside_its_window_acknowledges_nothing(world: World, lane: list[Position]) -> None:
    """A witness key that may no longer sign is refused, though its keyring is there."""
    later = NOW + 365 * DAY
    with refused(Reason.KEY_WINDOW):
        receive(world, lane[HONEST], line(lane[HONEST], later), now=later)


def test_line_over_another_head_is_refused(world: World, lane: list[Position]) -> None:
    """A cosignature of a smaller head does not serve for a larger one."""
    with refused(Reason.SIGNATURE_INVALID):
        receive(world, lane[3], line(lane[2]))


def test_line_of_one_partner_does_not_serve_for_anothers_lane(world: World, lane: list[Position]) -> None:
    """The lane is part of what is signed, and each lane has its own reader."""
    first = Position(1, positions(world)[0].root)
    with pytest.raises(Exception, match=r"lane_fork|key_unknown"):
        receive(world, first, line(first), party="AUS")


CONTRADICTIONS = {
    "larger than the lane": (Reason.LANE_ROLLBACK, Position(5, bytes(32))),
    "another root": (Reason.LANE_FORK, Position(3, bytes(32))),
    "leaves under the empty root": (Reason.LANE_FORK, Position(3, Frontier.empty().root)),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_head_that_is_not_ours_is_refused(world: World, lane: list[Position], name: str) -> None:
    """A follower that cosigned what we never signed has seen a lane of somebody else's making."""
    reason, position = CONTRADICTIONS[name]
    with refused(reason):
        receive(world, position, line(position))


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_head_that_is_not_ours_is_kept_as_evidence(world: World, lane: list[Position], name: str) -> None:
    """What the follower said is kept, with the reason."""
    reason, position = CONTRADICTIONS[name]
    with refused(reason):
        receive(world, position, line(position))
    columns = (col(EvidenceRow.reason), col(EvidenceRow.received))
    found = world.home.ledger.read(lambda tx: tx.execute(select(*columns)).all())
    said = f"{LANE}\n{position.size}\n{position.root.hex()}\n".encode()
    assert [tuple(row) for row in found] == [(reason.code, said)]


def test_refused_line_leaves_what_was_kept(world: World, lane: list[Position]) -> None:
    """A bad acknowledgement does not displace a good one."""
    good = line(lane[1])
    receive(world, lane[1], good)
    with refused(Reason.SIGNATURE_INVALID):
        receive(world, lane[3], line(lane[2]))
    assert kept(world) == (2, NOW, good)


def test_party_without_a_lane_acknowledges_nothing(world: World) -> None:
    """A party of the rulebook that was never admitted has nothing to sign for."""
    nothing = Position(0, Frontier.empty().root)
    with refused(Reason.PARTNER_UNKNOWN):
        receive(world, nothing, line(nothing), party="USA")
