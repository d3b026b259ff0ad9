"""What the signing process knows of our lanes by itself: how far it has signed each, whatever a ledger says."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from interchange.domain.merkle_proof import verify_consistency
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.checkpoint import Checkpoint
    from interchange.store.highwater import HighWater

_MOST_LANES = 1024
"""No nation has as many partners; whoever asks for more fills a disk."""


class Wanted(NamedTuple):
    """A proof that is wanted before a head is signed: that the tree of the new size begins with that of the old."""

    old: int
    new: int


class LaneMarks:
    """Lets a head pass if it continues the last one, and marks it before it is signed."""

    def __init__(self, highwater: HighWater) -> None:
        """Keep the marks in a file of the signing process's own."""
        self._highwater = highwater
        self._lock = Lock()

    def pass_on(self, checkpoint: Checkpoint, proof: Sequence[bytes]) -> Wanted | None:
        """Let a head pass, or say which proof is wanting.

        The first head of a lane is believed: nobody has signed anything that it could contradict.

        Args:
            checkpoint: a head of one of our lanes.
            proof: consistency proof from the last head, as far as the asker knows it; may be empty.

        Raises:
            Refusal: LANE_BEHIND for a head smaller than the last, and if the file of marks is lost or not as written;
                LANE_FORK for another head of the same size; PROOF_INVALID for a proof of something else;
                HIGHWATER_UNREADABLE; SIGNER_REFUSED for more lanes than there can be.
        """
        origin, size, root = checkpoint.origin, checkpoint.size, checkpoint.root
        with self._lock:
            mark = self._highwater.mark(origin)
            if mark is None:
                self._check_room()
            elif size < mark.size:
                raise refuse(Reason.LANE_BEHIND, "the signing process has signed more of this lane")
            elif size == mark.size:
                if root != mark.root:
                    raise refuse(Reason.LANE_FORK, "the signing process has signed another head of this size")
                return None
            elif mark.size:
                if not proof:
                    return Wanted(mark.size, size)
                verify_consistency(mark.size, mark.root, size, root, proof)
            self._highwater.raise_to(origin, size, root)
        return None

    def _check_room(self) -> None:
        if len(self._highwater.marks().by_lane or ()) >= _MOST_LANES:
            raise refuse(Reason.SIGNER_REFUSED, "too many lanes")
