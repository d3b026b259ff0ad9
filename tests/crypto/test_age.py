"""Files in the age format: sealed for several people, opened by each; what is none of it is refused before it costs."""

import time

import pyrage
import pytest
from fakes.refusals import refused

from interchange.crypto.age import check_recipient, open_with, read_identities, seal_for
from interchange.errors import Reason

CONTENT = b"content" * 20_000
ALICE, BOB, EVE = (pyrage.x25519.Identity.generate() for _ in range(3))
WEAK = {
    "zero": "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
    "one": "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya",
    "the prime less one": "age1anlllllllllllllllllllllllllllllllllllllllllllllllals4n2t7m",
}
"""Points of small order (RFC 7748 section 6.1) in Bech32, with right checksums."""


def test_each_recipient_opens_it() -> None:
    """Alone."""
    sealed = seal_for([str(ALICE.to_public()), str(BOB.to_public())], CONTENT)
    assert [open_with([str(each)], sealed) for each in (ALICE, BOB)] == [CONTENT, CONTENT]


def test_one_of_several_identities_is_enough() -> None:
    """Whoever has two of them need not know which."""
    assert open_with([str(EVE), str(ALICE)], seal_for([str(ALICE.to_public())], CONTENT)) == CONTENT


def test_nobody_else_opens_it() -> None:
    """That is what it is sealed for."""
    with refused(Reason.BACKUP_SEALED):
        open_with([str(EVE)], seal_for([str(ALICE.to_public())], CONTENT))


def test_content_is_not_to_be_seen() -> None:
    """Nor any part of it."""
    assert CONTENT[:7] not in seal_for([str(ALICE.to_public())], CONTENT)


@pytest.mark.parametrize("point", WEAK)
def test_recipient_whose_secret_everybody_knows_is_refused(point: str) -> None:
    """Before the library sees it, which would end the program."""
    with refused(Reason.KEY_WEAK):
        seal_for([WEAK[point]], CONTENT)


RECIPIENTS = {
    "empty": "",
    "cut": str(ALICE.to_public())[:-1],
    "mistyped": str(ALICE.to_public())[:-1] + ("q" if str(ALICE.to_public())[-1] != "q" else "p"),
    "in capitals": str(ALICE.to_public()).upper(),
    "with a space": f" {ALICE.to_public()}",
    "identity": str(ALICE),
    "of an SSH key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEiG",
    "of a plug-in": "age1yubikey1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
}


@pytest.mark.parametrize("fault", RECIPIENTS)
def test_text_that_is_no_recipient_is_refused(fault: str) -> None:
    """A backup that nobody can open is noticed when it is made."""
    with refused(Reason.FIELD_FORM):
        check_recipient(RECIPIENTS[fault])


@pytest.mark.parametrize("number", [0, 2, 17])
def test_number_of_recipients_is_bounded_and_each_is_there_once(number: int) -> None:
    """None, one twice, or more than a header is to hold."""
    with refused(Reason.FIELD_FORM):
        seal_for([str(ALICE.to_public())] * number, CONTENT)


def test_most_recipients_fit_in_a_header_that_is_read() -> None:
    """The bound on headers does not keep out what was sealed here."""
    people = [pyrage.x25519.Identity.generate() for _ in range(16)]
    assert open_with([str(people[-1])], seal_for([str(each.to_public()) for each in people], CONTENT)) == CONTENT


def test_identity_file_is_read_as_it_is_generated() -> None:
    """With its comments, and Windows' ends of lines."""
    written = f"# created: 2027-01-15T08:20:34Z\r\n# public key: {ALICE.to_public()}\r\n\r\n{ALICE}\r\n{BOB}\r\n"
    assert read_identities(written.encode()) == [str(ALICE), str(BOB)]


IDENTITIES = {
    "empty": b"",
    "comment alone": b"# public key\n",
    "recipient": str(ALICE.to_public()).encode(),
    "cut": str(ALICE)[:-1].encode(),
    "mistyped": (str(ALICE)[:-1] + ("Q" if str(ALICE)[-1] != "Q" else "P")).encode(),
    "in lower case": str(ALICE).lower().encode(),
    "sealed by a passphrase": pyrage.passphrase.encrypt(str(ALICE).encode(), "passphrase"),
    "one of two": f"{ALICE}\nAGE-PLUGIN-YUBIKEY-1QQQQ\n".encode(),
}


@pytest.mark.parametrize("fault", IDENTITIES)
def test_file_that_holds_no_identity_is_refused(fault: str) -> None:
    """Of several lines none is passed over."""
    with refused(Reason.IDENTITY_FORM):
        read_identities(IDENTITIES[fault])


FILES = {
    "empty": b"",
    "text": b"content",
    "first line alone": b"age-encryption.org/v1\n",
    "armored": pyrage.encrypt(b"content", [ALICE.to_public()], armored=True),
    "newer": b"age-encryption.org/v2\n--- \n",
    "sealed by a passphrase": pyrage.passphrase.encrypt(b"content", "passphrase"),
    "twice": pyrage.encrypt(b"content", [ALICE.to_public()]) * 2,
}


@pytest.mark.parametrize("fault", FILES)
def test_file_that_is_none_in_the_age_format_is_refused(fault: str) -> None:
    """One reason for all: the format does not always tell them apart."""
    with refused(Reason.BACKUP_SEALED):
        open_with([str(ALICE)], FILES[fault])


def test_header_that_costs_the_library_minutes_is_refused_at_once() -> None:
    """Its time grows with the square of the header's length."""
    begun = time.monotonic()
    with refused(Reason.BACKUP_SEALED):
        open_with([str(ALICE)], b"age-encryption.org/v1\n" + b"-> X25519 a\n" * 100_000 + b"--- \n")
    assert time.monotonic() - begun < 5
