"""What every keychain promises, wherever its keys live: in memory, in sealed files, in a module, in another process."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from fakes import softhsm
from fakes.keychain import MemoryKeychain
from fakes.refusals import refused
from fakes.signing_process import CHEAP, PASSPHRASE, RunningSigner, continuation, head, make_directory

from interchange.crypto.ed25519 import check_public_key, verify
from interchange.crypto.joined_keychain import JoinedKeychain
from interchange.crypto.keychain import Keychain
from interchange.crypto.pkcs11_keychain import Pkcs11Keychain
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.crypto.sealed_keychain import SealedKeychain
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal

LANES = count(1)
"""Each test signs heads of lanes that no other has signed."""


@dataclass
class Backend:
    """A kind of keychain: `opened` gives another one over the same keys, as another process or a restart would."""

    keychain: Keychain
    opened: Callable[[], Keychain]


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the socket of a real process that signs."""
    with RunningSigner(make_directory(tmp_path_factory.mktemp("signing") / "signer")) as running:
        yield running.socket


def memory(_request: pytest.FixtureRequest, _directory: Path) -> Backend:
    """The fake that other tests use keeps the same promises."""
    keychain = MemoryKeychain()
    return Backend(keychain, lambda: keychain)


def sealed(_request: pytest.FixtureRequest, directory: Path) -> Backend:
    """Give sealed files of the least cost."""
    return Backend(
        SealedKeychain(directory, PASSPHRASE, **CHEAP), lambda: SealedKeychain(directory, PASSPHRASE, **CHEAP)
    )


def pkcs11(request: pytest.FixtureRequest, _directory: Path) -> Backend:
    """Give a token of SoftHSM2 without keys."""
    request.getfixturevalue("hsm")

    def opened() -> Pkcs11Keychain:
        keychain = Pkcs11Keychain(softhsm.LIBRARY, "node", softhsm.PIN.encode())
        request.addfinalizer(keychain.close)
        return keychain

    keychain = opened()
    for kid in keychain:
        keychain.destroy(kid)
    return Backend(keychain, opened)


def process(request: pytest.FixtureRequest, _directory: Path) -> Backend:
    """Give the way to the process."""
    socket = request.getfixturevalue("signing")

    def opened() -> ProcessKeychain:
        keychain = ProcessKeychain(socket)
        request.addfinalizer(keychain.close)
        return keychain

    return Backend(opened(), opened)


def joined(request: pytest.FixtureRequest, directory: Path) -> Backend:
    """Give a module that takes the place of sealed files."""
    first, second = pkcs11(request, directory), sealed(request, directory)
    return Backend(
        JoinedKeychain(first.keychain, second.keychain), lambda: JoinedKeychain(first.opened(), second.opened())
    )


@pytest.fixture(params=[memory, sealed, pkcs11, process, joined], ids=lambda made: made.__name__)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """Give each kind of keychain."""
    made: Backend = request.param(request, tmp_path)
    return made


@pytest.fixture
def keychain(backend: Backend) -> Keychain:
    """Give a keychain of each kind."""
    return backend.keychain


def message() -> bytes:
    """Give something that a key of a lane may sign wherever it lives."""
    return head(next(LANES)).body


def test_made_key_signs(keychain: Keychain) -> None:
    """Its public key verifies what it signs."""
    signer, text = keychain.make("lane"), message()
    assert verify(signer.public_key, text, signer.sign(text))


def test_made_key_is_sound(keychain: Keychain) -> None:
    """Its public key is one that every partner enrols."""
    check_public_key(keychain.make("lane").public_key)


def test_kid_is_the_thumbprint(keychain: Keychain) -> None:
    """Keys are called by their public halves, whoever keeps them."""
    signer = keychain.make("lane")
    assert signer.kid == thumbprint(signer.public_key)


def test_made_key_is_found(keychain: Keychain) -> None:
    """By its kid, and in the list of all."""
    kid = keychain.make("lane").kid
    assert (keychain[kid].kid, kid in keychain, kid in list(keychain)) == (kid, True, True)


def test_length_counts_the_keys(keychain: Keychain) -> None:
    """One more is one more."""
    before = len(keychain)
    keychain.make("lane")
    assert len(keychain) - before == 1


def test_label_is_told(keychain: Keychain) -> None:
    """What the key was made for."""
    assert keychain.label(keychain.make("assert-ORGAN").kid) == "assert-ORGAN"


def test_keys_of_one_label_differ(keychain: Keychain) -> None:
    """One takes the other's place, and both are there meanwhile."""
    kids = {keychain.make("lane").kid for _ in range(2)}
    assert len(kids & set(keychain)) == 2


@pytest.mark.parametrize("label", ["", "../lane", "a b", ".hidden", "x" * 65, "lane\n", "é"])
def test_label_that_is_no_part_of_a_name_is_refused(keychain: Keychain, label: str) -> None:
    """It could lead to another directory."""
    with refused(Reason.FIELD_FORM, "label"):
        keychain.make(label)


def test_same_message_gives_the_same_signature(keychain: Keychain) -> None:
    """So that a call that is repeated gives the same bytes (RFC 8032 section 5.1.6)."""
    signer, text = keychain.make("lane"), message()
    assert signer.sign(text) == signer.sign(text)


def test_key_outlives_whoever_made_it(backend: Backend) -> None:
    """Opened anew, it signs under the same public key."""
    made, text = backend.keychain.make("lane"), message()
    assert verify(made.public_key, text, backend.opened()[made.kid].sign(text))


def test_key_of_another_process_is_found(backend: Backend) -> None:
    """Without a restart, also after the keys were looked at."""
    list(backend.keychain)
    made, text = backend.opened().make("lane"), message()
    assert verify(made.public_key, text, backend.keychain[made.kid].sign(text))


def test_unknown_key_is_not_found(keychain: Keychain) -> None:
    """As in every mapping."""
    kid = thumbprint(b"nobody's".ljust(32))
    with pytest.raises(KeyError):
        keychain[kid]
    assert kid not in keychain


def test_label_of_an_unknown_key_is_not_found(keychain: Keychain) -> None:
    """As the key itself."""
    with pytest.raises(KeyError):
        keychain.label(thumbprint(b"nobody's".ljust(32)))


def test_destroyed_key_is_not_found(keychain: Keychain) -> None:
    """Nor listed."""
    kid = keychain.make("lane").kid
    keychain.destroy(kid)
    assert (kid in keychain, kid in list(keychain)) == (False, False)


def test_destroyed_key_does_not_sign(keychain: Keychain) -> None:
    """Not even for whoever looked it up before."""
    signer = keychain.make("lane")
    keychain.destroy(signer.kid)
    with refused(Reason.SIGNER_UNAVAILABLE):
        signer.sign(message())


def test_destroyed_key_does_not_come_back(backend: Backend) -> None:
    """Opened anew, it is not there."""
    kid = backend.keychain.make("lane").kid
    backend.keychain.destroy(kid)
    assert kid not in backend.opened()


def test_key_is_destroyed_once_and_again(keychain: Keychain) -> None:
    """A second time changes nothing, and so does an unknown kid."""
    kid = keychain.make("lane").kid
    for _ in range(2):
        keychain.destroy(kid)
    keychain.destroy(thumbprint(b"nobody's".ljust(32)))


def test_key_that_another_process_destroyed_signs_no_more(backend: Backend) -> None:
    """Looked up anew, it is not there or does not sign."""
    kid = backend.keychain.make("lane").kid
    assert kid in backend.keychain
    backend.opened().destroy(kid)
    with pytest.raises((KeyError, Refusal)):
        backend.keychain[kid].sign(message())
    assert kid not in backend.keychain


def test_other_keys_stay_when_one_is_destroyed(keychain: Keychain) -> None:
    """Of the same label too."""
    stays, goes = keychain.make("lane"), keychain.make("lane")
    keychain.destroy(goes.kid)
    text = message()
    assert verify(stays.public_key, text, keychain[stays.kid].sign(text))


def test_threads_sign_at_once(keychain: Keychain) -> None:
    """Each gets the signature of its own message."""
    signer, texts = keychain.make("lane"), [message() for _ in range(40)]
    with ThreadPoolExecutor(8) as threads:
        signatures = list(threads.map(signer.sign, texts))
    assert all(verify(signer.public_key, *pair) for pair in zip(texts, signatures, strict=True))


def test_representation_is_the_key_id_alone(keychain: Keychain) -> None:
    """What a log or a traceback prints of a signer has no secret in it."""
    signer = keychain.make("lane")
    assert repr(signer) == f"{type(signer).__name__}(kid={signer.kid!r})"


def test_lane_goes_on_where_its_growth_is_proved(keychain: Keychain) -> None:
    """Head after head is signed for whoever can prove that each continues the last."""
    kid, lane = keychain.make("lane").kid, next(LANES)
    signer = keychain.lane_signer(kid, continuation(lane))
    heads = [head(lane, size).body for size in (3, 4, 4, 11)]
    assert all(verify(signer.public_key, body, signer.sign(body)) for body in heads)
