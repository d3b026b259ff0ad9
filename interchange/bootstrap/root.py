"""The root directory: keys that sign keyrings and certificates, made and used on a machine without network.

root-1.sealed … root-n.sealed   root keys, each to be moved to its own medium and custodian
root.json                       their public halves and the threshold
ca.pem, ca.key                  the party's certificate authority
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from interchange.bootstrap.directory import whole
from interchange.crypto.authorities import check_ca
from interchange.crypto.certificates import issue_certificate, make_ca
from interchange.crypto.ed25519 import generate_seed, public_key_of, verify
from interchange.crypto.sealed import open_key, read_private, seal_key, write_private
from interchange.domain.keyring import Keyring, RootKey, RootSignature, endorsers
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal, refuse
from interchange.wire import base64url
from interchange.wire.keyring import assemble, parse_keyring, payload_of, root_signing_input

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from interchange.crypto.signer import SeedSigner
    from interchange.domain.names import Names
    from interchange.domain.time import Instant
    from interchange.rulebook.load import Rulebook

ALG = "EdDSA"
"""JOSE name of first keys: much software still lacks RFC 9864's `Ed25519`."""

_CALLER_DAYS = 90


@dataclass(frozen=True, slots=True)
class Roots:
    """Public half of a root directory."""

    threshold: int
    keys: tuple[RootKey, ...]


def create(directory: Path, names: Names, passphrases: Sequence[bytes], threshold: int, now: Instant) -> Roots:
    """Make a root key for each passphrase, and a certificate authority, in a new directory.

    Args:
        directory: must not exist; made with mode 0700.
        names: of the party.
        passphrases: one for each custodian.
        threshold: how many root keys must sign a keyring.
        now: begin of the certificate authority's validity.

    Raises:
        Refusal: FILE_EXISTS; FIELD_FORM for a threshold that cannot be met, or a passphrase that is there twice.
    """
    if not 1 <= threshold <= len(passphrases):
        raise refuse(Reason.FIELD_FORM, "threshold")
    if len(set(passphrases)) < len(passphrases):
        # One person would then sign for two, and the threshold say less than it seems to.
        raise refuse(Reason.FIELD_FORM, "passphrases: two custodians have the same one")
    with whole(directory) as made:
        return _create(made, names, passphrases, threshold, now)


def _create(directory: Path, names: Names, passphrases: Sequence[bytes], threshold: int, now: Instant) -> Roots:
    make_directory(directory)
    keys = []
    for number, passphrase in enumerate(passphrases, 1):
        seed = generate_seed()
        seal_key(directory / f"root-{number}.sealed", seed, passphrase, f"root-{number}")
        public_key = public_key_of(seed)
        keys.append(RootKey(thumbprint(public_key), ALG, public_key))
    document = {
        "threshold": threshold,
        "keys": [{"kid": key.kid, "alg": key.alg, "x": base64url.encode(key.public_key)} for key in keys],
    }
    write_private(directory / "root.json", json.dumps(document, indent=2).encode() + b"\n")
    ca_pem, ca_key = make_ca(names.authority, now)
    write_private(directory / "ca.pem", ca_pem)
    write_private(directory / "ca.key", ca_key)
    return Roots(threshold, tuple(keys))


def read(directory: Path) -> Roots:
    """Read the public half of a root directory."""
    try:
        document = json.loads(read_private(directory / "root.json"))
        keys = tuple(RootKey(key["kid"], key["alg"], base64url.decode(key["x"])) for key in document["keys"])
        return Roots(document["threshold"], keys)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse(Reason.FILE_UNREADABLE, "root.json") from error


def names_of(directory: Path, rulebook: Rulebook) -> Names:
    """Name the party for which a root directory was made, as its certificate authority does.

    Args:
        directory: made by `create`.
        rulebook: with the authority names of all parties.

    Raises:
        Refusal: FILE_UNREADABLE, FILE_LOOSE; CERTIFICATE_FORM if its certificate authority is no party's.
    """
    ca_pem = read_private(directory / "ca.pem")
    for party, demonstration in product(rulebook.parties, (False, True)):
        names = rulebook.names(party, demonstration=demonstration)
        with suppress(Refusal):
            check_ca(ca_pem, names.authority)
            return names
    raise refuse(Reason.CERTIFICATE_FORM, "certification authority")


def check_root(directory: Path, names: Names, rulebook: Rulebook) -> None:
    """Refuse a root directory from which no node of these names can be made.

    Raises:
        Refusal: ROOT_PARTY if it was made for another party, or for its other name; FILE_UNREADABLE, FILE_LOOSE and
            CERTIFICATE_FORM for the files that are needed.
    """
    found = names_of(directory, rulebook)
    if found != names:
        raise refuse(Reason.ROOT_PARTY, f"it is for {found.authority}, not for {names.authority}")
    read(directory)
    read_private(directory / "ca.key")


def sign_keyring(document: bytes, key_files: Sequence[Path], passphrases: Sequence[bytes]) -> tuple[Keyring, bytes]:
    """Add signatures of root keys to a keyring: a bare draft, or one with signatures already collected.

    Args:
        document: payload of a draft, or JWS general JSON.
        key_files: sealed root keys.
        passphrases: one for all, or one for each, in order.

    Returns:
        What was signed, for people to read, and the JWS.

    Raises:
        Refusal: KEY_ROLE for a key that is not among the draft's root keys; those of the sealed files.
    """
    if len(passphrases) not in {1, len(key_files)}:
        raise refuse(Reason.FIELD_FORM, "passphrases: one for all keys, or one for each")
    payload, signatures = _collected(document)
    each = list(passphrases) * len(key_files) if len(passphrases) == 1 else list(passphrases)
    for file, passphrase in zip(key_files, each, strict=True):
        signer = _open(file, passphrase)
        message = root_signing_input(ALG, signer.kid, payload)
        fresh = RootSignature(signer.kid, ALG, message, signer.sign(message))
        signatures = [line for line in signatures if line.kid != signer.kid] + [fresh]
    jws = assemble(payload, signatures)
    keyring, _ = parse_keyring(jws)
    if endorsers(keyring.roots, signatures, verify) != {line.kid for line in signatures}:
        raise refuse(Reason.KEY_ROLE, "a key that signed is not a root key of this keyring")
    return keyring, jws


def _open(file: Path, passphrase: bytes) -> SeedSigner:
    try:
        return open_key(file, passphrase)
    except Refusal as refusal:
        if refusal.reason is not Reason.FILE_SEALED:
            raise
        # Of several keys and passphrases, which does not fit which?
        raise refuse(refusal.reason, f"{refusal.where} of {file.name}") from refusal


def _collected(document: bytes) -> tuple[bytes, list[RootSignature]]:
    try:
        is_jws = "payload" in json.loads(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise refuse(Reason.KEYRING_FORM, "neither a draft nor a signed keyring") from error
    return (payload_of(document), list(parse_keyring(document)[1])) if is_jws else (document, [])


def certify(
    directory: Path,
    spiffe_id: str,
    to: Path,
    now: Instant,
    *,
    dns_names: Sequence[str] = (),
    ip_addresses: Sequence[str] = (),
    stem: str = "caller",
    days: int = _CALLER_DAYS,
) -> None:
    """Issue a certificate for a caller or a node: `STEM.pem`, `STEM.key` and the authority's `ca.pem` in `to`.

    Raises:
        Refusal: FILE_EXISTS rather than write over a file; FILE_UNREADABLE, FILE_LOOSE; CERTIFICATE_FORM.
    """
    ca_pem = read_private(directory / "ca.pem")
    pem, key = issue_certificate(
        ca_pem,
        read_private(directory / "ca.key"),
        spiffe_id=spiffe_id,
        dns_names=dns_names,
        ip_addresses=ip_addresses,
        now=now,
        days=days,
    )
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, "the directory cannot be made") from error
    write_private(to / f"{stem}.pem", pem)
    write_private(to / f"{stem}.key", key)
    if not (to / "ca.pem").exists():
        write_private(to / "ca.pem", ca_pem)


def make_directory(directory: Path) -> None:
    """Make a new directory that only its owner can enter."""
    try:
        directory.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise refuse(Reason.FILE_EXISTS, str(directory)) from error
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(directory)) from error
