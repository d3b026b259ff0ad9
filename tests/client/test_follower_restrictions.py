"""What a restriction does to what the key signed before, and that a node's tables and a follower's memory agree."""

from itertools import product

import pytest
from fakes import tokens
from fakes.party import FakeParty
from fakes.readers import follow, judged

from interchange.client.projection import Projection
from interchange.domain.events import KeyRestricted, KeyringPublished, Restriction
from interchange.errors import Reason
from interchange.store import partners, told
from interchange.store.ledger import Ledger, Tx

KID = tokens.kid("assert")
SUSPENDED, RETIRED, TAINTED = Restriction.SUSPENDED, Restriction.RETIRED, Restriction.TAINTED


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((RETIRED,), None),
        ((SUSPENDED,), Reason.KEY_RESTRICTED),
        ((TAINTED,), Reason.KEY_RESTRICTED),
        ((RETIRED, TAINTED), Reason.KEY_RESTRICTED),
        ((SUSPENDED, RETIRED), Reason.KEY_RESTRICTED),
        ((TAINTED, RETIRED), Reason.KEY_RESTRICTED),
    ],
)
def test_what_the_key_signed_before(steps: tuple[Restriction, ...], reason: Reason | None) -> None:
    """Retiring is no word against it, the others are, and nothing that is told afterwards widens them."""
    party = FakeParty()
    token = party.issue()
    for how in steps:
        party.tell(KeyRestricted(KID, how))
    assert judged(follow(party), token).reason is reason


STEPS = (RETIRED, SUSPENDED, "install the next keyring", "tell the newest keyring", "tell the first keyring")


def at_node(tx: Tx, authority: str, steps: tuple[str, ...]) -> bool:
    """Let a node's tables take steps, and ask whether the key's signatures count no more."""
    number = 0
    for step in ("install the next keyring", "tell the newest keyring", *steps):
        match step:
            case "install the next keyring":
                number += 1
                partners.add_keyring(tx, authority, number, b"", "", 0)
            case "tell the newest keyring":
                told.record(tx, authority, authority, 0, KeyringPublished(number, ""))
            case "tell the first keyring":
                told.record(tx, authority, authority, 0, KeyringPublished(1, ""))
            case how:
                told.record(tx, authority, authority, 0, KeyRestricted(KID, Restriction(how)))
    known = told.restriction(tx, authority, KID)
    return known is not None and known.withdraws


def in_memory(steps: tuple[str, ...]) -> bool:
    """Let a follower's memory take the same steps."""
    number, projection = 0, Projection()
    for step in ("install the next keyring", "tell the newest keyring", *steps):
        match step:
            case "install the next keyring":
                number += 1
            case "tell the newest keyring":
                projection.apply([KeyringPublished(number, "")], number)
            case "tell the first keyring":
                projection.apply([KeyringPublished(1, "")], number)
            case how:
                projection.apply([KeyRestricted(KID, Restriction(how))], number)
    return projection.withdrawn(KID)


def test_node_and_follower_agree_on_every_short_history(ledger: Ledger) -> None:
    """All orders of four steps: restrictions, keyrings installed, keyrings told anew and again."""
    histories = list(product(STEPS, repeat=4))

    def work(tx: Tx) -> list[bool]:
        return [at_node(tx, f"n{number}.example", steps) for number, steps in enumerate(histories)]

    assert ledger.transact(work) == [in_memory(steps) for steps in histories]
