"""A keychain whose keys another process holds: this one can only ask for signatures, and never has a key."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from interchange.crypto import ed25519
from interchange.crypto.keychain import Keychain, check_label
from interchange.crypto.signer_frames import (
    DESTROY,
    DONE,
    KEYS,
    MAKE,
    PROTOCOL,
    PROVE,
    REFUSED,
    SIGN,
    FrameError,
    encode,
    receive,
    short_name,
)
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interchange.crypto.keychain import Continuation

_AT_ONCE: Final = 16
"""Connections open at a time; more calls wait for one to be free."""

_ANSWER_WITHIN: Final = 10.0
_LOOK_AGAIN: Final = 0.05
_PROOFS: Final = 3
"""How often a head is proved, each time from a larger one that another call had signed meanwhile."""

_PAIR: Final = 2
"""Fields of a refusal, its code and place, and of a wish for a proof, the old size and the new."""

_SAYS_NOTHING: Final = "the signing process does not answer"


class ProcessSigner:
    """One key of the signing process."""

    __slots__ = ("_continuation", "_keychain", "_kid", "_public_key")

    def __init__(self, keychain: ProcessKeychain, public_key: bytes, continuation: Continuation | None = None) -> None:
        """Name the key, and who can prove that a head of its lanes continues the one before."""
        self._keychain, self._public_key, self._continuation = keychain, public_key, continuation
        self._kid = thumbprint(public_key)

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key, 43 characters."""
        return self._kid

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes (RFC 8032 section 5.1.5)."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """Have the process sign exactly these bytes, and check the signature here too.

        Raises:
            Refusal: SIGNER_REFUSED for a message that is not this key's to sign; SIGNER_BUSY; LANE_BEHIND, LANE_FORK
                and PROOF_INVALID for a head that does not continue the last one; SIGNER_UNAVAILABLE when the process
                does not answer, the key is gone, or the signature does not verify.
        """
        signature = self._keychain.sign(self._kid, message, self._continuation)
        if not ed25519.verify(self._public_key, message, signature):
            raise refuse(Reason.SIGNER_UNAVAILABLE, "check of the own signature")
        return signature

    def __repr__(self) -> str:
        return f"ProcessSigner(kid={self._kid!r})"


class ProcessKeychain(Keychain):
    """The keys of the process that listens at a Unix socket (`signer_frames`)."""

    def __init__(self, path: Path, patience: float = 5.0) -> None:
        """Connect to nothing yet.

        Args:
            path: of the socket.
            patience: seconds that a call waits for a process that is being started anew.
        """
        self._path, self._patience = path, patience
        self._known: dict[str, tuple[bytes, str]] = {}
        self._idle: list[socket.socket] = []
        self._free = BoundedSemaphore(_AT_ONCE)

    def __getitem__(self, kid: str) -> ProcessSigner:
        return ProcessSigner(self, self._look_up(kid)[0])

    def lane_signer(self, kid: str, continuation: Continuation) -> ProcessSigner:
        """Look up the key of a lane; the process signs no head before `continuation` has proved it.

        Args:
            kid: of a key that the process has, else KeyError.
            continuation: proves that a head continues an earlier one.
        """
        return ProcessSigner(self, self._look_up(kid)[0], continuation)

    def __iter__(self) -> Iterator[str]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())

    def label(self, kid: str) -> str:
        """Tell what a key was made for, or raise KeyError."""
        return self._look_up(kid)[1]

    def make(self, label: str) -> ProcessSigner:
        """Have the process make a key.

        Args:
            label: as `Keychain.make`.

        Raises:
            Refusal: FIELD_FORM for the label; SIGNER_BUSY; SIGNER_UNAVAILABLE, after which there may be a key that
                nobody has asked for again.
        """
        check_label(label)
        # Asked once: a second request could make a second key.
        public_key = self._ask(MAKE, label.encode(), tries=1)[0]
        self._known[thumbprint(public_key)] = public_key, label
        return ProcessSigner(self, public_key)

    def destroy(self, kid: str) -> None:
        """Have the process delete a key where it lies.

        Raises:
            Refusal: SIGNER_UNAVAILABLE, and what the process's own keychain refuses.
        """
        self._ask(DESTROY, kid.encode())
        self._known.pop(kid, None)

    def sign(self, kid: str, message: bytes, continuation: Continuation | None) -> bytes:
        """Have the process sign; the caller checks the signature.

        Raises:
            Refusal: as `ProcessSigner.sign`.
        """
        proof: tuple[bytes, ...] = ()
        for _ in range(_PROOFS):
            try:
                answer = self._ask(SIGN, kid.encode(), message, b"".join(proof))
            except Refusal as refusal:
                if refusal.reason is Reason.SIGNER_UNAVAILABLE:
                    # It may have been destroyed at the other side.
                    self._known.pop(kid, None)
                raise
            if answer[0] != PROVE:
                return answer[0]
            if continuation is None:
                break
            proof = continuation(int(answer[1]), int(answer[2]))
        raise refuse(Reason.PROOF_INVALID, "the head is not proved to continue the last one")

    def close(self) -> None:
        """End the connections that wait for work."""
        while self._idle:
            with suppress(IndexError):  # another thread took the last
                self._idle.pop().close()

    def _look_up(self, kid: str) -> tuple[bytes, str]:
        if kid not in self._known:
            self._list()
        return self._known[kid]

    def _list(self) -> dict[str, tuple[bytes, str]]:
        answer = self._ask(KEYS)
        pairs = zip(answer[::2], answer[1::2], strict=True)
        self._known = {thumbprint(public_key): (public_key, label.decode()) for public_key, label in pairs}
        return self._known

    def _ask(self, verb: bytes, *fields: bytes, tries: int = 2) -> list[bytes]:
        """Ask once, and once more over a new connection if the process ended meanwhile; give what was answered."""
        frame = encode([PROTOCOL, verb, *fields])
        with self._free:
            for left in reversed(range(tries)):
                answer = self._exchange(frame, is_new=left < 1)
                if answer is not None:
                    return _read(verb, answer)
        raise refuse(Reason.SIGNER_UNAVAILABLE, _SAYS_NOTHING)

    def _exchange(self, frame: bytes, *, is_new: bool) -> list[bytes] | None:
        connection = None if is_new else self._waiting()
        if connection is None:
            connection = self._connect()
        try:
            connection.sendall(frame)
            answer = receive(connection)
        except (OSError, FrameError):
            answer = None
        if answer is None:
            connection.close()
            # Those that wait lead to the same process, which has ended.
            self.close()
            return None
        self._idle.append(connection)
        return answer

    def _waiting(self) -> socket.socket | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connect(self) -> socket.socket:
        until = time.monotonic() + self._patience
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            connection.settimeout(_ANSWER_WITHIN)
            try:
                with short_name(self._path) as name:
                    connection.connect(name)
            except OSError as error:
                connection.close()
                starts = isinstance(error, FileNotFoundError | ConnectionRefusedError | BlockingIOError)
                if not starts or time.monotonic() > until:
                    raise refuse(Reason.SIGNER_UNAVAILABLE, f"{_SAYS_NOTHING}: {type(error).__name__}") from None
                time.sleep(_LOOK_AGAIN)
            else:
                return connection


def _read(verb: bytes, answer: list[bytes]) -> list[bytes]:
    """Read an answer: what was done, or that a proof is wanted, or a refusal, which is raised."""
    kind, *fields = answer or [b""]
    lengths = [len(field) for field in fields]
    if kind == REFUSED and len(fields) == _PAIR:
        with suppress(KeyError, UnicodeDecodeError):
            raise refuse(Reason[fields[0].decode().upper()], fields[1].decode())
    if kind == PROVE and verb == SIGN and len(fields) == _PAIR and all(map(bytes.isdigit, fields)):
        return [PROVE, *fields]
    if kind == DONE and (
        (verb == KEYS and len(fields) % 2 == 0 and set(lengths[::2]) <= {ed25519.PUBLIC_KEY_BYTES})
        or (verb == SIGN and lengths == [ed25519.SIGNATURE_BYTES])
        or (verb == MAKE and lengths == [ed25519.PUBLIC_KEY_BYTES])
        or (verb == DESTROY and not fields)
    ):
        return fields
    raise refuse(Reason.SIGNER_UNAVAILABLE, "the signing process answers something else")
