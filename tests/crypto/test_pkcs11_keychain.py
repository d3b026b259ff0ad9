"""A keychain in a hardware module: what it never gives out, and what goes wrong with modules."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import softhsm
from fakes.refusals import refused

from interchange.crypto.ed25519 import verify
from interchange.crypto.pkcs11_keychain import HsmSigner, Pkcs11Keychain
from interchange.errors import Reason

MESSAGE = b"message"
INSIDE = [
    ("SENSITIVE", True),
    ("EXTRACTABLE", False),
    ("NEVER_EXTRACTABLE", True),
    ("LOCAL", True),
    ("TOKEN", True),
    ("PRIVATE", True),
]


@pytest.fixture
def keychain(hsm: Path) -> Iterator[Pkcs11Keychain]:
    """Give a token of SoftHSM2 without keys; its tests leave none either."""
    opened = Pkcs11Keychain(softhsm.LIBRARY, "other", softhsm.PIN.encode())
    yield opened
    for kid in opened:
        opened.destroy(kid)
    opened.close()


def private_half(keychain: Pkcs11Keychain, kid: str) -> Any:  # noqa: ANN401 - the module's own
    """Take the handle of a private key."""
    return keychain._pairs[kid].private


@pytest.mark.parametrize(("name", "holds"), INSIDE)
def test_key_is_made_inside_and_stays_there(keychain: Pkcs11Keychain, name: str, holds: bool) -> None:
    """The module itself says so of the key."""
    import pkcs11  # noqa: PLC0415 - an extra

    private = private_half(keychain, keychain.make("lane").kid)
    assert private[pkcs11.Attribute[name]] is holds


def test_private_half_is_not_given_out(keychain: Pkcs11Keychain) -> None:
    """Not even to whoever has the PIN."""
    import pkcs11  # noqa: PLC0415 - an extra

    private = private_half(keychain, keychain.make("lane").kid)
    with pytest.raises(pkcs11.AttributeSensitive):
        private[pkcs11.Attribute.VALUE]


def test_key_that_can_be_extracted_is_passed_over(keychain: Pkcs11Keychain) -> None:
    """Nobody knows where else it is."""
    import pkcs11  # noqa: PLC0415 - an extra
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415 - as above

    keychain.open_all()
    session = keychain._session
    assert session is not None
    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("1.3.101.112")}
    domain = session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True)
    loose = {pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False}
    kind = pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
    made = domain.generate_keypair(id=b"loose", label="lane", store=True, mechanism=kind, private_template=loose)
    assert len(keychain) == 0
    for half in made:
        half.destroy()


def test_session_that_broke_is_opened_again(keychain: Pkcs11Keychain) -> None:
    """A module or its daemon that began anew costs nobody a call."""
    signer = keychain.make("lane")
    assert keychain._session is not None
    keychain._session.close()
    assert verify(signer.public_key, MESSAGE, signer.sign(MESSAGE))


def test_library_that_began_anew_costs_no_call(keychain: Pkcs11Keychain) -> None:
    """All its sessions and handles are gone then."""
    import pkcs11  # noqa: PLC0415 - an extra

    signer = keychain.make("lane")
    pkcs11.lib(softhsm.LIBRARY).reinitialize()
    assert verify(signer.public_key, MESSAGE, signer.sign(MESSAGE))


def test_session_is_opened_again_only_once(keychain: Pkcs11Keychain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that stays broken is told about, and asked again at the next call."""
    import pkcs11  # noqa: PLC0415 - an extra

    signer, tried = keychain.make("lane"), []

    def broken() -> None:
        tried.append(1)
        raise pkcs11.DeviceError

    with monkeypatch.context() as patch:
        patch.setattr(keychain, "_opened", broken)
        with refused(Reason.SIGNER_UNAVAILABLE, "PKCS#11 DeviceError"):
            signer.sign(MESSAGE)
    assert len(tried) == 2
    assert verify(signer.public_key, MESSAGE, signer.sign(MESSAGE))


def test_key_is_not_made_twice(keychain: Pkcs11Keychain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where making it failed, nobody knows how far it came; it is not tried again by itself."""
    import pkcs11  # noqa: PLC0415 - an extra

    tried = []

    def broken(*_: object) -> None:
        tried.append(1)
        raise pkcs11.GeneralError

    monkeypatch.setattr(keychain, "_generate", broken)
    with refused(Reason.SIGNER_UNAVAILABLE, "PKCS#11 GeneralError"):
        keychain.make("lane")
    assert len(tried) == 1


def test_wrong_signature_is_not_released(keychain: Pkcs11Keychain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libsodium looks at each signature of the module."""
    signer = keychain.make("lane")
    monkeypatch.setattr(keychain, "sign", lambda *_: bytes(64))
    with refused(Reason.SIGNER_UNAVAILABLE, "check of the own signature"):
        signer.sign(MESSAGE)


@pytest.mark.usefixtures("hsm")
def test_wrong_pin_is_refused_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some wrong ones the token would lock itself."""
    import pkcs11  # noqa: PLC0415 - an extra

    keychain = Pkcs11Keychain(softhsm.LIBRARY, "other", b"9999-9999")
    with refused(Reason.SIGNER_PIN, "token other"):
        keychain.open_all()
    monkeypatch.setattr(pkcs11, "lib", None)
    with refused(Reason.SIGNER_PIN, "token other"):
        keychain.open_all()


@pytest.mark.usefixtures("hsm")
def test_token_that_is_not_there_is_named() -> None:
    """A device that is not plugged in."""
    with refused(Reason.SIGNER_UNAVAILABLE, "token nowhere"):
        Pkcs11Keychain(softhsm.LIBRARY, "nowhere", softhsm.PIN.encode()).open_all()


@pytest.mark.usefixtures("hsm")
def test_library_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A wrong path in the settings."""
    with refused(Reason.SIGNER_UNAVAILABLE, "PKCS#11"):
        Pkcs11Keychain(str(tmp_path / "module.so"), "other", softhsm.PIN.encode()).open_all()


def test_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most nodes do without."""
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with refused(Reason.SIGNER_UNAVAILABLE, "package extra hsm"):
        Pkcs11Keychain("module.so", "other", b"1234")


@pytest.mark.usefixtures("hsm")
def test_pin_that_is_no_text_is_refused() -> None:
    """It could only be another file."""
    with refused(Reason.FIELD_FORM, "PIN"):
        Pkcs11Keychain(softhsm.LIBRARY, "other", b"\xff\xfe")


def test_key_that_was_destroyed_behind_our_back_is_gone(keychain: Pkcs11Keychain) -> None:
    """By the module's own tools, for instance."""
    signer = keychain.make("lane")
    private_half(keychain, signer.kid).destroy()
    with refused(Reason.SIGNER_UNAVAILABLE, "not in the token"):
        signer.sign(MESSAGE)
    assert signer.kid not in keychain


def test_representation_of_a_signer_names_the_key_alone(keychain: Pkcs11Keychain) -> None:
    """And the PIN is in no representation."""
    signer = keychain.make("lane")
    assert (repr(signer), softhsm.PIN in repr(keychain)) == (f"HsmSigner(kid={signer.kid!r})", False)
    assert isinstance(signer, HsmSigner)
