"""The one place where concrete things meet: settings, rulebook, keys and ledger become a node."""

from __future__ import annotations

import os
import secrets
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.bootstrap.box_keys import open_box_keys
from interchange.bootstrap.vault import open_vault
from interchange.crypto.sealed import open_key, read_passphrase
from interchange.crypto.vault import Vault, generate_key
from interchange.flows.node import Chance, Node
from interchange.rulebook.load import load as load_rulebook
from interchange.store.highwater import HighWater
from interchange.store.ledger import sqlite_url
from interchange.store.migrate import open_ledger
from interchange.wire import base64url

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.config import Settings
    from interchange.crypto.signer import Signer

HIGHWATER = "highwater"

CHANCE = Chance(
    uuid=lambda: str(uuid.uuid4()),
    reference=lambda: base64url.encode(secrets.token_bytes(16)),
    below=secrets.randbelow,
)


def assemble(settings: Settings, committed: Callable[[], None] = lambda: None, *, with_keys: bool = True) -> Node:
    """Build the node of these settings; its ledger's schema must be current.

    Args:
        settings: from `config.load`.
        committed: called after each commit that told something.
        with_keys: open the sealed keys; an audit does without.

    Raises:
        Refusal: FILE_LOOSE, FILE_SEALED, FILE_UNREADABLE, LEDGER_UNAVAILABLE, RULEBOOK_*.
    """
    rulebook = load_rulebook()
    return Node(
        names=rulebook.names(settings.party, demonstration=settings.demonstration),
        rulebook=rulebook,
        demonstration=settings.demonstration,
        accept_working=settings.accept_working_rows,
        ledger=open_ledger(settings.ledger or sqlite_url(settings.directory / "ledger.db")),
        highwater=HighWater(settings.directory / HIGHWATER),
        signers=_signers(settings) if with_keys else {},
        openers=open_box_keys(settings.path("keys"), passphrase_of(settings)) if with_keys else {},
        status_slots=settings.status_list_slots,
        chance=CHANCE,
        vault=open_vault(settings.path("keys"), passphrase_of(settings)) if with_keys else _nobodys_vault(),
        home_ca=settings.path("tls_ca").read_bytes,
        committed=committed,
        misses_per_day=settings.misses_per_day,
    )


def _nobodys_vault() -> Vault:
    """Make a vault that opens nothing, for work that needs no identities."""
    return Vault({1: generate_key()}, {1: generate_key()})


def passphrase_of(settings: Settings) -> bytes:
    """Read the passphrase of the sealed keys."""
    # The directory's name is no secret; what lies in it is read as a file like any other.
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    directory = Path(credentials) if credentials else None
    return read_passphrase(settings.path("passphrase_file"), credential_directory=directory)


def _signers(settings: Settings) -> dict[str, Signer]:
    passphrase = passphrase_of(settings)
    opened = [open_key(file, passphrase) for file in sorted(settings.path("keys").glob("*.sealed"))]
    return {signer.kid: signer for signer in opened}
