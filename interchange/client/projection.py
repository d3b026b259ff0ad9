"""What a lane has told, as look-ups in memory; a node's ledger has the same in tables (`store.told`)."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from interchange.domain.events import (
    AssertionIssued,
    BindingEnded,
    BindingSent,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Revoked,
    Scope,
)
from interchange.domain.narrowing import joined, narrowed
from interchange.domain.verdict import Told
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from interchange.domain.events import Event
    from interchange.domain.narrowing import Narrowing

Place: TypeAlias = tuple[Scope, str]
"""What a hold is on: an assertion's id, a project's reference, an agreement's code."""


@dataclass(slots=True)
class Projection:
    """The present state of one lane.

    Attributes:
        size: number of leaves.
        digests: assertion id → digest of its JWS.
        places: assertion id → number of the leaf that tells it.
        revoked: assertion ids.
        holds: name of every hold → what it is on; None once it is lifted.
        open: what is held → how many open holds are on it.
        bindings: assertion id → digest of the identity binding that holds; None once it was ended.
        narrowings: key id → how the lane has narrowed the key since the keyring that it published last.
        keyring: number of that keyring.
    """

    size: int = 0
    digests: MutableMapping[str, str] = field(default_factory=dict)
    places: MutableMapping[str, int] = field(default_factory=dict)
    revoked: MutableMapping[str, None] = field(default_factory=dict)
    holds: MutableMapping[str, Place | None] = field(default_factory=dict)
    open: MutableMapping[Place, int] = field(default_factory=dict)
    bindings: MutableMapping[str, str | None] = field(default_factory=dict)
    narrowings: dict[str, Narrowing] = field(default_factory=dict)
    keyring: int = 0

    def about(self, jti: str, project: str, agreement: str) -> Told | None:
        """Look up what was told of an assertion, its project and its agreement."""
        digest = self.digests.get(jti)
        if digest is None:
            return None
        places = ((Scope.ASSERTION, jti), (Scope.PROJECT, project), (Scope.AGREEMENT, agreement))
        return Told(digest, revoked=jti in self.revoked, held=any(self.open.get(place) for place in places))

    def apply(self, events: Iterable[Event], keyring: int) -> None:
        """Apply a page's events in their order, all of them or none.

        Args:
            events: what the leaves say.
            keyring: number of the root-signed keyring in hand. Where the lane publishes that one, it stands for the
                restrictions told before. Nothing else lifts them, or a stolen lane key could.

        Raises:
            Refusal: LEAF_FORM if an event tells anew what was told, or ends what was never told or ended before.
        """
        # The page is laid over what is there, so that a refusal in its middle leaves nothing behind.
        digests, revoked = ChainMap({}, self.digests), ChainMap({}, self.revoked)
        holds, opened = ChainMap({}, self.holds), ChainMap({}, self.open)
        places, bindings = ChainMap({}, self.places), ChainMap({}, self.bindings)
        narrowings = dict(self.narrowings)
        page = Projection(self.size, digests, places, revoked, holds, opened, bindings, narrowings, self.keyring)
        for event in events:
            page.add(event, keyring)
        self.digests.update(digests.maps[0])
        self.places.update(places.maps[0])
        self.revoked.update(revoked.maps[0])
        self.holds.update(holds.maps[0])
        self.open.update(opened.maps[0])
        self.bindings.update(bindings.maps[0])
        self.size, self.narrowings, self.keyring = page.size, page.narrowings, page.keyring

    def add(self, event: Event, keyring: int) -> None:
        """Apply the next leaf's event; one of no look-up only counts. Arguments and refusals as `apply`."""
        n, self.size = self.size, self.size + 1
        match event:
            case AssertionIssued(jti, _, sha256):
                _require(jti not in self.digests, "jti told twice")
                self.digests[jti], self.places[jti] = sha256, n
            case Revoked(jti):
                _require(jti in self.digests and jti not in self.revoked, "revoked names nothing that is open")
                self.revoked[jti] = None
            case HoldPlaced(hold, scope, of):
                _require(hold not in self.holds, "hold placed twice")
                self.holds[hold] = (scope, of)
                self.open[scope, of] = self.open.get((scope, of), 0) + 1
            case HoldLifted(hold):
                place = self.holds.get(hold)
                if place is None:
                    raise refuse(Reason.LEAF_FORM, "hold names nothing that is open")
                self.holds[hold] = None
                self.open[place] -= 1
            case BindingSent(jti, sha256):
                _require(jti in self.digests and jti not in self.revoked, "binding names nothing that is open")
                _require(self.bindings.get(jti) != sha256, "binding told twice")
                self.bindings[jti] = sha256
            case BindingEnded(jti):
                _require(self.bindings.get(jti) is not None, "binding names nothing that is open")
                self.bindings[jti] = None
            case KeyRestricted(kid, how, since):
                further = narrowed(how, since)
                self.narrowings[kid] = joined([self.narrowings.get(kid), further]) or further
            case KeyringPublished(number) if number > self.keyring:
                self.keyring = number
                if number == keyring:
                    self.narrowings.clear()
            case _:
                return


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the condition itself
    if not holds:
        raise refuse(Reason.LEAF_FORM, otherwise)
