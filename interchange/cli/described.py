"""A keyring in words, for people who are about to sign it or want to know whom they trust."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

import click

from interchange.cli.fields import spell
from interchange.cli.output import show_lines
from interchange.domain.keyring import ED25519, Role
from interchange.domain.words import words
from interchange.wire.keyring import payload_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.domain.keyring import KeyRecord, Keyring

_A_LINE = 8

_MEANT = {
    "suspended": "suspended: it signs nothing more, and what it signed counts no more until a keyring lifts it",
    "retired": "retired: it signs nothing more, and what it signed stays good",
    "tainted": "tainted: it signs nothing more, and what it signed counts no more",
}
"""How a key is narrowed → what that means for who relies on it."""


def show_keyring(keyring: Keyring, jws: bytes, narrowed: Mapping[str, str] | None = None) -> None:
    """Print what a keyring says: whose it is, for how long, every key, and what people compare.

    Args:
        keyring: what was read of `jws`.
        jws: in general JSON form, with or without signatures.
        narrowed: fingerprint → how the party's lanes have narrowed that key since, in a word.
    """
    spoken = words(sha256(payload_of(jws)).digest())
    show_lines(
        ("authority", keyring.authority),
        ("keyring", f"number {keyring.number}, lane generation {keyring.generation}"),
        # Beside the number: they stand for this one keyring, and not for the root pin.
        ("in words", " ".join(spoken[:_A_LINE])),
        ("", " ".join(spoken[_A_LINE:])),
        ("in use", f"{spell(keyring.issued)} until {spell(keyring.expires)}"),
        ("to be signed by", f"{_needed(keyring)} root keys"),
        ("witnesses", f"{keyring.witnesses_needed} of {len(keyring.witnesses)}"),
        ("root pin", keyring.root_pin),
    )
    click.echo()
    rows = [("role", "organ", "fingerprint", "algorithm", "")]
    rows += [("root", "", root.kid, root.alg, "") for root in keyring.roots]
    rows += [(key.role.value, key.organ, key.kid, key.alg, _windows(key)) for key in keyring.keys]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for *names, alg, windows in rows:
        click.echo("  ".join([*(f"{name:{width}}" for name, width in zip(names, widths, strict=True)), alg]))
        # On lines of their own, or a screen would have to be 170 columns wide.
        for line in (windows, _MEANT.get((narrowed or {}).get(names[-1], ""), "")):
            if line:
                click.echo(f"  {line}")


def _needed(keyring: Keyring) -> str:
    """Say how many must sign; of which family, only where there are two."""
    counts = Counter(root.family for root in keyring.roots)
    if len(counts) == 1:
        return f"{keyring.thresholds[ED25519]} of {counts[ED25519]}"
    return " and ".join(f"{needed} of {counts[family]} {family}" for family, needed in keyring.thresholds.items())


def _windows(key: KeyRecord) -> str:
    tainted = "" if key.tainted_since is None else f"\n  tainted since {spell(key.tainted_since)}"
    does, counts = ("is sealed to", "opens") if key.role is Role.BINDING else ("signs", "verifies")
    window = f"{does} {spell(key.sign_from)} until {spell(key.sign_until)}"
    return f"{window}, {counts} until {spell(key.verify_until)}{tainted}"
