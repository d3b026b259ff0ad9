"""The tables of the documents that follow from the code: keys and history of the example, limits, reasons."""

import re
from pathlib import Path

from docs.examples import (
    ASSERTION,
    BOX_LABELS,
    ENTRIES,
    EVENTS,
    KEYRING,
    KEYRING_JWS,
    LABELS,
    LIVE_SIZE,
    NOTE_AT,
    RULEBOOK,
    TOKEN,
    TREE,
    note,
)
from docs.markdown import ROOT, table
from fakes import tokens
from nacl.bindings import crypto_box_SEALBYTES

from interchange.client.follower import Follower
from interchange.crypto.padding import PADDED_LIMIT
from interchange.domain.assertion import MAX_SLOT
from interchange.domain.checkpoint import MAX_SIZE
from interchange.domain.identity import LONGEST_NAME
from interchange.domain.keyring import MAX_KEYS
from interchange.domain.lane import MAX_PAGE, Page
from interchange.domain.time import SKEW
from interchange.errors import Reason
from interchange.wire.binding import MAX_NATIONALITIES
from interchange.wire.envelope import MAX_HEADER, MAX_TOKEN
from interchange.wire.events import MAX_LEAF
from interchange.wire.keyring import MAX_KEYRING, MAX_SIGNATURES, MAX_WITNESSES
from interchange.wire.note import MAX_LINES, MAX_NOTE
from interchange.wire.proof import MAX_HASHES, MAX_PROOF
from interchange.wire.schema import LAST_INSTANT, MAX_TEXT
from interchange.wire.status_list import MAX_PACKED, MAX_STATUS_TOKEN
from interchange.wire.strict_json import MAX_DEPTH, MAX_INTEGER


def verdict(size: int, signed: int, received: int, now: int) -> str:
    """Say what BBB makes of the example assertion, having read the lane's first `size` leaves."""
    follower = Follower(KEYRING_JWS, root_pin=KEYRING.root_pin, party="BBB", rulebook=RULEBOOK)
    follower.accept(Page(note(size, signed), 0, ENTRIES[:size]), received)
    found = follower.verify(TOKEN, project=ASSERTION.project, now=now)
    return f"`{found.outcome.value}`" + (f" `{found.reason.code}`" if found.reason else "")


def keys() -> str:
    """List the keys of the examples."""
    signing = [(label, "Ed25519", tokens.kid(label), tokens.public_key(label)) for label in LABELS]
    openers = [(label, tokens.box_opener(label)) for label in BOX_LABELS]
    listed = signing + [(label, "X25519", opener.kid, opener.public_key) for label, opener in openers]
    rows = [(f"`{label}`", curve, f"`{kid}`", f"`{public.hex()}`") for label, curve, kid, public in listed]
    return table(("label", "curve", "`kid`", "public key"), rows)


def history() -> str:
    """Show, leaf by leaf, the root afterwards and what the assertion is worth then."""
    rows = []
    for size in range(1, len(EVENTS) + 1):
        hashes = TREE.node(0, size - 1), TREE.root(size)
        rows.append((str(size), *(f"`{each.hex()}`" for each in hashes), verdict(size, NOTE_AT, NOTE_AT, NOTE_AT)))
    return table(("size", "hash of the last leaf", "root", "verdict"), rows)


def freshness() -> str:
    """Show how the age of knowledge decides."""
    rows = []
    for seconds in ((0, 1, 10), (30, 5, 10), (0, 600, 840), (0, 600, 841), (60, 0, 840), (60, 0, 841)):
        signed, received, now = (NOTE_AT + each for each in seconds)
        age = now - min(signed, received) + SKEW
        rows.append((*map(str, (*seconds, age)), verdict(LIVE_SIZE, signed, received, now)))
    return table(("signed", "received", "now", "age", "verdict at a limit of 900"), rows)


def limits() -> str:
    """List what readers refuse as too large."""
    rows = [
        ("compact token", f"{MAX_TOKEN} bytes"),
        ("protected header in base64url", f"{MAX_HEADER} characters"),
        ("JSON nesting", f"{MAX_DEPTH} levels of objects and arrays, the outermost counted"),
        ("JSON integer", f"from -{MAX_INTEGER} to {MAX_INTEGER}"),
        ("instant", f"0 to {LAST_INSTANT}"),
        ("text member of a leaf or keyring, where no form is given", f"1 to {MAX_TEXT} characters"),
        ("leaf", f"{MAX_LEAF} bytes"),
        ("leaves on a page", str(MAX_PAGE)),
        ("leaves of a lane", f"below {MAX_SIZE}"),
        ("note", f"{MAX_NOTE} bytes, 1 to {MAX_LINES} signature lines"),
        ("hashes of an inclusion proof", str(MAX_HASHES)),
        ("proof file", f"{MAX_PROOF} bytes"),
        ("keyring with its signatures", f"{MAX_KEYRING} bytes, {MAX_SIGNATURES} signatures"),
        ("keys of a keyring", f"1 to {MAX_KEYS} root keys, up to {MAX_KEYS} others, {MAX_WITNESSES} witnesses"),
        ("status slot", f"0 to {MAX_SLOT - 1}"),
        ("status list unpacked", f"{MAX_PACKED} bytes"),
        ("status list token", f"{MAX_STATUS_TOKEN} bytes"),
        ("sealed binding", f"{PADDED_LIMIT + crypto_box_SEALBYTES} bytes"),
        ("name in a binding", f"1 to {LONGEST_NAME} characters; a name in the passport's Latin line 81"),
        ("nationalities in a binding", f"1 to {MAX_NATIONALITIES}"),
    ]
    return table(("what", "limit"), rows)


def reasons(family: str) -> str:
    """List the reasons of one gRPC status, in the order of the code's own table."""
    rows = [(f"`{each.code}`", each.text, each.remedy) for each in Reason if each.family.status == family]
    return table(("code", "what is wrong", "what to do"), rows)


def reserved() -> str:
    """List the reasons that no line of the program gives yet."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in _sources())
    given = set(re.findall(r"Reason\.([A-Z0-9_]+)", source))
    unused = [f"`{each.code}`" for each in Reason if each.name not in given]
    return (", ".join(unused) or "none") + "\n"


def _sources() -> list[Path]:
    return [path for path in (ROOT / "interchange").rglob("*.py") if path.name != "errors.py"]
