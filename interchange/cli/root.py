"""`root`: the keys that sign keyrings and certificates, on a machine without network."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.cli import fields, files
from interchange.cli.command import Group
from interchange.cli.output import show_lines
from interchange.domain.keyring import ED25519
from interchange.domain.names import ROLES
from interchange.errors import Reason, refuse
from interchange.wire.keyring import MAX_KEYRING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PASSPHRASES = click.option(
    "--passphrase-file",
    "passphrase_files",
    type=fields.FILE,
    multiple=True,
    required=True,
    help="File with a passphrase, readable by its owner alone; may be repeated.",
)
_PARTY = click.option("--party", type=fields.PARTY_CODE, required=True, help="Code of the party.")


@click.group(
    cls=Group,
    examples=("interchange root create root --party AAA --passphrase-file one --passphrase-file two",),
)
def command() -> None:
    """Make and use the root keys, on a machine without network."""


@command.command(
    "create",
    examples=(
        (
            "interchange root create root --party AAA --threshold 2 \\\n"
            "    --passphrase-file one --passphrase-file two --passphrase-file three"
        ),
    ),
)
@click.argument("directory", type=fields.DIRECTORY)
@_PARTY
@click.option("--demonstration", is_flag=True, help="For a demonstration node, under its other name.")
@click.option("--threshold", type=click.IntRange(min=1), default=2, show_default=True, help="Keys that must sign.")
@_PASSPHRASES
def create(
    directory: Path, *, party: str, demonstration: bool, threshold: int, passphrase_files: Sequence[Path]
) -> None:
    """Make one root key for each custodian's passphrase, and the certificate authority, in a new directory.

    Each sealed key is then moved to a medium of its custodian's own.
    """
    from interchange.bootstrap import root  # noqa: PLC0415 - loads X.509
    from interchange.crypto.sealed import read_passphrase  # noqa: PLC0415 - loads libsodium
    from interchange.rulebook.load import load  # noqa: PLC0415 - as above

    if threshold > len(passphrase_files):
        message = f"{threshold} keys cannot sign where {len(passphrase_files)} are made."
        raise click.BadParameter(message, param_hint="--threshold")
    names = load().names(party, demonstration=demonstration)
    passphrases = [read_passphrase(file) for file in passphrase_files]
    if len(set(passphrases)) < len(passphrases):
        message = "two custodians have the same passphrase: give each a file with one of their own."
        raise click.BadParameter(message, param_hint="--passphrase-file")
    roots = root.create(directory, names, passphrases, threshold, int(time.time()))
    show_lines(
        ("root directory", directory),
        ("authority", names.authority),
        ("to sign", f"{roots.threshold} of {len(roots.keys)} keys"),
        *((f"root-{number}.sealed", key.kid) for number, key in enumerate(roots.keys, 1)),
    )


@command.command(
    "sign",
    examples=(
        "interchange root sign keyring-1.draft.json --key root-1.sealed --passphrase-file one --to half.json",
        "interchange root sign half.json --key root-3.sealed --passphrase-file three --to keyring-1.json",
    ),
)
@click.argument("file", type=fields.FILE)
@click.option("--key", "keys", type=fields.FILE, multiple=True, required=True, help="Sealed root key; may be repeated.")
@_PASSPHRASES
@click.option("--to", type=fields.FILE, required=True, help="New file for the keyring with its signatures.")
@click.option("--yes", is_flag=True, help="Do not ask at a terminal before the signatures are written.")
def sign(file: Path, *, keys: Sequence[Path], passphrase_files: Sequence[Path], to: Path, yes: bool) -> None:
    """Print in words what a keyring says, and add the signatures of root keys to it.

    FILE is a draft, or a keyring with the signatures of other custodians. One passphrase file serves all keys, or one
    each in the order of the keys. No signature leaves this program before the words were printed. They name this very
    draft; the root pin names the root keys and how many must sign, and is the same in the next keyring.
    """
    from interchange.bootstrap import root  # noqa: PLC0415 - loads X.509
    from interchange.cli.described import show_keyring  # noqa: PLC0415 - as above
    from interchange.crypto.sealed import read_passphrase  # noqa: PLC0415 - loads libsodium
    from interchange.wire.keyring import parse_keyring  # noqa: PLC0415 - as above

    if len(passphrase_files) not in {1, len(keys)}:
        message = "give one for all keys, or one for each."
        raise click.BadParameter(message, param_hint="--passphrase-file")
    passphrases = [read_passphrase(each) for each in passphrase_files]
    keyring, jws = root.sign_keyring(files.read(file, MAX_KEYRING), keys, passphrases)
    show_keyring(keyring, jws)
    click.echo()
    if sys.stdin.isatty() and not yes:
        click.confirm("Sign this?", abort=True)
    files.write_new(to, jws)
    show_lines(("signed by", f"{len(parse_keyring(jws)[1])} of {keyring.thresholds[ED25519]} needed"), ("in", to))


@command.command(
    "certificate",
    examples=(
        "interchange root certificate root --role officer --organ SCI --name officer-1 --party AAA --to officer-1",
        "interchange root certificate root --role partner --name follower --party AAA --to follower --days 30",
    ),
)
@click.argument("directory", type=fields.DIRECTORY)
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the caller may do.")
@click.option("--name", required=True, help="Name of the caller, in lower case; it stands in the audit lane.")
@click.option(
    "--organ", type=fields.ORGAN_CODE, help="The one office that a coordinator or officer acts for; all if not given."
)
@_PARTY
@click.option("--to", type=fields.DIRECTORY, required=True, help="Directory for caller.pem, caller.key and ca.pem.")
@click.option("--days", type=click.IntRange(1, 825), default=90, show_default=True, help="How long it is valid.")
def certificate(directory: Path, *, role: str, name: str, organ: str | None, party: str, to: Path, days: int) -> None:
    """Issue a certificate with which one person or program calls nodes."""
    from interchange.bootstrap import root  # noqa: PLC0415 - loads X.509
    from interchange.crypto.sealed import read_private  # noqa: PLC0415 - loads libsodium
    from interchange.rulebook.load import load  # noqa: PLC0415 - loaded when called

    _check_organ(role, organ)
    with files.led_to(f"in {directory}"):
        names = root.names_of(directory, load())
        read_private(directory / "ca.key")
    if names.party != party:
        raise refuse(Reason.ROOT_PARTY, f"it is for {names.authority}, not for {party}")
    spiffe = names.spiffe(role, name, organ)
    with files.led_to(f"in --to {to}"):
        root.certify(directory, spiffe, to, int(time.time()), days=days)
    show_lines(("caller", spiffe), ("in", to), ("days", days))


def _check_organ(role: str, organ: str | None) -> None:
    """Refuse to bind a role to an organ that no node lets in so: the certificate's holder would be nobody."""
    from interchange.rpc.access import ACCESS  # noqa: PLC0415 - loaded when called

    # Health alone is for anybody at all.
    ours = [cells for method, cells in ACCESS.items() if method.startswith("/interchange.")]
    if organ is not None and not any(cell.role == role and cell.organ for cells in ours for cell in cells):
        message = f"a {role} acts for the whole party: leave it out."
        raise click.BadParameter(message, param_hint="--organ")
