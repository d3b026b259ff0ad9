"""What stands in a certificate, as far as it is asked: for whom, what it may do, when, and with which kind of key."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from interchange.errors import Refusal

if TYPE_CHECKING:
    from interchange.domain.time import Instant

_E = TypeVar("_E", bound=x509.ExtensionType)

SPIFFE = "spiffe://"

_KINDS: tuple[tuple[type, str], ...] = (
    (ed25519.Ed25519PublicKey, "Ed25519"),
    (ed448.Ed448PublicKey, "Ed448"),
    (rsa.RSAPublicKey, "RSA"),
    (dsa.DSAPublicKey, "DSA"),
)
"""What public keys are called that no certificate here may have."""

UNREADABLE = (
    *(ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, Refusal),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
"""All that reading a certificate raises when it is not as it should be; a Refusal comes from the name in it."""


def trust_domain(ca: x509.Certificate) -> str | None:
    """Read for whom a certification authority may speak: its SPIFFE URIs and name constraint name one authority."""
    domains = {uri.removeprefix(SPIFFE) for uri in uris(ca)}
    constraints = extension(ca, x509.NameConstraints)
    limits = (constraints and constraints.permitted_subtrees) or ()
    domains |= {limit.value for limit in limits if isinstance(limit, x509.UniformResourceIdentifier)}
    return domains.pop() if len(domains) == 1 else None


def uris(certificate: x509.Certificate) -> list[str]:
    """List the URIs among its subject alternative names."""
    names = extension(certificate, x509.SubjectAlternativeName)
    return names.get_values_for_type(x509.UniformResourceIdentifier) if names else []


def extension(
    certificate: x509.Certificate | x509.CertificateRevocationList | x509.RevokedCertificate, kind: type[_E]
) -> _E | None:
    """Find its extension of a kind, or None."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def is_ca(certificate: x509.Certificate) -> bool:
    """Tell whether it may issue certificates (RFC 5280 sections 4.2.1.9 and 4.2.1.3); without the extensions, no."""
    usage = extension(certificate, x509.KeyUsage)
    return not is_leaf(certificate) and usage is not None and usage.key_cert_sign


def is_leaf(certificate: x509.Certificate) -> bool:
    """Tell whether it is none of a certification authority."""
    constraints = extension(certificate, x509.BasicConstraints)
    return constraints is None or not constraints.ca


def is_current(certificate: x509.Certificate, now: Instant) -> bool:
    """Tell whether `now` is inside the window; both ends belong to it (RFC 5280 section 4.1.2.5)."""
    return certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp()


def is_ecdsa_p256(certificate: x509.Certificate) -> bool:
    """Tell whether its key is ECDSA P-256, and it was signed over SHA-256."""
    return is_p256(certificate.public_key()) and isinstance(certificate.signature_hash_algorithm, hashes.SHA256)


def is_p256(key: object) -> bool:
    """Tell whether a public key is ECDSA P-256."""
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def kind_of(certificate: x509.Certificate) -> str:
    """Name the kind of its key, and the digest that was signed where the key is of the right kind."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        digest = certificate.signature_hash_algorithm
        signed = f" signed over {digest.name}" if digest else " signed by another kind of key"
        return f"ECDSA {key.curve.name}{signed if is_p256(key) else ''}"
    return next((name for kind, name in _KINDS if isinstance(key, kind)), "an unknown kind of key")
