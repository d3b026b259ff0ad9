"""Logs as events: one JSON object a line on standard error, without personal data.

Nothing is written before `configure`, so that a program which only uses the package stays silent.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any, TextIO

Scalar: TypeAlias = str | int | float | bool | None
"""What a field may hold. An object would print whatever its representation shows."""

LONGEST = 1000
"""Characters of a field."""


def configure(level: str, to: TextIO | None = None) -> None:
    """Begin to write events of `level` (debug, info, warning, error) and above to `to`, or to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _keep_scalars,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=to or sys.stderr),
        cache_logger_on_first_use=False,
    )


def log(event: str, **fields: Scalar) -> None:
    """Write an event that belongs to the usual course.

    Args:
        event: its name, lower case with underscores.
        fields: codes, counts, roles, ids of requests and incidents; never who a person is or what was asked about one.
    """
    _write("info", event, fields)


def warn(event: str, **fields: Scalar) -> None:
    """Write an event that somebody should look at."""
    _write("warning", event, fields)


def fail(event: str, **fields: Scalar) -> None:
    """Write a fault of the program or an alarm."""
    _write("error", event, fields)


def _write(level: str, event: str, fields: dict[str, Scalar]) -> None:
    if structlog.is_configured():
        # A call that was carried out is not refused because nobody can be told, for example over a broken pipe.
        with suppress(OSError, ValueError):
            getattr(structlog.get_logger(), level)(event, **fields)


def _keep_scalars(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut long texts, and put an object's type in the place of an object: its representation may name a person."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = value[:LONGEST]
        elif value is not None and not isinstance(value, int | float):
            event[name] = type(value).__name__
    return event
