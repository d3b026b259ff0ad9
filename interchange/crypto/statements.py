"""Statements that people sign with the key of their own certificate, and never with one of the node's."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from interchange.errors import Reason, refuse

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)


def sign_statement(key_pem: bytes, statement: bytes) -> bytes:
    """Sign with the key of a person's certificate.

    Args:
        key_pem: the private key, PEM, ECDSA on P-256.
        statement: the bytes to be signed.

    Returns:
        ECDSA with SHA-256, DER (RFC 3279 section 2.2.3).

    Raises:
        Refusal: CERTIFICATE_FORM for a key of another kind.
    """
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except _UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, "key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise refuse(Reason.CERTIFICATE_FORM, "key")
    return key.sign(statement, ec.ECDSA(hashes.SHA256()))


def check_statement(cert_pem: bytes, statement: bytes, signature: bytes) -> None:
    """Refuse a signature that the key of this certificate has not made; whose certificate it is, `check_peer` says.

    Args:
        cert_pem: the signer's certificate, PEM.
        statement: the bytes that were signed.
        signature: DER.

    Raises:
        Refusal: PROPOSAL_SIGNATURE.
    """
    try:
        key = x509.load_pem_x509_certificate(cert_pem).public_key()
    except _UNREADABLE:
        raise refuse(Reason.PROPOSAL_SIGNATURE) from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise refuse(Reason.PROPOSAL_SIGNATURE)
    try:
        key.verify(signature, statement, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise refuse(Reason.PROPOSAL_SIGNATURE) from None
