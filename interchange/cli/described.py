"""A keyring in words, for people who are about to sign it or want to know whom they trust."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import click

from interchange.cli.fields import spell
from interchange.cli.output import show_lines, show_table
from interchange.domain.keyring import ED25519
from interchange.domain.words import words
from interchange.wire.keyring import payload_of

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring

_A_LINE = 8


def show_keyring(keyring: Keyring, jws: bytes) -> None:
    """Print what a keyring says: whose it is, for how long, every key, and the fingerprints to compare by telephone.

    Args:
        keyring: what was read of `jws`.
        jws: in general JSON form, with or without signatures.
    """
    spoken = words(sha256(payload_of(jws)).digest())
    needed = f"{keyring.thresholds[ED25519]} of {len(keyring.roots)} root keys"
    show_lines(
        ("authority", keyring.authority),
        ("keyring", f"number {keyring.number}, lane generation {keyring.generation}"),
        ("in use", f"{spell(keyring.issued)} until {spell(keyring.expires)}"),
        ("to be signed by", needed),
        ("witnesses", f"{keyring.witnesses_needed} of {len(keyring.witnesses)}"),
        ("root pin", keyring.root_pin),
        ("in words", " ".join(spoken[:_A_LINE])),
        ("", " ".join(spoken[_A_LINE:])),
    )
    click.echo()
    rows = [("root", "", root.kid, root.alg, "", "", "") for root in keyring.roots]
    rows += [
        (
            key.role.value,
            key.organ,
            key.kid,
            key.alg,
            f"{spell(key.sign_from)} until {spell(key.sign_until)}",
            spell(key.verify_until),
            "" if key.tainted_since is None else spell(key.tainted_since),
        )
        for key in keyring.keys
    ]
    show_table(("role", "organ", "fingerprint", "algorithm", "signs", "verifies until", "tainted since"), rows)
