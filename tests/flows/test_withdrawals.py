"""Withdrawn certificates in the ledger: which count, for how long, and what was signed with them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fakes.authorities import FIRST, Authority
from fakes.parties import DAY, HOME, NOW, do, names_of
from fakes.refusals import refused
from fakes.signing import SATO, SUZUKI, Person, edit, held, is_lifted, lifting, only_sign, say, strict, word
from fakes.world import World

from interchange.crypto.own_certificate import serial_of
from interchange.domain.proposals import Outcome
from interchange.errors import Reason
from interchange.flows.certificate_ends import CertificateEnd, certificate_ends
from interchange.flows.node import Node
from interchange.flows.proposals import carry_out
from interchange.flows.withdrawals import INSTALL, InstallRequest
from interchange.flows.withdrawn import Withdrawn

AUTHORITY = Authority(names_of(HOME).authority)


def withdraw(node: Node, *people: Person, number: int = 1, since: int = NOW) -> None:
    """Take a list with the certificates of these people."""
    at = datetime.fromtimestamp(since, UTC)
    crl = AUTHORITY.withdraw(*(person.pair.certificate for person in people), number=number, since=at)
    do(node, INSTALL, InstallRequest(HOME, crl))


def withdrawn(node: Node) -> set[int]:
    """List the serial numbers of the home party that are withdrawn."""
    return set(node.ledger.read(lambda tx: node.withdrawn.of(tx, HOME)))


def serials(*people: Person) -> set[int]:
    """List the serial numbers of people's certificates."""
    return {serial_of(person.pair.certificate) for person in people}


def test_all_lists_count_together(world: World) -> None:
    """Whether they are read one after the other or at once."""
    withdraw(world.home, SATO)
    first = withdrawn(world.home)
    withdraw(world.home, SUZUKI, number=5)
    anew = withdrawn(replace(world.home, withdrawn=Withdrawn()))
    assert (first, withdrawn(world.home), anew) == (serials(SATO), serials(SATO, SUZUKI), serials(SATO, SUZUKI))


def test_older_copy_of_the_ledger_is_read_anew(world: World) -> None:
    """What a process remembers of another ledger does not count."""
    withdraw(world.home, SATO)
    withdraw(world.home, SUZUKI, number=5)
    withdrawn(world.home)
    edit(world.home, "DELETE FROM withdrawals WHERE number = 5")
    assert withdrawn(world.home) == serials(SATO)


def test_damaged_list_is_refused_and_not_taken_for_an_empty_one(world: World) -> None:
    """Who is withdrawn is not known then."""
    withdraw(world.home, SATO)
    edit(world.home, "UPDATE withdrawals SET crl = 'x'")
    with refused(Reason.WITHDRAWALS_FORM):
        withdrawn(world.home)


def test_nobody_signs_with_a_withdrawn_certificate(world: World) -> None:
    """Also where somebody goes around the door."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    withdraw(node, SATO)
    with refused(Reason.CERTIFICATE_WITHDRAWN):
        say(node, proposal, SATO)


def test_signature_from_before_the_withdrawal_counts(world: World) -> None:
    """As it does with a certificate that ended since."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    only_sign(node, proposal, SATO)
    withdraw(node, SATO, since=NOW + 1)
    assert say(node, proposal, SUZUKI).outcome is Outcome.EXECUTED


@pytest.mark.parametrize("since", [NOW, NOW - DAY])
def test_signature_from_after_the_withdrawal_does_not_count(world: World, since: int) -> None:
    """It was perhaps not its holder who made it, though the list came later."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    only_sign(node, proposal, SATO)
    withdraw(node, SATO, since=since)
    after = say(node, proposal, SUZUKI)
    assert (after.outcome, is_lifted(node, hold)) == (Outcome.OPEN, False)


def test_holder_signs_again_with_another_certificate(world: World) -> None:
    """The proposal need not be asked for anew."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    only_sign(node, proposal, SATO)
    withdraw(node, SATO, since=NOW - DAY)
    say(node, proposal, SUZUKI)
    say(node, proposal, replace(SATO, label="renewed"))
    assert is_lifted(node, hold)


def test_what_was_signed_with_a_withdrawn_certificate_is_not_carried_out(world: World) -> None:
    """Also where both had signed before the list came, and a crash was between."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    for person in (SATO, SUZUKI):
        only_sign(node, proposal, person)
    withdraw(node, SUZUKI, since=FIRST_INSTANT)
    assert (carry_out(node, proposal.proposal_id, NOW), is_lifted(node, hold)) == (None, False)


FIRST_INSTANT = int(FIRST.timestamp())


def test_partners_list_concerns_no_signature_at_home(world: World) -> None:
    """Serial numbers are each authority's own."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    crl = Authority(names_of("KOR").authority).withdraw(*(who.pair.certificate for who in (SATO, SUZUKI)))
    edit(node, "INSERT INTO withdrawals (party, number, crl, at) VALUES ('KOR', 1, ?, 0)", crl)
    for person in (SATO, SUZUKI):
        say(node, proposal, person)
    assert word(proposal, SATO).spiffe == SATO.spiffe
    assert is_lifted(node, hold)


def test_ends_of_certificates_are_listed_the_first_first(world: World) -> None:
    """The node's own, its party's authority, and each partner's."""
    node = world.home
    own = AUTHORITY.certify(node.names.spiffe("partner", "node"), last=datetime.fromtimestamp(NOW + DAY, UTC))
    renewed = replace(node, own_certificate=lambda: own.certificate)
    found = node.ledger.read(lambda tx: certificate_ends(renewed, tx))
    authorities = [f"authority of {party}" for party in sorted(world.nodes)]
    assert found[0] == CertificateEnd("node certificate", NOW + DAY)
    assert sorted(each.what for each in found[1:]) == authorities
