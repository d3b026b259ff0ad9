"""Lists of withdrawn certificates: made here, read by another program, and believed of their own authority alone."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fakes.refusals import refused

from interchange.crypto.certificates import issue_certificate, make_ca
from interchange.crypto.own_certificate import serial_of
from interchange.crypto.withdrawals import LONGEST, Withdrawals, check_withdrawals, make_withdrawals, read_withdrawals
from interchange.errors import Reason

NOW = 1_800_000_000
HERE, THERE = "aaa.clearance.example", "bbb.clearance.example"
OURS, THEIRS = make_ca(HERE, NOW), make_ca(THERE, NOW)

Builder = x509.CertificateRevocationListBuilder


def built(
    change: Callable[[Builder], Builder] = lambda builder: builder,
    *,
    name: x509.Name | None = None,
    digest: hashes.SHA384 | None = None,
    number: int | None = 1,
) -> bytes:
    """Build a list of our own authority's with one fault."""
    begin, key = datetime.fromtimestamp(NOW, UTC), serialization.load_pem_private_key(OURS[1], None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    subject = x509.load_pem_x509_certificate(OURS[0]).subject
    builder = Builder(name or subject, begin, begin + timedelta(days=1))
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    return change(builder).sign(key, digest or hashes.SHA256()).public_bytes(Encoding.PEM)


def revoked(serial: int, *extensions: tuple[x509.ExtensionType, bool]) -> x509.RevokedCertificate:
    """Withdraw a certificate in whatever words."""
    builder = x509.RevokedCertificateBuilder(serial, datetime.fromtimestamp(NOW, UTC))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.build()


def test_list_says_which_certificates_are_withdrawn_and_since_when() -> None:
    """What was handed in is what comes out."""
    made = make_withdrawals(*OURS, None, {5: NOW - 100, 7: NOW}, NOW)
    assert check_withdrawals(made, OURS[0]) == Withdrawals(NOW, {5: NOW - 100, 7: NOW})


def test_kept_list_reads_as_the_one_that_was_handed_in() -> None:
    """However it was spelt."""
    kept = b"\n" + built(lambda b: b.add_revoked_certificate(revoked(9)))
    assert read_withdrawals(kept) == check_withdrawals(kept, OURS[0])


def test_next_list_has_all_of_the_one_before_and_a_higher_number() -> None:
    """Also within one second, and where a clock went back."""
    first = Withdrawals(NOW + 10, {5: NOW})
    after = check_withdrawals(make_withdrawals(*OURS, first, {6: NOW}, NOW), OURS[0])
    assert after == Withdrawals(NOW + 11, {5: NOW, 6: NOW})


def test_certificate_that_is_withdrawn_again_keeps_the_earlier_instant() -> None:
    """Nothing is believed again that was not."""
    after = check_withdrawals(make_withdrawals(*OURS, Withdrawals(1, {5: NOW - 9}), {5: NOW}, NOW), OURS[0])
    assert after.since == {5: NOW - 9}


@pytest.mark.parametrize("serial", [0, -1, 2**159])
def test_serial_number_that_no_certificate_has_is_refused(serial: int) -> None:
    """RFC 5280 section 4.1.2.2: positive, up to 20 octets."""
    with refused(Reason.WITHDRAWALS_FORM):
        make_withdrawals(*OURS, None, {serial: NOW}, NOW)


def test_list_of_another_authority_is_refused() -> None:
    """Only the authority that issued a certificate withdraws it."""
    with refused(Reason.WITHDRAWALS_AUTHORITY):
        check_withdrawals(make_withdrawals(*THEIRS, None, {5: NOW}, NOW), OURS[0])


def test_list_under_a_borrowed_name_is_refused() -> None:
    """The signature decides."""
    name = x509.load_pem_x509_certificate(OURS[0]).subject
    assert name == x509.load_pem_x509_crl(built()).issuer
    with refused(Reason.WITHDRAWALS_AUTHORITY):
        check_withdrawals(built(), make_ca(HERE, NOW)[0])


def test_list_of_the_authoritys_key_under_another_name_is_refused() -> None:
    """RFC 5280 section 6.3.3: its issuer is the certificates' issuer."""
    with refused(Reason.WITHDRAWALS_AUTHORITY):
        check_withdrawals(built(name=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])), OURS[0])


def test_list_over_another_digest_is_refused() -> None:
    """As certificates are."""
    with refused(Reason.WITHDRAWALS_AUTHORITY):
        check_withdrawals(built(digest=hashes.SHA384()), OURS[0])


BAD: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no list": lambda: b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
    "a certificate": lambda: OURS[0],
    "two lists": lambda: built() * 2,
    "something behind it": lambda: built() + b"x",
    "a very long one": lambda: built() + b"\n" * LONGEST,
    "no number": lambda: built(number=None),
    "a number that no ledger holds": lambda: built(number=2**63),
    "changes to another list": lambda: built(lambda b: b.add_extension(x509.DeltaCRLIndicator(1), critical=True)),
    "a part of the certificates": lambda: built(
        lambda b: b.add_extension(
            x509.IssuingDistributionPoint(None, None, True, False, None, False, False), critical=True
        )
    ),
    "a certificate given back": lambda: built(
        lambda b: b.add_revoked_certificate(revoked(5, (x509.CRLReason(x509.ReasonFlags.remove_from_crl), False)))
    ),
    "a certificate of another authority": lambda: built(
        lambda b: b.add_revoked_certificate(
            revoked(5, (x509.CertificateIssuer([x509.UniformResourceIdentifier("https://x.example")]), True))
        )
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_one_whole_list_is_refused(name: str) -> None:
    """A list that says less, or something else, than it seems to is worse than none."""
    with refused(Reason.WITHDRAWALS_FORM):
        check_withdrawals(BAD[name](), OURS[0])


def test_kept_list_that_was_damaged_is_refused() -> None:
    """And not taken for an empty one."""
    with refused(Reason.WITHDRAWALS_FORM):
        read_withdrawals(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")


@pytest.mark.skipif(which("openssl") is None, reason="there is no openssl on this machine")
def test_another_program_refuses_the_withdrawn_certificate(tmp_path: Path) -> None:
    """A list made here is a plain X.509 revocation list."""
    stays, goes = (
        issue_certificate(*OURS, spiffe_id=f"spiffe://{HERE}/officer/{name}", now=NOW, days=30)[0]
        for name in ("stays", "goes")
    )
    contents = {"ca": OURS[0], "stays": stays, "goes": goes}
    contents["crl"] = make_withdrawals(*OURS, None, {serial_of(goes): NOW}, NOW)
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    check = ["openssl", "verify", "-attime", str(NOW), "-crl_check", "-CAfile", "ca", "-CRLfile", "crl"]
    codes = [
        subprocess.run([*check, name], check=False, cwd=tmp_path, capture_output=True).returncode
        for name in ("stays", "goes")
    ]
    assert codes == [0, 2]
