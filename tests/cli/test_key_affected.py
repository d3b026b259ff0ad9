"""`key affected`: how far a re-issue is, and who is left to people."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from fakes import tokens
from fakes.sessions import FakeSession

from interchange.errors import Reason, refuse

Run = Callable[..., Result]

LIST = "KeyService/ListAffected"
KID = tokens.kid("assert")
OLD, NEW, LEFT = (f"{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}" for n in "123")
ANSWER = {
    "live_count": "3",
    "proved_count": "2",
    "reissued_count": "1",
    "assertions": [
        {
            "assertion_id": OLD,
            "project_id": NEW,
            "partner": "BBB",
            "state": "AFFECTED_STATE_PROVED_REISSUED",
            "reissued_as": NEW,
        },
        {
            "assertion_id": LEFT,
            "project_id": NEW,
            "partner": "BBB",
            "state": "AFFECTED_STATE_NOT_ENTITLED",
            "reason": "not_confirmed",
        },
        {
            "assertion_id": NEW,
            "project_id": NEW,
            "partner": "CCC",
            "state": "AFFECTED_STATE_PROVED_WAITING",
            "needs_two": True,
        },
    ],
}


@pytest.fixture
def printed(run: Run, session: FakeSession) -> str:
    """What people read."""
    session.lay(LIST, ANSWER)
    return run("key", "affected", KID).output


@pytest.mark.parametrize(
    "shown",
    [
        "re-issued 1 of 2",
        "not proved 1",
        f"{OLD} BBB {NEW} proved reissued {NEW}",
        f"{LEFT} BBB {NEW} not entitled not_confirmed",
        f"{NEW} CCC {NEW} proved waiting two people",
    ],
)
def test_progress_and_each_assertion_are_shown(printed: str, shown: str) -> None:
    """What it waits for, or why the rules give no other, stands beside it."""
    assert shown in [" ".join(line.split()) for line in printed.splitlines()]


def test_programs_get_counts_and_all_entries(run: Run, session: FakeSession) -> None:
    """As numbers, though protobuf spells them as text."""
    session.lay(LIST, ANSWER)
    found = json.loads(run("key", "affected", KID, "--json").output)
    assert (found["live_count"], found["proved_count"], found["reissued_count"]) == (3, 2, 1)
    assert found["assertions"] == ANSWER["assertions"]


def test_key_that_is_not_tainted_is_refused(run: Run, session: FakeSession) -> None:
    """With the node's reason."""
    session.lay(LIST, refuse(Reason.KEY_STAGE, "not tainted"))
    done = run("key", "affected", KID)
    assert (done.exit_code != 0, "key_stage" in done.output) == (True, True)
