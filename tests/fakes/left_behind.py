"""A plugin that looks through all that a whole run left behind for marks of the people it was about.

Tests give their people documents of one form, two capitals and seven digits, which nothing else has. None may stand in
what went to a log or to standard error (where refusals are told), nor in a ledger or a node's log file; what a command
was asked to print about a person goes to standard output, and is not looked at.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MARK = re.compile(rb"(?<![A-Za-z0-9_-])[A-Z]{2}[0-9]{7}(?![A-Za-z0-9_-])")
NAMES = tuple(name.encode() for name in ("大野", "小野", "花子", "オオノ", "HANAKO", "TAKASAKI", "MIZUSHIMA"))
"""Names of people of which most tests tell."""

LEFT = ("ledger.db", "ledger.db-wal", "*.log", "highwater")
_FOUND: list[str] = []


def marks(content: bytes) -> set[bytes]:
    """Find what tells of a person."""
    return set(MARK.findall(content)) | {name for name in NAMES if name in content}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Look at what a test wrote to its log and to standard error, whether it passed or not."""
    if os.environ.get("PYTEST_XDIST_WORKER"):  # the run that started this one hears of it too
        return
    for title, content in report.sections:
        if ("stderr" in title or "log" in title) and report.passed and marks(content.encode()):
            _FOUND.append(f"{title} of {report.nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look at the files that are left, and fail the run if any of it tells of a person."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    _FOUND.extend(_told(session.config))
    if _FOUND and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - pytest's own, not public
    """Say where."""
    for place in _FOUND:
        terminalreporter.write_line(f"personal data in {place}", red=True)


def _told(config: pytest.Config) -> Iterator[str]:
    factory = getattr(config, "_tmp_path_factory", None)
    base: Path | None = getattr(factory, "_basetemp", None)
    if base is None:
        return
    for pattern in LEFT:
        for file in base.rglob(pattern):
            if file.is_file() and marks(file.read_bytes()):
                yield str(file.relative_to(base))
