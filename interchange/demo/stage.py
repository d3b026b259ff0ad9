"""The stage: each nation's node as an operating-system process of its own, with its own directory and root keys."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from interchange.bootstrap import root
from interchange.bootstrap.ceremony import sign_keyring
from interchange.bootstrap.establish import establish
from interchange.client.channel import open_channel
from interchange.client.session import Session
from interchange.demo.narrator import NotHeld

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.domain.names import Names
    from interchange.rulebook.load import Rulebook

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
PASSPHRASES = [b"demonstration custodian 1", b"demonstration custodian 2", b"demonstration custodian 3"]


class Nation:
    """One party of the story: its root directory, its node's directory and process, and its people's certificates."""

    def __init__(self, base: Path, rulebook: Rulebook, party: str) -> None:
        """Choose directories below `base` and a free port; nothing is made yet."""
        self.party = party
        self.names: Names = rulebook.names(party, demonstration=True)
        self.rulebook = rulebook
        self.root_directory = base / f"{party.lower()}-root"
        self.directory = base / f"{party.lower()}-node"
        self.log = base / f"{party.lower()}-node.log"
        self._people = base / f"{party.lower()}-people"
        self.address = f"127.0.0.1:{_free_port()}"
        self._process: subprocess.Popen[str] | None = None
        self._sessions: dict[tuple[str, str, str, str], Session] = {}
        self.keyring = b""
        self.root_pin = ""

    def establish(self, *, accept_working_rows: bool) -> None:
        """Make root keys and node, and let two of the three custodians sign the first keyring."""
        now = int(time.time())
        root.create(self.root_directory, self.names, PASSPHRASES, 2, now)
        options: dict[str, str | int | bool] = {
            "demonstration": True,
            "accept_working_rows": accept_working_rows,
            "listen": self.address,
            "status_list_slots": 4096,
            "follow_every": 5,
            "publish_every": 2,
            "expire_every": 1,
            "reissue_every": 1,
        }
        made = establish(self.directory, self.root_directory, self.party, self.rulebook, now, options)
        custodians = [self.root_directory / f"root-{number}.sealed" for number in (1, 3)]
        passphrases = [PASSPHRASES[0], PASSPHRASES[2]]
        signed = sign_keyring(made.draft.read_bytes(), custodians, passphrases)
        self.keyring, self.root_pin = signed.jws, signed.keyring.root_pin

    def start(self) -> None:
        """Start the node's process and wait until it answers calls."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "interchange", "serve", str(self.directory)]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603 - ourselves

    def wait(self) -> None:
        """Wait until the started node says that it serves."""
        process = self._running()
        deadline = time.monotonic() + _START_SECONDS
        while process.stdout is not None and time.monotonic() < deadline:
            line = process.stdout.readline()
            if line.startswith("serving"):
                return
            if not line:
                break
        message = f"the node {self.party} did not start; see {self.log}"
        raise NotHeld(message)

    def stop(self) -> float:
        """Ask the node to stop and return the seconds it took; a node that does not is killed."""
        process, began = self._running(), time.monotonic()
        self._drop_sessions()
        self._end(process, signal.SIGTERM)
        return time.monotonic() - began

    def kill(self) -> None:
        """End the node at this very instant, as a power cut would."""
        self._end(self._running(), signal.SIGKILL)

    def close(self) -> None:
        """End the node if it runs, and all connections to it."""
        self._drop_sessions()
        if self._process is not None:
            self._end(self._process, signal.SIGTERM)

    def person(self, role: str, name: str, organ: str = "", at: Nation | None = None) -> Session:
        """Let a person of this nation call a node (its own unless told otherwise), with a certificate of its own."""
        node = at or self
        key = (role, organ, name, node.party)
        if key not in self._sessions:
            self._sessions[key] = Session(
                open_channel(
                    node.address,
                    certificate=self.credentials(role, name, organ) / "caller.pem",
                    key=self.credentials(role, name, organ) / "caller.key",
                    ca=node.root_directory / "ca.pem",
                    server_name=node.names.authority,
                )
            )
        return self._sessions[key]

    def credentials(self, role: str, name: str, organ: str = "") -> Path:
        """Give a person a certificate for one role and organ, once."""
        directory = self._people / "-".join(part for part in (role, organ.lower(), name) if part)
        if not directory.exists():
            spiffe = self.names.spiffe(role, name, organ or None)
            root.certify(self.root_directory, spiffe, directory, int(time.time()))
        return directory

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            message = f"the node {self.party} is not running"
            raise NotHeld(message)
        return self._process

    def _end(self, process: subprocess.Popen[str], how: signal.Signals) -> None:
        process.send_signal(how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            message = f"the node {self.party} did not stop within {_STOP_SECONDS:.0f} s"
            raise NotHeld(message) from None
        finally:
            if process.stdout is not None:
                process.stdout.close()
            self._process = None

    def _drop_sessions(self) -> None:
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
