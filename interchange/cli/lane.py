"""`lane`: what partners are told, read with its proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import LIMIT, Caller, calling
from interchange.cli.command import Group
from interchange.cli.lane_archive import archive
from interchange.cli.output import JSON, show_json, show_lines, show_table, word
from interchange.domain.lane import MAX_PAGE, Entry
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.domain.merkle_proof import verify_inclusion
from interchange.errors import Reason, refuse
from interchange.wire.note import parse_note

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_GENERATION = click.option(
    "--generation", type=click.IntRange(min=1), default=1, show_default=True, help="As the keyring names it."
)


@click.group(cls=Group, examples=("interchange lane list",))
def command() -> None:
    """Read what partners are told, with proofs."""


@command.command("list", examples=("interchange lane list", "interchange lane list --json"))
@LIMIT
@JSON
@calling
def list_lanes(caller: Caller, *, limit: int | None, as_json: bool) -> None:
    """List the lanes that the node issues and follows, and how far each is acknowledged."""
    lanes = caller.pages("LaneService/ListLanes", "lanes", limit)
    if as_json:
        show_json({"lanes": lanes})
        return
    rows = (
        (
            word(each["direction"], "LANE_DIRECTION"),
            each["party"],
            each["size"],
            each["acknowledged_size"],
            each.get("last_contact", "never"),
            each.get("age_seconds"),
            each["origin"],
        )
        for each in lanes
    )
    show_table(("direction", "party", "leaves", "acknowledged", "last contact", "age (s)", "lane"), rows)


@command.command("fetch", examples=("interchange lane fetch", "interchange lane fetch --to record"))
@_GENERATION
@click.option("--to", type=fields.DIRECTORY, help="New directory for keyring, checkpoint and leaves.")
@JSON
@calling
def fetch(caller: Caller, *, generation: int, to: Path | None, as_json: bool) -> None:
    """Read the whole lane that is addressed to the caller, and see that its leaves give the root of its checkpoint.

    Signatures are not checked here: whoever relies on a lane reads it with a follower. --to leaves what a follower
    reads; else a leaf is printed a line, as JSON with --json.
    """
    from interchange.client import directory  # noqa: PLC0415 - loaded when called

    reading = _Reading(caller, generation)
    if to is None:
        for number, entry in enumerate(reading):
            line = directory.format_lane([entry]).rstrip(b"\n")
            click.echo(line if as_json else f"{number:>6}  {entry.leaf.decode('ascii', 'replace')}")
        return
    keyring = files.decode(caller.read("KeyringService/GetKeyring")["keyring"])
    leaves = directory.format_lane(reading)
    _make(to)
    files.write_new(to / directory.KEYRING, keyring)
    files.write_new(to / directory.CHECKPOINT, reading.note)
    files.write_new(to / directory.LANE, leaves)
    lines = parse_note(reading.note).checkpoint
    if as_json:
        show_json({"origin": lines.origin, "size": lines.size, "root": lines.root.hex(), "directory": str(to)})
    else:
        show_lines(("lane", lines.origin), ("leaves", lines.size), ("root", lines.root.hex()), ("in", to))


@command.command("prove", examples=(f"interchange lane prove {_ID} --to bundle", "interchange lane prove --index 12"))
@click.argument("assertion", type=fields.UUID, required=False)
@click.option("--index", type=click.IntRange(min=0), help="Number of a leaf, instead of an assertion.")
@_GENERATION
@click.option("--to", type=fields.DIRECTORY, help="New directory for a bundle, which `interchange verify` reads.")
@JSON
@calling
def prove(
    caller: Caller, assertion: str | None, *, index: int | None, generation: int, to: Path | None, as_json: bool
) -> None:
    """Prove that the lane addressed to the caller tells an assertion, or has a leaf of that number.

    --to leaves a bundle: assertion, keyring, checkpoint, proof and status list, all that a verifier without network
    needs.
    """
    if (assertion is None) == (index is None) or (to is not None and assertion is None):
        message = "give an assertion, or --index without --to."
        raise click.UsageError(message)
    answer = caller.read("LaneService/ProveInclusion", generation=generation, assertion_id=assertion, index=index)
    proven = _Proven.read(answer)
    if to is not None:
        _leave_bundle(caller, proven, to)
    if as_json:
        show_json(answer)
        return
    under = parse_note(proven.note).checkpoint
    show_lines(
        ("lane", under.origin),
        ("leaf", f"{proven.index} of {under.size}"),
        ("says", proven.entry.leaf.decode("ascii", "replace")),
        ("proof", f"holds, {len(proven.path)} hashes"),
        ("root", under.root.hex()),
        ("in", to),
    )


command.command("archive", examples=("interchange lane archive --to archive-2027",))(archive)


@dataclass(slots=True)
class _Reading:
    """A lane that is read from its first leaf to its checkpoint; `note` is the checkpoint of the last page."""

    caller: Caller
    generation: int
    note: bytes = field(default=b"", init=False)

    def __iter__(self) -> Iterator[Entry]:
        frontier = Frontier.empty()
        while True:
            answer = self.caller.read(
                "LaneService/FetchLane",
                generation=self.generation,
                after_size=str(frontier.size),
                after_root=files.encode(frontier.root),
                max_leaves=MAX_PAGE,
            )
            entries = [_entry(leaf) for leaf in answer["page"].get("leaves", [])]
            frontier = frontier.extend(leaf_hash(entry.leaf) for entry in entries)
            yield from entries
            self.note = files.decode(answer["page"]["note"])
            signed = parse_note(self.note).checkpoint
            if frontier.size == signed.size:
                break
            if not entries or frontier.size > signed.size:
                raise refuse(Reason.LANE_GAP, "the pages end before the checkpoint, or beyond it")
        if frontier.root != signed.root:
            raise refuse(Reason.LANE_ROOT)


@dataclass(frozen=True, slots=True)
class _Proven:
    """A leaf that is proven to be under the root of a note, whose signature nobody has checked."""

    index: int
    entry: Entry
    path: tuple[bytes, ...]
    note: bytes

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> _Proven:
        """Read an answer and check its proof."""
        path = tuple(files.decode(each) for each in answer.get("path", []))
        found = cls(int(answer["index"]), _entry(answer["leaf"]), path, files.decode(answer["note"]))
        under = parse_note(found.note).checkpoint
        verify_inclusion(leaf_hash(found.entry.leaf), found.index, under.size, path, under.root)
        return found


def _leave_bundle(caller: Caller, proven: _Proven, to: Path) -> None:
    from interchange.client.directory import Bundle, write_bundle  # noqa: PLC0415 - loaded when called
    from interchange.wire.proof import format_proof  # noqa: PLC0415 - as above

    token = proven.entry.token
    if token is None:
        raise refuse(Reason.NOT_KNOWN, "the token is no longer kept")
    keyring = caller.read("KeyringService/GetKeyring")["keyring"]
    # After the proof: a list that is older than the checkpoint would be refused.
    status_list = caller.read("StatusListService/GetStatusList", uri=_status_uri(token))["token"]
    bundle = Bundle(
        keyring=files.decode(keyring),
        checkpoint=proven.note,
        status_list=files.decode(status_list),
        proof=format_proof(proven.index, proven.path, proven.note, proven.entry.leaf),
        assertion=token,
    )
    with files.led_to(f"in --to {to}"):
        write_bundle(to, bundle)


def _status_uri(token: bytes) -> str:
    """Read out of a token, of which nothing is checked, where its status is listed."""
    from interchange.domain.envelope import ASSERTION_TYP  # noqa: PLC0415 - loaded when called
    from interchange.wire import strict_json  # noqa: PLC0415 - as above
    from interchange.wire.envelope import parse_compact  # noqa: PLC0415 - as above

    claims: Any = strict_json.loads(parse_compact(token, ASSERTION_TYP).payload)
    try:
        return str(claims["status"]["status_list"]["uri"])
    except (KeyError, TypeError):
        raise refuse(Reason.CLAIM_MISSING, "status.status_list.uri") from None


def _entry(leaf: Mapping[str, Any]) -> Entry:
    token = leaf.get("token")
    return Entry(files.decode(leaf["leaf"]), None if token is None else files.decode(token))


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True)
    except FileExistsError as error:
        raise refuse(Reason.FILE_EXISTS, str(directory)) from error
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(directory)) from error
