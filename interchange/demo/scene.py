"""What the steps of the story share: the nations, the people, and what earlier steps brought about."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt

from interchange.demo.narrator import NotHeld
from interchange.demo.two import by_two
from interchange.errors import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from interchange.client.session import Session
    from interchange.demo.narrator import Narrator
    from interchange.demo.people import Person
    from interchange.demo.stage import Nation
    from interchange.domain.rules import NationRules


@dataclass(frozen=True, slots=True)
class Issued:
    """An assertion as the issuing call answered it."""

    assertion_id: str
    token: bytes
    index: int


@dataclass(slots=True)
class Scene:
    """The story so far.

    Attributes:
        narrator: tells it.
        rules: the home party's.
        nations: by party code.
        people: those with a clearance valid today; `subjects` are their ids on the node, in the same order.
        without: how many of the register have no clearance.
        keep: where to leave files, or None.
        base: directory of all that the story makes.
        projects: partner code → (project id at home, the partner's reference for it).
        assertions: what was issued, by a name that the story gives it.
        screened: subject id of the person whom the story screens.
        rosters: files that the coordinator hands in.
    """

    narrator: Narrator
    rules: NationRules
    nations: dict[str, Nation]
    people: list[Person]
    without: int
    keep: Path | None
    base: Path
    subjects: list[str] = field(default_factory=list)
    projects: dict[str, tuple[str, str]] = field(default_factory=dict)
    assertions: dict[str, Issued] = field(default_factory=dict)
    screened: str = ""
    rosters: tuple[Path, ...] = ()

    @property
    def home(self) -> Nation:
        """The nation that issues."""
        return self.nations["JPN"]

    def officer(self, organ: str) -> Session:
        """An officer of one of the home party's organs, at the home node."""
        code = organ.partition("/")[2]
        return self.home.person("officer", f"officer-{code.lower()}", code)

    def coordinator(self) -> Session:
        """The home coordinator, at the home node."""
        return self.home.person("coordinator", "coordinator")

    def choose(self, level: str, count: int = 1) -> list[tuple[Person, str]]:
        """Choose the first people of a level who have no assertion yet, with their subject ids."""
        found = [(who, subject) for who, subject in zip(self.people, self.subjects, strict=True) if who.level == level]
        if len(found) < count:
            message = f"the register has fewer than {count} people with {level} valid today"
            raise NotHeld(message)
        return found[:count]

    def issue(self, name: str, who: tuple[Person, str], partner: str, **more: str) -> Issued:
        """Issue an assertion for a person towards a partner, by officers of the granting organ."""
        person, subject = who
        issued = issue(self.home, person.organ, self.projects[partner][0], partner, subject, **more)
        self.assertions[name] = issued
        return issued

    def verdict(self, party: str, issued: Issued, project_of: str) -> dict[str, Any]:
        """Ask a party's own node, as its verifying officer, for a verdict on an assertion."""
        session = self.nations[party].person("officer", f"verifier-{party.lower()}", self.organ_of(party))
        request = {"token": encode(issued.token), "project": self.projects[project_of][1]}
        verdict: dict[str, Any] = session.call("AssertionService/VerifyAssertion", request)["verdict"]
        return verdict

    def organ_of(self, party: str) -> str:
        """The bare code of a party's first organ."""
        rules = self.home.rulebook.rules(party)
        if rules is None:
            message = f"the rulebook has no rules for {party}"
            raise NotHeld(message)
        return rules.organs[0].code

    def until_acknowledged(self, size: int, party: str) -> float:
        """Wait until the home node has a partner's signed acknowledgement of `size` leaves; return the seconds."""
        began = time.monotonic()
        until(lambda: int(self.lane(party)["acknowledged_size"]) >= size, f"{party} acknowledges {size} leaves")
        return time.monotonic() - began

    def lane(self, party: str) -> dict[str, Any]:
        """The home node's account of its lane towards a partner."""
        lanes = self.home.person("auditor", "auditor").call("LaneService/ListLanes", {})["lanes"]
        return next(lane for lane in lanes if lane["party"] == party and lane["direction"] == "LANE_DIRECTION_ISSUED")

    def refused(self, claim: str, reason: Reason, call: Callable[[], object]) -> None:
        """Check that a call is refused for that reason."""
        try:
            call()
        except Refusal as refusal:
            self.narrator.holds(f"{claim}: {refusal.reason.code}", true=refusal.reason is reason)
            return
        self.narrator.holds(claim, true=False)

    def close(self) -> None:
        """End all processes; one that has to be killed is told, and does not keep the others from being ended."""
        for nation in self.nations.values():
            try:
                nation.close()
            except NotHeld:
                self.narrator.held = False


def issue(nation: Nation, organ: str, project_id: str, partner: str, subject: str, **more: str) -> Issued:
    """Issue one assertion, by two officers where the level asks for two, and read the answer."""
    request = {"project_id": project_id, "partner": partner, "subject_id": subject, **more}
    return read_issued(by_two(nation, "AssertionService/IssueAssertion", request, organ=organ))


def read_issued(result: dict[str, Any]) -> Issued:
    """Read an assertion as the issuing call answered it."""
    return Issued(result["assertion_id"], b64decode(result["token"]), int(result["position"]["index"]))


def claims_of(issued: Issued) -> dict[str, Any]:
    """Read the claims without checking anything, to tell them."""
    claims: dict[str, Any] = jwt.decode(issued.token, options={"verify_signature": False})
    return claims


def encode(data: bytes) -> str:
    """Spell bytes as JSON mappings of protobuf do."""
    return b64encode(data).decode()


def until(true: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait until something holds, looking every few milliseconds; a story that waits too long does not hold."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            message = f"waited {seconds:.0f} s in vain until {what}"
            raise NotHeld(message)
        time.sleep(0.002)
