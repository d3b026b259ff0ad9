import copy
import pickle
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import pytest
from fakes.refusals import refused
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from nacl.bindings import crypto_box, crypto_box_open, crypto_box_seal

from interchange.crypto.box import BoxOpener, check_box_key, generate_box_key, open_box_key, seal_box_key, seal_to
from interchange.crypto.ed25519 import public_key_of
from interchange.crypto.sealed import open_key, seal_key, seal_secret
from interchange.crypto.vault import key_id
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal

# RFC 7748 section 6.1: name → (private key, public key).
RFC_7748 = {
    "Alice": (
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    ),
    "Bob": (
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    ),
}
ALICE, BOB = (BoxOpener(bytes.fromhex(private)) for private, _ in RFC_7748.values())

PRIME = 2**255 - 19
# u-coordinates of the points of small order: 0, 1 and -1 on the curve or its twist, and two of order 8.
SMALL_ORDER = {
    "zero": 0,
    "one": 1,
    "minus one": PRIME - 1,
    "order 8": 325606250916557431795983626356110631294008115727848805560023387167927233504,
    "order 8 again": 39382357235489614581723060781553021112529911719440698176882885853963445705823,
}
NOT_REDUCED = {
    "zero plus the prime": PRIME,
    "one plus the prime": PRIME + 1,
    "nine plus the prime": PRIME + 9,
    "nine with the unused bit": 9 + 2**255,
    "all bits": 2**256 - 1,
}

CONTENT = "header.山田花子.signature".encode()


def point(u: int) -> bytes:
    """Write a u-coordinate (RFC 7748 section 5)."""
    return u.to_bytes(32, "little")


class TestKeys:
    """Which keys there are, and what they are called."""

    @pytest.mark.parametrize("name", RFC_7748)
    def test_public_key_is_the_published_one(self, name: str) -> None:
        """The private key of RFC 7748 section 6.1 has its public key."""
        private, public = map(bytes.fromhex, RFC_7748[name])
        assert BoxOpener(private).public_key == public

    @pytest.mark.parametrize("name", RFC_7748)
    def test_published_key_is_sound(self, name: str) -> None:
        """The public keys of RFC 7748 section 6.1 can be sealed to."""
        check_box_key(bytes.fromhex(RFC_7748[name][1]))

    def test_kid_is_the_thumbprint_that_others_compute(self) -> None:
        """A JWK library gives the key the same name (RFC 7638, RFC 8037 section 2)."""
        x = urlsafe_b64encode(ALICE.public_key).rstrip(b"=").decode()
        assert JWK(kty="OKP", crv="X25519", x=x).thumbprint() == ALICE.kid

    def test_same_bytes_are_another_key_on_the_other_curve(self) -> None:
        """A signing key's name is never a box key's."""
        assert thumbprint(ALICE.public_key) != thumbprint(ALICE.public_key, "X25519")

    @given(secret_key=st.binary(min_size=32, max_size=32))
    def test_every_made_key_is_sound(self, secret_key: bytes) -> None:
        """Whatever the system's randomness gives, its public key is accepted."""
        check_box_key(BoxOpener(secret_key).public_key)

    def test_made_keys_differ(self) -> None:
        """Each comes from the system's randomness."""
        assert len({generate_box_key() for _ in range(8)}) == 8

    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_secret_key_of_another_length_opens_nothing(self, length: int) -> None:
        """The binding would read beyond a short one."""
        with refused(Reason.BOX_SEALED):
            BoxOpener(bytes(length))

    def test_repr_shows_the_kid_alone(self) -> None:
        """A traceback that prints an opener prints no key."""
        assert repr(ALICE) == f"BoxOpener(kid={ALICE.kid!r})"

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
    def test_opener_is_never_copied(self, copied: Callable[[object], object]) -> None:
        """Its key does not leave by a side door."""
        with pytest.raises(TypeError):
            copied(ALICE)


class TestWeakKeys:
    """What is sealed to a weak key, anybody could open."""

    @pytest.mark.parametrize("name", SMALL_ORDER)
    def test_small_order_point_is_weak(self, name: str) -> None:
        """Every secret shared with it is zero."""
        with refused(Reason.KEY_WEAK):
            check_box_key(point(SMALL_ORDER[name]))

    @pytest.mark.parametrize("name", NOT_REDUCED)
    def test_number_that_is_not_reduced_is_weak(self, name: str) -> None:
        """A key has one spelling, and so one name."""
        with refused(Reason.KEY_WEAK):
            check_box_key(point(NOT_REDUCED[name]))

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_key_of_another_length_is_weak(self, length: int) -> None:
        """A public key has 32 bytes."""
        with refused(Reason.KEY_WEAK):
            check_box_key(b"\x09" * length)

    @pytest.mark.parametrize("public_key", [bytes(32), bytes(31), point(1), point(PRIME + 9)])
    def test_nothing_is_sealed_to_a_weak_key(self, public_key: bytes) -> None:
        """The check is not left to whoever enrolled it."""
        with refused(Reason.KEY_WEAK):
            seal_to(public_key, CONTENT)

    @given(public_key=st.binary(max_size=40))
    def test_any_bytes_are_a_key_or_weak(self, public_key: bytes) -> None:
        """Whatever a partner calls its key, nothing but a Refusal is raised."""
        with suppress(Refusal):
            check_box_key(public_key)


class TestBoxes:
    """What is sealed to a key comes back to its holder, and to nobody else."""

    @given(content=st.binary(max_size=2000))
    def test_whatever_is_sealed_opens_again(self, content: bytes) -> None:
        """Content may be any bytes."""
        assert ALICE.open(seal_to(ALICE.public_key, content)) == content

    def test_box_for_another_does_not_open(self) -> None:
        """A partner cannot read what was sealed to another."""
        with refused(Reason.BOX_SEALED):
            BOB.open(seal_to(ALICE.public_key, CONTENT))

    def test_same_content_never_gives_the_same_box(self) -> None:
        """Nobody can see that two boxes tell the same."""
        one, two = (seal_to(ALICE.public_key, CONTENT) for _ in range(2))
        assert {one[:32], one[48:]}.isdisjoint({two[:32], two[48:]})

    def test_another_program_can_open_a_box(self) -> None:
        """A box is crypto_box from the key in front, under the nonce BLAKE2b-192 of both public keys."""
        box = seal_to(ALICE.public_key, CONTENT)
        nonce = blake2b(box[:32] + ALICE.public_key, digest_size=24).digest()
        padded = crypto_box_open(box[32:], nonce, box[:32], bytes.fromhex(RFC_7748["Alice"][0]))
        assert padded == CONTENT + b"\x80" + bytes(511 - len(CONTENT))

    def test_another_program_can_make_a_box(self) -> None:
        """What follows the documented form is opened."""
        nonce = blake2b(BOB.public_key + ALICE.public_key, digest_size=24).digest()
        padded = CONTENT + b"\x80" + bytes(511 - len(CONTENT))
        sealed = crypto_box(padded, nonce, ALICE.public_key, bytes.fromhex(RFC_7748["Bob"][0]))
        assert ALICE.open(BOB.public_key + sealed) == CONTENT

    @pytest.mark.parametrize(("length", "sealed"), [(0, 560), (511, 560), (512, 1072), (16384, 16944)])
    def test_length_is_told_in_steps_only(self, length: int, sealed: int) -> None:
        """A name is short or long to nobody who sees the box."""
        assert len(seal_to(ALICE.public_key, bytes(length))) == sealed

    def test_longest_content_opens(self) -> None:
        """What may be sealed can be opened."""
        assert ALICE.open(seal_to(ALICE.public_key, bytes(16384))) == bytes(16384)

    def test_longer_content_is_refused(self) -> None:
        """No binding is so long."""
        with refused(Reason.FIELD_FORM):
            seal_to(ALICE.public_key, bytes(16385))

    def test_every_altered_byte_is_noticed(self) -> None:
        """Whichever byte is changed, the box no longer opens."""
        box, opened = seal_to(ALICE.public_key, CONTENT), []
        for at in range(len(box)):
            try:
                ALICE.open(box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :])
            except Refusal as refusal:
                if refusal.reason is Reason.BOX_SEALED:
                    continue
            opened.append(at)
        assert opened == []

    @pytest.mark.parametrize("kept", [0, 1, 31, 47, 48, 49, 559])
    def test_truncated_box_does_not_open(self, kept: int) -> None:
        """A box cut anywhere is refused."""
        with refused(Reason.BOX_SEALED):
            ALICE.open(seal_to(ALICE.public_key, CONTENT)[:kept])

    @pytest.mark.parametrize(
        "padded", [b"", CONTENT, bytes(512), b"x" * 512, b"x" * 511 + b"\x81", b"x" * 600 + b"\x80", bytes(17_408)]
    )
    def test_content_that_is_not_padded_is_refused(self, padded: bytes) -> None:
        """Anybody can make a box; what is in it has the form all the same."""
        with refused(Reason.BOX_SEALED):
            ALICE.open(crypto_box_seal(padded, ALICE.public_key))

    def test_box_from_a_small_order_key_does_not_open(self) -> None:
        """The key in front is a stranger's and is refused like any other damage."""
        with refused(Reason.BOX_SEALED):
            ALICE.open(bytes(32) + seal_to(ALICE.public_key, CONTENT)[32:])

    @given(box=st.binary(max_size=1200))
    def test_any_bytes_are_refused(self, box: bytes) -> None:
        """Whatever a stranger sends, nothing but a Refusal is raised."""
        with refused(Reason.BOX_SEALED):
            ALICE.open(box)


class TestSealedFiles:
    """A box key at rest."""

    SECRET, PASSPHRASE = bytes(range(32)), b"correct horse battery staple"

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """Give a place for a file that does not exist yet."""
        return tmp_path / "binding.sealed"

    def seal(self, path: Path) -> BoxOpener:
        """Seal at the least cost that is allowed."""
        return seal_box_key(path, self.SECRET, self.PASSPHRASE, ops=1, mem=8192)

    def test_opened_key_opens_boxes(self, path: Path) -> None:
        """What was sealed is what opens after opening."""
        box = seal_to(self.seal(path).public_key, CONTENT)
        assert open_box_key(path, self.PASSPHRASE).open(box) == CONTENT

    def test_file_names_the_key_and_its_purpose(self, path: Path) -> None:
        """The first line says `binding` and the key's thumbprint."""
        kid = self.seal(path).kid
        assert path.read_text("ascii").startswith(f"clearance-sealed-key/1 label=binding kid={kid} ")

    def test_box_key_does_not_sign(self, path: Path) -> None:
        """The same 32 bytes as a signing seed would be another key."""
        self.seal(path)
        with refused(Reason.FILE_SEALED):
            open_key(path, self.PASSPHRASE)

    def test_signing_key_opens_no_boxes(self, path: Path) -> None:
        """A seed is not taken for a box key, even under its label."""
        seal_key(path, self.SECRET, self.PASSPHRASE, "binding", ops=1, mem=8192)
        with refused(Reason.FILE_SEALED):
            open_box_key(path, self.PASSPHRASE)

    def test_symmetric_key_opens_no_boxes(self, path: Path) -> None:
        """A key of the vault is not taken for a box key, even under its label."""
        seal_secret(path, self.SECRET, self.PASSPHRASE, "binding", key_id, ops=1, mem=8192)
        with refused(Reason.FILE_SEALED):
            open_box_key(path, self.PASSPHRASE)

    def test_signing_key_with_the_name_of_a_box_key_opens_no_boxes(self, path: Path) -> None:
        """The name is computed from the secret and not from the file."""
        name = thumbprint(public_key_of(self.SECRET), "X25519")
        seal_secret(path, self.SECRET, self.PASSPHRASE, "binding", lambda _: name, ops=1, mem=8192)
        with refused(Reason.FILE_SEALED):
            open_box_key(path, self.PASSPHRASE)
