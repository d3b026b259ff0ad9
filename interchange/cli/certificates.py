"""`root certificate` and `root withdraw`: certificates of a party's people and nodes, on a machine without network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.cli import fields, files
from interchange.cli.command import Command
from interchange.cli.output import show_lines
from interchange.domain.names import ROLES
from interchange.errors import Reason, refuse
from interchange.rpc.access import ACCESS
from interchange.rulebook.load import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interchange.domain.names import Names
    from interchange.domain.time import Instant

_CALLER_DAYS, _NODE_DAYS = 90, 365
_MAX_PEM = 64 * 1024


def _serial(text: str) -> int:
    return int(text.replace(":", ""), 16)


_SERIAL = fields.Form("serial", _serial, "a serial number in hexadecimal digits")


@click.command(
    "certificate",
    cls=Command,
    examples=(
        "interchange root certificate root --role officer --organ SCI --name officer-1 --party AAA --to officer-1",
        "interchange root certificate root --role partner --name follower --party AAA --to follower --days 30",
        "interchange root certificate root --node --party AAA --ip-address 192.0.2.7 --to renewed",
    ),
)
@click.argument("directory", type=fields.DIRECTORY)
@click.option("--node", "for_node", is_flag=True, help="For the node itself: node.pem and node.key.")
@click.option("--role", type=click.Choice(ROLES), help="What the caller may do.")
@click.option("--name", help="Name of the caller, in lower case; it stands in the audit lane.")
@click.option(
    "--organ", type=fields.ORGAN_CODE, help="The one office that a coordinator or officer acts for; all if not given."
)
@click.option("--party", type=fields.PARTY_CODE, required=True, help="Code of the party.")
@click.option(
    "--dns-name",
    "dns_names",
    multiple=True,
    help="Host name of the node, besides its authority name and localhost; may be repeated.",
)
@click.option(
    "--ip-address",
    "ip_addresses",
    multiple=True,
    help="Address of the node, 127.0.0.1 if none is given; may be repeated.",
)
@click.option("--to", type=fields.DIRECTORY, required=True, help="Directory for certificate, key and ca.pem.")
@click.option(
    "--days",
    type=click.IntRange(1, 825),
    help=f"How long it is valid; {_CALLER_DAYS} if not given, {_NODE_DAYS} for a node.",
)
def certificate(
    directory: Path,
    *,
    party: str,
    to: Path,
    days: int | None,
    for_node: bool,
    role: str | None,
    name: str | None,
    organ: str | None,
    dns_names: Sequence[str],
    ip_addresses: Sequence[str],
) -> None:
    """Issue a certificate with which one person or program calls nodes, or with which a node serves."""
    from interchange.bootstrap import root  # noqa: PLC0415 - loads X.509
    from interchange.crypto.own_certificate import serial_of  # noqa: PLC0415 - as above
    from interchange.crypto.sealed import read_private  # noqa: PLC0415 - loads libsodium

    caller = None if for_node else _caller(role, name, organ)
    _check_together(caller, {"--role": role, "--name": name, "--organ": organ}, [*dns_names, *ip_addresses])
    with files.led_to(f"in {directory}"):
        names = _names(directory, party)
        read_private(directory / "ca.key")
    stem, spiffe = ("node", names.spiffe("partner", "node")) if caller is None else ("caller", names.spiffe(*caller))
    if caller is None:
        dns_names = [*dict.fromkeys([names.authority, "localhost", *dns_names])]
        ip_addresses = ip_addresses or ["127.0.0.1"]
    days = days or (_NODE_DAYS if caller is None else _CALLER_DAYS)
    now = int(time.time())
    with files.led_to(f"in --to {to}"):
        root.certify(directory, spiffe, to, now, dns_names=dns_names, ip_addresses=ip_addresses, stem=stem, days=days)
    number = f"{serial_of(read_private(to / f'{stem}.pem')):x}"
    show_lines((stem, spiffe), ("in", to), ("days", days), ("serial number", number))


@click.command(
    "withdraw",
    cls=Command,
    examples=(
        "interchange root withdraw root --party AAA --certificate root/issued/officer.SCI.officer-1.3….pem --to ca.crl",
        "interchange root withdraw root --party AAA --serial 3fa4… --since 2027-01-31T09:00:00Z --to ca.crl",
    ),
)
@click.argument("directory", type=fields.DIRECTORY)
@click.option("--party", type=fields.PARTY_CODE, required=True, help="Code of the party.")
@click.option(
    "--certificate",
    "certificates",
    type=fields.FILE,
    multiple=True,
    help="Certificate to withdraw, PEM; a copy of each lies in issued/. May be repeated.",
)
@click.option("--serial", "serials", type=_SERIAL, multiple=True, help="Serial number to withdraw; may be repeated.")
@click.option("--since", type=fields.INSTANT, help="From when on nothing signed with them counts; now if not given.")
@click.option("--to", type=fields.FILE, required=True, help="New file for the list, to be carried to nodes.")
def withdraw(
    directory: Path,
    *,
    party: str,
    certificates: Sequence[Path],
    serials: Sequence[int],
    since: Instant | None,
    to: Path,
) -> None:
    """Withdraw certificates before their end: write the party's next list of all that are withdrawn.

    A node goes by the list from the moment that `interchange node withdraw-certificates` has brought it there; give it
    to partners as well. Nothing that was withdrawn comes back: issue a new certificate instead.
    """
    from interchange.bootstrap.certificates import withdraw as withdrawn  # noqa: PLC0415 - loads X.509

    if not certificates and not serials:
        message = "say which: --certificate FILE or --serial NUMBER."
        raise click.UsageError(message)
    if to.exists():
        raise refuse(Reason.FILE_EXISTS, str(to))
    pems = [files.read(each, _MAX_PEM) for each in certificates]
    now = int(time.time())
    with files.led_to(f"in {directory}"):
        _names(directory, party)
        said, crl = withdrawn(directory, pems, serials, now if since is None else since, now)
    files.write_new(to, crl)
    show_lines(("list", f"number {said.number}"), ("withdrawn", f"{len(said.since)} certificates"), ("in", to))


def _names(directory: Path, party: str) -> Names:
    from interchange.bootstrap import root  # noqa: PLC0415 - loads X.509

    names = root.names_of(directory, load())
    if names.party != party:
        raise refuse(Reason.ROOT_PARTY, f"it is for {names.authority}, not for {party}")
    return names


def _caller(role: str | None, name: str | None, organ: str | None) -> tuple[str, str, str | None]:
    if role is None or name is None:
        message = "say for whom: --role and --name, or --node."
        raise click.UsageError(message)
    _check_organ(role, organ)
    return role, name, organ


def _check_together(caller: object, named: Mapping[str, str | None], dialled: Sequence[str]) -> None:
    """Refuse what does not go together: a node has one name, and a caller is dialled by nobody."""
    given = [option for option, value in named.items() if value is not None]
    if caller is None and given:
        message = "a node has its own role and name: leave it out."
        raise click.BadParameter(message, param_hint=given[0])
    if caller is not None and dialled:
        message = "nobody dials a caller: give it with --node alone."
        raise click.BadParameter(message, param_hint="--dns-name or --ip-address")


def _check_organ(role: str, organ: str | None) -> None:
    """Refuse to bind a role to an organ that no node lets in so: the certificate's holder would be nobody."""
    # Health alone is for anybody at all.
    ours = [cells for method, cells in ACCESS.items() if method.startswith("/interchange.")]
    if organ is not None and not any(cell.role == role and cell.organ for cells in ours for cell in cells):
        message = f"a {role} acts for the whole party: leave it out."
        raise click.BadParameter(message, param_hint="--organ")
