"""Certification authorities of parties: what one must be to be pinned, and that none can be taken for another.

A gRPC server reads all of them as one bundle and looks among them for an issuer by its name. A file that ends the
reading early, or a certificate that bears another authority's name, would so cut off parties that have nothing to do
with it. Each is therefore written anew from what was read of it, and no two of one name stand in a bundle.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from interchange.crypto.certificate_parts import (
    UNREADABLE,
    extension,
    is_ca,
    is_ecdsa_p256,
    kind_of,
    trust_domain,
)
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 16 * 1024
_ALONE = re.compile(rb"\s*-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\s*")


def check_ca(ca_pem: bytes, authority: str) -> bytes:
    """Refuse to pin a certification authority that claims to speak for another party than the one it is pinned for.

    Args:
        ca_pem: its certificate alone, PEM.
        authority: authority name of the party being admitted.

    Returns:
        The same certificate as it is written here, PEM; this is what to pin.

    Raises:
        Refusal: CERTIFICATE_FORM when it is not one certificate with nothing beside it, cannot issue, has no name of
            its own, or is not for that one alone; CERTIFICATE_KEY_TYPE when it is not ECDSA P-256 with SHA-256.
    """
    try:
        ca = _read(ca_pem)
        is_usable, is_kind = is_ca(ca) and trust_domain(ca) == authority, is_ecdsa_p256(ca)
    except UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, "certification authority") from None
    if not is_usable:
        raise refuse(Reason.CERTIFICATE_FORM, "certification authority")
    if not is_kind:
        raise refuse(Reason.CERTIFICATE_KEY_TYPE, f"certification authority: {kind_of(ca)}")
    return ca.public_bytes(Encoding.PEM)


def alone(ca_pem: bytes) -> bytes:
    """Write a certificate anew, so that nothing beside it stays.

    Args:
        ca_pem: one certificate and white space, PEM.

    Raises:
        Refusal: CERTIFICATE_FORM when there is anything else.
    """
    (written,) = bundle([ca_pem])
    if written is None:
        raise refuse(Reason.CERTIFICATE_FORM, "certification authority")
    return written


def check_unmistakable(ca_pem: bytes, others: Iterable[bytes]) -> None:
    """Refuse a certification authority that could be taken for one that is pinned already.

    Args:
        ca_pem: from `check_ca`.
        others: those of the home party and of all other partners, PEM.

    Raises:
        Refusal: CERTIFICATE_FORM when one of them has its name or key id.
    """
    if bundle([*others, ca_pem])[-1] is None:
        raise refuse(Reason.CERTIFICATE_FORM, "certification authority: its name or key id is another's")


def bundle(ca_pems: Sequence[bytes]) -> list[bytes | None]:
    """Write certification authorities anew, so that one bundle can be made of them.

    Args:
        ca_pems: as they are pinned, PEM, the one that matters most first.

    Returns:
        For each, in their order, what to put into the bundle; None for one that cannot be read, or could be taken for
        one before it.
    """
    written: list[bytes | None] = []
    taken: set[object] = set()
    for pem in ca_pems:
        try:
            ca = _read(pem)
            marks = _marks(ca)
        except UNREADABLE:
            written.append(None)
            continue
        written.append(None if marks & taken else ca.public_bytes(Encoding.PEM))
        taken |= marks
    return written


def _read(pem: bytes) -> x509.Certificate:
    """Read one certificate and nothing else; all of it that a TLS library may stumble over is looked at."""
    if len(pem) > _LONGEST or not _ALONE.fullmatch(pem):
        message = "not one certificate alone"
        raise ValueError(message)
    (ca,) = x509.load_pem_x509_certificates(pem)
    # Both names and the extensions are parsed when they are asked for, and not before.
    if ca.version is not x509.Version.v3 or ca.serial_number <= 0 or not (list(ca.subject) and list(ca.issuer)):
        message = "not of the form that every library reads"
        raise ValueError(message)
    list(ca.extensions)
    return ca


def _marks(ca: x509.Certificate) -> set[object]:
    """List by what an issuer is looked for, and told apart from others of its name."""
    # RFC 5280 section 7.1: names are compared without regard to case and to the number of spaces.
    name = tuple(
        frozenset((attribute.oid, " ".join(str(attribute.value).lower().split())) for attribute in part)
        for part in ca.subject.rdns
    )
    key_id = extension(ca, x509.SubjectKeyIdentifier)
    return {name} | ({key_id.digest} if key_id else set())
