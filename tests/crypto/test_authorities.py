from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fakes.refusals import refused

from interchange.crypto.authorities import alone, bundle, check_ca, check_unmistakable
from interchange.crypto.certificates import make_ca
from interchange.errors import Reason

NOW = 1_800_000_000
HERE, THERE = "aaa.clearance.example", "bbb.clearance.example"


@pytest.fixture(scope="module")
def here() -> bytes:
    """Give the certificate of a party's authority."""
    return make_ca(HERE, NOW)[0]


@pytest.fixture(scope="module")
def there() -> bytes:
    """Give that of another's."""
    return make_ca(THERE, NOW)[0]


def imitated(of: bytes, *, name: Callable[[str], str] | None = None, key_id: bool = False, serial: int = 1) -> bytes:
    """Make a certificate for THERE that borrows another's name, as `name` spells it, or its key id."""
    model, key, begin = x509.load_pem_x509_certificate(of), ec.generate_private_key(ec.SECP256R1()), _begin()
    spelled = [x509.NameAttribute(each.oid, name(str(each.value))) for each in model.subject] if name else []
    subject = x509.Name(spelled or [x509.NameAttribute(x509.NameOID.COMMON_NAME, "another")])
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    theirs = model.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), serial, begin, begin + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(*(number == 5 for number in range(9))), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"spiffe://{THERE}")]), critical=False
        )
        .add_extension(theirs if key_id else own, critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def _begin() -> datetime:
    return datetime.fromtimestamp(NOW, UTC)


BESIDE: dict[str, Callable[[bytes], bytes]] = {
    "a block that no reader knows": lambda pem: (
        pem + b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n"
    ),
    "a broken block": lambda pem: pem + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "the beginning of a block": lambda pem: pem + b"-----BEGIN CERTIFICATE-----\n",
    "text behind it": lambda pem: pem + b"ours\n",
    "text before it": lambda pem: b"ours\n" + pem,
    "a second certificate": lambda pem: pem + pem,
    "a zero byte": lambda pem: pem + b"\x00",
    "headers inside it": lambda pem: pem.replace(b"CERTIFICATE-----\n", b"CERTIFICATE-----\nProc-Type: 4\n\n", 1),
    "no certificate": lambda _: b"",
    "a very long one": lambda pem: pem + b"\n" * 20_000,
}


@pytest.mark.parametrize("name", BESIDE)
def test_authority_with_anything_beside_it_is_not_pinned(here: bytes, name: str) -> None:
    """What one library passes over ends another's reading, for all parties in the bundle."""
    with refused(Reason.CERTIFICATE_FORM):
        check_ca(BESIDE[name](here), HERE)


@pytest.mark.parametrize("name", BESIDE)
def test_bundle_leaves_out_what_is_not_one_certificate(here: bytes, there: bytes, name: str) -> None:
    """Also what was pinned by hand cuts off nobody else."""
    assert bundle([here, BESIDE[name](there)]) == [here, None]


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda pem: pem.replace(b"\n", b"\r\n"), id="other line ends"),
        pytest.param(lambda pem: b"\n\n" + pem.removesuffix(b"\n"), id="other white space around it"),
    ],
)
def test_what_is_pinned_is_written_anew(here: bytes, spelled: Callable[[bytes], bytes]) -> None:
    """However it was spelt, one spelling is kept."""
    assert (check_ca(spelled(here), HERE), alone(spelled(here))) == (here, here)


def test_authority_without_a_name_is_not_pinned(here: bytes) -> None:
    """Issuers are looked for by their names."""
    model, key = x509.load_pem_x509_certificate(here), ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(
        x509.Name([]), x509.Name([]), key.public_key(), 1, _begin(), _begin() + timedelta(1)
    )
    for extension in model.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    with refused(Reason.CERTIFICATE_FORM):
        check_ca(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM), HERE)


IMITATIONS: dict[str, Callable[[bytes], bytes]] = {
    "its name": lambda of: imitated(of, name=str),
    "its name in capitals": lambda of: imitated(of, name=str.upper),
    "its name with spaces": lambda of: imitated(of, name=lambda value: f" {value}  "),
    "its key id": lambda of: imitated(of, key_id=True),
}


@pytest.mark.parametrize("name", IMITATIONS)
def test_authority_that_could_be_taken_for_another_is_refused(here: bytes, name: str) -> None:
    """With it in the bundle, the other's own people might not be believed any more."""
    imitation = IMITATIONS[name](here)
    check_ca(imitation, THERE)
    with refused(Reason.CERTIFICATE_FORM):
        check_unmistakable(imitation, [here])


@pytest.mark.parametrize("name", IMITATIONS)
def test_bundle_keeps_the_first_of_a_name(here: bytes, name: str) -> None:
    """The later one is left out, wherever it came from."""
    assert bundle([here, IMITATIONS[name](here)]) == [here, None]


def test_authorities_of_two_parties_are_apart(here: bytes, there: bytes) -> None:
    """What the product makes for two parties goes into one bundle."""
    check_unmistakable(there, [here])
    assert bundle([here, there]) == [here, there]
