"""Withdrawn certificates: the X.509 revocation list (RFC 5280 section 5) of a party's certification authority.

What was withdrawn once stays withdrawn: of several lists of one authority all count together, so that a list which no
longer has a certificate, because that ended or by mistake, gives nothing back. The day on which the next list is due is
written, as the standard asks, and not looked at: an old list narrows as well as a new one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from interchange.crypto.certificate_parts import UNREADABLE, extension, is_p256
from interchange.crypto.certificates import read_ca
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from interchange.domain.time import Instant

LONGEST = 1024 * 1024
"""Bytes of a list in PEM: some 20,000 certificates."""

_ALONE = re.compile(rb"\s*-----BEGIN X509 CRL-----\r?\n[A-Za-z0-9+/=\r\n]+-----END X509 CRL-----\s*")
_HIGHEST = 2**63 - 1
_HIGHEST_SERIAL = 2**159 - 1


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """What a list says.

    Attributes:
        number: grows with each list of an authority, 1 to 2^63 - 1.
        since: serial number of each withdrawn certificate → from when on it is not to be believed.
    """

    number: int
    since: Mapping[int, Instant]


def make_withdrawals(
    ca_cert_pem: bytes, ca_key_pem: bytes, known: Withdrawals | None, more: Mapping[int, Instant], now: Instant
) -> bytes:
    """Sign a list with what was withdrawn before and what is withdrawn now.

    Args:
        ca_cert_pem: certificate of the party's certification authority, PEM.
        ca_key_pem: its private key, PEM without encryption.
        known: the list before; None if there is none.
        more: serial numbers to withdraw, each with the instant from which on; one that is known keeps the earlier.
        now: the present second, UTC. It is the list's number as well, unless the one before is higher already, so that
            who lost that one still makes one that is taken.

    Returns:
        The list, PEM.

    Raises:
        Refusal: CERTIFICATE_FORM, CERTIFICATE_KEY_TYPE for the authority; WITHDRAWALS_FORM for a serial number that no
            certificate has.
    """
    ca, key = read_ca(ca_cert_pem, ca_key_pem)
    if not all(0 < serial <= _HIGHEST_SERIAL for serial in more):
        raise refuse(Reason.WITHDRAWALS_FORM, "serial number")
    number = max(known.number + 1, now) if known else now
    all_of_them = joined(known.since if known else {}, more)
    builder = (
        x509.CertificateRevocationListBuilder(ca.subject, datetime.fromtimestamp(now, UTC), ca.not_valid_after_utc)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for serial, since in sorted(all_of_them.items()):
        revoked = x509.RevokedCertificateBuilder(serial, datetime.fromtimestamp(since, UTC)).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def check_withdrawals(crl_pem: bytes, ca_pem: bytes) -> Withdrawals:
    """Read a list that somebody handed in, and believe it only of the authority that is pinned.

    Args:
        crl_pem: one list and white space, PEM, up to 1 MiB.
        ca_pem: the pinned certification authority, from `authorities.check_ca`, PEM.

    Raises:
        Refusal: WITHDRAWALS_FORM when it is not one list alone, lacks its number, is about more than the authority's
            own certificates or about a part of them, or takes back what was withdrawn; WITHDRAWALS_AUTHORITY when it is
            not that authority's.
    """
    try:
        crl = _parsed(crl_pem)
        said = _read(crl)
    except UNREADABLE:
        raise refuse(Reason.WITHDRAWALS_FORM) from None
    if not _is_signed(crl, ca_pem):
        raise refuse(Reason.WITHDRAWALS_AUTHORITY)
    return said


def read_withdrawals(crl_pem: bytes) -> Withdrawals:
    """Read a list that was checked when it was kept.

    Raises:
        Refusal: WITHDRAWALS_FORM.
    """
    try:
        return _read(_parsed(crl_pem))
    except UNREADABLE:
        raise refuse(Reason.WITHDRAWALS_FORM) from None


def joined(one: Mapping[int, Instant], other: Mapping[int, Instant]) -> dict[int, Instant]:
    """Put two lists together; what stands in both was withdrawn at the earlier instant."""
    return {serial: min(one.get(serial, since), since) for serial, since in {**one, **other}.items()}


def _parsed(crl_pem: bytes) -> x509.CertificateRevocationList:
    if len(crl_pem) > LONGEST or not _ALONE.fullmatch(crl_pem):
        message = "not one list alone"
        raise ValueError(message)
    return x509.load_pem_x509_crl(crl_pem)


def _read(crl: x509.CertificateRevocationList) -> Withdrawals:
    number = extension(crl, x509.CRLNumber)
    # RFC 5280 sections 5.2 and 5.3: whoever does not understand a critical extension must not go by the list. Partial
    # lists, changes to lists, and lists of other authorities' certificates all have one.
    is_whole = not any(each.critical for each in crl.extensions)
    if number is None or not 0 < number.crl_number <= _HIGHEST or not is_whole:
        message = "not a whole, numbered list"
        raise ValueError(message)
    since: dict[int, Instant] = {}
    for entry in crl:
        kind = extension(entry, x509.CRLReason)
        if any(each.critical for each in entry.extensions) or (
            kind is not None and kind.reason is x509.ReasonFlags.remove_from_crl
        ):
            message = "an entry that says something else"
            raise ValueError(message)
        at = int(entry.revocation_date_utc.timestamp())
        since[entry.serial_number] = min(at, since.get(entry.serial_number, at))
    return Withdrawals(number.crl_number, since)


def _is_signed(crl: x509.CertificateRevocationList, ca_pem: bytes) -> bool:
    """Tell whether it is the authority's own, which must be allowed to sign lists (RFC 5280 section 6.3.3)."""
    try:
        ca = x509.load_pem_x509_certificate(ca_pem)
        key, usage = ca.public_key(), extension(ca, x509.KeyUsage)
        is_allowed = usage is not None and usage.crl_sign and crl.issuer == ca.subject
        is_kind = isinstance(crl.signature_hash_algorithm, hashes.SHA256)
        return is_allowed and is_kind and is_p256(key) and crl.is_signature_valid(key)  # type: ignore[arg-type]
    except UNREADABLE:
        return False
