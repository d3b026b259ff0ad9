import copy
import hmac
import pickle
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

import pytest
from fakes.refusals import refused
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from interchange.crypto.vault import DUMMY_AAD, Lookup, Sealed, Vault, generate_key, key_id
from interchange.errors import Malformed, Reason, Refusal, Unavailable

SUBJECT = b"00000000-0000-4000-8000-000000000001"
NAMES = "山田 花子".encode()


def key(number: int) -> bytes:
    """Make a key from a constant."""
    return bytes([number]) * 32


OLD = Vault({1: key(1)}, {1: key(101)})
VAULT = Vault({1: key(1), 2: key(2)}, {1: key(101), 2: key(102)})


def text_of(digest: bytes) -> str:
    """Write a digest as the vault does."""
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def by_hand(padded: bytes, aad: bytes) -> Sealed:
    """Seal under the first key what the vault itself would not."""
    nonce = bytes(24)
    return Sealed(1, nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(padded, aad, nonce, key(1)))


class TestSealing:
    """What is sealed comes back, to whoever has the key and knows whose it is."""

    @given(content=st.binary(max_size=2000), aad=st.binary(max_size=50))
    def test_whatever_is_sealed_opens_again(self, content: bytes, aad: bytes) -> None:
        """Content and subject may be any bytes."""
        assert VAULT.open(VAULT.seal(content, aad), aad) == content

    def test_highest_number_seals(self) -> None:
        """A key that was added is the current one."""
        assert VAULT.seal(NAMES, SUBJECT).key_number == VAULT.sealing_number == 2

    def test_order_of_the_keys_says_nothing(self) -> None:
        """The number decides, however the files were listed."""
        assert Vault({2: key(2), 10: key(3), 1: key(1)}, {1: key(101)}).sealing_number == 10

    def test_record_of_an_older_key_opens(self) -> None:
        """Adding a key takes nothing away."""
        assert VAULT.open(OLD.seal(NAMES, SUBJECT), SUBJECT) == NAMES

    def test_sealing_twice_gives_nothing_to_compare(self) -> None:
        """Nonces are new each time, so that equal people do not look alike."""
        one, two = (VAULT.seal(NAMES, SUBJECT).data for _ in range(2))
        assert {one[:24], one[24:]}.isdisjoint({two[:24], two[24:]})

    def test_form_is_nonce_padded_content_and_tag(self) -> None:
        """A record is XChaCha20-Poly1305 over ISO 7816-4 padding, bound to purpose, key number and subject."""
        expected = by_hand(NAMES + b"\x80" + bytes(511 - len(NAMES)), b"clearance-identity/1 1 " + SUBJECT)
        assert OLD.open(expected, SUBJECT) == NAMES

    @pytest.mark.parametrize(("length", "stored"), [(0, 552), (1, 552), (511, 552), (512, 1064), (16384, 16936)])
    def test_length_is_told_in_steps_only(self, length: int, stored: int) -> None:
        """A name is short or long to nobody who reads the ledger."""
        assert len(VAULT.seal(bytes(length), SUBJECT).data) == stored

    def test_longest_content_opens(self) -> None:
        """What may be sealed can be opened."""
        assert VAULT.open(VAULT.seal(bytes(16384), SUBJECT), SUBJECT) == bytes(16384)

    def test_longer_content_is_refused(self) -> None:
        """No identity is so long."""
        with refused(Reason.FIELD_FORM):
            VAULT.seal(bytes(16385), SUBJECT)

    def test_content_is_not_readable_in_the_record(self) -> None:
        """The sealed bytes do not contain the name."""
        assert NAMES not in VAULT.seal(NAMES, SUBJECT).data


ALTERED: dict[str, Callable[[Sealed], Sealed]] = {
    "another key's number": lambda sealed: replace(sealed, key_number=1),
    "a number that no key has": lambda sealed: replace(sealed, key_number=3),
    "a number below all": lambda sealed: replace(sealed, key_number=0),
    "nothing": lambda sealed: replace(sealed, data=b""),
    "less than a nonce": lambda sealed: replace(sealed, data=sealed.data[:23]),
    "less than a tag": lambda sealed: replace(sealed, data=sealed.data[:39]),
    "no content": lambda sealed: replace(sealed, data=sealed.data[:40]),
    "cut by a byte": lambda sealed: replace(sealed, data=sealed.data[:-1]),
    "longer by a byte": lambda sealed: replace(sealed, data=sealed.data + b"\0"),
    "longer than any": lambda sealed: replace(sealed, data=sealed.data + bytes(20_000)),
}


class TestTampering:
    """A record opens as it was sealed, for whom it was sealed, or not at all."""

    @pytest.mark.parametrize("how", ALTERED)
    def test_altered_record_does_not_open(self, how: str) -> None:
        """Number and bytes are as they were when they were sealed."""
        with refused(Reason.VAULT_SEALED):
            VAULT.open(ALTERED[how](VAULT.seal(NAMES, SUBJECT)), SUBJECT)

    def test_every_altered_byte_is_noticed(self) -> None:
        """Whichever byte is changed, the record no longer opens."""
        sealed, opened = VAULT.seal(NAMES, SUBJECT), []
        for at in range(len(sealed.data)):
            data = sealed.data[:at] + bytes([sealed.data[at] ^ 1]) + sealed.data[at + 1 :]
            try:
                VAULT.open(Sealed(sealed.key_number, data), SUBJECT)
            except Refusal as refusal:
                if refusal.reason is Reason.VAULT_SEALED:
                    continue
            opened.append(at)
        assert opened == []

    @pytest.mark.parametrize("aad", [b"", SUBJECT[:-1] + b"2", SUBJECT[:-1], b" " + SUBJECT, DUMMY_AAD])
    def test_record_moved_to_another_subject_does_not_open(self, aad: bytes) -> None:
        """Exchanging two people's rows in the database gives neither the other's name."""
        with refused(Reason.VAULT_SEALED):
            VAULT.open(VAULT.seal(NAMES, SUBJECT), aad)

    def test_number_and_subject_cannot_be_cut_elsewhere(self) -> None:
        """Key 1 with subject `1…` is another pair than key 11 with subject `…`, even were both keys the same."""
        sealed = Vault({1: key(1)}, {1: key(101)}).seal(NAMES, b"1 x")
        with refused(Reason.VAULT_SEALED):
            Vault({11: key(1)}, {1: key(101)}).open(Sealed(11, sealed.data), b"x")

    def test_record_is_bound_to_its_keys_number(self) -> None:
        """The same key under another number does not open it."""
        sealed = OLD.seal(NAMES, SUBJECT)
        with refused(Reason.VAULT_SEALED):
            Vault({2: key(1)}, {1: key(101)}).open(Sealed(2, sealed.data), SUBJECT)

    @pytest.mark.parametrize("padded", [bytes(512), b"x" * 512, b"x" * 511 + b"\x81", b"x" * 600 + b"\x80"])
    def test_record_without_padding_does_not_open(self, padded: bytes) -> None:
        """What the vault did not pad, it did not seal."""
        with refused(Reason.VAULT_SEALED):
            OLD.open(by_hand(padded, b"clearance-identity/1 1 " + SUBJECT), SUBJECT)

    @given(number=st.integers(-1, 4), data=st.binary(max_size=1200))
    def test_any_bytes_are_refused(self, number: int, data: bytes) -> None:
        """Whatever lies in the database, nothing but a Refusal is raised."""
        with refused(Reason.VAULT_SEALED):
            VAULT.open(Sealed(number, data), SUBJECT)

    def test_fault_is_the_nodes_and_not_the_callers(self) -> None:
        """Whoever asked can change nothing about it; the node cannot answer now."""
        with pytest.raises(Unavailable):
            VAULT.open(Sealed(9, b""), SUBJECT)


class TestLookUp:
    """A person is found by a hash that needs a key to make."""

    def test_digest_is_keyed_blake2b(self) -> None:
        """The standard library's BLAKE2b gives the same digest."""
        expected = blake2b(NAMES, digest_size=32, key=key(102), person=b"clearance-lookup").digest()
        assert VAULT.lookup(NAMES) == Lookup(2, text_of(expected))

    def test_same_content_is_found_again(self) -> None:
        """The digest depends on nothing but content and key."""
        assert VAULT.lookup(NAMES) == Vault({5: key(5)}, {2: key(102)}).lookup(NAMES)

    def test_other_content_is_not_found(self) -> None:
        """Nor does what is nearly the same have nearly the same digest."""
        assert VAULT.lookup(NAMES).digest != VAULT.lookup(NAMES + b" ").digest

    def test_all_keys_are_looked_under_the_current_first(self) -> None:
        """While keys change, records of the old one are still found."""
        assert VAULT.lookups(NAMES) == [VAULT.lookup(NAMES), OLD.lookup(NAMES)]

    def test_numbers_are_ordered_as_numbers(self) -> None:
        """Key 10 is newer than key 9."""
        vault = Vault({1: key(1)}, {9: key(9), 10: key(10), 2: key(2)})
        assert [found.key_number for found in vault.lookups(NAMES)] == [10, 9, 2]

    def test_number_of_the_current_key_is_told(self) -> None:
        """A job can find the rows that wait to be hashed anew."""
        assert VAULT.looking_number == VAULT.lookup(NAMES).key_number == 2

    def test_sealing_key_does_not_change_the_digest(self) -> None:
        """Adding a sealing key leaves everybody to be found."""
        assert Vault({3: key(3)}, {1: key(101)}).lookup(NAMES) == OLD.lookup(NAMES)


class TestFingerprint:
    """A repeated request is told from one that says otherwise, whatever keys were added in between."""

    def test_digest_is_keyed_blake2b(self) -> None:
        """The standard library's BLAKE2b under the oldest key gives the same digest."""
        expected = blake2b(NAMES, digest_size=32, key=key(101), person=b"clearance-repeat").digest()
        assert VAULT.fingerprint(NAMES) == text_of(expected)

    def test_added_key_changes_nothing(self) -> None:
        """The request from before it is still the same request."""
        assert OLD.fingerprint(NAMES) == VAULT.fingerprint(NAMES)

    def test_other_content_gives_another(self) -> None:
        """A request that says otherwise is another one."""
        assert VAULT.fingerprint(NAMES) != VAULT.fingerprint(NAMES + b" ")

    def test_nobody_is_looked_up_by_it(self) -> None:
        """It is no digest under which a person is found."""
        assert VAULT.fingerprint(NAMES) not in {each.digest for each in VAULT.lookups(NAMES)}


class TestDummy:
    """Finding nobody costs what finding somebody costs."""

    def test_dummy_opens(self) -> None:
        """There is something to decrypt where there is no row."""
        assert VAULT.open(VAULT.dummy(), DUMMY_AAD) == b"nobody"

    def test_dummy_is_of_the_usual_length(self) -> None:
        """It takes as long to decrypt as somebody's record."""
        assert len(VAULT.dummy().data) == len(VAULT.seal(NAMES, SUBJECT).data)

    def test_dummy_is_nobodys_record(self) -> None:
        """It cannot be put in a person's row."""
        with refused(Reason.VAULT_SEALED):
            VAULT.open(VAULT.dummy(), SUBJECT)


class TestKeys:
    """Which keys make a vault, and that they stay in it."""

    @pytest.mark.parametrize(
        ("sealing", "looking"),
        [
            pytest.param({}, {1: key(1)}, id="nothing-to-seal-with"),
            pytest.param({1: key(1)}, {}, id="nothing-to-look-up-with"),
            pytest.param({1: bytes(31)}, {1: key(1)}, id="short-sealing-key"),
            pytest.param({1: key(1)}, {1: b""}, id="empty-look-up-key"),
            pytest.param({0: key(1)}, {1: key(2)}, id="number-zero"),
            pytest.param({1: key(1)}, {-1: key(2)}, id="negative-number"),
            pytest.param({1: key(1), 2: key(1)}, {1: key(2)}, id="a-key-twice"),
            pytest.param({1: key(1)}, {1: key(1)}, id="one-key-for-both"),
        ],
    )
    def test_vault_is_not_made_of(self, sealing: dict[int, bytes], looking: dict[int, bytes]) -> None:
        """A vault that could not do its work is not made."""
        with refused(Reason.VAULT_SEALED):
            Vault(sealing, looking)

    def test_vault_does_not_change_with_its_makers_mapping(self) -> None:
        """The keys are those that were given."""
        keys = {1: key(1)}
        vault = Vault(keys, {1: key(101)})
        keys[2] = key(2)
        assert vault.sealing_number == 1

    def test_nothing_is_shown_of_the_vault(self) -> None:
        """A traceback that prints it prints no key."""
        assert (repr(VAULT), f"{VAULT}") == ("Vault(…)", "Vault(…)")

    def test_nothing_is_shown_of_a_record(self) -> None:
        """A log of a row says which key, and no byte of it."""
        assert repr(VAULT.seal(NAMES, SUBJECT)) == "Sealed(key_number=2, …)"

    def test_nothing_is_shown_of_a_digest(self) -> None:
        """Two lines of a log cannot be seen to concern one person."""
        assert repr(VAULT.lookup(NAMES)) == "Lookup(key_number=2, …)"

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
    def test_vault_is_never_copied(self, copied: Callable[[object], object]) -> None:
        """Its keys do not leave by a side door."""
        with pytest.raises(TypeError):
            copied(VAULT)

    def test_new_keys_differ(self) -> None:
        """Each comes from the system's randomness."""
        assert len({generate_key() for _ in range(8)}) == 8

    def test_id_is_a_hash_under_the_key(self) -> None:
        """The standard library's BLAKE2b gives the same id."""
        expected = blake2b(b"", digest_size=32, key=key(1), person=b"clearance-kid").digest()
        assert hmac.compare_digest(key_id(key(1)), text_of(expected))

    def test_key_of_another_length_has_no_id(self) -> None:
        """BLAKE2b would take a key of any length."""
        with refused(Reason.VAULT_SEALED):
            key_id(bytes(31))

    def test_too_long_content_is_the_callers_fault(self) -> None:
        """Unlike a record that does not open, it can be mended by whoever asked."""
        with pytest.raises(Malformed):
            VAULT.seal(bytes(20_000), SUBJECT)
