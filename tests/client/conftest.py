"""What tests of the clients share: a party, and a server that answers for it."""

from collections.abc import Iterator

import grpc
import pytest
from fakes.doors import Doors, opened
from fakes.party import FakeParty


@pytest.fixture
def party() -> FakeParty:
    """A party that has told three assertions."""
    party = FakeParty()
    for _ in range(3):
        party.issue()
    return party


@pytest.fixture
def doors(party: FakeParty) -> Iterator[Doors]:
    """A server that answers for the party, in the clear."""
    with opened(party) as doors:
        yield doors


@pytest.fixture
def channel(doors: Doors) -> Iterator[grpc.Channel]:
    """A channel to that server."""
    with grpc.insecure_channel(doors.address) as channel:
        yield channel
