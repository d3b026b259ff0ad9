"""Which certificates are withdrawn: the lists in the ledger, each parsed once by a process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from interchange.crypto.withdrawals import joined, read_withdrawals
from interchange.store import withdrawals

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


class Withdrawn:
    """Remembers what the lists of each party say. The ledger is asked each time whether there are more of them."""

    def __init__(self) -> None:
        """Know of none yet."""
        self._known: dict[str, tuple[int, Mapping[int, Instant]]] = {}

    def of(self, tx: Tx, party: str) -> Mapping[int, Instant]:
        """Say which certificates of a party's authority are withdrawn: serial number → from when on.

        Args:
            tx: an open transaction; what it sees counts, whichever process has written it.
            party: code of the party.

        Raises:
            Refusal: WITHDRAWALS_FORM if a list in the ledger was damaged: who is withdrawn is then not known.
        """
        number = withdrawals.newest(tx, party)
        known, since = self._known.get(party, (0, {}))
        if number < known:
            # The ledger is an older copy.
            known, since = 0, {}
        if number != known:
            for crl in withdrawals.after(tx, party, known):
                since = joined(since, read_withdrawals(crl).since)
            self._known[party] = (number, since)
        return since
