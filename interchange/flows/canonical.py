"""Requests in their one spelling, so that two people can sign what exactly is to be done, and it can be read back.

JSON with sorted keys and without spaces; days as `YYYY-MM-DD`, bytes in base64url, enums by their values. A request is
a frozen dataclass of such values, of tuples and sets of them, or of other such dataclasses. A field marked `PERSONAL`
is left out: what it says of a person could be guessed from a digest, so that a keyed hash must stand beside it. So is
one marked `ANEW`, which differs each time the same is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from interchange.errors import Reason, refuse
from interchange.wire import base64url

PERSONAL: Final = {"personal": True}
"""Metadata of a field that no digest covers and no proposal records."""

ANEW: Final = {"anew": True}
"""Metadata of a field that is made anew when a request is repeated, such as a signature with a random part."""

_NAMES: Final = {"date": date, "Instant": int}
"""What fields are annotated with by names that their modules import for the type checker alone."""

R = TypeVar("R")


def canonical(request: object) -> bytes:
    """Spell a request; equal requests are spelt alike."""
    spelled = json.dumps(_plain(request), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return spelled.encode()


def restored(kind: type[R], body: bytes) -> R:
    """Read a request back.

    Args:
        kind: its class.
        body: from `canonical`.

    Raises:
        Refusal: INTERNAL if it is not spelt as `canonical` spells it.
    """
    try:
        request: R = _reader(kind)(json.loads(body))  # type: ignore[arg-type]  # a class is hashable
    except (KeyError, TypeError, ValueError) as error:
        raise refuse(Reason.INTERNAL, "a recorded request cannot be read") from error
    if canonical(request) != body:
        raise refuse(Reason.INTERNAL, "a recorded request is spelt otherwise")
    return request


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case bytes():
            return base64url.encode(value)
        case tuple():
            return [_plain(each) for each in value]
        case frozenset():
            return sorted(_plain(each) for each in value)  # type: ignore[type-var]  # of texts
        case _ if is_dataclass(value):
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if not each.metadata}
        case _:
            return value


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - any type
    if get_origin(kind) in {Union, UnionType}:
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if get_origin(kind) is frozenset:
        (inner,) = get_args(kind)
        read = _reader(inner)
        return lambda value: frozenset(map(read, value))
    if get_origin(kind) is tuple:
        inners = get_args(kind)
        if inners[-1] is Ellipsis:
            read = _reader(inners[0])
            return lambda value: tuple(map(read, value))
        readers = [_reader(inner) for inner in inners]
        return lambda value: tuple(each(one) for each, one in zip(readers, value, strict=True))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind, localns=_NAMES)
        named = {each.name: _reader(hints[each.name]) for each in fields(kind)}
        return lambda value: kind(**{name: read(value[name]) for name, read in named.items()})
    if kind is date:
        return date.fromisoformat
    if kind is bytes:
        return base64url.decode
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return lambda value: value
