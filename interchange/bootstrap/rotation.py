"""Changing the vault's keys beside the node's directory: what is there, what needs it, one more, one less.

A new key is written under from the node's next start on. Its job `reseal` then writes every record anew, and an older
key can go once no record names it and the running node has shown that it writes under the newest ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.bootstrap.keychains import passphrase_of
from interchange.bootstrap.vault import Kind, add_lookup_key, add_seal_key, drop_key, numbers_of
from interchange.errors import Reason, refuse
from interchange.flows.reseal import under
from interchange.store import leases, subjects
from interchange.store.ledger import sqlite_url
from interchange.store.migrate import open_ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.config import Settings
    from interchange.store.ledger import Tx

JOB = "reseal"
"""Name of the job whose heartbeat says under which keys the node writes."""


@dataclass(frozen=True, slots=True)
class VaultKey:
    """A key of the vault.

    Attributes:
        kind, number: which.
        current: the newest of its kind.
        present: its file is there; records that need one that is not are lost.
        records: how many are under it: identities, or look-ups.
    """

    kind: Kind
    number: int
    current: bool
    present: bool
    records: int


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """All keys that are there or needed, by kind and number, and whether the node writes under the newest."""

    keys: tuple[VaultKey, ...]
    in_use: bool


def status_of(settings: Settings) -> VaultStatus:
    """Look which keys there are, and what the ledger's records need.

    Args:
        settings: from `config.load`; the node may run.

    Raises:
        Refusal: FILE_UNREADABLE, LEDGER_UNAVAILABLE.
    """
    there = numbers_of(settings.path("keys"))
    needed, outcome = _needed(settings)
    keys = [
        VaultKey(
            kind=kind,
            number=number,
            current=number == max(there[kind], default=0),
            present=number in there[kind],
            records=needed[kind].get(number, 0),
        )
        for kind in Kind
        for number in sorted({*there[kind], *needed[kind]})
    ]
    newest = under(*(max(there[kind], default=0) for kind in (Kind.SEAL, Kind.LOOKUP)))
    return VaultStatus(tuple(keys), in_use=outcome.endswith(newest))


def add(settings: Settings, kind: Kind) -> int:
    """Make the next key of a kind, and give its number; the node writes under it from its next start on.

    Raises:
        Refusal: those of `bootstrap.vault.add_seal_key`.
    """
    made = {Kind.SEAL: add_seal_key, Kind.LOOKUP: add_lookup_key}[kind]
    return made(settings.path("keys"), passphrase_of(settings))


def drop(settings: Settings, kind: Kind, number: int) -> None:
    """Delete an older key for ever, once nothing is under it and nothing will be.

    Raises:
        Refusal: VAULT_KEY_NEEDED while a record is under it, or as long as the node has not shown that it writes under
            the newest keys; FIELD_FORM for the current key; FILE_UNREADABLE if there is no such key.
    """
    status = status_of(settings)
    found = next((key for key in status.keys if (key.kind, key.number) == (kind, number)), None)
    if found is not None and found.present and not found.current:
        if found.records:
            raise refuse(Reason.VAULT_KEY_NEEDED, f"{found.records} records")
        if not status.in_use:
            raise refuse(Reason.VAULT_KEY_NEEDED, "the node has not yet worked with the newest keys")
    drop_key(settings.path("keys"), kind, number)


def _needed(settings: Settings) -> tuple[Mapping[Kind, Mapping[int, int]], str]:
    """Count the records under each key, and read how the job that writes them anew ended last."""
    ledger = open_ledger(settings.ledger or sqlite_url(settings.directory / "ledger.db"))

    def look(tx: Tx) -> tuple[Mapping[Kind, Mapping[int, int]], str]:
        counted = {Kind.SEAL: subjects.sealed_under(tx), Kind.LOOKUP: subjects.looked_up_under(tx)}
        return counted, leases.beats(tx).get(JOB, (0, ""))[1]

    try:
        return ledger.read(look)
    finally:
        ledger.close()
