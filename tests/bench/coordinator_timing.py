"""Can a coordinator tell by the clock why somebody is not confirmed? The area under the curve of every pair of causes.

Run by hand: `.venv/bin/python tests/bench/coordinator_timing.py [calls [looking|enrolling]]`, for an hour or two. For
each cause as many calls are made, all of them interleaved at random: cold, each about a person who was never asked for
before, after a restart of the node; then warm, about one person of each cause again and again. The target is 0.55 for
the best threshold between any two causes; 0.5 is a coin. Machines are noisy, so that this is no test: that the same
statements run is one.
"""

import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.stage import EMPLOYER, PARTNER, Bench, clearance, inside, invented, people, raised, say

from interchange.domain.identity import Identity
from interchange.domain.projects import Hold
from interchange.domain.screening import Conclusion, Employer, Screening
from interchange.domain.standing import HoldScope
from interchange.flows.node import Node
from interchange.store import clearances, consents, employers, holds, screenings
from interchange.store.ledger import Tx

LOST = "JP-LAB-LOST"
TARGET = 0.55

Change = Callable[[Node, Tx, str], object]


def screening(node: Node, subject_id: str, conclusion: Conclusion | None) -> Screening:
    """Make a screening that came to something else than a clearance."""
    now = int(time.time())
    return Screening(
        screening_id=node.chance.uuid(),
        subject_id=subject_id,
        body="JPN/CAO",
        consented_on=node.today(now),
        opened_at=now,
        conclusion=conclusion,
        concluded_at=now if conclusion else None,
        ended_at=None if conclusion else now,
    )


def lapse(node: Node, tx: Tx, subject_id: str) -> None:
    """Let a clearance of long ago be all there is."""
    now = int(time.time())
    today = node.today(now)
    clearances.end(tx, [each.clearance_id for each in clearances.of_subject(tx, subject_id)], now)
    clearances.add(tx, clearance(node, subject_id, None, today.replace(year=today.year - 6, day=1)))


def withdraw(node: Node, tx: Tx, subject_id: str) -> None:
    """Take the consents to transfers back."""
    for each in consents.of_subject(tx, subject_id):
        consents.withdraw(tx, each.consent_id, int(time.time()))


def hold(node: Node, tx: Tx, subject_id: str) -> None:
    """Open a hold on the person."""
    holds.add(tx, Hold(node.chance.uuid(), HoldScope.SUBJECT, subject_id, int(time.time())))


CAUSES: Mapping[str, tuple[bool, Change]] = {
    "unknown": (False, lambda *_: None),
    "never screened": (False, lambda *_: None),
    "refused": (False, lambda node, tx, of: screenings.add(tx, screening(node, of, None))),
    "failed": (True, lambda node, tx, of: screenings.add(tx, screening(node, of, Conclusion.NOT_ELIGIBLE))),
    "lapsed": (True, lapse),
    "suspended": (True, hold),
    "consent withdrawn": (True, withdraw),
    "employer lost": (True, lambda *_: None),
}
"""Cause → whether such a person was cleared, and what happened then."""


def employer_of(cause: str) -> str:
    """Say for whom people of a cause work."""
    return LOST if cause == "employer lost" else EMPLOYER


def settle(node: Node, calls: int) -> dict[str, list[Identity]]:
    """Write as many people of each cause into the ledger."""
    made: dict[str, list[Identity]] = {}
    now = int(time.time())
    for place, (cause, (cleared, change)) in enumerate(CAUSES.items()):
        numbers = range(place * 100_000, place * 100_000 + calls)
        made[cause] = [invented(number) for number in numbers]
        if cause == "unknown":
            continue
        ids = people(node, numbers, cleared=cleared)

        def work(tx: Tx, ids: Sequence[str] = ids, change: Change = change) -> None:
            for subject_id in ids:
                change(node, tx, subject_id)

        node.ledger.transact(work)
    today = node.today(now)

    def lose(tx: Tx) -> None:
        employers.put(tx, Employer(LOST, "Lost", False, "JPN/SDS", today.replace(year=today.year - 1), today, now))

    node.ledger.transact(lose)
    return made


def asked(bench: Bench, project_id: str, who: Identity, employer_id: str, *, look: bool) -> float:
    """Ask for one person as a coordinator, and give the seconds that the answer took."""
    presented = who.presented
    request = {
        "request_id": str(uuid.uuid4()),
        "project_id": project_id,
        "partner": PARTNER,
        "passport_family": presented.passport_family,
        "passport_given": presented.passport_given,
        "birth_date": presented.birth_date.isoformat(),
        "document_number": presented.document_number,
        "employer_id": employer_id,
        "from_day": bench.days[0],
        "until_day": bench.days[1],
        "validate_only": look,
    }
    session = bench.home.person("coordinator", "coordinator-bench")
    began = time.perf_counter()
    answer = session.call("ParticipantService/EnrolParticipant", request)
    spent = time.perf_counter() - began
    assert answer["result"]["outcome"] == "ROW_OUTCOME_NOT_CONFIRMED", answer
    return spent


def measured(
    bench: Bench, project_id: str, made: Mapping[str, Sequence[Identity]], calls: int, *, look: bool, warm: bool
) -> dict[str, list[float]]:
    """Ask for people of all causes in an order that nobody could foresee."""
    order = [(cause, number) for cause in CAUSES for number in range(calls)]
    Random(1).shuffle(order)
    spent: dict[str, list[float]] = {cause: [] for cause in CAUSES}
    for cause, number in order:
        who = made[cause][0 if warm else number]
        spent[cause].append(asked(bench, project_id, who, employer_of(cause), look=look))
    return spent


def area(one: Sequence[float], other: Sequence[float]) -> float:
    """Give the area under the curve of the best classifier by one threshold: 0.5 is a coin, 1 tells them apart."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    above = (ranks - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))
    return max(above, 1 - above)


def report(title: str, spent: Mapping[str, Sequence[float]]) -> None:
    """Print what the clock tells."""
    say(f"\n{title}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for cause, times in spent.items():
        say(f"  {cause:18} {len(times)} calls, median {1000 * median(times):.2f} ms")
    pairs = combinations(CAUSES, 2)
    areas = sorted(((area(spent[one], spent[other]), one, other) for one, other in pairs), reverse=True)
    for value, one, other in areas[:5]:
        say(f"  {value:.3f}  {one} / {other}")
    over = sum(value > TARGET for value, _, _ in areas)
    say(f"  {len(areas)} pairs, {over} above {TARGET}, median {median(value for value, _, _ in areas):.3f}")


def main(calls: int, *ways: str) -> None:
    """Print the areas, cold and warm, of looking and of enrolling."""
    with TemporaryDirectory() as base, raised(Path(base), misses_per_day=1_000_000_000) as bench:
        with inside(bench) as node:
            made = settle(node, 2 * calls)
        project_id = bench.open_project()
        for name in ways or ("looking", "enrolling"):
            look = name == "looking"
            fresh = {cause: some[:calls] if look else some[calls:] for cause, some in made.items()}
            bench.home.stop()
            bench.home.start()
            bench.home.wait()
            for cause in CAUSES:  # what a process does once is no person's doing
                asked(bench, project_id, invented(900_000), employer_of(cause), look=look)
            for warm in (False, True):
                spent = measured(bench, project_id, fresh, calls, look=look, warm=warm)
                report(f"{name}, {'warm' if warm else 'cold'}", spent)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, *sys.argv[2:])
