"""Withdrawing certificates where the party's certificate authority lies, on a machine without network.

The root directory keeps a copy of each certificate that was issued there (`issued/`), and the newest list of those
withdrawn (`ca.crl`), from which the next one is made.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from interchange.crypto.own_certificate import is_issued_by, serial_of
from interchange.crypto.sealed import read_private, write_private
from interchange.crypto.withdrawals import LONGEST, Withdrawals, check_withdrawals, make_withdrawals
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from interchange.domain.time import Instant

ISSUED, LIST = "issued", "ca.crl"


def keep_issued(directory: Path, spiffe_id: str, pem: bytes) -> None:
    """Keep a copy of a certificate that was issued, so that it can be withdrawn when its holder has lost it.

    Args:
        directory: the root directory.
        spiffe_id: in the certificate.
        pem: the certificate, PEM.

    Raises:
        Refusal: FILE_UNREADABLE.
    """
    copies = directory / ISSUED
    try:
        copies.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, ISSUED) from error
    name = ".".join(spiffe_id.removeprefix("spiffe://").split("/")[1:])
    write_private(copies / f"{name}.{serial_of(pem):x}.pem", pem)


def withdraw(
    directory: Path, certificates: Iterable[bytes], serials: Iterable[int], since: Instant, now: Instant
) -> tuple[Withdrawals, bytes]:
    """Withdraw certificates of the party's authority.

    Args:
        directory: the root directory.
        certificates: those to withdraw, PEM, each issued by this authority.
        serials: serial numbers of others.
        since: from when on they are not to be believed: what was signed with them before still counts.
        now: the present second, UTC.

    Returns:
        What the new list says, and the list, PEM.

    Raises:
        Refusal: CERTIFICATE_FORM for a certificate of another authority; WITHDRAWALS_FORM for a serial number that no
            certificate has; WITHDRAWALS_FORM, WITHDRAWALS_AUTHORITY for a list in the directory that was damaged or is
            another's; FILE_UNREADABLE, FILE_LOOSE.
    """
    ca_pem, path = read_private(directory / "ca.pem"), directory / LIST
    known = check_withdrawals(_read(path), ca_pem) if path.exists() else None
    more = dict.fromkeys([*(_serial(pem, ca_pem) for pem in certificates), *serials], since)
    made = make_withdrawals(ca_pem, read_private(directory / "ca.key"), known, more, now)
    # Nothing leaves that could not be read again.
    said = check_withdrawals(made, ca_pem)
    _put(path, made)
    return said, made


def _serial(pem: bytes, ca_pem: bytes) -> int:
    if not is_issued_by(pem, ca_pem):
        raise refuse(Reason.CERTIFICATE_FORM, "certificate: of another authority")
    return serial_of(pem)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, path.name) from error


def _put(path: Path, content: bytes) -> None:
    """Put a file in the place of the one before, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    write_private(fresh, content)
    try:
        fresh.replace(path)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, path.name) from error
