"""Certification authorities and certificates of every kind, good and bad, valid for the whole century.

The handshake looks at the machine's clock and the node at the one that a test gives it, so that whatever is not about
time has to be valid at both. Keys are made from constants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_address
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

FIRST, LAST = datetime(2001, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Authority:
    """A certification authority of a trust domain that vouches for whatever it is asked to.

    Its certificate names its domain, as a node demands of it, but constrains no names: what a handshake does not stop,
    the node has to.
    """

    domain: str
    label: str = "authority"
    name: x509.Name | None = None
    """Under which it issues; one that is made of domain and label, unless told otherwise."""

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        key = _key(f"{self.domain} {self.label}")
        certificate = (
            _builder(self._name, self._name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(_names([f"spiffe://{self.domain}"]), critical=False)
            .sign(key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM)

    def certify(
        self,
        *uris: str,
        dns: Sequence[str] = (),
        common_name: str = "",
        first: datetime = FIRST,
        last: datetime = LAST,
        key: Key | None = None,
    ) -> Pair:
        """Vouch for these names, and for a key that is made of them unless another is given."""
        key = key or _key(f"{self.domain} {self.label} {uris} {dns} {common_name}")
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
        builder = (
            _builder(subject, self._name, key, first, last)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
        )
        if uris or dns:
            builder = builder.add_extension(_names(uris, dns), critical=not common_name)
        certificate = builder.sign(_key(f"{self.domain} {self.label}"), hashes.SHA256())
        return Pair(certificate.public_bytes(Encoding.PEM), _pem(key))

    def withdraw(self, *certificates: bytes, number: int = 1, since: datetime = FIRST) -> bytes:
        """Put certificates on a list of those withdrawn, PEM."""
        builder = x509.CertificateRevocationListBuilder(self._name, FIRST, LAST)
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for pem in certificates:
            serial = x509.load_pem_x509_certificate(pem).serial_number
            builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, since).build())
        return builder.sign(_key(f"{self.domain} {self.label}"), hashes.SHA256()).public_bytes(Encoding.PEM)

    @property
    def _name(self) -> x509.Name:
        return self.name or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{self.domain} {self.label}"[:64])])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    first: datetime = FIRST,
    last: datetime = LAST,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), first, last)


def _key(label: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(sha256(label.encode()).digest()[:31]) + 1, ec.SECP256R1())


def _pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _names(uris: Sequence[str], dns: Sequence[str] = ()) -> x509.SubjectAlternativeName:
    addresses = [x509.IPAddress(ip_address("127.0.0.1"))] if "localhost" in dns else []
    return x509.SubjectAlternativeName(
        [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, dns), *addresses]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
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
