"""Enrolling a roster from the command line: handed in once, followed to its end, with what became of each row."""

from __future__ import annotations

import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import click

from interchange.cli import files
from interchange.cli.output import show_lines, show_table, word
from interchange.errors import Reason, Refusal, refuse
from interchange.wire.table import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from interchange.cli.caller import Caller, JsonObject

LARGEST_FILE: Final = 4 * 1024 * 1024 - 4096
"""Bytes; the node takes no larger one."""

LOOK_EVERY: Final = 0.5
STUCK_AFTER: Final = 60.0
"""Seconds between looks at how far a roster is, and after which one that does not move is left to itself."""

_ENROLLED: Final = frozenset({"ROW_OUTCOME_CONFIRMED", "ROW_OUTCOME_ALREADY"})
_HEADS: Final = ("line", "outcome", "confirmed_until", "column", "reason", "remedy")
_SHOWN: Final = 50
"""Rows that are shown to people; the others are counted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be enrolled: the file, the project by its UUID, the partner, and the request's id if one was given."""

    content: bytes
    project_id: str
    partner: str
    request_id: str | None

    @property
    def identified(self) -> str:
        """The request's id: of the same file for the same project and partner it is the same one."""
        if self.request_id:
            return self.request_id
        asked = b"\n".join([self.project_id.encode(), self.partner.encode(), sha256(self.content).digest()])
        return str(uuid.UUID(bytes=sha256(asked).digest()[:16], version=4))

    @property
    def request(self) -> JsonObject:
        """The fields of EnrolRoster but the request id."""
        return {"project_id": self.project_id, "partner": self.partner, "content": files.encode(self.content)}


def look_at(caller: Caller, wanted: Wanted) -> tuple[JsonObject, Sequence[JsonObject]]:
    """Have each row looked at, and nobody enrolled; give the answer without the rows, and what each would come to."""
    answer = caller.read(
        "ParticipantService/EnrolRoster", request_id=wanted.identified, validate_only=True, **wanted.request
    )
    return {}, answer["check"].get("lines", [])


def enrol(caller: Caller, wanted: Wanted) -> tuple[JsonObject, Sequence[JsonObject]]:
    """Hand a roster in, or find the one that was, and follow it to its end.

    Returns:
        The answer, and what became of each row; no rows while it waits for a second person.

    Raises:
        Refusal: what the node refuses; PARTNER_UNREACHABLE for a roster that does not move.
    """
    try:
        answer = caller.act("ParticipantService/EnrolRoster", wanted.identified, **wanted.request)
    except Refusal as refusal:
        if refusal.reason is Reason.ROSTER_FAULTS:
            refusal.add_note("Nobody was enrolled. Add --dry-run to see every row with what is wrong in it.")
        raise
    if "proposal" in answer:
        return answer, ()
    _follow(caller, answer["result"])
    rows = caller.pages("ParticipantService/GetRoster", "lines", None, roster_id=answer["roster_id"])
    return answer, rows


def _follow(caller: Caller, roster: Mapping[str, Any]) -> None:
    """Show how far a roster is until it is carried out."""
    total, done, moved = roster["total"], roster["done"], time.monotonic()
    with click.progressbar(length=total, label="enrolled", file=sys.stderr, hidden=not sys.stderr.isatty()) as shown:
        shown.update(done)
        while done < total:
            time.sleep(LOOK_EVERY)
            request = {"roster_id": roster["roster_id"], "page_size": 1}
            now_done = caller.read("ParticipantService/GetRoster", **request)["roster"]["done"]
            if now_done > done:
                moved = time.monotonic()
            elif time.monotonic() - moved > STUCK_AFTER:
                refusal = refuse(Reason.PARTNER_UNREACHABLE, f"{done} of {total} lines are carried out, and it stands")
                refusal.add_note("The node goes on by itself when it can. The same command again shows how far it is.")
                raise refusal
            shown.update(now_done - done)
            done = now_done


def all_enrolled(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether every row is enrolled, or would be."""
    return all(row["outcome"] in _ENROLLED for row in rows)


def show_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Count the outcomes for people, and show the rows that are not enrolled."""
    counts = Counter(row["outcome"] for row in rows)
    show_lines(("rows", len(rows)), *((word(name, "ROW_OUTCOME"), count) for name, count in sorted(counts.items())))
    left = list(_cells([row for row in rows if row["outcome"] not in _ENROLLED]))
    if left:
        # Without the day, which none of them has.
        show_table(("line", "outcome", "column", "reason", "remedy"), [one[:2] + one[3:] for one in left[:_SHOWN]])
    if len(left) > _SHOWN:
        click.echo(f"and {len(left) - _SHOWN} more; --result FILE has them all")


def write_result(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of each row as a table, one line for each fault of a row that has some."""
    files.write_new(path, write_table(_HEADS, _cells(rows)))


def check_new(path: Path | None) -> None:
    """Refuse FILE_EXISTS before anything is asked, rather than after it was done."""
    if path is not None and path.exists():
        raise refuse(Reason.FILE_EXISTS, str(path))


def _cells(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        about = (str(row["line"]), word(row["outcome"], "ROW_OUTCOME"), row.get("confirmed_until", ""))
        for fault in row.get("faults") or [{}]:
            reason = f"{fault['reason']}: {fault['text']}" if fault else ""
            yield (*about, fault.get("column", ""), reason, fault.get("remedy", ""))
