"""Readers of files, names and certificates: whatever is there, a refusal at worst (signed bytes: `tests/wire`).

They come from people and from other parties; a fault that is no Refusal would stop a node, or reach a peer as ours.
"""

from base64 import b64decode, encodebytes
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes import tokens
from fakes.party import FakeParty, digest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interchange import config
from interchange.bootstrap import root
from interchange.bootstrap.ceremony import sign_keyring
from interchange.cli.papers import ALL, read_papers
from interchange.client.directory import parse_lane
from interchange.client.verifier import Verifier
from interchange.crypto.authorities import check_ca
from interchange.crypto.certificates import check_key_type, check_peer, issue_certificate, make_ca
from interchange.crypto.ed25519 import check_public_key
from interchange.crypto.sealed import open_key, seal_key, write_private
from interchange.domain.levels import parse_level
from interchange.domain.merkle import Frontier
from interchange.domain.names import authority_of, holder_of, lane_of, organ_of, parse_organ, status_of
from interchange.errors import Refusal
from interchange.rulebook.tables import opened
from interchange.store.highwater import HighWater
from interchange.wire.register import REGISTER_COLUMNS, read_register

Read = Callable[[bytes], object]

NOW = 1_800_000_000
AUTHORITY = "aaa.clearance.example"
REGISTER = f"{','.join(REGISTER_COLUMNS)}\r\nA,B,,,A,B,1984-02-29,T1,AAA,one,AAA/CAB,AAA/UPPER,2026-04-01\r\n".encode()
OPENING, CLOSING = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"


@cache
def certificates() -> tuple[bytes, bytes]:
    """Make a certification authority and a certificate of its own, both PEM."""
    ca, key = make_ca(AUTHORITY, NOW)
    return ca, issue_certificate(ca, key, spiffe_id=f"spiffe://{AUTHORITY}/partner/one", now=NOW, days=30)[0]


def text(read: Callable[[str], object]) -> Read:
    """Let a reader of texts read any bytes."""
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def file(name: str, read: Callable[[Path], object]) -> Read:
    """Let a reader of a file in a directory read any bytes."""

    def of(data: bytes) -> object:
        with TemporaryDirectory() as directory:
            write_private(Path(directory) / name, data)
            return read(Path(directory))

    return of


def written(write: Callable[[Path], object], name: str) -> Callable[[], bytes]:
    """Let the program itself write a file, once."""

    @cache
    def content() -> bytes:
        with TemporaryDirectory() as directory:
            write(Path(directory))
            return (Path(directory) / name).read_bytes()

    return content


def _rulebook(directory: Path) -> object:
    with opened(directory / "aaa.toml", "aaa.toml") as table:
        return table.text("code")


def _pem(read: Callable[[bytes], object]) -> Read:
    """Let a reader of a certificate in PEM read any DER."""
    return lambda data: read(OPENING + encodebytes(data) + CLOSING)


def _der(pem: bytes) -> bytes:
    return b64decode(pem.removeprefix(OPENING).removesuffix(CLOSING))


def papers(data: bytes) -> object:
    """Let the reader of a person's papers read any bytes."""
    with TemporaryDirectory() as directory:
        (Path(directory) / "papers.json").write_bytes(data)
        return read_papers(Path(directory) / "papers.json", ALL)


def _bundle(data: bytes) -> object:
    party = FakeParty()
    with TemporaryDirectory() as directory:
        path = party.leave(Path(directory) / "bundle", party.issue())
        (path / "checkpoint.txt").write_bytes(data)
        return Verifier.from_directory(path, **party.terms).verify(data, project="A" * 22, now=NOW)


def _note() -> bytes:
    party = FakeParty()
    party.issue()
    return party.note()


def _mark(directory: Path) -> None:
    marks = HighWater(directory / "mark")
    marks.create()
    marks.raise_to("lane", 1, bytes(32))


READERS: dict[str, tuple[Read, Callable[[], bytes]]] = {
    "organ": (text(parse_organ), lambda: b"AAA/CAB"),
    "level": (text(parse_level), lambda: b"AAA/UPPER"),
    "audience": (text(authority_of), f"https://{AUTHORITY}".encode),
    "issuer": (text(organ_of), f"https://{AUTHORITY}/organs/CAB".encode),
    "lane": (text(lane_of), f"{AUTHORITY}/lane/BBB/1".encode),
    "status list": (text(status_of), f"https://{AUTHORITY}/status/BBB/1".encode),
    "caller": (text(holder_of), f"spiffe://{AUTHORITY}/officer/CAB/one".encode),
    "frontier": (lambda data: Frontier.decode(3, data), lambda: bytes(64)),
    "public key": (check_public_key, lambda: tokens.public_key("lane")),
    "certificate in PEM": (check_key_type, lambda: certificates()[1]),
    "certificate": (_pem(check_key_type), lambda: _der(certificates()[1])),
    "peer": (_pem(lambda pem: check_peer(pem, [certificates()[0]], NOW)), lambda: _der(certificates()[1])),
    "pinned authority": (_pem(lambda pem: check_peer(certificates()[1], [pem], NOW)), lambda: _der(certificates()[0])),
    "authority": (_pem(lambda pem: check_ca(pem, AUTHORITY)), lambda: _der(certificates()[0])),
    "kept lane": (
        lambda data: list(parse_lane(data.splitlines())),
        lambda: b'{"leaf":"{\\"v\\":1}","token":"%s"}\n' % digest(b"").encode(),
    ),
    "checkpoint of a bundle": (_bundle, _note),
    "register": (lambda data: read_register(data, ()), lambda: REGISTER),
    "papers": (papers, lambda: b'{"family":"ONO","nationalities":["AAA"]}'),
    "settings": (file("node.toml", config.load), lambda: b'party = "AAA"\nserver_threads = 64\n'),
    "rulebook": (file("aaa.toml", _rulebook), lambda: b'code = "AAA"\n'),
    "root keys": (file("root.json", root.read), lambda: b'{"threshold":1,"keys":[{"kid":"a","alg":"EdDSA","x":"AA"}]}'),
    "draft to be signed": (lambda data: sign_keyring(data, [], [b""]), tokens.published),
    "sealed key": (
        file("key", lambda directory: open_key(directory / "key", b"x")),
        written(lambda directory: seal_key(directory / "key", bytes(32), b"x", "lane", ops=1, mem=8192), "key"),
    ),
    "high-water file": (
        file("mark", lambda directory: HighWater(directory / "mark").check("lane", 1, bytes(32))),
        written(_mark, "mark"),
    ),
}
TROUBLE = [
    *[
        b"",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b'"',
        b"'",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"=",
        b"#",
        b"\n",
        b"\r\n",
    ],
    *[
        b"/",
        b"//",
        b"..",
        b"%2f",
        b" ",
        b"-",
        b"-0",
        b"0",
        b"1e30",
        b"nan",
        b"inf",
        b"9" * 20,
        b"9" * 5000,
        b"1979-13-45",
    ],
    *[b"[" * 3000, b'{"a":' * 3000, b"a=" + b"[" * 3000, b"a." * 3000 + b"b=1", "\u0661".encode(), "\u2028".encode()],
]


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw an object with up to three places damaged: bytes put in, taken out, doubled or changed."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        end = draw(st.integers(place, min(len(data), place + 4)))
        new = draw(st.sampled_from(TROUBLE) | st.binary(max_size=4) | st.just(data[place:end] * 2))
        data = data[:place] + new + data[end:]
    return data


@pytest.mark.parametrize("name", READERS)
def test_every_reader_takes_its_valid_object(name: str) -> None:
    """The objects that are damaged below are whole to begin with."""
    read, valid = READERS[name]
    read(valid())


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("name", READERS)
@settings(max_examples=30)
@given(data=st.binary(max_size=100) | st.lists(st.sampled_from(TROUBLE), max_size=6).map(b"".join))
@example(data=b"a=" + b"[" * 20_000)
@example(data=b"code=" + b"9" * 5000)
@example(data=b"[" * 50_000)
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    """Whatever lies in a file or comes from a stranger, nothing but a Refusal is raised."""
    with suppress(Refusal):
        READERS[name][0](data)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("name", READERS)
@settings(max_examples=30)
@given(st.data())
def test_a_damaged_object_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """However a valid object is damaged, nothing but a Refusal is raised."""
    read, valid = READERS[name]
    with suppress(Refusal):
        read(data.draw(damaged(valid())))


@pytest.mark.parametrize("version", [3, 6, 10])
@pytest.mark.parametrize("name", ["certificate", "peer", "pinned authority", "authority"])
def test_certificate_of_an_unknown_version_is_refused(name: str, version: int) -> None:
    """A certificate that says to be of a version that there is not is one that cannot be read."""
    read, valid = READERS[name]
    before, mark, after = valid().partition(b"\xa0\x03\x02\x01")  # RFC 5280 section 4.1: version [0] EXPLICIT INTEGER
    with pytest.raises(Refusal):
        read(before + mark + bytes([version]) + after[1:])
