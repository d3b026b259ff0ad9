"""A signing process for a party, as a real process or as threads of this one, and what its keys sign."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Self

from fakes.parties import names_of

from interchange.bootstrap.signer import MARKS
from interchange.bootstrap.signer_lanes import LaneMarks
from interchange.bootstrap.signer_pace import Pace
from interchange.bootstrap.signer_payloads import Payloads
from interchange.bootstrap.signer_process import SigningProcess, listening
from interchange.crypto.keychain import Continuation, Keychain
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.crypto.sealed_keychain import SealedKeychain
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.merkle import Frontier
from interchange.domain.merkle_proof import consistency_proof
from interchange.store.highwater import HighWater

PARTY = "KOR"
NAMES = names_of(PARTY)
PASSPHRASE = b"correct horse battery staple"
CHEAP = {"ops": 1, "mem": 8192}


def head(lane: int, size: int = 1) -> Checkpoint:
    """Give a head of one of the party's lanes; every lane has leaves of its own."""
    return Checkpoint(NAMES.lane("AUS", lane), size, _root(lane, 0, size))


def continuation(lane: int) -> Continuation:
    """Prove that a head of a lane continues an earlier one."""

    def node(level: int, index: int) -> bytes:
        return _root(lane, index << level, (index + 1) << level)

    return lambda old, new: consistency_proof(old, new, node)


def _root(lane: int, first: int, end: int) -> bytes:
    return Frontier.empty().extend(sha256(f"{lane} {n}".encode()).digest() for n in range(first, end)).root


def make_directory(directory: Path, *labels: str) -> Path:
    """Make the directory of a signing process with a key for each label, sealed at the least cost."""
    directory.mkdir(mode=0o700)
    (directory / "keys").mkdir(mode=0o700)
    (directory / "passphrase").write_bytes(PASSPHRASE)
    (directory / "passphrase").chmod(0o600)
    (directory / "node.toml").write_text(f'party = "{PARTY}"\ndemonstration = true\n', encoding="utf-8")
    HighWater(directory / MARKS).create()
    keychain = SealedKeychain(directory / "keys", PASSPHRASE, ops=1, mem=8192)
    for label in labels:
        keychain.make(label)
    return directory


class RunningSigner:
    """`interchange signer serve` on a directory; it is killed at the end."""

    def __init__(self, directory: Path, *options: str) -> None:
        """Begin to start it."""
        self.directory = directory
        self._log = (directory / "log").open("ab")
        words = [sys.executable, "-m", "interchange", "signer", "serve", str(directory), *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self._log, text=True)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.directory / "signer.sock"

    def ready(self) -> Self:
        """Wait until it answers."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("signing for"), (self.directory / "log").read_text(encoding="utf-8")
        return self

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.communicate(timeout=60)

    def __enter__(self) -> Self:
        return self.ready()

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._log.close()


@contextmanager
def answering(
    keychain: Keychain, directory: Path, clock: Callable[[], int], *, party: str = PARTY, per_second: float = 1e6
) -> Iterator[ProcessKeychain]:
    """Have threads of this process sign at a socket, so that their clock is the test's."""
    marks = HighWater(directory / MARKS)
    if not (directory / MARKS).exists():
        marks.create()
    payloads = Payloads(names_of(party), LaneMarks(marks), clock)
    process = SigningProcess(keychain, payloads, Pace(per_second, lambda: 0.0, lambda _: None))
    asking = ProcessKeychain(directory / "signer.sock", patience=0.0)
    with listening(directory / "signer.sock", to_others=False) as listener:
        thread = Thread(target=process.serve, args=(listener, os.geteuid()))
        thread.start()
        try:
            yield asking
        finally:
            asking.close()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
