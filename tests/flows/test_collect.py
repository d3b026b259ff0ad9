"""Root signatures that come in one by one: which are kept, how far it has come, and that the whole is published."""

from dataclasses import replace

import pytest
from fakes import tokens
from fakes.parties import DAY, HOME, NOW, do, key_of, keyring_of
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.keyring import ED25519, MLDSA65, Keyring, Role, RootKey, RootSignature
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason
from interchange.flows.collect import COLLECT, Collected, CollectRequest, read_collected
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.store import archive, partners
from interchange.wire.keyring import assemble, encode_keyring, keyring_digest

SECOND = keyring_of(HOME, 2)
PAIRS = tuple(f"{HOME} root {n}" for n in (1, 2, 3))
BOTH = replace(
    SECOND,
    thresholds={ED25519: 2, MLDSA65: 2},
    roots=(*SECOND.roots, *(tokens.mldsa_root_key(label) for label in PAIRS)),
)
"""The second keyring, in which ML-DSA-65 keys come in."""


def of(ring: Keyring, *who: str) -> bytes:
    """Write a keyring with signatures of some custodians' halves: `E1`, `M2`."""
    payload = encode_keyring(ring)
    return assemble(payload, [line(payload, each) for each in who])


def line(payload: bytes, who: str) -> RootSignature:
    """Sign with half a custodian's pair."""
    sign = tokens.root_signature if who[0] == "E" else tokens.mldsa_root_signature
    return sign(f"{HOME} root {who[1:]}", payload)


def collect(world: World, document: bytes, now: int = NOW, *, replace: bool = False) -> Collected:
    """Hand a document in."""
    return read_collected(do(world.home, COLLECT, CollectRequest(document, replace), now))


def numbers(found: Collected) -> list[tuple[int, str, int, int, int]]:
    """Say how far each family of each keyring has come: how many signed, are needed, and wait."""
    return [(one.number, one.family, len(one.signed), one.needed, len(one.waiting)) for one in found.counts]


def test_draft_is_collected_before_anybody_signed(world: World) -> None:
    """It is named by its digest, and lacks everything."""
    found = collect(world, encode_keyring(SECOND))
    assert (found.number, found.sha256) == (2, keyring_digest(encode_keyring(SECOND)))
    assert numbers(found) == [(1, ED25519, 0, 2, 3), (2, ED25519, 0, 2, 3)]
    assert not found.is_complete


def test_signatures_of_custodians_add_up(world: World) -> None:
    """Each hands in the draft with the own signature, and knows nothing of the others."""
    collect(world, of(SECOND, "E3"))
    found = collect(world, of(SECOND, "E1"))
    signed = {tokens.root_key(f"{HOME} root {n}").kid for n in (1, 3)}
    assert [set(one.signed) for one in found.counts] == [signed, signed]
    assert found.is_complete


def test_collected_keyring_is_published_without_naming_it(world: World) -> None:
    """The node has it already; partners are told of it, and nothing is left of the collection."""
    collect(world, of(SECOND, "E3"))
    collect(world, of(SECOND, "E1"))
    assert do(world.home, PUBLISH, PublishRequest(b"")) == "2"
    home = world.home
    kept = home.ledger.read(lambda tx: (partners.keyring(tx, home.names.authority, 2), archive.collected(tx, 2)))
    assert kept == (of(SECOND, "E3", "E1"), None)


def test_too_few_collected_are_not_published(world: World) -> None:
    """Whether it is enough, the rule says that every partner applies."""
    collect(world, of(SECOND, "E3"))
    with refused(Reason.KEYRING_THRESHOLD):
        do(world.home, PUBLISH, PublishRequest(b""))


def test_nothing_collected_is_nothing_to_publish(world: World) -> None:
    """An empty request publishes what was collected, and nothing else."""
    with refused(Reason.FIELD_MISSING):
        do(world.home, PUBLISH, PublishRequest(b""))


def test_collected_keyring_is_named_where_a_second_person_approves(world: World) -> None:
    """Who approves reads a keyring, not whatever will have come in by then."""
    alone = replace(SECOND, thresholds={ED25519: 1})
    do(world.home, PUBLISH, PublishRequest(of(alone, "E1", "E3")))
    collect(world, of(keyring_of(HOME, 3, thresholds={ED25519: 1}), "E1"))
    with refused(Reason.FIELD_MISSING):
        do(world.home, PUBLISH, PublishRequest(b""))


def test_both_families_are_counted_apart(world: World) -> None:
    """The keyring in use counts one family, the next one two."""
    collect(world, of(BOTH, "E1", "M1"))
    found = collect(world, of(BOTH, "E2"))
    assert numbers(found) == [(1, ED25519, 2, 2, 1), (2, ED25519, 2, 2, 1), (2, MLDSA65, 1, 2, 2)]
    assert not found.is_complete
    assert collect(world, of(BOTH, "M3")).is_complete
    assert do(world.home, PUBLISH, PublishRequest(b"")) == "2"


def test_new_root_keys_and_old_ones_both_sign(world: World) -> None:
    """Where root keys are exchanged, custodians of both hand in."""
    strangers = tuple(tokens.root_key(f"{HOME} root {n}") for n in (4, 5, 6))
    ring = replace(SECOND, roots=strangers)
    found = collect(world, of(ring, "E1", "E2", "E4"))
    assert numbers(found) == [(1, ED25519, 2, 2, 1), (2, ED25519, 1, 2, 2)]
    assert collect(world, of(ring, "E6")).is_complete


def test_signature_handed_in_twice_counts_once(world: World) -> None:
    """Nor does one custodian's second signature add to the first."""
    collect(world, of(BOTH, "M1"))
    assert numbers(collect(world, of(BOTH, "M1")))[2] == (2, MLDSA65, 1, 2, 2)


def test_another_draft_of_the_number_needs_a_word(world: World) -> None:
    """Signatures that came in are not lost because somebody drafted anew."""
    collect(world, of(SECOND, "E1"))
    with refused(Reason.ALREADY_KNOWN):
        collect(world, of(BOTH, "E2"))
    found = collect(world, of(BOTH, "E2"), replace=True)
    assert [len(one.signed) for one in found.counts] == [1, 1, 0]


def wrong_signature() -> bytes:
    """Hand in a signature over another keyring as if it were over this one."""
    payload, other = encode_keyring(SECOND), encode_keyring(replace(SECOND, expires=NOW + DAY))
    return assemble(payload, [replace(line(payload, "E1"), signature=line(other, "E1").signature)])


REFUSED = {
    "no keyring": (Reason.KEYRING_FORM, b"[]"),
    "no JSON": (Reason.KEYRING_FORM, b"\xff"),
    "another party's": (Reason.KEYRING_PARTY, encode_keyring(replace(keyring_of("AUS"), number=2))),
    "the number in use": (Reason.KEYRING_NUMBER, encode_keyring(keyring_of(HOME))),
    "a number ahead": (Reason.KEYRING_NUMBER, encode_keyring(keyring_of(HOME, 3))),
    "of another generation": (Reason.KEYRING_NUMBER, encode_keyring(replace(SECOND, generation=2))),
    "over already": (Reason.KEYRING_EXPIRED, encode_keyring(replace(SECOND, issued=NOW - DAY, expires=NOW))),
    "a key for another use": (
        Reason.KEY_ROLE,
        encode_keyring(replace(SECOND, keys=(replace(key_of(HOME, Role.LANE), role=Role.STATUS),))),
    ),
    "a root key that is everybody's": (
        Reason.KEY_WEAK,
        encode_keyring(
            replace(
                SECOND,
                roots=(
                    *SECOND.roots,
                    RootKey(thumbprint(b"\x01" + bytes(31)), "EdDSA", b"\x01" + bytes(31)),
                ),
            )
        ),
    ),
    "signed by a stranger": (Reason.KEY_ROLE, of(SECOND, "E1", "E9")),
    "signed by a key of the second family that is none": (Reason.KEY_ROLE, of(SECOND, "M1")),
    "signed over another keyring": (Reason.SIGNATURE_INVALID, wrong_signature()),
}
"""What is handed in → why it is refused, and the document."""


@pytest.mark.parametrize("name", REFUSED)
def test_document_is_refused_and_leaves_no_trace(world: World, name: str) -> None:
    """Whoever brings a faulty one is told at once, not when it is to be published."""
    reason, document = REFUSED[name]
    before = rows(world.home)
    with refused(reason):
        collect(world, document)
    assert rows(world.home) == before


def test_family_in_use_cannot_be_left_out_of_what_is_collected(world: World) -> None:
    """No custodian's time is spent on a keyring that nobody would take."""
    do(world.home, PUBLISH, PublishRequest(of(BOTH, "E1", "E2", "M1", "M2")))
    with refused(Reason.KEYRING_THRESHOLD):
        collect(world, encode_keyring(keyring_of(HOME, 3)))


def test_repeated_request_gives_what_was_answered(world: World) -> None:
    """Also after the keyring was published."""
    request = CollectRequest(of(SECOND, "E1", "E3"))
    first = do(world.home, COLLECT, request, request_id="6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f")
    do(world.home, PUBLISH, PublishRequest(b""))
    again = do(world.home, COLLECT, request, request_id="6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f")
    assert read_collected(again) == read_collected(first)
