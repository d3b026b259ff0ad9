"""Where a node's signing keys live, by its settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import softhsm
from fakes.refusals import refused
from fakes.signing_process import CHEAP, PASSPHRASE

from interchange import config
from interchange.bootstrap import root
from interchange.bootstrap.assemble import assemble
from interchange.bootstrap.establish import establish
from interchange.bootstrap.keychains import open_module, open_own, open_signers
from interchange.config import Settings
from interchange.crypto.ed25519 import verify
from interchange.crypto.pkcs11_keychain import Pkcs11Keychain
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.crypto.sealed_keychain import SealedKeychain
from interchange.domain.keyring import Role
from interchange.errors import Reason
from interchange.rulebook.load import load
from interchange.wire.keyring import assemble as published
from interchange.wire.keyring import parse_keyring

NOW = 1_800_000_000
SIGNING = (Role.ASSERT, Role.STATUS, Role.LANE, Role.WITNESS)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give a directory with one sealed key."""
    (tmp_path / "keys").mkdir()
    for name, content in (("passphrase", PASSPHRASE), ("pin", softhsm.PIN.encode())):
        (tmp_path / name).write_bytes(content + b"\n")
        (tmp_path / name).chmod(0o600)
    SealedKeychain(tmp_path / "keys", PASSPHRASE, **CHEAP).make("lane")
    return tmp_path


@pytest.fixture
def module(hsm: Path, directory: Path) -> Iterator[Settings]:
    """Give settings of a node that has a hardware module, without keys at the beginning and at the end."""
    settings = Settings(
        directory=directory, party="KOR", signer="pkcs11", pkcs11_module=softhsm.LIBRARY, pkcs11_token="node"
    )
    for turn in range(2):
        keychain = open_module(settings)
        for kid in keychain:
            keychain.destroy(kid)
        keychain.close()
        if not turn:
            yield settings


def test_sealed_files_are_the_usual(directory: Path) -> None:
    """In the directory that the settings name."""
    assert isinstance(open_signers(Settings(directory=directory, party="KOR")), SealedKeychain)


def test_another_process_has_them(directory: Path) -> None:
    """Then no file is opened, nor the passphrase read."""
    (directory / "passphrase").unlink()
    assert isinstance(open_signers(Settings(directory=directory, party="KOR", signer="process")), ProcessKeychain)


def test_a_process_that_asks_another_has_none_of_its_own(directory: Path) -> None:
    """A signing process cannot be told to ask a signing process."""
    with refused(Reason.CONFIG_FORM, "signer"):
        open_own(Settings(directory=directory, party="KOR", signer="process"))


@pytest.mark.parametrize("changes", [{"signer": "file"}, {"signer": "pkcs11"}, {"signer_per_second": 0}], ids=str)
def test_settings_that_mean_nothing_are_refused(directory: Path, changes: dict[str, str]) -> None:
    """An unknown place, a module without a library, no signature at all."""
    with refused(Reason.CONFIG_FORM):
        Settings(directory=directory, party="KOR", **changes)  # type: ignore[arg-type]


def test_new_keys_are_made_in_the_module_while_sealed_ones_sign_on(module: Settings) -> None:
    """So that a node goes over to a module by rotation, as to any other key."""
    (before,) = SealedKeychain(module.path("keys"), PASSPHRASE)
    keychain = open_signers(module)
    made = keychain.make("lane")
    assert set(keychain) == {before, made.kid}
    assert set(open_module(module)) == {made.kid}
    assert all(verify(keychain[kid].public_key, b"m", keychain[kid].sign(b"m")) for kid in keychain)


def test_wrong_pin_keeps_a_node_from_starting(module: Settings) -> None:
    """And is named as such."""
    import pkcs11  # noqa: PLC0415 - an extra

    # Whoever has logged in is so for the whole process, until its library begins anew.
    pkcs11.lib(softhsm.LIBRARY).reinitialize()
    module.path("pkcs11_pin_file").write_bytes(b"0000-0000")
    with refused(Reason.SIGNER_PIN):
        open_signers(module)
    module.path("pkcs11_pin_file").write_bytes(softhsm.PIN.encode())


def test_pin_that_others_can_read_is_refused(module: Settings) -> None:
    """As any other secret in a file."""
    module.path("pkcs11_pin_file").chmod(0o644)
    with refused(Reason.FILE_LOOSE):
        open_signers(module)
    module.path("pkcs11_pin_file").chmod(0o600)


def test_new_node_has_its_keys_in_the_module_from_the_beginning(module: Settings, tmp_path: Path) -> None:
    """Its keyring lists them, its directory has no file that signs, and it signs."""
    root.create(tmp_path / "root", load().names("KOR", demonstration=True), [b"custodian"], 1, NOW)
    options: dict[str, str | int | bool] = {
        "demonstration": True,
        "signer": "pkcs11",
        "pkcs11_module": softhsm.LIBRARY,
        "pkcs11_token": "node",
        "pkcs11_pin_file": str(module.path("pkcs11_pin_file")),
    }
    made = establish(tmp_path / "node", tmp_path / "root", "KOR", load(), NOW, options)
    ring, _ = parse_keyring(published(made.draft.read_bytes(), []))
    listed = {key.kid for key in ring.keys if key.role in SIGNING}
    node = assemble(config.load(tmp_path / "node"))
    try:
        assert (set(node.signers), set(open_module(module))) == (listed, listed)
        assert list((tmp_path / "node" / "keys").glob("*.sealed")) == []
        lane = next(key for key in ring.keys if key.role is Role.LANE)
        assert (verify(lane.public_key, b"m", node.signers[lane.kid].sign(b"m")), node.signers.label(lane.kid)) == (
            True,
            "lane",
        )
    finally:
        node.ledger.close()


def test_new_node_with_a_signing_process_is_made_in_two_steps(tmp_path: Path) -> None:
    """There is no process yet that could have its keys."""
    root.create(tmp_path / "root", load().names("KOR", demonstration=True), [b"custodian"], 1, NOW)
    with refused(Reason.CONFIG_FORM, "signer"):
        establish(
            tmp_path / "node", tmp_path / "root", "KOR", load(), NOW, {"demonstration": True, "signer": "process"}
        )


def test_module_speaks_to_a_keychain_of_its_own_kind(module: Settings) -> None:
    """With the PIN from its file."""
    assert isinstance(open_module(module), Pkcs11Keychain)
