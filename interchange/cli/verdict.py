"""Verdicts as commands print them, the same whether a node or this machine gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interchange.cli.exits import Exit
from interchange.cli.fields import spell
from interchange.cli.output import show_lines, word
from interchange.domain.time import SKEW
from interchange.domain.verdict import ORDER, Outcome
from interchange.errors import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interchange.domain.assertion import Assertion
    from interchange.domain.verdict import Verdict

_OUTCOME = "OUTCOME"
_KIND = "KIND"
_REASONS = {reason.code: reason for reason in Reason}
_EXITS = {Outcome.VALID: Exit.DONE, Outcome.NOT_VALID: Exit.NOT_VALID, Outcome.STALE: Exit.STALE}


def spelled(verdict: Verdict) -> dict[str, Any]:
    """Spell a verdict as a node's answer spells it, so that a program reads one form: protobuf's JSON mapping.

    Without protobuf, which a machine that only verifies does not have.
    """
    taken = ORDER[: len(verdict.passed) + 1]
    found: dict[str, Any] = {
        "outcome": f"{_OUTCOME}_{verdict.outcome.value}",
        "reason": verdict.reason.code if verdict.reason else "",
        "steps": [{"name": step.value, "passed": step in verdict.passed} for step in taken],
        "working_row": verdict.working,
        # No party's keyring names a witness yet.
        "witnessed": False,
    }
    if verdict.assertion is not None:
        found["claims"] = _claims(verdict.assertion)
    if verdict.age is not None:
        found["age_seconds"] = str(verdict.age)  # text, as the mapping has all 64-bit integers
    return found


def _claims(assertion: Assertion) -> dict[str, str]:
    return {
        "issuer": assertion.iss,
        "audience": assertion.aud,
        "subject": assertion.sub,
        "project": assertion.project,
        "home_level": assertion.home,
        "partner_level": assertion.partner,
        "agreement": assertion.agreement,
        "row_digest": assertion.row,
        "row_state": f"ROW_STATE_{assertion.row_state.name}",
        "kind": f"{_KIND}_{assertion.kind.name}",
        "not_before": spell(assertion.nbf),
        "expires_at": spell(assertion.exp),
        "assertion_id": assertion.jti,
        "issued_at": spell(assertion.iat),
        "purpose": assertion.purpose,
    }


def outcome_of(spelling: Mapping[str, Any]) -> Outcome:
    """Read the outcome of a spelled verdict; one that is unknown here is not valid."""
    text = str(spelling.get("outcome", "")).removeprefix(f"{_OUTCOME}_")
    return Outcome(text) if text in Outcome.__members__ else Outcome.NOT_VALID


def exit_of(outcomes: Iterable[Outcome]) -> Exit:
    """Return the exit code for several verdicts: one that is not valid decides before one that is stale."""
    found = set(outcomes)
    worst = next((outcome for outcome in (Outcome.NOT_VALID, Outcome.STALE) if outcome in found), Outcome.VALID)
    return _EXITS[worst]


def because(spelling: Mapping[str, Any]) -> str:
    """Say the first reason against in words; empty where there is none."""
    code = str(spelling.get("reason", ""))
    reason = _REASONS.get(code)
    return f"{code}: {reason.text}. {reason.remedy}" if reason else code


def level_of(spelling: Mapping[str, Any]) -> str:
    """Say which level stands for which; empty where the claims were not reached."""
    claims = spelling.get("claims")
    return f"{claims['home_level']} as {claims['partner_level']}" if claims else ""


def steps_of(spelling: Mapping[str, Any]) -> str:
    """Name the steps that were taken, and the one that failed."""
    return ", ".join(step["name"] + ("" if step["passed"] else " FAILED") for step in spelling.get("steps", []))


def show_verdict(spelling: Mapping[str, Any]) -> None:
    """Print one spelled verdict for a person."""
    claims = spelling.get("claims", {})
    age = spelling.get("age_seconds")
    show_lines(
        ("verdict", outcome_of(spelling).value),
        ("because", because(spelling)),
        ("steps", steps_of(spelling)),
        ("level", level_of(spelling)),
        ("row", "a working reading that no lawyer has confirmed" if spelling.get("working_row") else ""),
        ("kind", word(claims.get("kind"), _KIND)),
        ("issuer", claims.get("issuer")),
        ("assertion", claims.get("assertion_id")),
        ("valid", f"{claims['not_before']} until {claims['expires_at']}" if claims else ""),
        (
            "known as of",
            "" if age is None else f"at most {age} s ago, of which {SKEW} s are allowed for clocks that differ",
        ),
    )
