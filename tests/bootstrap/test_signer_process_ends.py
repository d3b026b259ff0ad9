"""A signing process that ends, cannot start, or is asked by somebody else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes.refusals import refused
from fakes.signing_process import RunningSigner, continuation, head, make_directory

from interchange.bootstrap.signer import MARKS
from interchange.bootstrap.signer_process import alone
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.errors import Reason


def key(keychain: ProcessKeychain, label: str) -> str:
    """Look up the key of a label."""
    return next(kid for kid in keychain if keychain.label(kid) == label)


class TestEnding:
    """A process that ends is started anew, and no call is lost."""

    @pytest.fixture
    def directory(self, tmp_path: Path) -> Path:
        """Give a directory with a key of a lane."""
        return make_directory(tmp_path / "signer", "lane")

    def test_call_waits_for_the_process_that_takes_its_place(self, directory: Path) -> None:
        """Killed between two calls, its successor answers the second with the same signature."""
        with RunningSigner(directory) as first:
            keychain = ProcessKeychain(first.socket, patience=60)
            kid = key(keychain, "lane")
            before = keychain[kid].sign(head(1, 3).body)
            first.kill()
            with RunningSigner(directory):
                assert keychain[kid].sign(head(1, 3).body) == before
            keychain.close()

    def test_successor_knows_how_far_lanes_were_signed(self, directory: Path) -> None:
        """The mark was on disk before the signature was released."""
        with RunningSigner(directory) as first:
            keychain = ProcessKeychain(first.socket, patience=60)
            signer = keychain.lane_signer(key(keychain, "lane"), continuation(1))
            signer.sign(head(1, 5).body)
            first.kill()
            with RunningSigner(directory):
                with refused(Reason.LANE_BEHIND):
                    signer.sign(head(1, 4).body)
                signer.sign(head(1, 6).body)
            keychain.close()

    def test_nobody_answers_and_the_call_is_refused(self, directory: Path) -> None:
        """After its patience, and named."""
        with refused(Reason.SIGNER_UNAVAILABLE, "does not answer: FileNotFoundError"):
            len(ProcessKeychain(directory / "signer.sock", patience=0.1))

    def test_second_process_is_refused(self, directory: Path) -> None:
        """Each would let pass what the other has not seen."""
        with (
            RunningSigner(directory) as running,
            refused(Reason.SIGNER_UNAVAILABLE, "another signing process"),
            alone(running.directory),
        ):
            pass

    def test_lost_marks_keep_it_from_starting(self, directory: Path) -> None:
        """Nobody knows how far the lanes were signed."""
        (directory / MARKS).unlink()
        assert "lane_behind" in failed_start(directory)

    def test_wrong_passphrase_keeps_it_from_starting(self, directory: Path) -> None:
        """As it keeps a node."""
        (directory / "passphrase").write_bytes(b"another")
        assert "file_sealed" in failed_start(directory)

    def test_process_that_is_told_to_stop_takes_its_socket_along(self, directory: Path) -> None:
        """And ends well."""
        with RunningSigner(directory) as started:
            started.process.terminate()
            assert started.process.wait(60) == 0
            assert not started.socket.exists()


def failed_start(directory: Path) -> str:
    """Start a process that cannot, and give what it says."""
    words = [sys.executable, "-m", "interchange", "signer", "serve", str(directory)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode != 0
    return ran.stderr


ASK = """
import ctypes, os, sys
from pathlib import Path
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.errors import Refusal
os.setuid(int(sys.argv[2]))
# Whoever changes the user without a new program may not look at its own descriptors until it says so.
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
try:
    print(len(ProcessKeychain(Path(sys.argv[1]), patience=0.0)))
except Refusal as refusal:
    print(refusal.reason.code)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
class TestOtherUsers:
    """The kernel says who asks, whatever the socket's mode lets through."""

    @pytest.fixture
    def directory(self) -> Iterator[Path]:
        """Give a directory that others can enter, as all above it, for a socket in it."""
        with TemporaryDirectory() as made:
            Path(made).chmod(0o711)
            directory = make_directory(Path(made) / "signer", "lane")
            directory.chmod(0o711)
            yield directory

    def asked(self, path: Path, uid: int) -> str:
        """Ask as another user."""
        ran = subprocess.run(
            [sys.executable, "-c", ASK, str(path), str(uid)], capture_output=True, text=True, timeout=60, check=True
        )
        return ran.stdout.strip()

    def test_other_user_is_not_answered(self, directory: Path) -> None:
        """Though the file would let that one connect."""
        with RunningSigner(directory) as started:
            started.socket.chmod(0o666)
            assert [self.asked(started.socket, uid) for uid in (0, 12345)] == ["1", "signer_unavailable"]

    def test_named_user_alone_is_answered(self, directory: Path) -> None:
        """A node that runs as another user than the process that has its keys."""
        with RunningSigner(directory, "--uid", "12345") as started:
            assert [self.asked(started.socket, uid) for uid in (0, 12345, 12346)] == [
                "signer_unavailable",
                "1",
                "signer_unavailable",
            ]
