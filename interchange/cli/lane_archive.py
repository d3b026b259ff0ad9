"""`lane archive`: the heads of the node's lanes, cosigned once a day under ML-DSA-44, in files for a long time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import Caller, calling
from interchange.cli.output import JSON, show_json, show_lines
from interchange.domain.keyring import Role
from interchange.domain.names import Names, lane_of
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from interchange.domain.keyring import Keyring


@click.option("--to", type=fields.DIRECTORY, required=True, help="New directory for keyrings and heads.")
@JSON
@calling
def archive(caller: Caller, *, to: Path, as_json: bool) -> None:
    """Write what is archived of the node's own lanes, with the keyrings that say under which key.

    \b
    keyring-NUMBER.json              every keyring of the node's party
    PARTNER/GENERATION/DAY.txt       the head of a lane on a day: a signed note

    Each head is checked before it is written: its ML-DSA-44 line is that of an archive key of one of these keyrings,
    and the keyrings follow one another, both families of their root signatures checked. A later reader does the same,
    and compares the root pin of the first keyring.
    """  # noqa: D301 - the backspace is click's mark of lines that stay as they are
    party, keyrings = _keyrings(caller)
    heads = caller.pages("LaneService/ListArchivedCheckpoints", "checkpoints", None)
    _make(to)
    for number, (jws, _) in enumerate(keyrings, 1):
        files.write_new(to / f"keyring-{number}.json", jws)
    rings = [ring for _, ring in keyrings]
    for head in heads:
        _write(to, head, Names(rings[0].authority, party), rings)
    pin = keyrings[0][1].root_pin
    tainted = [key.kid for key in rings[-1].of_role(Role.ARCHIVE) if key.tainted_since is not None]
    days = sorted({head["day"] for head in heads})
    found = {"directory": str(to), "keyrings": len(keyrings), "heads": len(heads), "root_pin": pin, "tainted": tainted}
    if as_json:
        show_json(found | ({"first_day": days[0], "last_day": days[-1]} if days else {}))
        return
    show_lines(
        ("in", to),
        ("keyrings", len(keyrings)),
        ("heads", len(heads)),
        ("days", f"{days[0]} to {days[-1]}" if days else "none"),
        ("root pin", pin),
        # Their times are the thief's to choose, so that no head under them proves anything by itself.
        *(("tainted", kid) for kid in tainted),
    )


def _keyrings(caller: Caller) -> tuple[str, list[tuple[bytes, Keyring]]]:
    """Read the code of the node's party, and all its keyrings, each of which may follow the one before."""
    from interchange.crypto.both import BOTH  # noqa: PLC0415 - loads ML-DSA
    from interchange.domain.keyring import accept_keyring  # noqa: PLC0415 - as above
    from interchange.wire.keyring import parse_keyring  # noqa: PLC0415 - as above

    last = caller.read("KeyringService/GetKeyring")
    found: list[tuple[bytes, Keyring]] = []
    for number in range(1, last["number"] + 1):
        jws = files.decode(caller.read("KeyringService/GetKeyring", number=number)["keyring"])
        current = found[-1][1] if found else None
        found.append((jws, accept_keyring(current, *parse_keyring(jws), BOTH)))
    return last["party"], found


def _write(to: Path, head: Mapping[str, Any], names: Names, keyrings: list[Keyring]) -> None:
    from interchange.flows.archive import check_archived  # noqa: PLC0415 - loads ML-DSA

    authority, reader, generation = lane_of(head["origin"])
    if authority != names.authority:
        raise refuse(Reason.NOTE_ORIGIN)
    note, day = files.decode(head["note"]), _day(head["day"])
    # No head is later than the day that it is kept under.
    ended = int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) + 86_400
    keys = {key.kid: key for ring in keyrings for key in ring.of_role(Role.ARCHIVE)}
    check_archived(note, head["origin"], names.archive, keys.values(), ended)
    directory = to / reader / str(generation)
    directory.mkdir(parents=True, exist_ok=True)
    files.write_new(directory / f"{day.isoformat()}.txt", note)


def _day(text: str) -> date:
    """Read a calendar day, which becomes a file's name."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse(Reason.FIELD_FORM, "day") from None


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True)
    except FileExistsError as error:
        raise refuse(Reason.FILE_EXISTS, str(directory)) from error
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(directory)) from error
