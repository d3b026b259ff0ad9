"""A thief: a program of its own that has only copied files, and does with them what they allow.

    python -m thief DIRECTORY

DIRECTORY holds what was copied. How much that is decides what comes of it; nothing else is read.

    orders.json            what the thief knows anyway: names, the clock, and when it would like things to have been
    passphrase             of the sealed keys
    seen/                  a bundle that somebody carried past: token, keyring, checkpoint, proof, status list
    keys/assert.sealed     the key of an organ
    keys/lane.sealed       the lane's key
    keys/status.sealed     the status lists' key
    lane.jsonl             the lane as far as the thief knows it
    ledger.db              the ledger, from which the thief reads the lane if it is not there otherwise

What comes of it is left in `made/`: tokens, pages for a follower, a page of another history, a bundle, a status list.
"""

import json
import sqlite3
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from interchange.client import directory as files
from interchange.crypto.sealed import open_key, read_passphrase
from interchange.crypto.signer import Signer
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.envelope import ASSERTION_TYP, STATUS_TYP
from interchange.domain.events import AssertionIssued
from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.flows.checkpoints import sign_checkpoint
from interchange.wire import base64url, strict_json
from interchange.wire.envelope import compact, signing_input
from interchange.wire.events import encode_leaf
from interchange.wire.proof import format_proof
from interchange.wire.status_list import StatusList, encode_status_claims, pack

FORGED = "00000000-0000-4000-8000-00000000dead"
"""Id of whatever the thief issues."""

STRANGER = base64url.encode(bytes(16))
"""Whom the thief issues it to."""


class Thief:
    """What was copied, and what can be made of it."""

    def __init__(self, loot: Path) -> None:
        """Look at the copies."""
        self.loot, self.made = loot, loot / "made"
        self.made.mkdir()
        self.orders: dict[str, Any] = json.loads((loot / "orders.json").read_bytes())
        self.passphrase = read_passphrase(loot / "passphrase")
        self.seen = files.read_bundle(loot / "seen")
        self.token = self.forge()

    def has(self, name: str) -> bool:
        """Tell whether a key was copied."""
        return (self.loot / "keys" / f"{name}.sealed").exists()

    def signer(self, name: str) -> Signer:
        """Open a copied key."""
        return open_key(self.loot / "keys" / f"{name}.sealed", self.passphrase)

    def forge(self, **changes: object) -> bytes:
        """Sign a statement about another person in the seen token's own words and slot, as if it were as old."""
        header, payload, _ = (self.seen.assertion or b"").decode().strip().split(".")
        claims = json.loads(base64url.decode(payload))
        claims |= {"jti": FORGED, "sub": STRANGER, "iat": self.orders["backdated"]} | changes
        key, alg = self.signer("assert"), json.loads(base64url.decode(header))["alg"]
        message = signing_input(alg, key.kid, ASSERTION_TYP, strict_json.dumps(claims))
        return compact(message, key.sign(message))

    def issue(self) -> None:
        """Leave tokens: one with a name of its own, one in the name of the seen one, one with a slot nobody has."""
        claims = json.loads(base64url.decode((self.seen.assertion or b"").decode().split(".")[1]))
        listed = claims["status"]["status_list"]
        free = {"status": {"status_list": {**listed, "idx": listed["idx"] ^ 1}}}
        (self.made / "forged.jws").write_bytes(self.token)
        (self.made / "renamed.jws").write_bytes(self.forge(jti=claims["jti"]))
        (self.made / "free-slot.jws").write_bytes(self.forge(**free))

    def known_lane(self) -> list[bytes]:
        """Read the lane's leaves as far as they are known."""
        if (self.loot / files.LANE).exists():
            return [entry.leaf for entry in files.parse_lane((self.loot / files.LANE).read_bytes().splitlines())]
        with closing(sqlite3.connect(f"file:{self.loot / 'ledger.db'}?mode=ro", uri=True)) as ledger:
            found = ledger.execute("SELECT leaf FROM leaves WHERE origin = ? ORDER BY n", (self.orders["origin"],))
            return [leaf for (leaf,) in found]

    def leaf(self, n: int) -> bytes:
        """Tell the forged token at some place of a lane."""
        claims = json.loads(base64url.decode(self.token.decode().split(".")[1]))
        digest = base64url.encode(sha256(self.token).digest())
        return encode_leaf(n, AssertionIssued(FORGED, claims["status"]["status_list"]["idx"], digest))

    def note(self, leaves: list[bytes], at: int) -> bytes:
        """Sign the head of a lane, at whatever time."""
        root = Frontier.empty().extend(map(leaf_hash, leaves)).root
        return sign_checkpoint(Checkpoint(self.orders["origin"], len(leaves), root), self.signer("lane"), at)

    def write_lane_on(self) -> None:
        """Leave pages: the lane goes on with the forged token, signed long ago and now; and another history of it."""
        known = self.known_lane()
        told = [*known, self.leaf(len(known))]
        rewritten = [*known[:-1], self.leaf(len(known) - 1)]
        self.page("backdated", self.note(told, self.orders["backdated"]), len(known), [(told[-1], self.token)])
        self.page("heartbeat", self.note(told, self.orders["now"]), len(told), [])
        self.page("another", self.note(rewritten, self.orders["now"]), len(known), [])

    def page(self, name: str, note: bytes, first: int, entries: list[tuple[bytes, bytes]]) -> None:
        """Leave a page for a follower."""
        (self.made / f"{name}.note").write_bytes(note)
        (self.made / f"{name}.first").write_text(str(first))
        content = files.format_lane([Entry(leaf, token) for leaf, token in entries])
        (self.made / f"{name}.jsonl").write_bytes(content)

    def bundle(self) -> None:
        """Leave a bundle: a lane of one leaf, shorter than any list knows, and the list that was seen or a new one."""
        leaf, now = self.leaf(0), self.orders["now"]
        listed, note = self.seen.status_list, self.note([leaf], now)
        if self.has("status"):
            listed = self.status_list(leaf, now)
            (self.made / "status-list.jwt").write_bytes(listed)
        made = files.Bundle(self.seen.keyring, note, format_proof(0, (), note, leaf), listed, self.token)
        files.write_bundle(self.made / "bundle", made)

    def status_list(self, leaf: bytes, now: int) -> bytes:
        """Sign a list in which everything is live."""
        header, payload, _ = self.seen.status_list.decode().strip().split(".")
        uri, key = json.loads(base64url.decode(payload))["sub"], self.signer("status")
        slots, root = pack(bytes(self.orders["slots"])), Frontier.empty().extend([leaf_hash(leaf)]).root
        claims = StatusList(uri, now, now + 900, 300, 1, root, slots)
        alg = json.loads(base64url.decode(header))["alg"]
        message = signing_input(alg, key.kid, STATUS_TYP, encode_status_claims(claims))
        return compact(message, key.sign(message))


def main() -> None:
    """Make what the files allow."""
    thief = Thief(Path(sys.argv[1]))
    thief.issue()
    if thief.has("lane"):
        thief.write_lane_on()
        thief.bundle()


if __name__ == "__main__":
    main()
