"""The order of a verdict's steps: where two things are wrong, the first step decides."""

from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from fakes.tokens import NOW, PARTNER, assertion, key_record
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.agreements import Equivalence, RowState
from interchange.domain.assertion import Assertion
from interchange.domain.keyring import Role
from interchange.domain.verdict import (
    ORDER,
    Context,
    Facts,
    Outcome,
    Step,
    Told,
    Verdict,
    failed,
    judge,
    judge_context,
    key_fault,
)
from interchange.errors import Reason

ROW = Equivalence("AAA-BBB-2016", "AAA/UPPER", "BBB/Secret", date(2020, 1, 1), None, "Article 4", RowState.CONFIRMED)
SAID = assertion(home=ROW.source, partner=ROW.target, agreement=ROW.agreement, row=ROW.digest, row_state=ROW.state)
DIGEST = "d" * 43
CONTEXT = Context(audience=PARTNER, project=SAID.project, now=NOW)
FACTS = Facts(Told(DIGEST, revoked=False, held=False), as_of=NOW, trusted_until=NOW + 1, restricted=False, row=ROW)


def told(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Change what the lane told."""
    return {"told": replace(Told(DIGEST, revoked=False, held=False), **changes)}


def verdict(facts: Facts = FACTS, said: Assertion = SAID, **context: Any) -> Verdict:  # noqa: ANN401
    """Weigh facts about an assertion."""
    return judge(said, DIGEST, facts, replace(CONTEXT, **context))


def test_nothing_against_it_is_valid() -> None:
    """With every step passed, and no reason against it."""
    assert verdict() == Verdict(Outcome.VALID, None, ORDER, SAID, age=60, working=False)


WORKING = replace(ROW, state=RowState.WORKING)

FAULTS: dict[Reason, tuple[Step, dict[str, Any]]] = {
    Reason.NOT_IN_LANE: (Step.LANE, {"told": None}),
    Reason.KEY_RESTRICTED: (Step.LANE, {"restricted": True}),
    Reason.REVOKED: (Step.STANDING, told(revoked=True)),
    Reason.SUSPENDED: (Step.STANDING, told(held=True)),
    Reason.KEYRING_EXPIRED: (Step.FRESHNESS, {"trusted_until": NOW}),
    Reason.STALE: (Step.FRESHNESS, {"as_of": NOW - 841}),
    Reason.ROW_UNKNOWN: (Step.ROW, {"row": None}),
}
"""Reason → the step that finds it, and the fact that brings it about; in the order in which they decide."""


@pytest.mark.parametrize("reason", FAULTS)
def test_one_fault_decides(reason: Reason) -> None:
    """Each fact against an assertion has its reason and its step."""
    step, fault = FAULTS[reason]
    found = verdict(replace(FACTS, **fault))
    assert (found.reason, found.passed) == (reason, ORDER[: ORDER.index(step)])


@pytest.mark.parametrize(
    ("first", "second"),
    [pair for pair in combinations(FAULTS, 2) if not FAULTS[pair[0]][1].keys() & FAULTS[pair[1]][1]],
)
def test_of_two_faults_the_first_step_decides(first: Reason, second: Reason) -> None:
    """What comes later in the order is not even looked at."""
    both = replace(FACTS, **FAULTS[second][1], **FAULTS[first][1])
    assert verdict(both).reason is first


def test_revoked_beats_held() -> None:
    """A revocation is for ever, a hold is not."""
    assert verdict(replace(FACTS, **told(revoked=True, held=True))).reason is Reason.REVOKED


@pytest.mark.parametrize(("fault", "reason"), [({"revoked": True}, Reason.REVOKED), ({"held": True}, Reason.SUSPENDED)])
def test_withdrawn_beats_stale(fault: dict[str, bool], reason: Reason) -> None:
    """Old knowledge of a withdrawal is still knowledge of it."""
    stale = replace(FACTS, as_of=None, trusted_until=0, **told(**fault))
    assert verdict(stale).reason is reason


def test_assertion_that_ends_before_the_step_is_expired_whatever_is_stale() -> None:
    """The end stands in the assertion itself."""
    assert verdict(replace(FACTS, as_of=None), now=SAID.exp).reason is Reason.EXPIRED


def test_another_digest_than_told_is_not_in_the_lane() -> None:
    """What was told is one token, not an id."""
    assert verdict(replace(FACTS, **told(sha256="e" * 43))).reason is Reason.NOT_IN_LANE


@pytest.mark.parametrize(
    ("as_of", "outcome"),
    [
        (NOW - 840, Outcome.VALID),
        (NOW - 841, Outcome.STALE),
        (NOW, Outcome.VALID),
        (NOW + 60, Outcome.VALID),
        (None, Outcome.STALE),
    ],
)
def test_age_counts_with_the_difference_of_two_clocks(as_of: int | None, outcome: Outcome) -> None:
    """Sixty seconds are added, and no clock ahead takes them off again."""
    assert verdict(replace(FACTS, as_of=as_of)).outcome is outcome


@pytest.mark.parametrize("reason", FAULTS)
def test_only_freshness_is_stale(reason: Reason) -> None:
    """Whatever else is wrong is a no, not a don't-know."""
    step, fault = FAULTS[reason]
    expected = Outcome.STALE if step is Step.FRESHNESS else Outcome.NOT_VALID
    assert verdict(replace(FACTS, **fault)).outcome is expected


MISMATCHES: dict[str, dict[str, Any]] = {
    "home": {"home": "AAA/LOWER"},
    "partner": {"partner": "BBB/TopSecret"},
    "agreement": {"agreement": "AAA-BBB-2017"},
    "state": {"row_state": RowState.WORKING},
}


@pytest.mark.parametrize("name", MISMATCHES)
def test_claims_that_are_not_the_rows_are_refused(name: str) -> None:
    """The digest names the row, and the claims must say what it says."""
    assert verdict(said=replace(SAID, **MISMATCHES[name])).reason is Reason.ROW_MISMATCH


@pytest.mark.parametrize(("accept", "reason"), [(False, Reason.ROW_WORKING), (True, None)])
def test_working_row_is_relied_on_where_asked_for(accept: bool, reason: Reason | None) -> None:
    """A reading that no lawyer confirmed is for demonstrations, which say so."""
    said = replace(SAID, row=WORKING.digest, row_state=RowState.WORKING)
    assert verdict(replace(FACTS, row=WORKING), said, accept_working=accept).reason is reason


def test_working_row_is_named_when_it_is_relied_on() -> None:
    """The verdict itself says that it rests on a reading."""
    said = replace(SAID, row=WORKING.digest, row_state=RowState.WORKING)
    assert verdict(replace(FACTS, row=WORKING), said, accept_working=True).working


RECORD = key_record()

CONTEXTS: dict[Reason, tuple[Step, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    Reason.AUDIENCE_WRONG: (Step.AUDIENCE, {"audience": f"{PARTNER}.org"}, {}, {}),
    Reason.PROJECT_WRONG: (Step.PROJECT, {"project": "b3RoZXItcHJvamVjdC0xMg"}, {}, {}),
    Reason.NOT_YET_VALID: (Step.TIME, {}, {"iat": NOW + 61}, {}),
    Reason.EXPIRED: (Step.TIME, {}, {"iat": NOW - 5, "nbf": NOW - 5, "exp": NOW}, {}),
    Reason.KEY_WINDOW: (Step.TIME, {}, {}, {"sign_until": NOW}),
}
"""Reason → the step, and what is changed of context, claims and key; in the order in which they decide."""


def context_fault(*reasons: Reason) -> tuple[Step, Reason] | None:
    """Bring these faults about together."""
    context, said, record = CONTEXT, SAID, RECORD
    for reason in reasons:
        _, of_context, of_claims, of_key = CONTEXTS[reason]
        context, said, record = replace(context, **of_context), replace(said, **of_claims), replace(record, **of_key)
    return judge_context(said, record, context)


def test_right_context_has_no_fault() -> None:
    """Audience, project, time and key fit."""
    assert context_fault() is None


@pytest.mark.parametrize("reason", CONTEXTS)
def test_context_has_one_fault(reason: Reason) -> None:
    """Each has its reason and its step."""
    assert context_fault(reason) == (CONTEXTS[reason][0], reason)


@pytest.mark.parametrize(
    ("first", "second"),
    [pair for pair in combinations(CONTEXTS, 2) if set(pair) != {Reason.NOT_YET_VALID, Reason.EXPIRED}],
)
def test_of_two_faults_of_context_the_first_step_decides(first: Reason, second: Reason) -> None:
    """Audience before project before time; the claims before the key's window."""
    assert context_fault(first, second) == (CONTEXTS[first][0], first)


@pytest.mark.parametrize(("ahead", "reason"), [(60, None), (61, Reason.NOT_YET_VALID)])
def test_skew_is_allowed_on_beginnings(ahead: int, reason: Reason | None) -> None:
    """Two honest clocks may differ by a minute."""
    fault = judge_context(replace(SAID, iat=NOW + ahead, nbf=NOW + ahead), RECORD, CONTEXT)
    assert (fault and fault[1]) == reason


@pytest.mark.parametrize(("left", "reason"), [(1, None), (0, Reason.EXPIRED), (-1, Reason.EXPIRED)])
def test_no_skew_is_allowed_on_the_end(left: int, reason: Reason | None) -> None:
    """A verifier whose clock is late extends nothing."""
    said = replace(SAID, iat=NOW - 9, nbf=NOW - 9, exp=NOW + left)
    fault = judge_context(said, RECORD, CONTEXT)
    assert (fault and fault[1]) == reason


@pytest.mark.parametrize(
    ("windows", "reason"),
    [
        ({"sign_from": NOW}, None),
        ({"sign_from": NOW + 1}, Reason.KEY_WINDOW),
        ({"sign_until": NOW + 1}, None),
        ({"sign_until": NOW}, Reason.KEY_WINDOW),
        ({"sign_until": NOW, "verify_until": NOW}, Reason.KEY_WINDOW),
    ],
)
def test_key_signs_in_its_window_only(windows: dict[str, Any], reason: Reason | None) -> None:
    """Signed before, or at or after the end, is refused."""
    fault = judge_context(SAID, key_record(**windows), CONTEXT)
    assert (fault and fault[1]) == reason


def test_key_stops_verifying_at_the_end_of_its_second_window() -> None:
    """What was signed in time is not looked at any more afterwards."""
    record = key_record(sign_until=NOW + 1, verify_until=NOW + 10)
    fault = judge_context(SAID, record, replace(CONTEXT, now=NOW + 10))
    assert fault == (Step.TIME, Reason.KEY_WINDOW)


@pytest.mark.parametrize("role", [Role.LANE, Role.STATUS, Role.WITNESS])
def test_only_assertion_keys_sign_assertions(role: Role) -> None:
    """One key, one role."""
    assert key_fault(key_record("key", role), "EdDSA") is Reason.KEY_ROLE


@pytest.mark.parametrize(("alg", "fault"), [("EdDSA", None), ("Ed25519", Reason.HEADER_ALG)])
def test_algorithm_is_the_keys_own(alg: str, fault: Reason | None) -> None:
    """The header does not choose."""
    assert key_fault(RECORD, alg) is fault


@pytest.mark.parametrize("step", list(Step))
def test_failed_step_has_passed_all_before_it(step: Step) -> None:
    """The next step after those passed is the one that decided."""
    assert failed(step, Reason.STALE).passed == ORDER[: ORDER.index(step)]


@given(
    known=st.one_of(
        st.none(), st.builds(Told, st.sampled_from([DIGEST, "e" * 43]), revoked=st.booleans(), held=st.booleans())
    ),
    as_of=st.one_of(st.none(), st.integers(NOW - 2000, NOW + 100)),
    trusted_until=st.integers(NOW - 100, NOW + 100),
    restricted=st.booleans(),
    row=st.sampled_from([None, ROW, WORKING]),
)
def test_valid_is_said_only_when_nothing_at_all_is_wrong(
    *, known: Told | None, as_of: int | None, trusted_until: int, restricted: bool, row: Equivalence | None
) -> None:
    """Over all combinations of facts, VALID means told, not withdrawn, fresh, trusted, unrestricted, and on its row."""
    facts = Facts(known, as_of, trusted_until, restricted, row)
    sound = (
        known == Told(DIGEST, revoked=False, held=False)
        and as_of is not None
        and max(0, NOW - as_of) + 60 <= 900
        and trusted_until > NOW
        and not restricted
        and row is ROW
    )
    assert (verdict(facts).outcome is Outcome.VALID) == sound
