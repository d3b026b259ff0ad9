"""Status lists as a partner reads them."""

from fakes.parties import NOW
from fakes.world import World

from interchange.crypto.check import check_signature
from interchange.domain.envelope import STATUS_TYP
from interchange.flows.status_lists import signed_list
from interchange.wire.envelope import parse_compact
from interchange.wire.status_list import MAX_STATUS_TOKEN, StatusList, parse_status_claims


def read(world: World, token: bytes, uri: str) -> StatusList:
    """Check a list of the home node's under its own published key, and read it."""
    envelope = parse_compact(token, STATUS_TYP, MAX_STATUS_TOKEN)
    home = world.home
    record = home.ledger.read(lambda tx: home.keyring(tx, home.names.authority)).key(envelope.kid)
    assert record is not None
    return parse_status_claims(check_signature(envelope, record), uri)


def listed(world: World, party: str, number: int = 1, now: int = NOW) -> StatusList:
    """Ask the home node for a partner's list as that partner."""
    uri = world.home.names.status_uri(party, number)
    return read(world, signed_list(world.home, party, uri, now), uri)
