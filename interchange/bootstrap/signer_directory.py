"""The directory of a signing process: made out of a node's, its keys listed, and its seals renewed."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange import config
from interchange.bootstrap import root
from interchange.bootstrap.assemble import HIGHWATER
from interchange.bootstrap.directory import whole
from interchange.bootstrap.keychains import open_own, passphrase_of
from interchange.bootstrap.signer import MARKS
from interchange.crypto.sealed import header_of, read_private, reseal, write_private
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.config import Settings
    from interchange.crypto.sealed_form import Header


@dataclass(frozen=True, slots=True)
class Held:
    """A key of a directory; `header` is what its sealed file says, None for one in a hardware module."""

    kid: str
    label: str
    header: Header | None


def prepare(directory: Path, node: Settings) -> list[str]:
    """Make the directory of a signing process out of a node's: its sealed keys that sign, and its marks.

    The keys are sealed anew under a passphrase of the new directory's own. The node's files stay: whoever has seen the
    process sign deletes them.

    Args:
        directory: must not exist.
        node: settings of the node.

    Returns:
        Names of the node's files that the new directory takes the place of.

    Raises:
        Refusal: FILE_EXISTS; FILE_UNREADABLE, also when the node has no sealed keys; FILE_SEALED, FILE_LOOSE.
    """
    passphrase, fresh = passphrase_of(node), secrets.token_urlsafe(32).encode()
    files = sorted(node.path("keys").glob("*.sealed"))
    if not files:
        raise refuse(Reason.FILE_UNREADABLE, f"{node.keys}: no sealed keys")
    values = {
        "party": node.party,
        "demonstration": node.demonstration,
        "signer_socket": str(node.path("signer_socket").absolute()),
    }
    with whole(directory) as place:
        root.make_directory(place)
        root.make_directory(place / "keys")
        write_private(place / "passphrase", fresh + b"\n")
        for file in files:
            copy = place / "keys" / file.name
            write_private(copy, read_private(file))
            reseal(copy, passphrase, fresh)
        # What was signed so far was signed with these keys.
        shutil.copyfile(node.directory / HIGHWATER, place / MARKS)
        (place / MARKS).chmod(0o600)
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        write_private(place / config.FILE, "\n".join([*lines, ""]).encode())
    return [str(file) for file in files]


def held(settings: Settings) -> list[Held]:
    """List the keys that a signing process of this directory has, or a node that signs by itself."""
    keychain = open_own(settings)
    headers = {header.kid: header for header in map(header_of, sorted(settings.path("keys").glob("*.sealed")))}
    return [Held(kid, keychain.label(kid), headers.get(kid)) for kid in keychain]


def renew_seals(settings: Settings) -> list[str]:
    """Seal anew every key file of a directory that was sealed at a lower cost than today's, and list their names."""
    passphrase = passphrase_of(settings)
    keys = settings.path("keys")
    weak = [file for file in sorted(keys.rglob("*.sealed")) if header_of(file).is_weak]
    for file in weak:
        reseal(file, passphrase)
    return [str(file.relative_to(keys)) for file in weak]
