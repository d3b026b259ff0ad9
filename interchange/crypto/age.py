"""Files in the age format (C2SP age, version 1): content that any one of several people can read, each with an own key.

Recipients and identities are X25519 keys as age writes them: `age1…`, and `AGE-SECRET-KEY-1…` in a file whose other
lines are empty or begin with `#`. Any age program opens what is sealed here, without this one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyrage

from interchange.crypto.box import check_box_key
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_RECIPIENTS = 16
"""People to whom one file is sealed."""

_FIRST_LINE = b"age-encryption.org/v1\n"
_LAST_LINE = b"\n--- "
_LONGEST_HEADER = 8 * 1024
"""Bytes of a header, three times that of the most recipients; the library's time grows with the square of it."""

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_RECIPIENT = re.compile(f"age1([{_BECH32}]{{52}})[{_BECH32}]{{6}}")
_IDENTITY = re.compile(f"AGE-SECRET-KEY-1[{_BECH32.upper()}]{{58}}")


def check_recipient(text: str) -> None:
    """Refuse what is not the public half of a key to which something can be sealed.

    Args:
        text: `age1` and 58 characters.

    Raises:
        Refusal: FIELD_FORM for another form or a wrong checksum; KEY_WEAK for a key that everybody has the other half
            of.
    """
    match = _RECIPIENT.fullmatch(text)
    if match is None:
        raise refuse(Reason.FIELD_FORM, "recipient")
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise refuse(Reason.FIELD_FORM, "recipient: checksum") from None
    number = 0
    for character in match[1]:
        number = number << 5 | _BECH32.index(character)
    # 52 characters carry 260 bits. The library does not refuse a weak key, it ends the program.
    check_box_key((number >> 4).to_bytes(32))


def seal_for(recipients: Sequence[str], content: bytes) -> bytes:
    """Seal content so that the identity of each recipient opens it alone.

    Args:
        recipients: 1 to 16 of them, each once.
        content: any bytes; their number shows.

    Raises:
        Refusal: FIELD_FORM for none, too many, or one that is there twice; those of `check_recipient`.
    """
    if not 0 < len(recipients) <= MOST_RECIPIENTS or len(set(recipients)) < len(recipients):
        raise refuse(Reason.FIELD_FORM, f"recipients: 1 to {MOST_RECIPIENTS}, each once")
    for recipient in recipients:
        check_recipient(recipient)
    sealed: bytes = pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(text) for text in recipients])
    return sealed


def read_identities(content: bytes) -> list[str]:
    """Read an identity file as `age-keygen` writes it.

    Args:
        content: lines that are empty, begin with `#`, or are an identity.

    Returns:
        The identities, at least one.

    Raises:
        Refusal: IDENTITY_FORM for anything else, such as a file that is itself sealed by a passphrase.
    """
    try:
        lines = [line.strip() for line in content.decode("ascii").splitlines()]
    except UnicodeDecodeError:
        raise refuse(Reason.IDENTITY_FORM) from None
    identities = [line for line in lines if line and not line.startswith("#")]
    if not identities or not all(map(_IDENTITY.fullmatch, identities)):
        raise refuse(Reason.IDENTITY_FORM)
    try:
        for identity in identities:
            pyrage.x25519.Identity.from_str(identity)
    except pyrage.IdentityError:
        raise refuse(Reason.IDENTITY_FORM, "checksum") from None
    return identities


def open_with(identities: Sequence[str], sealed: bytes) -> bytes:
    """Open what was sealed to one of the identities, or to several.

    Args:
        identities: from `read_identities`.
        sealed: a whole file in the binary form.

    Raises:
        Refusal: BACKUP_SEALED when it is sealed to others, or is not a whole, unchanged file in the age format. Which
            of these, the format does not always let one tell.
    """
    if not sealed.startswith(_FIRST_LINE) or sealed.find(_LAST_LINE, 0, _LONGEST_HEADER) < 0:
        raise refuse(Reason.BACKUP_SEALED, "not a file in the age format")
    try:
        content: bytes = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(text) for text in identities])
    except pyrage.DecryptError:
        raise refuse(Reason.BACKUP_SEALED) from None
    return content
