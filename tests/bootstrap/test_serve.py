"""Serving until told to stop: what has to be written before the end is written."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from fakes.nodes import make_node, settings_of
from fakes.parties import NOW
from sqlalchemy import select
from sqlmodel import col

from interchange.bootstrap import serve
from interchange.errors import Reason, Refusal
from interchange.flows.node import Node
from interchange.store.domestic import VerificationRow
from interchange.store.ledger import connect, sqlite_url
from interchange.store.verifications import Verification


@pytest.fixture
def node(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """A node that a partner has asked something, and that is told to stop as soon as it serves."""
    made = make_node(tmp_path, template=sqlite_template, partners=())
    made.seen.add([Verification(NOW, "jti", "KOR", "VALID", 1)])
    monkeypatch.setattr(serve, "assemble", lambda *_: made)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)
    structlog.reset_defaults()


def stop_at_once(_port: int) -> None:
    """Tell the node to stop."""
    signal.raise_signal(signal.SIGTERM)


def test_questions_are_written_before_the_end(node: Node, tmp_path: Path) -> None:
    """Only a kill loses those of the last seconds."""
    serve.serve(settings_of(tmp_path), stop_at_once, lambda: NOW)
    ledger = connect(sqlite_url(tmp_path / "ledger.db"))
    written = ledger.read(lambda tx: list(tx.execute(select(col(VerificationRow.party))).scalars()))
    ledger.close()
    assert written == ["KOR"]


def test_stop_comes_to_its_end_without_a_ledger(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be written is told in the log, and nothing hangs."""

    def unavailable(_node: Node) -> int:
        raise Refusal(Reason.LEDGER_UNAVAILABLE)

    monkeypatch.setattr(serve, "write_seen", unavailable)
    serve.serve(settings_of(tmp_path), stop_at_once, lambda: NOW)
    assert "verifications_lost" in capsys.readouterr().err
