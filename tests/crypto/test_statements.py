"""What people sign with the keys of their certificates, checked by the certificate."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fakes.authorities import Authority
from fakes.refusals import refused

from interchange.crypto.statements import check_statement, sign_statement
from interchange.errors import Reason

AUTHORITY = Authority("aaa.clearance.example")
SATO = AUTHORITY.certify("spiffe://aaa.clearance.example/officer/sato")
SUZUKI = AUTHORITY.certify("spiffe://aaa.clearance.example/officer/suzuki")
STATEMENT = b'{"act":"reinstate"}'


def test_signature_of_the_key_of_the_certificate_holds() -> None:
    """Whoever has the key of a certificate signs by it."""
    check_statement(SATO.certificate, STATEMENT, sign_statement(SATO.key, STATEMENT))


@pytest.mark.parametrize("spoilt", [b"", b"0", b"\x30\x00", bytes(72)])
def test_bytes_that_are_no_signature_are_refused(spoilt: bytes) -> None:
    """Whatever is wrong with them."""
    with refused(Reason.PROPOSAL_SIGNATURE):
        check_statement(SATO.certificate, STATEMENT, spoilt)


def test_signature_over_another_statement_is_refused() -> None:
    """One character is enough."""
    with refused(Reason.PROPOSAL_SIGNATURE):
        check_statement(SATO.certificate, STATEMENT + b" ", sign_statement(SATO.key, STATEMENT))


def test_signature_of_another_key_is_refused() -> None:
    """Also of one that the same authority vouches for."""
    with refused(Reason.PROPOSAL_SIGNATURE):
        check_statement(SATO.certificate, STATEMENT, sign_statement(SUZUKI.key, STATEMENT))


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """Spell a private key."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


UNFIT = {
    "no key": b"no key",
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_key_of_another_kind_signs_nothing(kind: str) -> None:
    """It could not be the key of a certificate that a node takes."""
    with refused(Reason.CERTIFICATE_FORM):
        sign_statement(UNFIT[kind], STATEMENT)


@pytest.mark.parametrize("certificate", [b"", b"no certificate"])
def test_what_is_no_certificate_vouches_for_nothing(certificate: bytes) -> None:
    """A row of the ledger may hold any bytes."""
    with refused(Reason.PROPOSAL_SIGNATURE):
        check_statement(certificate, STATEMENT, sign_statement(SATO.key, STATEMENT))
