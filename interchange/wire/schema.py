"""Closed objects: every member known, each of exactly one JSON type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from interchange.errors import Reason, refuse
from interchange.wire.strict_json import MAX_INTEGER

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from interchange.domain.time import Instant

LAST_INSTANT = 253_402_300_799
"""The end of the year 9999: no later instant has a calendar date in every language."""

MAX_TEXT = 256
"""Characters of a text member that no other rule bounds."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Schema:
    """One level of a closed object.

    Attributes:
        kinds: every member that there may be, and its type; a text is never empty.
        optional: those that may be left out.
        where: name of the level in a refusal; empty for the outermost.
        unknown, missing, form: reasons for a member too many, one too few, and one of a wrong type or form.
        required: those that may not be left out.
    """

    kinds: Mapping[str, type]
    optional: frozenset[str] = frozenset()
    where: str = ""
    unknown: Reason = Reason.CLAIM_UNKNOWN
    missing: Reason = Reason.CLAIM_MISSING
    form: Reason = Reason.CLAIM_FORM
    required: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Derive what may not be left out."""
        object.__setattr__(self, "required", frozenset(self.kinds) - self.optional)

    def place(self, name: str) -> str:
        """Name a member in a refusal, for example `clr.row`."""
        return f"{self.where}.{name}" if self.where else name

    def read(self, value: object) -> dict[str, Any]:
        """Return `value` if it is an object of this level, else refuse it.

        Types are compared exactly: to Python `true` is an integer, to the other readers of these objects it is none.
        """
        if not isinstance(value, dict):
            raise refuse(self.form, self.where)
        if not self.required <= value.keys():
            raise refuse(self.missing, self.place(min(self.required - value.keys())))
        kinds = self.kinds
        for name, member in value.items():
            kind = kinds.get(name)
            if type(member) is not kind or member == "":
                # A stranger chose an unknown name, so it is not repeated.
                raise refuse(self.unknown, self.where) if kind is None else refuse(self.form, self.place(name))
        return value

    def text(self, members: Mapping[str, Any], name: str, most: int = MAX_TEXT) -> str:
        """Return a text member of at most `most` characters."""
        value: str = members[name]
        if len(value) > most:
            raise refuse(self.form, self.place(name))
        return value

    def matching(self, members: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
        """Return a text member that has a certain form, all of it."""
        value = self.text(members, name)
        if not form.fullmatch(value):
            raise refuse(self.form, self.place(name))
        return value

    def choice(self, members: Mapping[str, Any], name: str, values: Mapping[str, _Value]) -> _Value:
        """Return what a text member stands for that is one of the texts in `values`."""
        found = values.get(members[name])
        if found is None:
            raise refuse(self.form, self.place(name))
        return found

    def integer(self, members: Mapping[str, Any], name: str, least: int = 0, most: int = MAX_INTEGER) -> int:
        """Return an integer member within bounds."""
        value: int = members[name]
        if not least <= value <= most:
            raise refuse(self.form, self.place(name))
        return value

    def instant(self, members: Mapping[str, Any], name: str) -> Instant:
        """Return an integer member that is a time in whole seconds with a calendar date."""
        return self.integer(members, name, 0, LAST_INSTANT)

    def array(self, members: Mapping[str, Any], name: str, most: int) -> list[Any]:
        """Return an array member of at most `most` values, of whatever type."""
        value: list[Any] = members[name]
        if len(value) > most:
            raise refuse(self.form, self.place(name))
        return value
