"""Which keychains the settings ask for, and how they are opened at the start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.bootstrap.box_keys import BoxKeys
from interchange.crypto.archive_keys import ArchiveKeys
from interchange.crypto.joined_keychain import JoinedKeychain
from interchange.crypto.pkcs11_keychain import Pkcs11Keychain
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.crypto.sealed import read_passphrase
from interchange.crypto.sealed_keychain import SealedKeychain
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from interchange.config import Settings
    from interchange.crypto.archivers import Archivers
    from interchange.crypto.keychain import Keychain, Openers


def open_signers(settings: Settings) -> Keychain:
    """Open the keys that sign, where the settings say they live.

    Raises:
        Refusal: FILE_LOOSE, FILE_SEALED, FILE_UNREADABLE, SIGNER_UNAVAILABLE, SIGNER_PIN.
    """
    if settings.signer == "process":
        return ProcessKeychain(settings.path("signer_socket"))
    return open_own(settings)


def open_own(settings: Settings) -> Keychain:
    """Open the keys that this process itself has: in sealed files, or in a hardware module and sealed files.

    Raises:
        Refusal: CONFIG_FORM if another process has them; otherwise as `open_signers`.
    """
    if settings.signer == "process":
        raise refuse(Reason.CONFIG_FORM, "signer: another process has the keys of this directory")
    sealed = SealedKeychain(settings.path("keys"), passphrase_of(settings))
    sealed.open_all()
    if settings.signer == "sealed":
        return sealed
    module = open_module(settings)
    # Sealed keys go on signing until a rotation has put keys of the module in their place.
    return JoinedKeychain(module, sealed)


def open_module(settings: Settings) -> Pkcs11Keychain:
    """Open the hardware module that the settings name.

    Raises:
        Refusal: FILE_LOOSE, FILE_UNREADABLE for the file of the PIN; SIGNER_UNAVAILABLE, SIGNER_PIN.
    """
    pin = passphrase_of(settings, "pkcs11_pin_file")
    module = Pkcs11Keychain(settings.pkcs11_module, settings.pkcs11_token, pin)
    module.open_all()
    return module


def open_openers(settings: Settings) -> Openers:
    """Open the keys to which partners seal; they are sealed files, wherever those that sign live.

    Raises:
        Refusal: FILE_LOOSE, FILE_SEALED, FILE_UNREADABLE.
    """
    openers = BoxKeys(settings.path("keys"), passphrase_of(settings))
    openers.open_all()
    return openers


def open_archivers(settings: Settings) -> Archivers:
    """Open the keys that cosign for the archive; they are sealed files, wherever those that sign live.

    Raises:
        Refusal: FILE_LOOSE, FILE_SEALED, FILE_UNREADABLE.
    """
    archivers = ArchiveKeys(settings.path("keys"), passphrase_of(settings))
    archivers.open_all()
    return archivers


def passphrase_of(settings: Settings, name: str = "passphrase_file") -> bytes:
    """Read the passphrase of the sealed keys, or another secret that a setting names the file of."""
    # The directory's name is no secret; what lies in it is read as a file like any other.
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    directory = Path(credentials) if credentials else None
    return read_passphrase(settings.path(name), credential_directory=directory)
