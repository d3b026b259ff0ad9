"""X.509 for mutual TLS: a small certification authority per party, and the second look at a peer's certificate.

A gRPC server trusts the certification authorities of all parties as one bundle, so that a handshake alone would let one
party's vouch for another party's name: `check_peer` ties each name to the one pinned for it. ECDSA P-256 throughout,
because Ed25519 certificates fail in gRPC's TLS.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from interchange.crypto.certificate_parts import (
    SPIFFE,
    UNREADABLE,
    is_ca,
    is_current,
    is_ecdsa_p256,
    is_leaf,
    kind_of,
    trust_domain,
    uris,
)
from interchange.domain.names import AUTHORITY, holder_of
from interchange.domain.time import SKEW, Instant
from interchange.errors import Reason, refuse

CA_DAYS = 3650
"""Days that a party's certification authority is valid."""

MAX_DAYS = 825
"""Longest life of a peer's certificate that is issued here; renewal is to stay a habit."""

# No wildcard, and the last label starts with a letter, so that no address passes for a name.
_DNS_NAME = re.compile(r"(?:[a-z0-9-]{1,63}\.){0,8}[a-z][a-z0-9-]{0,62}")


def make_ca(authority: str, now: Instant) -> tuple[bytes, bytes]:
    """Make a party's certification authority, which can vouch for names under that authority only.

    Args:
        authority: the party's authority name, such as `aaa.clearance.example`.
        now: the present second, UTC; validity begins 60 s earlier and lasts ten years.

    Returns:
        (certificate, private key), both PEM; the key is PKCS #8 without encryption, for the caller to keep private.

    Raises:
        Refusal: CERTIFICATE_FORM when it is no authority name.
    """
    if not AUTHORITY.fullmatch(authority):
        raise refuse(Reason.CERTIFICATE_FORM, "authority")
    key = ec.generate_private_key(ec.SECP256R1())
    # RFC 4519 section 2.4: label by label, since a common name ends at 64 characters and an authority may be longer.
    name = x509.Name([x509.NameAttribute(NameOID.DOMAIN_COMPONENT, part) for part in authority.split(".")[::-1]])
    domain = x509.UniformResourceIdentifier(SPIFFE + authority)
    certificate = (
        _builder(name, name, key.public_key(), _moment(now), CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectAlternativeName([domain]), critical=False)
        # RFC 5280 section 4.2.1.10: the constraint on URIs is a host name, here exactly this one.
        .add_extension(x509.NameConstraints([x509.UniformResourceIdentifier(authority)], None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _pem(certificate, key)


def issue_certificate(
    ca_cert_pem: bytes,
    ca_key_pem: bytes,
    *,
    spiffe_id: str,
    dns_names: Sequence[str] = (),
    ip_addresses: Sequence[str] = (),
    now: Instant,
    days: int,
) -> tuple[bytes, bytes]:
    """Issue a certificate with which one named peer can serve and call.

    The subject stays empty: the SPIFFE id is the identity, and there is no common name for anyone to fall back on.

    Args:
        ca_cert_pem: certificate of the party's certification authority, PEM.
        ca_key_pem: its private key, PEM without encryption.
        spiffe_id: the holder, as `Names.spiffe` writes it, under the certification authority's own name.
        dns_names: host names under which the peer is dialled, in lower case.
        ip_addresses: addresses under which it is dialled, in their usual text form.
        now: the present second, UTC; validity begins 60 s earlier.
        days: validity, 1 to 825, not beyond the certification authority's own end.

    Returns:
        (certificate, private key), both PEM; the key is PKCS #8 without encryption, for the caller to keep private.

    Raises:
        Refusal: FIELD_FORM when the SPIFFE id is none; CERTIFICATE_FORM for any other argument that is not of that
            form, or a certification authority whose certificate, key and name do not belong together;
            CERTIFICATE_KEY_TYPE when that authority is not ECDSA P-256 with SHA-256.
    """
    ca, ca_key = read_ca(ca_cert_pem, ca_key_pem)
    if holder_of(spiffe_id).authority != trust_domain(ca):
        raise refuse(Reason.CERTIFICATE_FORM, "spiffe id")
    if not 1 <= days <= MAX_DAYS or _moment(now) + timedelta(days=days) > ca.not_valid_after_utc:
        raise refuse(Reason.CERTIFICATE_FORM, "days")
    if not all(_DNS_NAME.fullmatch(name) for name in dns_names):
        raise refuse(Reason.CERTIFICATE_FORM, "dns name")
    names = [x509.UniformResourceIdentifier(spiffe_id), *map(x509.DNSName, dns_names)]
    try:
        names += [x509.IPAddress(ip_address(text)) for text in ip_addresses]
    except ValueError:
        raise refuse(Reason.CERTIFICATE_FORM, "ip address") from None
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(x509.Name([]), ca.subject, key.public_key(), _moment(now), days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(uses, critical=False)
        # RFC 5280 section 4.2.1.6: critical, because the subject is empty.
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return _pem(certificate, key)


def check_key_type(cert_pem: bytes, what: str = "certificate") -> None:
    """Refuse a certificate with which no handshake would succeed, before anybody tries.

    Args:
        cert_pem: the certificate, PEM; of several, the first.
        what: what to call it in the refusal.

    Raises:
        Refusal: CERTIFICATE_FORM when it cannot be read; CERTIFICATE_KEY_TYPE, with the kind that it is, when it is not
            ECDSA P-256 with SHA-256.
    """
    try:
        certificate = x509.load_pem_x509_certificate(cert_pem)
        is_kind = is_ecdsa_p256(certificate)
    except UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, what) from None
    if not is_kind:
        raise refuse(Reason.CERTIFICATE_KEY_TYPE, f"{what}: {kind_of(certificate)}")


def check_pair(cert_pem: bytes, key_pem: bytes) -> None:
    """Refuse a private key that is not the certificate's: gRPC would say nothing, or something else.

    Args:
        cert_pem: the certificate, PEM.
        key_pem: the private key, PEM without encryption.

    Raises:
        Refusal: CERTIFICATE_FORM.
    """
    try:
        certificate = x509.load_pem_x509_certificate(cert_pem)
        is_own = serialization.load_pem_private_key(key_pem, password=None).public_key() == certificate.public_key()
    except UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, "certificate or its key") from None
    if not is_own:
        raise refuse(Reason.CERTIFICATE_FORM, "the key is of another certificate")


def check_peer(cert_pem: bytes, ca_pems: Sequence[bytes], now: Instant) -> str:
    """Verify a peer's certificate against the certification authorities pinned, and say who the peer is.

    Args:
        cert_pem: the peer's own certificate, PEM, as the handshake showed it.
        ca_pems: pinned certificates, PEM, each passed by `authorities.check_ca` when it was pinned; an unreadable one
            counts not.
        now: the present second, UTC.

    Returns:
        The one SPIFFE id, `spiffe://<authority>/<role>...`.

    Raises:
        Refusal: CALLER_UNKNOWN when it is not directly issued by a pinned authority of the id's own trust domain, is
            outside its validity, or carries anything but exactly one URI, a SPIFFE id; CERTIFICATE_KEY_TYPE, where it
            is otherwise good, when it is not ECDSA P-256 with SHA-256.
    """
    try:
        certificate = x509.load_pem_x509_certificate(cert_pem)
        # Exactly one: software that looks at another of several names would see another caller.
        (spiffe_id,) = uris(certificate)
        authority = holder_of(spiffe_id).authority
        is_valid, is_kind = is_current(certificate, now) and is_leaf(certificate), is_ecdsa_p256(certificate)
    except UNREADABLE:
        raise refuse(Reason.CALLER_UNKNOWN, "certificate") from None
    if not is_valid or not any(_vouches(pem, certificate, authority, now) for pem in ca_pems):
        raise refuse(Reason.CALLER_UNKNOWN, "certificate")
    if not is_kind:
        raise refuse(Reason.CERTIFICATE_KEY_TYPE, kind_of(certificate))
    return spiffe_id


def _vouches(ca_pem: bytes, certificate: x509.Certificate, authority: str, now: Instant) -> bool:
    """Tell whether this is the authority's certification authority, in its window, and issued this certificate."""
    try:
        ca = x509.load_pem_x509_certificate(ca_pem)
        certificate.verify_directly_issued_by(ca)
        return trust_domain(ca) == authority and is_ca(ca) and is_current(ca, now) and is_ecdsa_p256(ca)
    except UNREADABLE:
        return False


def read_ca(cert_pem: bytes, key_pem: bytes) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Read a certification authority with its private key, for what is signed with it.

    Raises:
        Refusal: CERTIFICATE_FORM when one of them is not what it should be, or they do not belong together;
            CERTIFICATE_KEY_TYPE when it is not ECDSA P-256 with SHA-256.
    """
    try:
        ca = x509.load_pem_x509_certificate(cert_pem)
        key = serialization.load_pem_private_key(key_pem, password=None)
        is_usable, is_kind = is_ca(ca) and key.public_key() == ca.public_key(), is_ecdsa_p256(ca)
    except UNREADABLE:
        raise refuse(Reason.CERTIFICATE_FORM, "certification authority") from None
    if not is_usable:
        raise refuse(Reason.CERTIFICATE_FORM, "certification authority")
    if not is_kind or not isinstance(key, ec.EllipticCurvePrivateKey):
        raise refuse(Reason.CERTIFICATE_KEY_TYPE, f"certification authority: {kind_of(ca)}")
    return ca, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    """Begin a certificate; it is valid a little before `now`, because the other side's clock may be behind."""
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(now - timedelta(seconds=SKEW))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _moment(now: Instant) -> datetime:
    return datetime.fromtimestamp(now, UTC)


def _pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    form, secrecy = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem), key.private_bytes(pem, form, secrecy)
