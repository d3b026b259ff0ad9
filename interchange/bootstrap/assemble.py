"""The one place where concrete things meet: settings, rulebook, keys and ledger become a node."""

from __future__ import annotations

import secrets
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

from interchange.bootstrap.keychains import open_archivers, open_openers, open_signers, passphrase_of
from interchange.bootstrap.vault import open_vault
from interchange.crypto.archivers import NoArchivers
from interchange.crypto.counted_keychain import CountedKeychain
from interchange.crypto.keychain import NoKeys, NoOpeners
from interchange.crypto.vault import Vault, generate_key
from interchange.flows.node import Chance, Node
from interchange.flows.uses import Uses
from interchange.rulebook.load import load as load_rulebook
from interchange.store.highwater import HighWater
from interchange.store.ledger import sqlite_url
from interchange.store.migrate import open_ledger
from interchange.wire import base64url

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.config import Settings
    from interchange.crypto.archivers import Archivers
    from interchange.crypto.keychain import Keychain, Openers

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
        with_keys: open the private keys; an audit does without.

    Raises:
        Refusal: FILE_LOOSE, FILE_SEALED, FILE_UNREADABLE, LEDGER_UNAVAILABLE, RULEBOOK_*; SIGNER_UNAVAILABLE and
            SIGNER_PIN of keys that live elsewhere.
    """
    opening = ThreadPoolExecutor(3)
    try:
        # Each sealed key takes a tenth of a second or more of a processor, which need not be this thread's.
        keys = opening.submit(_keys, settings, opening) if with_keys else None
        rulebook = load_rulebook()
        ledger = open_ledger(settings.ledger or sqlite_url(settings.directory / "ledger.db"))
        signers, openers, archivers, vault = keys.result() if keys else _nobodys_keys()
    finally:
        opening.shutdown(cancel_futures=True)
    uses = Uses()
    return Node(
        names=rulebook.names(settings.party, demonstration=settings.demonstration),
        rulebook=rulebook,
        demonstration=settings.demonstration,
        accept_working=settings.accept_working_rows,
        ledger=ledger,
        highwater=HighWater(settings.directory / HIGHWATER),
        signers=CountedKeychain(signers, uses.add),
        uses=uses,
        openers=openers,
        archivers=archivers,
        status_slots=settings.status_list_slots,
        chance=CHANCE,
        vault=vault,
        home_ca=settings.path("tls_ca").read_bytes,
        own_certificate=settings.path("tls_certificate").read_bytes,
        committed=committed,
        misses_per_day=settings.misses_per_day,
        jwks_cache=settings.jwks_cache,
        keys_ahead=settings.keys_ahead_days,
        activates_keys=settings.activate_automatically,
    )


_Keys: TypeAlias = "tuple[Keychain, Openers, Archivers, Vault]"


def _nobodys_keys() -> _Keys:
    """Make keychains that hold nothing, and a vault that opens nothing, for work that needs neither."""
    return NoKeys(), NoOpeners(), NoArchivers(), Vault({1: generate_key()}, {1: generate_key()})


def _keys(settings: Settings, opening: ThreadPoolExecutor) -> _Keys:
    openers = opening.submit(open_openers, settings)
    archivers = opening.submit(open_archivers, settings)
    vault = opening.submit(open_vault, settings.path("keys"), passphrase_of(settings))
    return open_signers(settings), openers.result(), archivers.result(), vault.result()
