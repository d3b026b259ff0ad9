"""A certificate in its party's own hands: whether it may take the place of the one in use, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from interchange.crypto.certificate_parts import UNREADABLE, is_current
from interchange.crypto.certificates import check_key_type, check_pair, check_peer
from interchange.errors import Reason, Refusal, refuse

if TYPE_CHECKING:
    from interchange.domain.time import Instant


def check_own(cert_pem: bytes, key_pem: bytes, ca_pem: bytes, now: Instant) -> str:
    """Refuse a certificate with which a node could answer or call nobody.

    Args:
        cert_pem: the certificate, PEM.
        key_pem: its private key, PEM without encryption.
        ca_pem: certification authority of the node's party, PEM.
        now: the present second, UTC.

    Returns:
        The SPIFFE id that it bears.

    Raises:
        Refusal: CERTIFICATE_KEY_TYPE; CERTIFICATE_FORM, with what is wrong with it.
    """
    check_key_type(cert_pem)
    check_pair(cert_pem, key_pem)
    if not is_current(x509.load_pem_x509_certificate(cert_pem), now):
        raise refuse(Reason.CERTIFICATE_FORM, "certificate: outside its days")
    try:
        return check_peer(cert_pem, [ca_pem], now)
    except Refusal:
        raise refuse(Reason.CERTIFICATE_FORM, "certificate: not of the party's own authority") from None


def ends_at(cert_pem: bytes) -> Instant:
    """Read the last second at which a certificate holds.

    Args:
        cert_pem: the certificate, PEM; of several, the first.

    Raises:
        Refusal: CERTIFICATE_FORM when it cannot be read.
    """
    try:
        return int(x509.load_pem_x509_certificate(cert_pem).not_valid_after_utc.timestamp())
    except UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, "certificate") from None


def serial_of(cert_pem: bytes) -> int:
    """Read the serial number that its authority gave a certificate; as `ends_at`."""
    try:
        return x509.load_pem_x509_certificate(cert_pem).serial_number
    except UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, "certificate") from None


def is_issued_by(cert_pem: bytes, ca_pem: bytes) -> bool:
    """Tell whether a certification authority has issued a certificate, whatever its days.

    Raises:
        Refusal: CERTIFICATE_FORM when one of them cannot be read.
    """
    try:
        certificate, ca = x509.load_pem_x509_certificate(cert_pem), x509.load_pem_x509_certificate(ca_pem)
    except UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, "certificate") from None
    try:
        certificate.verify_directly_issued_by(ca)
    except UNREADABLE:
        return False
    return True
