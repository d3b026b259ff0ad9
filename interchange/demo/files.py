"""Leaving files: what a verifier without network needs, fetched from the home node as the partner would fetch it."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING

from interchange.client import directory
from interchange.demo.scene import claims_of, encode
from interchange.domain.lane import Entry
from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason, refuse
from interchange.wire.proof import format_proof

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.client.session import Session
    from interchange.demo.scene import Issued, Scene


def leave(scene: Scene, to: Path, shown: Issued, party: str = "KOR") -> None:
    """Leave the directory form for one assertion: token, keys, keyring, status list, checkpoint, proof.

    Args:
        scene: the story so far.
        to: directory, made if it is not there.
        shown: the assertion that the proof is for.
        party: whose files they are.
    """
    caller = follower(scene, party)
    proof = caller.call("LaneService/ProveInclusion", {"generation": 1, "assertion_id": shown.assertion_id})
    note, leaf = b64decode(proof["note"]), b64decode(proof["leaf"]["leaf"])
    path = [b64decode(each) for each in proof["path"]]
    bundle = directory.Bundle(
        keyring=b64decode(caller.call("KeyringService/GetKeyring", {})["keyring"]),
        checkpoint=note,
        proof=format_proof(int(proof["index"]), path, note, leaf),
        status_list=status_list(scene, shown, party),
        assertion=shown.token,
    )
    directory.write_bundle(to, bundle)
    (to / directory.JWKS).write_bytes(b64decode(caller.call("KeyringService/GetJwks", {})["jwks"]))


def leave_lane(scene: Scene, to: Path, party: str = "KOR") -> None:
    """Leave the whole lane of one partner, a leaf a line with the JWS beside it."""
    request = {"generation": 1, "after_size": "0", "after_root": encode(EMPTY_ROOT), "max_leaves": 1000}
    page = follower(scene, party).call("LaneService/FetchLane", request)["page"]
    entries = [
        Entry(b64decode(leaf["leaf"]), b64decode(leaf["token"]) if "token" in leaf else None) for leaf in page["leaves"]
    ]
    (to / directory.LANE).write_bytes(directory.format_lane(entries))


def leave_verdict(to: Path, verdict: dict[str, object]) -> None:
    """Leave a verdict as the RPC answered it."""
    (to / directory.VERDICT).write_text(json.dumps(verdict, indent=2) + "\n", encoding="utf-8")


def follower(scene: Scene, party: str) -> Session:
    """A partner's own machine, calling the home node."""
    return scene.nations[party].person("partner", f"follower-{party.lower()}", at=scene.home)


def status_list(scene: Scene, shown: Issued, party: str) -> bytes:
    """Fetch the status list in which an assertion has its slot."""
    uri = claims_of(shown)["status"]["status_list"]["uri"]
    return b64decode(follower(scene, party).call("StatusListService/GetStatusList", {"uri": uri})["token"])


def make_empty(directory: Path) -> None:
    """Make a directory for what is kept, before anything is done that would be in vain.

    Raises:
        Refusal: FILE_EXISTS if it has something in it; FILE_UNREADABLE if it cannot be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = any(directory.iterdir())
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(directory)) from error
    if taken:
        raise refuse(Reason.FILE_EXISTS, str(directory))
