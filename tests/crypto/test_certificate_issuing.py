import ssl
from collections.abc import Callable
from pathlib import Path

import cryptography_vectors
import pytest

from interchange.crypto.authorities import check_ca
from interchange.crypto.certificates import (
    CA_DAYS,
    MAX_DAYS,
    check_key_type,
    check_pair,
    issue_certificate,
    make_ca,
)
from interchange.errors import Reason, Refusal

NOW = 1_800_000_000
DAY = 86_400
HERE, THERE = "aaa.clearance.example", "bbb.clearance.example"
CALLER = f"spiffe://{HERE}/partner/node-1"

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the ssl module does not name: the library's own clock is not injectable.
IGNORE_TIME = ssl.VerifyFlags(0x200000)

Pair = tuple[bytes, bytes]


def issue(ca: Pair) -> Pair:
    """Issue the caller's certificate and key."""
    return issue_certificate(*ca, spiffe_id=CALLER, dns_names=("localhost",), now=NOW, days=30)


@pytest.fixture(scope="module")
def here() -> Pair:
    """Give certificate and key of the certification authority that issues."""
    return make_ca(HERE, NOW)


def refused(check: Callable[[], object], reason: Reason) -> bool:
    """Tell whether a check refuses for exactly this reason."""
    with pytest.raises(Refusal) as refusal:
        check()
    return refusal.value.reason is reason


class TestKeyTypes:
    """Certificates with which a node can start."""

    def test_issued_certificate_serves(self, here: Pair) -> None:
        """What the product issues is of the right kind."""
        check_key_type(issue(here)[0])

    @pytest.mark.parametrize("name", ["root-ed25519.pem", "server-ed25519-cert.pem"])
    def test_published_ed25519_certificate_is_refused(self, name: str) -> None:
        """Ed25519 certificates, which fail in the handshake without a word, are refused beforehand."""
        with cryptography_vectors.open_vector_file(f"x509/ed25519/{name}", "rb") as file:
            certificate = file.read()
        assert refused(lambda: check_key_type(certificate), Reason.CERTIFICATE_KEY_TYPE)

    def test_unreadable_certificate_is_refused(self) -> None:
        """Bytes that are no certificate are refused like a wrong one."""
        assert refused(lambda: check_key_type(b"no certificate"), Reason.CERTIFICATE_FORM)

    def test_certificate_and_its_key_are_a_pair(self, here: Pair) -> None:
        """What the product issues together serves together."""
        check_pair(*issue(here))

    @pytest.mark.parametrize("key", [b"no key", b"\xff" * 100, b""])
    def test_unreadable_key_is_refused(self, here: Pair, key: bytes) -> None:
        """Before a server would start with it, and fail at something else."""
        assert refused(lambda: check_pair(issue(here)[0], key), Reason.CERTIFICATE_FORM)

    def test_key_of_another_certificate_is_refused(self, here: Pair) -> None:
        """As it is when only one of the two files was renewed."""
        assert refused(lambda: check_pair(issue(here)[0], issue(here)[1]), Reason.CERTIFICATE_FORM)


class TestIssuing:
    """What the authority puts its signature under."""

    @pytest.mark.parametrize(
        ("argument", "value", "reason"),
        [
            ("spiffe_id", f"spiffe://{THERE}/partner/node-1", Reason.CERTIFICATE_FORM),
            ("spiffe_id", "node-1", Reason.FIELD_FORM),
            ("days", 0, Reason.CERTIFICATE_FORM),
            ("days", MAX_DAYS + 1, Reason.CERTIFICATE_FORM),
            ("now", NOW + (CA_DAYS - 29) * DAY, Reason.CERTIFICATE_FORM),
            ("dns_names", ("*.clearance.example",), Reason.CERTIFICATE_FORM),
            ("dns_names", ("127.0.0.1",), Reason.CERTIFICATE_FORM),
            ("ip_addresses", ("localhost",), Reason.CERTIFICATE_FORM),
        ],
    )
    def test_wrong_argument_issues_nothing(self, here: Pair, argument: str, value: object, reason: Reason) -> None:
        """One argument out of form is refused."""
        arguments = {"spiffe_id": CALLER, "now": NOW, "days": 30} | {argument: value}
        call: Callable[..., object] = issue_certificate
        assert refused(lambda: call(*here, **arguments), reason)

    def test_key_of_another_authority_issues_nothing(self, here: Pair) -> None:
        """Certificate and key of the authority must belong together."""
        mixed = here[0], make_ca(HERE, NOW)[1]
        assert refused(lambda: issue(mixed), Reason.CERTIFICATE_FORM)

    def test_leaf_issues_nothing(self, here: Pair) -> None:
        """A peer's certificate and key cannot issue further ones."""
        assert refused(lambda: issue(issue(here)), Reason.CERTIFICATE_FORM)

    @pytest.mark.parametrize("authority", ["", "localhost", "AAA.clearance.example", "aaa..example", "127.0.0.1"])
    def test_authority_needs_a_name(self, authority: str) -> None:
        """A certification authority is made only for an authority name."""
        assert refused(lambda: make_ca(authority, NOW), Reason.CERTIFICATE_FORM)

    def test_long_authority_name_fits(self) -> None:
        """A name longer than a common name may be still gets its authority."""
        authority = f"{'a' * 60}.{'b' * 60}.example"
        check_ca(make_ca(authority, NOW)[0], authority)

    def test_both_sides_of_a_handshake_accept(self, here: Pair, tmp_path: Path) -> None:
        """TLS with client certificates works with what is issued, by name and under the critical constraint."""
        (tmp_path / "ca").write_bytes(here[0])
        sides = []
        for protocol in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER):
            (tmp_path / "chain").write_bytes(b"".join(issue(here)))
            context = ssl.SSLContext(protocol)
            context.load_cert_chain(tmp_path / "chain")
            context.load_verify_locations(tmp_path / "ca")
            context.verify_mode = ssl.CERT_REQUIRED
            context.verify_flags |= IGNORE_TIME
            sides.append(context)
        there_to_here, here_to_there = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = sides[0].wrap_bio(there_to_here, here_to_there, server_hostname="localhost")
        server = sides[1].wrap_bio(here_to_there, there_to_here, server_side=True)
        done: set[ssl.SSLObject] = set()
        for side in (client, server) * 3:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            done.add(side)
        assert done == {client, server}
