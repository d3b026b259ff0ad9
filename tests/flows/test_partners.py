"""Admitting a partner: what its people said by another way is compared with what came over the network."""

from dataclasses import replace

import pytest
from cryptography import x509
from fakes import tokens
from fakes.authorities import Authority
from fakes.narrowing import narrow
from fakes.parties import DAY, HOME, NOW, DirectLink, admit_request, do, key_of, keyring_of, names_of, signed
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.crypto.certificates import make_ca
from interchange.domain.events import KeyRestricted, Restriction
from interchange.domain.keyring import KeyRecord, Keyring, Role, RootKey
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.partners import ADMIT, AdmitRequest
from interchange.store import partners

WEAK = bytes([1]) + bytes(31)


def request(ring: Keyring | None = None, party: str = "USA", *roots: int, **changes: object) -> AdmitRequest:
    """Ask for the admission of a party that is not admitted yet."""
    return admit_request(party, signed(ring or american(), "USA", *roots), **changes)


def american(**changes: object) -> Keyring:
    """Build a keyring of a party whose rules are its own business."""
    authority = names_of("USA").authority
    keys = tuple(
        tokens.key_record(f"USA {role.value}", role, authority=authority, sign_from=NOW - 60, sign_until=NOW + DAY)
        for role in (Role.STATUS, Role.LANE, Role.WITNESS)
    )
    roots = tuple(tokens.root_key(f"USA root {n}") for n in (1, 2, 3))
    ring = replace(keyring_of(HOME), authority=authority, keys=keys, roots=roots)
    return replace(ring, **changes)  # type: ignore[arg-type]


def with_weak(ring: Keyring) -> Keyring:
    """Give a keyring a key that is everybody's."""
    return replace(ring, keys=(*ring.keys[1:], replace(ring.keys[0], public_key=WEAK, kid=thumbprint(WEAK))))


def with_weak_root(ring: Keyring) -> Keyring:
    """Give a keyring a root key that is everybody's."""
    return replace(ring, roots=(*ring.roots, RootKey(thumbprint(WEAK), "EdDSA", WEAK)))


REFUSED = {
    "another pin than its people said": (Reason.KEYRING_PIN, request(root_pin="0" * 64)),
    "the pin in capitals": (Reason.KEYRING_PIN, request(root_pin=american().root_pin.upper())),
    "no pin": (Reason.KEYRING_PIN, request(root_pin="")),
    "a keyring of another party": (Reason.KEYRING_PARTY, request(party="GBR")),
    "too few root signatures": (Reason.KEYRING_THRESHOLD, request(None, "USA", 1)),
    "a key that is everybody's": (Reason.KEY_WEAK, request(with_weak(american()))),
    "a root key that is everybody's": (Reason.KEY_WEAK, request(with_weak_root(american()))),
    "a keyring that is over": (Reason.KEYRING_EXPIRED, request(american(issued=NOW - 9, expires=NOW))),
    "the authority of another party's certificates": (
        Reason.CERTIFICATE_FORM,
        request(ca_pem=make_ca(names_of("GBR").authority, NOW)[0]),
    ),
    "no certificate": (Reason.CERTIFICATE_FORM, request(ca_pem=b"")),
    "two certificates": (
        Reason.CERTIFICATE_FORM,
        request(ca_pem=make_ca(names_of("USA").authority, NOW)[0] + make_ca(names_of("USA").authority, NOW)[0]),
    ),
}


def test_party_is_admitted(world: World) -> None:
    """With the right pin and everything sound the partner is there."""
    do(world.home, ADMIT, request())
    assert world.home.ledger.read(lambda tx: partners.get(tx, "USA")) is not None


@pytest.mark.parametrize("name", REFUSED)
def test_party_is_refused(world: World, name: str) -> None:
    """Anything that does not fit what its people said keeps it out."""
    reason, asked = REFUSED[name]
    with refused(reason):
        do(world.home, ADMIT, asked)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_party_leaves_no_trace(world: World, name: str) -> None:
    """Neither a lane nor a keyring of it is kept."""
    reason, asked = REFUSED[name]
    before = rows(world.home)
    with refused(reason):
        do(world.home, ADMIT, asked)
    assert rows(world.home) == before


def test_partner_is_admitted_once(world: World) -> None:
    """A second admission, with whatever other keys, is refused."""
    other = keyring_of("KOR", expires=NOW + DAY)
    with refused(Reason.ALREADY_KNOWN):
        do(world.home, ADMIT, admit_request("KOR", signed(other, "KOR")))


@pytest.mark.parametrize("whose", [HOME, "KOR"])
def test_party_whose_authority_bears_the_name_of_another_is_refused(world: World, whose: str) -> None:
    """In the bundle of all authorities it could stand in the other's place."""
    of = world.home.home_ca() if whose == HOME else _pinned(world, whose)
    named = x509.load_pem_x509_certificate(of).subject
    with refused(Reason.CERTIFICATE_FORM):
        do(world.home, ADMIT, request(ca_pem=Authority(names_of("USA").authority, name=named).pem))


def test_authority_is_kept_as_it_is_written_here(world: World) -> None:
    """Whatever white space came with it."""
    written = make_ca(names_of("USA").authority, NOW)[0]
    do(world.home, ADMIT, request(ca_pem=b"\n" + written.replace(b"\n", b"\r\n")))
    assert _pinned(world, "USA") == written


def _pinned(world: World, party: str) -> bytes:
    partner = world.home.ledger.read(lambda tx: partners.get(tx, party))
    assert partner is not None
    return partner.ca_pem


def test_node_does_not_admit_itself(world: World) -> None:
    """There is no lane from a party to itself."""
    with refused(Reason.FIELD_FORM):
        do(world.home, ADMIT, admit_request(HOME, signed(keyring_of(HOME), HOME)))


def test_party_without_agreement_is_refused(world: World) -> None:
    """Korea and Australia have no agreement in the rulebook, and so nothing to tell each other."""
    with refused(Reason.AGREEMENT_UNKNOWN):
        do(world["KOR"], ADMIT, admit_request("AUS", signed(keyring_of("AUS"), "AUS")))


def test_unlisted_party_is_refused(world: World) -> None:
    """The rulebook's list is the authority on who there is."""
    with refused(Reason.PARTY_UNKNOWN):
        do(world.home, ADMIT, replace(request(), party="XXA"))


def test_production_partner_is_refused_by_a_demonstration(world: World) -> None:
    """A demonstration and a production node never speak to each other, because their names differ."""
    authority = names_of("USA").authority.removeprefix("demo.")
    production = american(authority=authority, keys=())
    with refused(Reason.KEYRING_PARTY):
        do(world.home, ADMIT, request(production))


def test_partner_can_be_admitted_with_a_later_keyring(world: World) -> None:
    """A party that has published before is admitted with what it has now."""
    do(world.home, ADMIT, request(american(number=7)))
    assert world.home.ledger.read(partners.keyring_numbers)[names_of("USA").authority] == 7


def test_partner_that_joins_late_reads_of_the_keyring_in_use(world: World) -> None:
    """A partner whose keyring of ours is an older one sees so from the first leaf."""
    do(world.home, PUBLISH, PublishRequest(signed(keyring_of(HOME, 2), HOME)))
    do(world.home, ADMIT, request())
    assert "number=2" in repr(world.events("USA")[0])


def test_partner_is_followed_from_its_first_leaf(world: World) -> None:
    """After admission both read each other's lanes."""
    follow.catch_up(world.home, DirectLink(world["KOR"], HOME), "KOR", NOW)
    assert follow.frontier_of(world.home, "KOR").size == 1


def stolen(party: str) -> KeyRecord:
    """List a key of the home party as one's own."""
    return replace(key_of(HOME, Role.ASSERT, "METI"), authority=names_of(party).authority)


def test_party_that_lists_the_key_of_another_is_refused(world: World) -> None:
    """Whoever calls a key of another party its own would take that party's word from it."""
    with refused(Reason.KEYRING_PARTY):
        do(world.home, ADMIT, request(american(keys=(*american().keys, stolen("USA")))))


def test_partner_that_lists_the_key_of_another_later_is_refused(world: World) -> None:
    """The same by way of a partner's next keyring; until it mends it, that partner is not followed any further."""
    ring = keyring_of("KOR", 2)
    claimed = replace(ring, keys=(*ring.keys, stolen("KOR")))
    do(world["KOR"], PUBLISH, PublishRequest(signed(claimed, "KOR")))
    with refused(Reason.KEYRING_PARTY):
        follow.catch_up(world.home, DirectLink(world["KOR"], HOME), "KOR", NOW)


def test_partner_admitted_after_a_key_was_narrowed_hears_of_it(world: World) -> None:
    """The new lane begins with the keyring and with all that was narrowed since, as older partners heard it."""
    kid = key_of(HOME, Role.ASSERT, "METI").kid
    narrow(world.home, kid, Restriction.SUSPENDED)
    do(world.home, ADMIT, request())
    assert world.events("USA")[1:] == [KeyRestricted(kid, Restriction.SUSPENDED)]
