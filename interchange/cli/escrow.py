"""`key backup`, `key restore`, `key verify-backup`: a node's keys kept for the day on which its machine is lost."""

from __future__ import annotations

import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange import config
from interchange.bootstrap.directory import check_new
from interchange.cli import fields, files
from interchange.cli.command import Command
from interchange.cli.fields import spell
from interchange.cli.output import JSON, show_json, show_lines, show_table
from interchange.errors import Reason, Refusal
from interchange.rulebook.load import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.bootstrap.escrow import Rehearsed

_ALICE = "age1u9qjvu28xf7rzzlc8u6t2k9m9669m5t3r2c28e7nn6rjw8xe7vtqm62h8q"
_IDENTITIES = click.option(
    "--identity",
    "identity_files",
    type=fields.FILE,
    multiple=True,
    required=True,
    help="File with an age identity, readable by its owner alone; one recipient's is enough.",
)
_NOT_IN_IT = {
    "process": "the keys that sign: they are with the signing process, whose directory is backed up by itself",
    "pkcs11": "keys of the hardware module, which never leave it but by its own means",
}
"""Setting `signer` → what a backup lacks."""

_BACKUP = click.argument("file", type=fields.FILE)


@click.command(
    "backup",
    cls=Command,
    examples=(
        f"interchange key backup node --to keys.age \\\n    --recipient {_ALICE}",
        "interchange key verify-backup keys.age --identity identity.txt",
    ),
)
@click.argument("directory", type=fields.DIRECTORY)
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    required=True,
    help="Public key age1… of somebody who may open the backup, alone; may be repeated.",
)
@click.option("--to", type=fields.FILE, required=True, help="New file for the backup, in the age format.")
def backup(directory: Path, *, recipients: Sequence[str], to: Path) -> None:
    """Seal a node's keys, passphrase, settings and certificate in one file for several people.

    The directory of a signing process is backed up in the same way. Either may run meanwhile, and no network is needed.
    The ledger is not in it; back that up more often, and on another medium. Whoever opens the file can sign as this
    node.
    """
    from interchange.bootstrap.escrow import back_up  # noqa: PLC0415 - loads libsodium and age

    _check(recipients)
    settings = config.load(directory)
    names = load().names(settings.party, demonstration=settings.demonstration)
    with files.led_to(f"by the settings of {directory}"):
        made, sealed = back_up(settings, names, recipients, int(time.time()))
    with files.led_to(f"in --to {to}"):
        _write(to, sealed)
    show_lines(
        ("backup", to),
        ("of", _whose(made)),
        ("made at", spell(made.backup.made_at)),
        ("files", len(made.backup.files)),
        ("sealed keys", f"{len(made.keys)}, all of which opened"),
        ("not in it", _NOT_IN_IT.get(made.signer)),
        ("opened by", f"any one of {len(recipients)} recipients"),
        ("sha-256", sha256(sealed).hexdigest()),
        ("next", f"each of them: interchange key verify-backup {to} --identity …"),
        ("again", "after each new or destroyed key; then destroy this file, for it keeps what is destroyed"),
    )


@click.command(
    "verify-backup",
    cls=Command,
    examples=(
        "interchange key verify-backup keys.age --identity identity.txt",
        "interchange key verify-backup keys.age --identity identity.txt --json",
    ),
)
@_BACKUP
@_IDENTITIES
@JSON
def verify_backup(file: Path, *, identity_files: Sequence[Path], as_json: bool) -> None:
    """Rehearse a restoration: open the backup and every key in it, show what it holds, and write nothing."""
    from interchange.bootstrap.escrow import read_backup, rehearse  # noqa: PLC0415 - loads libsodium and age

    _show(rehearse(read_backup(file), identity_files), as_json=as_json)


@click.command(
    "restore",
    cls=Command,
    examples=("interchange key restore keys.age --identity identity.txt --to node",),
)
@_BACKUP
@_IDENTITIES
@click.option("--to", type=fields.DIRECTORY, required=True, help="New directory of the node.")
def restore(file: Path, *, identity_files: Sequence[Path], to: Path) -> None:
    """Lay down a node's directory from a backup of its keys; it has no ledger yet and signs nothing.

    All of it is checked before anything is written.
    """
    from interchange.bootstrap import escrow  # noqa: PLC0415 - loads libsodium and age
    from interchange.bootstrap.backup_form import SIGNER  # noqa: PLC0415 - as above

    check_new(to)
    rehearsed = escrow.rehearse(escrow.read_backup(file), identity_files)
    with files.led_to(f"in --to {to}"):
        escrow.restore(rehearsed, to)
    found = rehearsed.backup
    next_ = _next_of_signer(to) if found.of == SIGNER else _next_of_node(to)
    show_lines(
        ("directory", to),
        ("of", _whose(rehearsed)),
        ("keys as of", spell(found.made_at)),
        ("sealed keys", len(rehearsed.keys)),
        *((f"{name} was", f"{place}; now {escrow.USUAL.get(name, 'here')}") for name, place in found.elsewhere.items()),
        ("not here", _NOT_IN_IT.get(rehearsed.signer)),
        *next_,
    )


COMMANDS = (backup, verify_backup, restore)
"""To be attached to the group `key`."""


def _next_of_node(to: Path) -> list[tuple[str, str]]:
    return [
        ("now", f"see that no other node runs with these keys, and put the newest ledger at {to}/ledger.db"),
        ("then", f"interchange serve {to}: lanes stand still (lane_behind), since the high-water file is not here"),
        ("and", "if the ledger is the newest: docs/keys.md, The high-water file"),
        ("last", "interchange key board: make anew what was made after this backup"),
    ]


def _next_of_signer(to: Path) -> list[tuple[str, str]]:
    return [
        ("now", "see that no other process signs with these keys, and that the node's ledger is the newest"),
        ("and", f"only then make {to}/signer-highwater: docs/keys.md, A signing process"),
        ("then", f"interchange signer serve {to}"),
        ("last", "interchange key board: make anew what was made after this backup"),
    ]


def _whose(rehearsed: Rehearsed) -> str:
    found = rehearsed.backup
    return found.authority if found.of == "node" else f"{found.authority}, its signing process"


def _check(recipients: Sequence[str]) -> None:
    """Refuse recipients as a mistake of the command line; none is repeated, since it may be an identity."""
    from interchange.crypto.age import check_recipient  # noqa: PLC0415 - loads age

    if len(set(recipients)) < len(recipients):
        message = "one recipient is there twice: fewer people than it seems could open the backup."
        raise click.BadParameter(message, param_hint="--recipient")
    for number, recipient in enumerate(recipients, 1):
        try:
            check_recipient(recipient)
        except Refusal as refusal:
            weak = "everybody has the other half of it" if refusal.reason is Reason.KEY_WEAK else "not age1…, whole"
            message = f"number {number} is no public key of age ({weak})."
            raise click.BadParameter(message, param_hint="--recipient") from refusal


def _write(to: Path, sealed: bytes) -> None:
    from interchange.crypto.sealed import write_private  # noqa: PLC0415 - loads libsodium

    write_private(to, sealed)


def _show(rehearsed: Rehearsed, *, as_json: bool) -> None:
    found, ends = rehearsed.backup, rehearsed.certificate_ends
    if as_json:
        show_json(
            {
                "of": found.of,
                "authority": found.authority,
                "party": found.party,
                "made_at": spell(found.made_at),
                "signer": rehearsed.signer,
                **({"certificate_ends_at": spell(ends)} if ends is not None else {}),
                "elsewhere": dict(found.elsewhere),
                "keys": [{"label": label, "kid": kid} for label, kid in rehearsed.keys],
                "files": [{"name": name, "size": len(content)} for name, content in found.files.items()],
            }
        )
        return
    show_lines(
        ("of", _whose(rehearsed)),
        ("made at", spell(found.made_at)),
        ("certificate ends", spell(ends) if ends is not None else None),
        ("files", len(found.files)),
        ("sealed keys", f"{len(rehearsed.keys)}, all of which opened"),
        ("not in it", _NOT_IN_IT.get(rehearsed.signer)),
        *((f"{name} was", place) for name, place in found.elsewhere.items()),
    )
    click.echo()
    show_table(("label", "kid"), rehearsed.keys)
