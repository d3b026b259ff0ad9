"""Identities as bytes: JSON in UTF-8, as they are sealed at rest and told in a binding."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from interchange.domain.identity import Identity, Presented


def identity_members(identity: Identity) -> dict[str, Any]:
    """Spell an identity as JSON members, nothing rewritten."""
    presented = identity.presented
    return {
        "birth_date": presented.birth_date.isoformat(),
        "document_number": presented.document_number,
        "family": identity.family,
        "family_kana": identity.family_kana,
        "given": identity.given,
        "given_kana": identity.given_kana,
        "nationalities": list(identity.nationalities),
        "passport_family": presented.passport_family,
        "passport_given": presented.passport_given,
    }


def encode_identity(identity: Identity) -> bytes:
    """Spell an identity as the vault seals it: sorted keys, no spaces."""
    return json.dumps(identity_members(identity), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode_identity(content: bytes) -> Identity:
    """Read back what `encode_identity` wrote; only for bytes that the vault has opened."""
    members = json.loads(content)
    presented = Presented(
        passport_family=members["passport_family"],
        passport_given=members["passport_given"],
        birth_date=date.fromisoformat(members["birth_date"]),
        document_number=members["document_number"],
    )
    return Identity(
        family=members["family"],
        given=members["given"],
        family_kana=members["family_kana"],
        given_kana=members["given_kana"],
        presented=presented,
        nationalities=tuple(members["nationalities"]),
    )
