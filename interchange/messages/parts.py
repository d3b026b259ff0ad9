"""What many messages hold: times, places in lanes, standings and states of rows; domain to protobuf and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from interchange.domain.agreements import RowState
from interchange.domain.standing import Standing
from interchange.v1 import common_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.time import Instant
    from interchange.store.places import Place

STANDINGS = {
    pb.STANDING_VALID: Standing.VALID,
    pb.STANDING_REVOKED: Standing.REVOKED,
    pb.STANDING_SUSPENDED: Standing.SUSPENDED,
    pb.STANDING_EXPIRED: Standing.EXPIRED,
}
STANDING_NUMBERS = {standing: number for number, standing in STANDINGS.items()}

ROW_STATE_NUMBERS = {RowState.CONFIRMED: pb.ROW_STATE_CONFIRMED, RowState.WORKING: pb.ROW_STATE_WORKING}


def timestamp(instant: Instant) -> Timestamp:
    """Write a time that is known."""
    return Timestamp(seconds=instant)


def optional_timestamp(instant: Instant | None) -> Timestamp | None:
    """Write a time that may not be known; None leaves the field absent."""
    return None if instant is None else Timestamp(seconds=instant)


def position(at: Place) -> pb.LanePosition:
    """Write a place in a lane."""
    return pb.LanePosition(origin=at.origin, index=at.n)


def positions(places: Sequence[Place]) -> list[pb.LanePosition]:
    """Write places in several lanes."""
    return [position(place) for place in places]
