"""A node as `init` makes it, with its first keyring published, a partner admitted and a person registered."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.nodes import admit
from fakes.parties import HOME, NOW, do, names_of, rulebook
from fakes.people import identity, register

from interchange import config
from interchange.bootstrap import assemble, root
from interchange.bootstrap.ceremony import sign_keyring
from interchange.bootstrap.establish import establish
from interchange.crypto import sealed
from interchange.crypto.sealed_form import Secret, lock
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.node import Node

CUSTODIANS = [b"passphrase of one", b"passphrase of two", b"passphrase of three"]
PARTNER = "KOR"


def cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seal keys at the least cost that is allowed."""

    def at_least_cost(key: Secret, passphrase: bytes, **_: int) -> bytes:
        return lock(key, passphrase, ops=1, mem=8192)

    monkeypatch.setattr(sealed, "lock", at_least_cost)


def lay_down(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make root keys at `place / "root"` and a node at `place / "node"`, and give the id of the person in it."""
    cheaply(monkeypatch)
    roots, directory = place / "root", place / "node"
    root.create(roots, names_of(HOME), CUSTODIANS, 2, NOW)
    made = establish(directory, roots, HOME, rulebook(), NOW, {"demonstration": True, "accept_working_rows": True})
    files = [roots / "root-1.sealed", roots / "root-3.sealed"]
    jws = sign_keyring(made.draft.read_bytes(), files, [CUSTODIANS[0], CUSTODIANS[2]]).jws
    with running(directory) as node:
        do(node, PUBLISH, PublishRequest(jws))
        admit(node, PARTNER)
        return register(node, identity(1))


@contextmanager
def running(directory: Path) -> Iterator[Node]:
    """Assemble the node of a directory as `serve` does; one person does what two are asked for."""
    node = assemble.assemble(config.load(directory))
    try:
        yield replace(node, rulebook=rulebook())
    finally:
        node.ledger.close()


def modes(directory: Path) -> dict[str, int]:
    """List all that lies below a directory with its mode."""
    below = [Path(place) / name for place, *names in os.walk(directory) for each in names for name in each]
    return {path.relative_to(directory).as_posix(): path.lstat().st_mode & 0o7777 for path in [directory, *below]}
