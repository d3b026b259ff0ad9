"""A roster of 10,000 rows: how long, how much memory, and whether a kill in the middle shows in the end.

Run by hand: `.venv/bin/python tests/bench/roster_10k.py [rows]`. The target is under 60 s and 300 MB on two cores.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.stage import HOME, PARTNER, Bench, cells, inside, invented, peak_megabytes, people, raised, say

from interchange.flows.audit import audit
from interchange.store import assertions
from interchange.wire.roster import ROSTER_COLUMNS
from interchange.wire.table import write_table

Outcomes: TypeAlias = dict[int, tuple[str, str]]
"""Line → what became of it, and until when."""

ENROLLED = "ROW_OUTCOME_CONFIRMED"


def command(bench: Bench, file: Path, project_id: str) -> list[str]:
    """Spell the command that a coordinator types."""
    where = ["--node", bench.home.address, "--authority", bench.home.names.authority, "--timeout", "60"]
    where += ["--credentials", str(bench.home.credentials("coordinator", "coordinator-bench"))]
    what = ["--project", project_id, "--partner", PARTNER, "--roster", str(file), "--json"]
    return [sys.executable, "-m", "interchange", "project", "enrol", *what, *where]


def outcomes(done: subprocess.CompletedProcess[bytes]) -> Outcomes:
    """Read what became of each line."""
    lines = json.loads(done.stdout)["lines"]
    return {line["line"]: (line["outcome"], line.get("confirmed_until", "")) for line in lines}


def enrol(bench: Bench, file: Path, project_id: str) -> tuple[float, Outcomes]:
    """Enrol the roster; give the seconds and what became of each line."""
    began = time.monotonic()
    done = subprocess.run(command(bench, file, project_id), capture_output=True, check=False)
    spent = time.monotonic() - began
    if done.returncode > 1:
        raise SystemExit(done.stderr.decode())
    return spent, outcomes(done)


def meanwhile(bench: Bench, file: Path, project_id: str) -> tuple[list[float], tuple[float, Outcomes]]:
    """Enrol it while somebody else acts five times a second; give the seconds of each act, and what `enrol` gives."""
    spent: list[float] = []
    ended = Event()

    def act() -> None:
        while not ended.wait(0.2):
            began = time.monotonic()
            bench.open_project()
            spent.append(time.monotonic() - began)

    other = Thread(target=act)
    other.start()
    try:
        return spent, enrol(bench, file, project_id)
    finally:
        ended.set()
        other.join()


def killed(bench: Bench, file: Path, project_id: str, after: float) -> tuple[float, Outcomes]:
    """Enrol it with a node that is killed in the middle and started again, by the same command twice."""
    with subprocess.Popen(command(bench, file, project_id), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        time.sleep(after)
        bench.home.kill()
        first.communicate()
    say(f"killed after {after:.1f} s with {len(live(bench, project_id))} people enrolled")
    bench.home.start()
    bench.home.wait()
    return enrol(bench, file, project_id)


def dry_run(bench: Bench, file: Path, project_id: str) -> float:
    """Have the roster checked alone."""
    began = time.monotonic()
    subprocess.run([*command(bench, file, project_id), "--dry-run"], capture_output=True, check=False)
    return time.monotonic() - began


def main(count: int) -> None:
    """Print the figures."""
    with TemporaryDirectory() as base, raised(Path(base), misses_per_day=1_000_000) as bench:
        strangers, unscreened = count // 20, count // 20
        with inside(bench) as node:
            for first in range(0, count - strangers - unscreened, 2000):
                people(node, range(first, min(first + 2000, count - strangers - unscreened)))
            people(node, range(count - strangers - unscreened, count - strangers), cleared=False)
        file = Path(base) / "roster.csv"
        file.write_bytes(write_table(ROSTER_COLUMNS, (cells(invented(number), bench.days) for number in range(count))))
        one, other = bench.open_project(), bench.open_project()
        say(f"{count} rows, {file.stat().st_size} bytes; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        before = peak_megabytes(bench.home)
        say(f"check alone: {dry_run(bench, file, one):.1f} s")
        acts, (spent, found) = meanwhile(bench, file, one)
        acts.sort()
        slowest = f"slowest of {len(acts)} {1000 * acts[-1]:.0f} ms"
        say(f"other acts meanwhile: median {1000 * median(acts):.0f} ms, {slowest}")
        say(f"enrolled in {spent:.1f} s: {dict(Counter(outcome for outcome, _ in found.values()))}")
        say(f"the node held at most {peak_megabytes(bench.home):.0f} MB, {before:.0f} MB before")
        spent, again = killed(bench, file, other, after=spent * 0.5)
        say(f"the same command again took {spent:.1f} s; the same end: {again == found}")
        check(bench, (one, other), found)
        say(f"load {os.getloadavg()[0]:.1f}")


def check(bench: Bench, projects: tuple[str, ...], found: dict[int, Any]) -> None:
    """See that nobody was enrolled twice or left out, and that the ledger agrees with itself."""
    confirmed = sum(outcome == ENROLLED for outcome, _ in found.values())
    for project_id in projects:
        people_in = live(bench, project_id)
        assert len(people_in) == len(set(people_in)) == confirmed, (project_id, len(people_in))
    with inside(bench) as node:
        report = audit(node)
    say(f"{HOME}: {report.leaves} leaves, {report.assertions} assertions, faults: {list(report.faults)}")


def live(bench: Bench, project_id: str) -> list[str]:
    """List the people who have a live assertion for a project."""
    with inside(bench) as node:
        now = int(time.time())
        return [
            each.subject_id for each in node.ledger.read(lambda tx: assertions.live(tx, now, project_id=project_id))
        ]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
