"""What the protos say of each method, read from their text: the generated code keeps no comments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docs.markdown import ROOT, table

from interchange.domain.names import ROLES
from interchange.rpc.access import ACCESS, Cell

_SERVICE = re.compile(r"^service (?P<name>\w+) \{\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
_METHOD = re.compile(r"(?P<comment>(?:^  //.*\n)+)^  rpc (?P<name>\w+)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its service and name, and the three parts of its comment."""

    service: str
    name: str
    effect: str
    callers: str
    errors: str

    @property
    def path(self) -> str:
        """Name it as gRPC does."""
        return f"/interchange.v1.{self.service}/{self.name}"


def methods() -> Iterator[Method]:
    """Read all methods, file by file in the order of the files' names."""
    for path in sorted((ROOT / "proto/interchange/v1").glob("*.proto")):
        for service in _SERVICE.finditer(path.read_text(encoding="utf-8")):
            for found in _METHOD.finditer(service["body"]):
                comment = " ".join(line.strip().removeprefix("//").strip() for line in found["comment"].splitlines())
                effect, _, rest = comment.partition(" Callers: ")
                callers, _, errors = rest.partition(" Errors: ")
                yield Method(service["name"], found["name"], effect, callers, errors)


def first_sentence(text: str) -> str:
    """Cut a text after its first sentence."""
    return re.split(r"(?<=\.) ", text, maxsplit=1)[0]


def callers(cells: frozenset[Cell]) -> str:
    """Say who may call: partners, then the home roles; a star marks those that may be bound to an organ."""
    partner = ["partner"] if Cell(home=False, role="partner", organ=False) in cells else []
    home = [
        f"{role}*" if Cell(home=True, role=role, organ=True) in cells else role
        for role in ROLES
        if Cell(home=True, role=role, organ=False) in cells
    ]
    return ", ".join(partner + home)


def listed(service: str) -> str:
    """List the methods of one service."""
    rows = [
        (f"`{method.name}`", first_sentence(method.effect), callers(ACCESS[method.path]))
        for method in methods()
        if method.service == service
    ]
    return table(("method", "effect", "callers"), rows)
