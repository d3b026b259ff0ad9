"""The signing process: it has the keys, a node has none, and all the node can do is ask over a Unix socket."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, Final

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
from interchange.domain.keyring import MAX_KEYS
from interchange.domain.merkle import HASH_BYTES
from interchange.errors import Reason, Refusal, refuse
from interchange.telemetry.logs import log, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.bootstrap.signer_pace import Pace
    from interchange.bootstrap.signer_payloads import Payloads
    from interchange.crypto.keychain import Keychain

LOCK: Final = "signer.lock"

_AT_ONCE: Final = 64
_IDLE: Final = 120.0
"""Seconds after which a connection that asks nothing is ended."""

_CREDENTIALS: Final = struct.Struct("3i")
"""Process, user and group of the other side, as SO_PEERCRED gives them."""

_FIELDS: Final = {KEYS: 0, SIGN: 3, MAKE: 1, DESTROY: 1}
"""Verb → fields that it takes."""


class SigningProcess:
    """Answers requests with the keys of one keychain."""

    def __init__(self, keychain: Keychain, payloads: Payloads, pace: Pace) -> None:
        """Hold the keys.

        Args:
            keychain: the keys.
            payloads: says what may be signed.
            pace: of signatures.
        """
        self._keychain, self._payloads, self._pace = keychain, payloads, pace
        self._free = BoundedSemaphore(_AT_ONCE)

    def answer(self, fields: list[bytes]) -> list[bytes]:
        """Carry out one request, and give the fields of its answer; a refusal is an answer too.

        Raises:
            FrameError: for a request of another protocol or form, after which nobody knows what is meant.
        """
        match fields:
            case [protocol, verb, *words] if protocol == PROTOCOL and _FIELDS.get(verb) == len(words):
                pass
            case _:
                raise FrameError("request")
        try:
            return self._carry_out(verb, words)
        except Refusal as refusal:
            kid = words[0].decode("ascii", "replace") if verb in {SIGN, DESTROY} else ""
            warn("signer_refused", verb=verb.decode(), kid=kid, reason=refusal.reason.code, where=refusal.where)
            return [REFUSED, refusal.reason.code.encode(), refusal.where.encode()]

    def _carry_out(self, verb: bytes, words: list[bytes]) -> list[bytes]:
        if verb == KEYS:
            labels = {kid: self._keychain.label(kid).encode() for kid in self._keychain}
            return [DONE, *(part for kid, label in labels.items() for part in (self._keychain[kid].public_key, label))]
        try:
            name = words[0].decode("ascii")
        except UnicodeDecodeError:
            raise refuse(Reason.FIELD_FORM, "kid or label") from None
        if verb == SIGN:
            return self._sign(name, words[1], words[2])
        if verb == MAKE:
            if len(self._keychain) >= MAX_KEYS:
                # More than a keyring can list fill a disk, and nothing else.
                raise refuse(Reason.SIGNER_REFUSED, "too many keys")
            signer = self._keychain.make(name)
            log("key_made", kid=signer.kid, label=name)
            return [DONE, signer.public_key]
        self._keychain.destroy(name)
        log("key_destroyed", kid=name)
        return [DONE]

    def _sign(self, kid: str, message: bytes, proof: bytes) -> list[bytes]:
        try:
            signer, label = self._keychain[kid], self._keychain.label(kid)
        except KeyError:
            raise refuse(Reason.SIGNER_UNAVAILABLE, "the signing process has no such key") from None
        if len(proof) % HASH_BYTES:
            raise refuse(Reason.PROOF_INVALID, "length of a hash")
        hashes = [proof[at : at + HASH_BYTES] for at in range(0, len(proof), HASH_BYTES)]
        self._pace.take(kid)
        wanted = self._payloads.check(label, kid, message, hashes)
        if wanted is not None:
            return [PROVE, b"%d" % wanted.old, b"%d" % wanted.new]
        return [DONE, signer.sign(message)]

    def serve(self, listener: socket.socket, uid: int) -> None:
        """Answer until the listener is shut down.

        Args:
            listener: from `listening`.
            uid: the user whose processes may ask; the kernel says who does.
        """
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            asker = _user_of(connection)
            if asker != uid or not self._free.acquire(blocking=False):
                warn("signer_connection_refused", uid=asker)
                connection.close()
                continue
            Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.settimeout(_IDLE)
                while (fields := receive(connection)) is not None:
                    connection.sendall(encode(self.answer(fields)))
        except FrameError as error:
            warn("signer_frame_refused", where=str(error))
        except OSError:
            # Whoever asked has gone, or has asked nothing for long.
            pass
        finally:
            self._free.release()


@contextmanager
def listening(path: Path, *, to_others: bool) -> Iterator[socket.socket]:
    """Listen at a Unix socket, in the place of one that a process which is no more has left.

    Args:
        path: of the socket; its directory exists.
        to_others: let processes of other users connect; who may ask is still said by `serve`.

    Raises:
        Refusal: PORT_IN_USE while another process listens there; FILE_UNREADABLE if nobody can.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        with short_name(path) as name:
            if _is_answered(name):
                raise refuse(Reason.PORT_IN_USE, path.name)
            Path(name).unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                listener.bind(name)
            finally:
                os.umask(before)
            if to_others:
                Path(name).chmod(0o666)
        listener.listen(_AT_ONCE)
    except OSError as error:
        listener.close()
        raise refuse(Reason.FILE_UNREADABLE, f"{path.name}: {type(error).__name__}") from None
    except Refusal:
        listener.close()
        raise
    try:
        yield listener
    finally:
        listener.close()
        path.unlink(missing_ok=True)


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Keep a second signing process from a directory: each would let pass what the other has not seen.

    Raises:
        Refusal: SIGNER_UNAVAILABLE while another works with it; FILE_UNREADABLE.
    """
    try:
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, f"{LOCK}: {type(error).__name__}") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refuse(Reason.SIGNER_UNAVAILABLE, "another signing process works with this directory") from None
        yield
    finally:
        os.close(lock)


def _user_of(connection: socket.socket) -> int:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(credentials)[1]
    return uid


def _is_answered(name: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
        try:
            probe.connect(name)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True
