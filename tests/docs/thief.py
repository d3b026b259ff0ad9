"""A thief: a program of its own that has only copied files, and does with them what they allow.

    thief.py DIRECTORY ORIGIN NOW

DIRECTORY holds what was stolen: `passphrase`, `assert.sealed`, and a token that the thief has seen, `assertion.jws`. If
`lane.sealed` is there too, with the lane as the issuer told it (`lane.jsonl`), the thief goes on writing the lane. What
comes of it is left in the same directory: `forged.jws`, `forged-leaf.json`, `forged-note.txt`. ORIGIN is the lane's
name, and NOW the thief's clock.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

from interchange.client.directory import LANE, parse_lane
from interchange.crypto.sealed import open_key, read_passphrase
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.events import AssertionIssued
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.flows.checkpoints import sign_checkpoint
from interchange.wire import base64url, strict_json
from interchange.wire.envelope import compact
from interchange.wire.events import encode_leaf

FORGED = "00000000-0000-4000-8000-00000000dead"


def forge_token(directory: Path, passphrase: bytes) -> bytes:
    """Sign a statement about another person, in the seen token's own words and slot."""
    header, payload, _ = (directory / "assertion.jws").read_text(encoding="ascii").strip().split(".")
    claims = json.loads(base64url.decode(payload))
    claims |= {"jti": FORGED, "sub": base64url.encode(bytes(16))}
    message = f"{header}.{base64url.encode(strict_json.dumps(claims))}".encode()
    return compact(message, open_key(directory / "assert.sealed", passphrase).sign(message))


def forge_lane(directory: Path, passphrase: bytes, token: bytes, origin: str, now: int) -> tuple[bytes, bytes]:
    """Tell the forged token in the lane's next leaf, and sign the new head."""
    leaves = [entry.leaf for entry in parse_lane((directory / LANE).read_bytes().splitlines())]
    digest = base64url.encode(sha256(token).digest())
    leaf = encode_leaf(len(leaves), AssertionIssued(FORGED, 1, digest))
    root = Frontier.empty().extend(map(leaf_hash, [*leaves, leaf])).root
    signer = open_key(directory / "lane.sealed", passphrase)
    return leaf, sign_checkpoint(Checkpoint(origin, len(leaves) + 1, root), signer, now)


def main() -> None:
    """Forge what the files allow."""
    directory, origin, now = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    passphrase = read_passphrase(directory / "passphrase")
    token = forge_token(directory, passphrase)
    (directory / "forged.jws").write_bytes(token)
    if (directory / "lane.sealed").exists():
        leaf, note = forge_lane(directory, passphrase, token, origin, now)
        (directory / "forged-leaf.json").write_bytes(leaf)
        (directory / "forged-note.txt").write_bytes(note)


if __name__ == "__main__":
    main()
