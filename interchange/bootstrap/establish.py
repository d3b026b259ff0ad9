"""Establishing a node: its directory, keys, vault, certificate, settings, ledger, and a draft of its first keyring."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange import config
from interchange.bootstrap import root
from interchange.bootstrap.assemble import HIGHWATER
from interchange.bootstrap.box_keys import add_box_key
from interchange.bootstrap.keychains import open_module
from interchange.bootstrap.vault import make_vault
from interchange.config import Settings
from interchange.crypto.archive_keys import ArchiveKeys
from interchange.crypto.ed25519 import generate_seed
from interchange.crypto.sealed import seal_key, write_private
from interchange.domain.keyring import COUNT_DAYS, FIRST_ALG, MLDSA44, SIGN_DAYS, X25519, KeyRecord, Keyring, Role
from interchange.errors import Reason, refuse
from interchange.store import migrate
from interchange.store.highwater import HighWater
from interchange.store.ledger import connect, sqlite_url
from interchange.wire.keyring import encode_keyring

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from interchange.crypto.signer import Signer
    from interchange.domain.time import Instant
    from interchange.rulebook.load import Rulebook

DRAFT = "keyring-1.draft.json"
_STEM = "node"
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Established:
    """What `establish` made: the settings, and the draft that the root keys must sign."""

    settings: Settings
    draft: Path


def establish(
    directory: Path,
    root_directory: Path,
    party: str,
    rulebook: Rulebook,
    now: Instant,
    options: Mapping[str, str | int | bool],
) -> Established:
    """Make a node in a new directory.

    Args:
        directory: must not exist.
        root_directory: made by `root create`, elsewhere; only its certificate authority and public keys are used.
        party: code of the node's own party; it must have rules to issue by.
        rulebook: levels and organs.
        now: begin of all windows.
        options: further settings by name, as in `node.toml`.

    Raises:
        Refusal: FILE_EXISTS, PARTY_UNKNOWN, CONFIG_FORM, FILE_UNREADABLE.
    """
    rules = rulebook.rules(party)
    if rules is None:
        raise refuse(Reason.PARTY_UNKNOWN, "no rules to issue by")
    settings = Settings(directory=directory, party=party, **options)  # type: ignore[arg-type]  # checked by config.load
    if settings.signer == "process":
        raise refuse(Reason.CONFIG_FORM, "signer: make the node with sealed keys, and move them with `signer init`")
    _check_tls(settings)
    roots = root.read(root_directory)
    names = rulebook.names(party, demonstration=settings.demonstration)
    root.make_directory(directory)
    passphrase = secrets.token_urlsafe(32).encode()
    write_private(settings.path("passphrase_file"), passphrase + b"\n")
    root.make_directory(settings.path("keys"))
    make_vault(settings.path("keys"), passphrase)
    records = tuple(_keys(settings, names.authority, [organ.code for organ in rules.organs], passphrase, now))
    host = settings.listen.rpartition(":")[0]
    root.certify(
        root_directory,
        names.spiffe("partner", "node"),
        settings.path("tls_certificate").parent,
        now,
        dns_names=[names.authority, "localhost"],
        ip_addresses=[host] if host.replace(".", "").isdecimal() else ["127.0.0.1"],
        stem=_STEM,
        days=SIGN_DAYS,
    )
    keyring = Keyring(
        authority=names.authority,
        number=1,
        issued=now,
        expires=now + SIGN_DAYS * _DAY,
        generation=1,
        thresholds=roots.thresholds,
        roots=roots.keys,
        keys=records,
    )
    draft = directory / DRAFT
    write_private(draft, encode_keyring(keyring))
    write_private(directory / config.FILE, _toml({"party": party, **options}))
    config.load(directory)
    HighWater(directory / HIGHWATER).create()
    if not settings.ledger:
        # Before SQLite does, which would let the group write it where the process's mask lets it.
        write_private(directory / "ledger.db", b"")
    ledger = connect(settings.ledger or sqlite_url(directory / "ledger.db"))
    migrate.upgrade(ledger)
    ledger.close()
    return Established(settings, draft)


def _check_tls(settings: Settings) -> None:
    """Refuse names of the certificate's files other than those that it is issued under: the node could not start."""
    beside = settings.path("tls_certificate").parent
    for name, file in (("tls_certificate", f"{_STEM}.pem"), ("tls_key", f"{_STEM}.key"), ("tls_ca", "ca.pem")):
        if settings.path(name) != beside / file:
            raise refuse(Reason.CONFIG_FORM, f"{name}: {file}, all three in one directory")


def _keys(
    settings: Settings, authority: str, organs: list[str], passphrase: bytes, now: Instant
) -> Iterator[KeyRecord]:
    signing = [(Role.ASSERT, organ) for organ in organs] + [(Role.STATUS, ""), (Role.LANE, ""), (Role.WITNESS, "")]
    windows = {
        "sign_from": now - 60,
        "sign_until": now + SIGN_DAYS * _DAY,
        "verify_until": now + (SIGN_DAYS + COUNT_DAYS) * _DAY,
    }
    module = open_module(settings) if settings.signer == "pkcs11" else None
    for role, organ in signing:
        stem = f"{role.value}-{organ}" if organ else role.value
        signer: Signer = (
            seal_key(settings.path("keys") / f"{stem}.sealed", generate_seed(), passphrase, stem)
            if module is None
            else module.make(stem)
        )
        yield KeyRecord(signer.kid, role, FIRST_ALG, signer.public_key, authority, organ, **windows)
    archiver = ArchiveKeys(settings.path("keys"), passphrase).make()
    yield KeyRecord(archiver.kid, Role.ARCHIVE, MLDSA44, archiver.public_key, authority, "", **windows)
    opener = add_box_key(settings.path("keys"), passphrase)
    yield KeyRecord(opener.kid, Role.BINDING, X25519, opener.public_key, authority, "", **windows)


def _toml(values: Mapping[str, str | int | bool]) -> bytes:
    lines = ["# Settings of this node; each is described in docs/settings.md."]
    # A JSON string, number or boolean is the same in TOML.
    lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(lines).encode() + b"\n"
