from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from interchange.crypto.authorities import check_ca
from interchange.crypto.certificates import CA_DAYS, check_peer, issue_certificate, make_ca
from interchange.errors import Reason, Refusal

NOW = 1_800_000_000
DAY = 86_400
HERE, THERE = "aaa.clearance.example", "bbb.clearance.example"
CALLER = f"spiffe://{HERE}/partner/node-1"
NOBODY = x509.Name([])

OTHERS: list[Any] = [
    pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()), id="P-384"),
    pytest.param(ed25519.Ed25519PrivateKey.generate, id="Ed25519"),
    pytest.param(lambda: rsa.generate_private_key(65537, 2048), id="RSA"),
]
"""Makers of keys that no certificate here may have."""

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Party:
    """A certification authority, with its private key as it is never given to a caller."""

    cert_pem: bytes
    key_pem: bytes

    @property
    def subject(self) -> x509.Name:
        """Its name in the certificates it issues."""
        return x509.load_pem_x509_certificate(self.cert_pem).subject

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """Its private key, to break its rules with."""
        key = serialization.load_pem_private_key(self.key_pem, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def issue(self, spiffe_id: str = CALLER, *, now: int = NOW, days: int = 30) -> bytes:
        """Issue as the product does, and keep the certificate only."""
        return issue_certificate(self.cert_pem, self.key_pem, spiffe_id=spiffe_id, now=now, days=days)[0]


def built(
    issuer: x509.Name,
    signing_key: Key,
    names: Sequence[str] = (CALLER,),
    *,
    key: Key | None = None,
    subject: x509.Name = NOBODY,
    digest: hashes.SHA256 | hashes.SHA384 | None = hashes.SHA256(),  # noqa: B008 - it has no state
    ca: bool | None = False,
    limit: str | None = None,
    signs: bool | None = None,
) -> bytes:
    """Build a certificate of any kind around NOW, to give it the one fault that a test is about."""
    begin, uris = datetime.fromtimestamp(NOW, UTC), [x509.UniformResourceIdentifier(name) for name in names]
    public_key = (key or ec.generate_private_key(ec.SECP256R1())).public_key()
    builder = x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number())
    builder = builder.not_valid_before(begin - timedelta(days=1)).not_valid_after(begin + timedelta(days=1))
    if uris:
        builder = builder.add_extension(x509.SubjectAlternativeName(uris), critical=False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if signs is not None:
        usage = x509.KeyUsage(not signs, False, False, False, False, signs, False, False, False)
        builder = builder.add_extension(usage, critical=True)
    if limit is not None:
        limits = x509.NameConstraints([x509.UniformResourceIdentifier(limit)], None)
        builder = builder.add_extension(limits, critical=True)
    return builder.sign(signing_key, digest).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def here() -> Party:
    """Give the party that the peers of these tests belong to."""
    return Party(*make_ca(HERE, NOW))


@pytest.fixture(scope="module")
def there() -> Party:
    """Give another party, whose certification authority is pinned just as well."""
    return Party(*make_ca(THERE, NOW))


def refused(check: Callable[[], object], reason: Reason) -> bool:
    """Tell whether a check refuses for exactly this reason."""
    with pytest.raises(Refusal) as refusal:
        check()
    return refusal.value.reason is reason


class TestPeers:
    """Who may be believed to be whom."""

    def test_issued_certificate_names_its_holder(self, here: Party, there: Party) -> None:
        """A certificate of the pinned authority is its holder's SPIFFE id, whichever others are pinned beside it."""
        assert check_peer(here.issue(), [there.cert_pem, here.cert_pem], NOW) == CALLER

    def test_other_partys_authority_cannot_mint_the_name(self, here: Party, there: Party) -> None:
        """A certificate that THERE's authority makes for HERE's name is refused, though both are pinned."""
        forged = built(there.subject, there.key)
        assert refused(lambda: check_peer(forged, [here.cert_pem, there.cert_pem], NOW), Reason.CALLER_UNKNOWN)

    def test_borrowed_issuer_name_is_no_signature(self, here: Party, there: Party) -> None:
        """A certificate that names the right issuer under a wrong signature is refused."""
        forged = built(here.subject, there.key)
        assert refused(lambda: check_peer(forged, [here.cert_pem], NOW), Reason.CALLER_UNKNOWN)

    def test_new_authority_works_beside_the_old(self, here: Party) -> None:
        """While an authority is replaced, certificates of both are believed."""
        successor = Party(*make_ca(HERE, NOW))
        assert check_peer(successor.issue(), [here.cert_pem, successor.cert_pem], NOW) == CALLER

    def test_unreadable_pin_stands_in_nobodys_way(self, here: Party) -> None:
        """A pinned file that is damaged vouches for nobody and locks out nobody else."""
        assert check_peer(here.issue(), [b"damaged", here.cert_pem], NOW) == CALLER

    def test_nothing_pinned_means_nobody_known(self, here: Party) -> None:
        """Without a pinned authority there is no caller."""
        assert refused(lambda: check_peer(here.issue(), [], NOW), Reason.CALLER_UNKNOWN)

    def test_certificate_vouches_not_for_itself(self, here: Party) -> None:
        """An authority's own certificate is no peer."""
        assert refused(lambda: check_peer(here.cert_pem, [here.cert_pem], NOW), Reason.CALLER_UNKNOWN)

    @pytest.mark.parametrize("now", [NOW - 60, NOW, NOW + 30 * DAY])
    def test_window_includes_both_ends(self, here: Party, now: int) -> None:
        """A certificate works from a minute before it was issued to its last second."""
        assert check_peer(here.issue(), [here.cert_pem], now) == CALLER

    @pytest.mark.parametrize("now", [NOW - 61, NOW + 30 * DAY + 1])
    def test_certificate_outside_its_window_is_refused(self, here: Party, now: int) -> None:
        """A second before or after its window, a certificate is worth nothing."""
        assert refused(lambda: check_peer(here.issue(), [here.cert_pem], now), Reason.CALLER_UNKNOWN)

    def test_authority_past_its_end_vouches_for_nobody(self) -> None:
        """What an authority signed ends with it at the latest."""
        ended = Party(*make_ca(HERE, NOW - CA_DAYS * DAY))
        certificate = built(ended.subject, ended.key)
        assert refused(lambda: check_peer(certificate, [ended.cert_pem], NOW + 1), Reason.CALLER_UNKNOWN)

    @pytest.mark.parametrize(
        "names",
        [
            pytest.param((), id="none"),
            pytest.param((CALLER, f"spiffe://{HERE}/key-admin/eve"), id="two ids"),
            pytest.param((CALLER, "https://elsewhere.example"), id="an id and another URI"),
            pytest.param((f"https://{HERE}/partner/node-1",), id="no SPIFFE id"),
            pytest.param((f"spiffe://{HERE}",), id="a trust domain only"),
            pytest.param((f"spiffe://{HERE}/janitor/node-1",), id="an unknown role"),
            pytest.param((f"{CALLER}/../../key-admin/eve",), id="steps upwards"),
            pytest.param((f"spiffe://{HERE}:443/partner/node-1",), id="a port"),
            pytest.param((f"spiffe://{THERE}/partner/node-1",), id="another trust domain"),
        ],
    )
    def test_exactly_one_spiffe_id(self, here: Party, names: tuple[str, ...]) -> None:
        """A certificate with any other set of URIs names no caller, though its signature is good."""
        certificate = built(here.subject, here.key, names)
        assert refused(lambda: check_peer(certificate, [here.cert_pem], NOW), Reason.CALLER_UNKNOWN)

    @pytest.mark.parametrize("make", OTHERS)
    def test_other_key_types_are_refused(self, here: Party, make: Callable[[], Key]) -> None:
        """A peer's key is ECDSA P-256 and no other, and the peer is told so."""
        certificate = built(here.subject, here.key, key=make())
        assert refused(lambda: check_peer(certificate, [here.cert_pem], NOW), Reason.CERTIFICATE_KEY_TYPE)

    def test_other_digests_are_refused(self, here: Party) -> None:
        """A certificate is signed over SHA-256 and no other digest."""
        certificate = built(here.subject, here.key, digest=hashes.SHA384())
        assert refused(lambda: check_peer(certificate, [here.cert_pem], NOW), Reason.CERTIFICATE_KEY_TYPE)

    def test_intermediate_is_no_peer(self, here: Party) -> None:
        """A certificate that could issue others is not taken as a caller's."""
        certificate = built(here.subject, here.key, ca=True)
        assert refused(lambda: check_peer(certificate, [here.cert_pem], NOW), Reason.CALLER_UNKNOWN)

    @pytest.mark.parametrize("pem", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    def test_unreadable_certificate_is_refused(self, here: Party, pem: bytes) -> None:
        """What is no certificate names no caller, and no exception of the library comes through."""
        assert refused(lambda: check_peer(pem, [here.cert_pem], NOW), Reason.CALLER_UNKNOWN)


class TestPinning:
    """Which certification authority may be pinned for whom."""

    def test_own_authority_is_pinned(self, here: Party) -> None:
        """What `make_ca` makes can be pinned for its party."""
        check_ca(here.cert_pem, HERE)

    def test_other_partys_authority_is_refused(self, there: Party) -> None:
        """Nobody is pinned for a name that is not theirs."""
        assert refused(lambda: check_ca(there.cert_pem, HERE), Reason.CERTIFICATE_FORM)

    @pytest.mark.parametrize(("names", "limit"), [((f"spiffe://{HERE}",), None), ((), HERE)])
    def test_either_mark_of_the_trust_domain_is_enough(
        self, here: Party, names: tuple[str, ...], limit: str | None
    ) -> None:
        """A SPIFFE URI or a name constraint alone says for whom an authority speaks."""
        check_ca(built(here.subject, here.key, names, subject=here.subject, ca=True, signs=True, limit=limit), HERE)

    @pytest.mark.parametrize(
        ("names", "limit", "ca", "signs"),
        [
            pytest.param((), None, True, True, id="names no one"),
            pytest.param((f"spiffe://{HERE}",), THERE, True, True, id="its two marks disagree"),
            pytest.param((f"spiffe://{HERE}", f"spiffe://{THERE}"), None, True, True, id="names two"),
            pytest.param((f"spiffe://{HERE}",), HERE, False, True, id="is a leaf"),
            pytest.param((f"spiffe://{HERE}",), HERE, None, True, id="does not say it is an authority"),
            pytest.param((f"spiffe://{HERE}",), HERE, True, False, id="may not sign certificates"),
            pytest.param((f"spiffe://{HERE}",), HERE, True, None, id="does not say it may sign certificates"),
        ],
    )
    def test_doubtful_authority_is_refused(
        self, here: Party, names: tuple[str, ...], limit: str | None, ca: bool | None, signs: bool | None
    ) -> None:
        """An authority is pinned only when it can issue, and for one party alone."""
        certificate = built(here.subject, here.key, names, subject=here.subject, ca=ca, signs=signs, limit=limit)
        assert refused(lambda: check_ca(certificate, HERE), Reason.CERTIFICATE_FORM)

    @pytest.mark.parametrize("make", OTHERS)
    def test_authority_of_another_key_type_is_refused(self, here: Party, make: Callable[[], Key]) -> None:
        """Nobody's handshake would succeed under it, and the refusal says why."""
        key, name = make(), f"spiffe://{HERE}"
        digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        pem = built(here.subject, key, (name,), key=key, subject=here.subject, digest=digest, ca=True, signs=True)
        assert refused(lambda: check_ca(pem, HERE), Reason.CERTIFICATE_KEY_TYPE)

    def test_two_authorities_are_not_pinned_as_one(self, here: Party, there: Party) -> None:
        """A file with a second certificate is refused, since only the first would be looked at."""
        assert refused(lambda: check_ca(here.cert_pem + there.cert_pem, HERE), Reason.CERTIFICATE_FORM)
