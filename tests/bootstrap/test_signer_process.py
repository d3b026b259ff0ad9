"""A signing process as it runs: who may ask, what a frame is, and what is lost when it ends."""

import socket
import stat
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fakes.keychain import MemoryKeychain
from fakes.parties import NOW
from fakes.refusals import refused
from fakes.signing_process import NAMES, RunningSigner, answering, continuation, head, make_directory

from interchange.crypto import signer_frames
from interchange.crypto.ed25519 import verify
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.crypto.signer_frames import PROTOCOL, encode, receive, short_name
from interchange.domain.checkpoint import Checkpoint, cosigned_message
from interchange.errors import Reason
from interchange.wire.envelope import signing_input


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSigner]:
    """Give a real process with a key of each role."""
    directory = make_directory(tmp_path_factory.mktemp("signing") / "signer", "lane", "witness", "status", "assert-NIS")
    with RunningSigner(directory) as started:
        yield started


@pytest.fixture
def keychain(running: RunningSigner) -> Iterator[ProcessKeychain]:
    """Give the way to it."""
    opened = ProcessKeychain(running.socket)
    yield opened
    opened.close()


def key(keychain: ProcessKeychain, label: str) -> str:
    """Look up the key of a label."""
    return next(kid for kid in keychain if keychain.label(kid) == label)


def connected(path: Path) -> socket.socket:
    """Connect by hand."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    with short_name(path) as name:
        connection.connect(name)
    return connection


class TestAsking:
    """Whoever may ask gets signatures of what each key is for, and of nothing else."""

    def test_socket_is_its_owners_alone(self, running: RunningSigner) -> None:
        """Nobody else can connect."""
        mode = running.socket.stat().st_mode
        assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)

    def test_keys_are_told_by_their_public_halves(self, keychain: ProcessKeychain) -> None:
        """And by what they are for."""
        assert sorted(map(keychain.label, keychain)) == ["assert-NIS", "lane", "status", "witness"]

    def test_token_of_another_role_is_refused(self, keychain: ProcessKeychain) -> None:
        """However it came to ask for it, the node does not get it."""
        kid = key(keychain, "status")
        with refused(Reason.SIGNER_REFUSED, "header_typ"):
            keychain[kid].sign(signing_input("EdDSA", kid, "clearance-assertion+jwt", b"{}"))

    def test_bytes_of_no_meaning_are_refused(self, keychain: ProcessKeychain) -> None:
        """By every key."""
        for kid in keychain:
            with refused(Reason.SIGNER_REFUSED):
                keychain[kid].sign(b"any bytes")

    def test_lane_does_not_go_back(self, keychain: ProcessKeychain) -> None:
        """Not even for whoever has the ledger."""
        signer = keychain.lane_signer(key(keychain, "lane"), continuation(21))
        signer.sign(head(21, 8).body)
        with refused(Reason.LANE_BEHIND):
            signer.sign(head(21, 7).body)

    def test_lane_does_not_fork(self, keychain: ProcessKeychain) -> None:
        """Neither at the same size nor at a larger one."""
        signer = keychain.lane_signer(key(keychain, "lane"), continuation(22))
        signer.sign(head(22, 8).body)
        with refused(Reason.LANE_FORK):
            signer.sign(Checkpoint(NAMES.lane("AUS", 22), 8, b"r" * 32).body)
        with refused(Reason.PROOF_INVALID):
            signer.sign(Checkpoint(NAMES.lane("AUS", 22), 9, b"r" * 32).body)

    def test_lane_does_not_grow_unproved(self, keychain: ProcessKeychain) -> None:
        """A signer that was looked up without a proof signs what it signed before, and no more."""
        signer = keychain[key(keychain, "lane")]
        signer.sign(head(23, 8).body)
        signer.sign(head(23, 8).body)
        with refused(Reason.PROOF_INVALID, "not proved"):
            signer.sign(head(23, 9).body)

    def test_time_is_the_processes_own(self, keychain: ProcessKeychain) -> None:
        """A node whose clock somebody has set signs nothing for tomorrow."""
        signer = keychain[key(keychain, "lane")]
        now = int(time.time())
        signer.sign(cosigned_message(now, head(24).body))
        with refused(Reason.SIGNER_REFUSED, "time"):
            signer.sign(cosigned_message(now + 86_400, head(24).body))

    def test_destroyed_key_is_gone_from_the_disk(self, running: RunningSigner, keychain: ProcessKeychain) -> None:
        """Its file was the only place."""
        made = keychain.make("lane")
        files = set((running.directory / "keys").iterdir())
        keychain.destroy(made.kid)
        assert [path.name for path in files - set((running.directory / "keys").iterdir())] == [
            f"lane-{made.kid[:8]}.sealed"
        ]


GARBAGE = {
    "another protocol": encode([b"clearance-signer/2", b"keys"]),
    "no verb": encode([PROTOCOL]),
    "an unknown verb": encode([PROTOCOL, b"export", b"A" * 43]),
    "too few fields": encode([PROTOCOL, b"sign", b"A" * 43]),
    "too many fields": encode([PROTOCOL, b"keys", b"all"]),
    "nothing": struct.pack(">I", 0),
    "too large": struct.pack(">I", signer_frames.LIMIT + 1),
    "a field beyond the frame": struct.pack(">II", 4, 99),
    "half a length": struct.pack(">I", 2) + b"\x00\x00",
    "HTTP": b"GET / HTTP/1.1\r\nHost: signer\r\n\r\n" + b"\0" * 64,
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_ends_the_connection_and_nothing_else(
    running: RunningSigner, keychain: ProcessKeychain, case: str
) -> None:
    """What is no request gets no answer; others are answered as before."""
    with connected(running.socket) as connection:
        connection.sendall(GARBAGE[case])
        connection.shutdown(socket.SHUT_WR)
        # It may be ended before all of it was read.
        with suppress(ConnectionResetError):
            assert receive(connection) is None
    assert len(keychain) > 0


def test_frame_that_breaks_off_ends_the_connection(running: RunningSigner, keychain: ProcessKeychain) -> None:
    """Its sender has gone."""
    with connected(running.socket) as connection:
        connection.sendall(encode([PROTOCOL, b"keys"])[:-1])
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection) is None
    assert len(keychain) > 0


def test_answers_that_mean_nothing_are_no_signatures(tmp_path: Path) -> None:
    """Somebody else may listen at the socket's place."""
    answers = [[], [b"done"], [b"done", b"short"], [b"prove", b"1"], [b"refused", b"no_such_reason", b""], [b"what"]]
    listener = socket.socket(socket.AF_UNIX)
    with short_name(tmp_path / "signer.sock") as name:
        listener.bind(name)
    listener.listen()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for answer in answers:
                receive(connection)
                connection.sendall(encode(answer))

    thread = threading.Thread(target=serve)
    thread.start()
    keychain = ProcessKeychain(tmp_path / "signer.sock", patience=0.0)
    for _ in answers:
        with refused(Reason.SIGNER_UNAVAILABLE, "answers something else"):
            keychain.sign("A" * 43, b"message", None)
    thread.join()
    keychain.close()
    listener.close()


def test_wrong_signature_is_not_taken(tmp_path: Path) -> None:
    """The node checks what it was given, too."""

    class Broken(MemoryKeychain):
        def __getitem__(self, kid: str) -> "Broken":  # type: ignore[override]
            return self

        public_key = property(lambda self: next(iter(self.signers.values())).public_key)

        def sign(self, message: bytes) -> bytes:
            return bytes(64)

    keys = Broken()
    kid = keys.make("lane").kid
    with answering(keys, tmp_path, lambda: NOW) as keychain, refused(Reason.SIGNER_UNAVAILABLE, "own signature"):
        keychain[kid].sign(head(1).body)


def test_whoever_asks_for_too_much_is_refused(tmp_path: Path) -> None:
    """What a thief who can only ask gets has a bound."""
    keys = MemoryKeychain()
    kid = keys.make("lane").kid
    with answering(keys, tmp_path, lambda: NOW, per_second=4) as keychain:
        signer = keychain[kid]
        with refused(Reason.SIGNER_BUSY):
            for _ in range(10):
                signer.sign(head(1).body)


def test_keys_have_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills the disk with keys."""
    monkeypatch.setattr("interchange.bootstrap.signer_process.MAX_KEYS", 1)
    with answering(MemoryKeychain(), tmp_path, lambda: NOW) as keychain:
        keychain.make("lane")
        with refused(Reason.SIGNER_REFUSED, "too many keys"):
            keychain.make("lane")


def test_many_threads_ask_at_once(keychain: ProcessKeychain) -> None:
    """Each call of a server has its thread, and there are fewer connections."""
    kid, failed = key(keychain, "lane"), []

    def ask(lane: int) -> None:
        signer = keychain[kid]
        if not verify(signer.public_key, head(lane).body, signer.sign(head(lane).body)):
            failed.append(lane)

    threads = [threading.Thread(target=ask, args=(lane,)) for lane in range(100, 140)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
