"""The root ceremony: custodians sign a keyring, one after the other, or each on their own machine, without network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interchange.bootstrap.root import other_half
from interchange.crypto.both import BOTH
from interchange.crypto.mldsa import open_mldsa_key
from interchange.crypto.sealed import header_of, open_key
from interchange.domain.keyring import MLDSA65, Keyring, RootSignature, endorsers
from interchange.errors import Reason, Refusal, refuse
from interchange.wire.ceremony import read_document
from interchange.wire.keyring import assemble, encode_keyring, parse_keyring, root_signing_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from interchange.bootstrap.root import Roots
    from interchange.crypto.signer import Signer
    from interchange.domain.keyring import RootKey


@dataclass(frozen=True, slots=True)
class Signed:
    """A keyring with one custodian's signatures more.

    Attributes:
        keyring: what was signed, for people to read.
        jws: in general JSON form.
        by: sealed file and root key of each signature that was made now.
    """

    keyring: Keyring
    jws: bytes
    by: tuple[tuple[str, RootKey], ...]

    def counted(self, ring: Keyring) -> dict[str, int]:
        """Count, family by family, the root keys of a keyring that have signed this one so far."""
        signed = endorsers(ring.roots, parse_keyring(self.jws)[1], BOTH)
        return {
            family: sum(one.kid in signed for one in ring.roots if one.family == family) for family in ring.thresholds
        }


def sign_keyring(
    document: bytes, key_files: Sequence[Path], passphrases: Sequence[bytes], after: Keyring | None = None
) -> Signed:
    """Add signatures of root keys to a keyring: a bare draft, or one with signatures already collected.

    A custodian signs with both halves of the pair wherever the keyring counts both: the ML-DSA-65 half lies beside the
    file of the Ed25519 one, and is opened by the same passphrase.

    Args:
        document: payload of a draft, or JWS general JSON.
        key_files: sealed root keys, the Ed25519 half of each custodian.
        passphrases: one for all, or one for each, in order.
        after: the keyring in use, whose root keys sign too where the draft names other ones (TUF 1.0.34, 5.3.4).

    Raises:
        Refusal: KEY_ROLE for a key that is a root key of neither; FILE_UNREADABLE for a half that is not there; those
            of the sealed files.
    """
    if len(passphrases) not in {1, len(key_files)}:
        raise refuse(Reason.FIELD_FORM, "passphrases: one for all keys, or one for each")
    payload, keyring, collected = read_document(document)
    signatures = list(collected)
    rings = [keyring] if after is None else [keyring, after]
    each = list(passphrases) * len(key_files) if len(passphrases) == 1 else list(passphrases)
    by = []
    for file, passphrase in zip(key_files, each, strict=True):
        for half, root in _halves(file, rings):
            fresh = _sign(half, passphrase, root, payload)
            signatures = [line for line in signatures if line.kid != root.kid] + [fresh]
            by.append((half.name, root))
    known = {root.kid: root for ring in rings for root in ring.roots}
    if endorsers(known.values(), signatures, BOTH) != {line.kid for line in signatures}:
        raise refuse(Reason.KEY_ROLE, "a key that signed is not a root key of this keyring")
    return Signed(keyring, assemble(payload, signatures), tuple(by))


def with_roots(document: bytes, roots: Roots) -> bytes:
    """Write a draft anew with the root keys and thresholds of a root directory in the place of its own.

    Args:
        document: payload of a draft.
        roots: public half of the other directory.

    Raises:
        Refusal: KEYRING_FORM; KEYRING_THRESHOLD if a family would be dropped, which nobody who follows would take.
    """
    _, keyring, _ = read_document(document)
    if not keyring.thresholds.keys() <= roots.thresholds.keys():
        raise refuse(Reason.KEYRING_THRESHOLD, "a family that the keyring in use requires is dropped")
    return encode_keyring(replace(keyring, thresholds=roots.thresholds, roots=roots.keys))


def _halves(file: Path, rings: Sequence[Keyring]) -> Iterator[tuple[Path, RootKey]]:
    """Find the root keys that one sealed file stands for: the one in it, and the other half of its custodian's pair."""
    root = _root_in(file, rings)
    yield file, root
    paired = any(root in ring.roots and MLDSA65 in ring.thresholds for ring in rings)
    if paired and root.family != MLDSA65:
        yield other_half(file), _root_in(other_half(file), rings)


def _root_in(file: Path, rings: Sequence[Keyring]) -> RootKey:
    """Find the root key that a sealed file says it holds; opening the file proves it."""
    kid = header_of(file).kid
    found = [root for ring in rings for root in ring.roots if root.kid == kid]
    if not found:
        raise refuse(Reason.KEY_ROLE, f"{file.name} is not a root key of this keyring")
    return found[0]


def _sign(file: Path, passphrase: bytes, root: RootKey, payload: bytes) -> RootSignature:
    try:
        signer: Signer
        if root.alg == MLDSA65:
            signer = open_mldsa_key(file, passphrase, header_of(file).label, MLDSA65)
        else:
            signer = open_key(file, passphrase)
    except Refusal as refusal:
        if refusal.reason is not Reason.FILE_SEALED:
            raise
        # Of several keys and passphrases, which does not fit which?
        raise refuse(refusal.reason, f"{refusal.where} of {file.name}") from refusal
    message = root_signing_input(root.alg, root.kid, payload)
    return RootSignature(root.kid, root.alg, message, signer.sign(message))
