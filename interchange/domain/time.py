"""Time as the domain knows it: whole Unix seconds, so that a signed time and a compared time are one number."""

from __future__ import annotations

from typing import TypeAlias

Instant: TypeAlias = int
"""Whole seconds since 1970-01-01T00:00:00Z (RFC 7519 NumericDate without fraction)."""

SKEW = 60
"""Seconds by which two honest clocks may differ. Allowed on times of beginning, never on an end."""

HOUR = 3600
YEAR = 366 * 24 * HOUR
"""No assertion lives longer; the longest calendar year, so that the bound never cuts an anniversary short."""
