"""Processes that issue and verify without pause, at the issuer's node and at the partners' own."""

import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from interchange.client.channel import open_channel
from interchange.client.session import Session
from interchange.demo.stage import Nation
from interchange.errors import Refusal

FOLLOWED = 2.0
"""Seconds after which a partner's own node is asked about what was issued; until then the issuer's is asked alone."""


class Way(NamedTuple):
    """How a worker reaches a node as somebody, as it can be handed to another process."""

    address: str
    directory: str
    ca: str
    authority: str

    def open(self) -> Session:
        """Connect."""
        held = Path(self.directory)
        certificate, key = held / "caller.pem", held / "caller.key"
        channel = open_channel(
            self.address, certificate=certificate, key=key, ca=Path(self.ca), server_name=self.authority
        )
        return Session(channel)


def way(nation: Nation, role: str, name: str, at: Nation) -> list[str]:
    """Describe the way of a nation's person to a node."""
    credentials = nation.credentials(role, name)
    return [at.address, str(credentials), str(at.root_directory / "ca.pem"), at.names.authority]


def worker(task: dict[str, Any]) -> None:
    """Issue, and verify at the issuer's node as each partner and at the partners' own, until a file says stop.

    What is asked of a partner's own node is something issued before. While a file of its name says that one is away,
    nothing is asked of it.
    """
    officer = Way(*task["officer"]).open()
    foreign = {party: Way(*each).open() for party, each in task["foreign"].items()}
    own = {party: Way(*each).open() for party, each in task["own"].items()}
    stop, away = Path(task["stop"]), Path(task["away"])
    pairs = [(subject, party) for subject in task["subjects"] for party in own]
    issued: dict[str, list[tuple[float, str]]] = {party: [] for party in own}
    counts: Counter[str] = Counter()
    times: dict[str, list[float]] = {"issue": [], "verify": []}

    def measured(what: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        began = time.monotonic()
        try:
            answer = call()
        except Refusal as refusal:
            counts[f"{what} refused: {refusal}"] += 1
            return {}
        times[what].append(time.monotonic() - began)
        counts[what] += 1
        return answer

    def check(session: Session, party: str, token: str) -> None:
        request = {"token": token, "project": task["references"][party]}
        answer = measured("verify", lambda: session.call("AssertionService/VerifyAssertion", request))
        verdict = answer.get("verdict", {})
        if verdict.get("outcome") != "OUTCOME_VALID":
            counts[f"verify said: {verdict.get('outcome')} {verdict.get('reason')}"] += 1

    for turn, (subject, party) in enumerate(pairs):
        if stop.exists():
            break
        request = {
            "request_id": str(uuid.uuid4()),
            "project_id": task["project"],
            "partner": party,
            "subject_id": subject,
        }
        answer = measured("issue", lambda asked=request: officer.call("AssertionService/IssueAssertion", asked))  # type: ignore[misc]
        if answer:
            token = answer["result"]["token"]
            check(foreign[party], party, token)
            issued[party].append((time.monotonic(), token))
        other = sorted(own)[turn % len(own)]
        known = [token for at, token in issued[other][:: max(1, len(issued[other]) // 8)] if _old(at)]
        if known and not (away.exists() and other == away.name):
            check(own[other], other, known[turn % len(known)])
    else:
        counts["ran out of people"] += 1
    tokens = {party: [token for _, token in told] for party, told in issued.items()}
    sys.stdout.write(json.dumps({"counts": counts, "times": times, "tokens": tokens}))


def _old(at: float) -> bool:
    return time.monotonic() - at > FOLLOWED


if __name__ == "__main__":
    worker(json.load(sys.stdin))
