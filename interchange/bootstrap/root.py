"""The root directory: keys that sign keyrings and certificates, made and used on a machine without network.

root-1.sealed … root-n.sealed   Ed25519 root keys, each to be moved to its own medium and custodian
root-1.mldsa.sealed …           ML-DSA-65 root keys, the other halves of the custodians' pairs, to be moved with them
root.json                       their public halves and the thresholds
ca.pem, ca.key                  the party's certificate authority
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from interchange.bootstrap.certificates import keep_issued
from interchange.bootstrap.directory import whole
from interchange.crypto.authorities import check_ca
from interchange.crypto.certificates import issue_certificate, make_ca
from interchange.crypto.ed25519 import generate_seed
from interchange.crypto.mldsa import seal_mldsa_key
from interchange.crypto.sealed import read_private, seal_key, write_private
from interchange.domain.keyring import ED25519, FIRST_ALG, MLDSA65, RootKey
from interchange.errors import Reason, Refusal, refuse
from interchange.wire import base64url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from interchange.domain.names import Names
    from interchange.domain.time import Instant
    from interchange.rulebook.load import Rulebook

_CALLER_DAYS = 90


@dataclass(frozen=True, slots=True)
class Roots:
    """Public half of a root directory: family → how many must sign, and the keys, those of Ed25519 first."""

    thresholds: Mapping[str, int]
    keys: tuple[RootKey, ...]


def other_half(file: Path) -> Path:
    """Say where the ML-DSA-65 half of a custodian's pair lies: beside the other, `root-1.mldsa.sealed`."""
    return file.with_name(f"{file.name.removesuffix('.sealed')}.mldsa.sealed")


def create(
    directory: Path, names: Names, passphrases: Sequence[bytes], threshold: int, now: Instant, *, both: bool = True
) -> Roots:
    """Make a pair of root keys for each passphrase, and a certificate authority, in a new directory.

    Args:
        directory: must not exist; made with mode 0700.
        names: of the party.
        passphrases: one for each custodian.
        threshold: how many custodians must sign a keyring.
        now: begin of the certificate authority's validity.
        both: make an ML-DSA-65 key for each beside the Ed25519 one, sealed with the same passphrase; what is archived
            under Ed25519 alone stands as long as Ed25519 does.

    Raises:
        Refusal: FILE_EXISTS; FIELD_FORM for a threshold that cannot be met, or a passphrase that is there twice.
    """
    if not 1 <= threshold <= len(passphrases):
        raise refuse(Reason.FIELD_FORM, "threshold")
    if len(set(passphrases)) < len(passphrases):
        # One person would then sign for two, and the threshold say less than it seems to.
        raise refuse(Reason.FIELD_FORM, "passphrases: two custodians have the same one")
    with whole(directory) as made:
        make_directory(made)
        thresholds = {ED25519: threshold} | ({MLDSA65: threshold} if both else {})
        roots = Roots(thresholds, (*_make_keys(made, passphrases), *(_make_halves(made, passphrases) if both else ())))
        document = {
            "thresholds": thresholds,
            "keys": [
                {"kid": key.kid, "alg": key.alg, "public": base64url.encode(key.public_key)} for key in roots.keys
            ],
        }
        write_private(made / "root.json", json.dumps(document, indent=2).encode() + b"\n")
        ca_pem, ca_key = make_ca(names.authority, now)
        write_private(made / "ca.pem", ca_pem)
        write_private(made / "ca.key", ca_key)
        return roots


def _make_keys(directory: Path, passphrases: Sequence[bytes]) -> Iterator[RootKey]:
    for number, passphrase in enumerate(passphrases, 1):
        signer = seal_key(directory / f"root-{number}.sealed", generate_seed(), passphrase, f"root-{number}")
        yield RootKey(signer.kid, FIRST_ALG, signer.public_key)


def _make_halves(directory: Path, passphrases: Sequence[bytes]) -> Iterator[RootKey]:
    for number, passphrase in enumerate(passphrases, 1):
        # A seed of its own: one seed for two algorithms would be lost for both where it is lost for one.
        file = other_half(directory / f"root-{number}.sealed")
        signer = seal_mldsa_key(file, generate_seed(), passphrase, file.name.removesuffix(".sealed"), MLDSA65)
        yield RootKey(signer.kid, MLDSA65, signer.public_key)


def read(directory: Path) -> Roots:
    """Read the public half of a root directory."""
    try:
        document = json.loads(read_private(directory / "root.json"))
        # Directories that were made before there were two families give one threshold, and `x` for `public`.
        thresholds = document.get("thresholds") or {ED25519: document["threshold"]}
        keys = tuple(
            RootKey(key["kid"], key["alg"], base64url.decode(key.get("public") or key["x"])) for key in document["keys"]
        )
        return Roots({str(family): int(needed) for family, needed in thresholds.items()}, keys)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
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

    A copy of the certificate stays in the root directory, so that it can be withdrawn.

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
    # Before it leaves: what cannot be withdrawn is not handed out.
    keep_issued(directory, spiffe_id, pem)
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
