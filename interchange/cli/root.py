"""`root`: the keys that sign keyrings and certificates, on a machine without network."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.cli import fields, files
from interchange.cli.certificates import certificate, withdraw
from interchange.cli.command import Group
from interchange.cli.output import show_lines
from interchange.domain.keyring import ED25519, MLDSA65
from interchange.wire.keyring import MAX_KEYRING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.bootstrap.ceremony import Signed
    from interchange.domain.keyring import Keyring, RootKey

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
@click.option(
    "--threshold", type=click.IntRange(min=1), default=2, show_default=True, help="Custodians that must sign."
)
@click.option(
    "--ed25519-only", is_flag=True, help="Leave the ML-DSA-65 keys out; what is archived then rests on Ed25519."
)
@_PASSPHRASES
def create(
    directory: Path,
    *,
    party: str,
    demonstration: bool,
    threshold: int,
    ed25519_only: bool,
    passphrase_files: Sequence[Path],
) -> None:
    """Make a pair of root keys for each custodian's passphrase, and the certificate authority, in a new directory.

    A pair is an Ed25519 key and an ML-DSA-65 key: a keyring that both have signed stands when one of them has fallen.
    The two sealed files of each pair are then moved to a medium of their custodian's own, side by side.
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
    roots = root.create(directory, names, passphrases, threshold, int(time.time()), both=not ed25519_only)
    show_lines(
        ("root directory", directory),
        ("authority", names.authority),
        ("to sign", f"{threshold} of {len(passphrases)} custodians"),
        *((_file(number, key), f"{key.kid}  {key.family}") for number, key in _numbered(roots.keys, len(passphrases))),
    )


def _numbered(keys: Sequence[RootKey], custodians: int) -> list[tuple[int, RootKey]]:
    """Give each key its custodian's number, and put the halves of a pair together."""
    return sorted(((place % custodians + 1, key) for place, key in enumerate(keys)), key=lambda pair: pair[0])


def _file(number: int, key: RootKey) -> str:
    return f"root-{number}.mldsa.sealed" if key.family == MLDSA65 else f"root-{number}.sealed"


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
@click.option("--after", type=fields.FILE, help="The keyring in use, if its root keys are other ones than the draft's.")
@click.option("--to", type=fields.FILE, required=True, help="New file for the keyring with its signatures.")
@click.option("--yes", is_flag=True, help="Do not ask at a terminal before the signatures are written.")
def sign(
    file: Path, *, keys: Sequence[Path], passphrase_files: Sequence[Path], after: Path | None, to: Path, yes: bool
) -> None:
    """Print in words what a keyring says, and add the signatures of root keys to it.

    FILE is a draft, or a keyring with the signatures of other custodians. Where the keyring counts both families, a
    custodian signs with both halves of the pair: for --key root-1.sealed, root-1.mldsa.sealed beside it signs as well.
    One passphrase file serves all keys, or one each in the order of the keys. No signature leaves this program before
    the words were printed. They name this very draft; the root pin names the root keys and how many must sign, and is
    the same in the next keyring.
    """
    from interchange.bootstrap.ceremony import sign_keyring  # noqa: PLC0415 - loads ML-DSA
    from interchange.cli.described import show_keyring  # noqa: PLC0415 - as above
    from interchange.crypto.sealed import read_passphrase  # noqa: PLC0415 - loads libsodium
    from interchange.wire.keyring import parse_keyring  # noqa: PLC0415 - as above

    if len(passphrase_files) not in {1, len(keys)}:
        message = "give one for all keys, or one for each."
        raise click.BadParameter(message, param_hint="--passphrase-file")
    passphrases = [read_passphrase(each) for each in passphrase_files]
    before = parse_keyring(files.read_line(after, MAX_KEYRING))[0] if after else None
    signed = sign_keyring(files.read(file, MAX_KEYRING), keys, passphrases, before)
    show_keyring(signed.keyring, signed.jws)
    click.echo()
    show_lines(*((name, f"signs as {key.kid} with {key.family}") for name, key in signed.by))
    if sys.stdin.isatty() and not yes:
        click.confirm("Sign this?", abort=True)
    files.write_new(to, signed.jws)
    show_lines(
        ("signed by", _progress(signed, signed.keyring)),
        ("of those before", _progress(signed, before) if before else None),
        ("in", to),
    )


def _progress(signed: Signed, ring: Keyring) -> str:
    """Say how many of a keyring's root keys have signed, and how many must."""
    counts = signed.counted(ring)
    if len(counts) == 1:
        return f"{counts[ED25519]} of {ring.thresholds[ED25519]} needed"
    return ", ".join(f"{counts[family]} of {needed} needed with {family}" for family, needed in ring.thresholds.items())


@command.command(
    "adopt",
    examples=("interchange root adopt keyring-2.draft.json root-2027 --to keyring-2.adopted.json",),
)
@click.argument("draft", type=fields.FILE)
@click.argument("directory", type=fields.DIRECTORY)
@click.option("--to", type=fields.FILE, required=True, help="New file for the draft with the other root keys.")
def adopt(draft: Path, directory: Path, *, to: Path) -> None:
    """Put the root keys of another root directory in the place of those of a draft.

    So root keys are exchanged, and so ML-DSA-65 keys come in where there were none. Enough custodians of the old keys
    and of the new ones sign the result, with `root sign --after` the keyring in use. It has another root pin.
    """
    from interchange.bootstrap import ceremony, root  # noqa: PLC0415 - loads X.509
    from interchange.cli.described import show_keyring  # noqa: PLC0415 - as above
    from interchange.wire.keyring import assemble, parse_keyring  # noqa: PLC0415 - loaded when called

    payload = ceremony.with_roots(files.read(draft, MAX_KEYRING), root.read(directory))
    files.write_new(to, payload)
    jws = assemble(payload, [])
    show_keyring(parse_keyring(jws)[0], jws)
    click.echo()
    show_lines(("in", to))


command.add_command(certificate)
command.add_command(withdraw)
