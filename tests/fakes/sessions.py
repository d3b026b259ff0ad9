"""A node as the command line meets it: answers that a test lays down, and a record of what was asked."""

from dataclasses import dataclass, field
from typing import Any

from interchange.cli.caller import JsonObject, Profile
from interchange.errors import Refusal

PROFILE = {
    "INTERCHANGE_NODE": "127.0.0.1:7443",
    "INTERCHANGE_CREDENTIALS": "credentials",
    "INTERCHANGE_AUTHORITY": "aaa.clearance.example",
}
"""What a caller has set, so that no command has to say it."""


@dataclass
class FakeSession:
    """Answers each call by the answers laid down for its method, one after the other; the last one stays."""

    answers: dict[str, list[JsonObject | Refusal]] = field(default_factory=dict)
    calls: list[tuple[str, JsonObject]] = field(default_factory=list)
    opened: list[Profile] = field(default_factory=list)
    closed: int = 0

    def lay(self, method: str, *answers: JsonObject | Refusal) -> "FakeSession":
        """Lay down the answers to a method."""
        self.answers[method] = list(answers)
        return self

    def __call__(self, profile: Profile) -> "FakeSession":
        """Be opened, as `caller.Opener`."""
        self.opened.append(profile)
        return self

    def call(self, method: str, request: JsonObject) -> JsonObject:
        """Answer a call."""
        self.calls.append((method, request))
        left = self.answers[method]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def close(self) -> None:
        """Count that it was closed."""
        self.closed += 1

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What was asked, without the methods."""
        return [request for _, request in self.calls]

    @property
    def asked(self) -> tuple[str, dict[str, Any]]:
        """The one call that was made, without its request id."""
        ((method, request),) = self.calls
        return method, {name: value for name, value in request.items() if name != "request_id"}
