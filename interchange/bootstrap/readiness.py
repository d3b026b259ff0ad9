"""What must hold before a node serves: places that nobody else can change, keys that its keyring promises, open files.

Each is looked at once, at the start, where somebody reads what is wrong; later it would be one refused call of many.
"""

from __future__ import annotations

import resource
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from interchange import config
from interchange.bootstrap.assemble import HIGHWATER
from interchange.domain.keyring import Role
from interchange.errors import Reason, refuse
from interchange.flows.soundness import is_sound
from interchange.store import lanes, partners
from interchange.telemetry.logs import warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interchange.config import Settings
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

OPEN_FILES = 65_536
"""Files that a node opens as many as it may of: each connection is one, and whoever cannot be stopped from making
connections is not to keep the node from its ledger by them."""

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_SIGNING = (Role.ASSERT, Role.STATUS, Role.LANE, Role.WITNESS)


def check_places(settings: Settings) -> None:
    """Refuse to work where others could exchange what the node rests on; what is secret is looked at when it is read.

    Raises:
        Refusal: FILE_LOOSE with the name of a file or directory that others can write; FILE_UNREADABLE for what is
            neither, such as a pipe, which would keep the node waiting for ever.
    """
    for path in _places(settings):
        with suppress(FileNotFoundError):
            mode = path.stat().st_mode
            if mode & _OTHERS_WRITE:
                raise refuse(Reason.FILE_LOOSE, f"{path.name} can be written by others")
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise refuse(Reason.FILE_UNREADABLE, f"{path.name} is no file")


def _places(settings: Settings) -> Iterator[Path]:
    directory, keys = settings.directory, settings.path("keys")
    yield from (directory, keys, *(path for path in keys.glob("*") if path.is_dir()))
    yield from (directory / config.FILE, directory / HIGHWATER, directory / f"{HIGHWATER}.lock")
    if not settings.ledger:
        yield from directory.glob("ledger.db*")
    for name in ("tls_certificate", "tls_ca"):
        yield from (settings.path(name), settings.path(name).parent)


def check_signers(node: Node, now: Instant) -> None:
    """Refuse to serve without a private key for each role and organ for which a key of the keyring may sign now.

    A node whose keyring is not published yet, or is over, is let in: that is mended by calls. So is one that has keys
    which its keyring does not name, as long as the next keyring is not published.

    Raises:
        Refusal: SIGNER_UNAVAILABLE with role and organ.
    """
    missing, is_between = node.ledger.read(lambda tx: _missing(node, tx, now))
    if missing and not is_between:
        raise refuse(Reason.SIGNER_UNAVAILABLE, missing[0])
    for which in missing:
        warn("signer_unavailable", key=which)


def _missing(node: Node, tx: Tx, now: Instant) -> tuple[list[str], bool]:
    """List the roles and organs without a private key, and tell whether there are keys for another keyring."""
    if partners.keyring(tx, node.names.authority) is None:
        return [], True
    keyring = node.keyring(tx, node.names.authority)
    usable = [key for role in _SIGNING for key in keyring.sound(role) if key.signs_at(now)]
    there = {(key.role, key.organ) for key in usable if key.kid in node.signers}
    lacking = dict.fromkeys((key.role, key.organ) for key in usable if (key.role, key.organ) not in there)
    is_between = any(keyring.key(kid) is None for kid in node.signers)
    return [f"{role.value} {organ}".strip() for role, organ in lacking], is_between


def tell_unsound(node: Node) -> None:
    """Warn of each lane of ours that stands still because the ledger lacks leaves of it."""

    def look(tx: Tx) -> list[str]:
        return [head.origin for head in lanes.heads(tx) if head.issued and not is_sound(node, tx, head)]

    for origin in node.ledger.read(look):
        warn("lane_behind", lane=origin)


def open_many_files() -> None:
    """Allow this process as many open files as the system lets it, up to `OPEN_FILES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        # A limit that cannot be raised is no reason not to serve.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
