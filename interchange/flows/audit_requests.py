"""Requests written again from the rows that came of them: a row that was changed by hand gives another digest."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from interchange.flows.approvals import act_digest
from interchange.flows.clearances import (
    CANCEL,
    GRANT,
    RECORD,
    CancelRequest,
    GrantRequest,
    PaperGrant,
    RecordRequest,
)
from interchange.flows.consents import CONSENT, ConsentRequest
from interchange.flows.consents import WITHDRAW as WITHDRAW_CONSENT
from interchange.flows.consents import WithdrawRequest as WithdrawConsentRequest
from interchange.flows.employers import RECOGNISE, RecogniseRequest
from interchange.flows.moves import MOVE, MoveRequest
from interchange.flows.participants import WITHDRAW as WITHDRAW_PARTICIPANT
from interchange.flows.participants import WithdrawRequest as WithdrawParticipantRequest
from interchange.flows.partners import ADMIT, AdmitRequest
from interchange.flows.perform import proof_of
from interchange.flows.projects import CLOSE, CloseRequest, OpenRequest
from interchange.flows.projects import OPEN as OPEN_PROJECT
from interchange.flows.screenings import CONCLUDE, NOTIFY, ConcludeRequest, NotifyRequest
from interchange.flows.screenings import OPEN as OPEN_SCREENING
from interchange.flows.screenings import WITHDRAW_CONSENT as WITHDRAW_SCREENING
from interchange.flows.screenings import OpenRequest as ScreeningRequest
from interchange.flows.screenings import WithdrawConsentRequest as WithdrawScreeningRequest
from interchange.flows.withdraw import REINSTATE, REVOKE, SUSPEND, ReinstateRequest, RevokeRequest, SuspendRequest
from interchange.flows.withdrawals import INSTALL, InstallRequest, read_result, result_of
from interchange.store import (
    agreement_moves,
    assertions,
    audits,
    clearances,
    consents,
    cross_checks,
    employers,
    holds,
    participants,
    partners,
    projects,
    records,
    screenings,
    withdrawals,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interchange.domain.projects import Project
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_FEW = 4
"""Partners of a project that are tried in every order, since the request's own is not kept; more are not tried."""


class Known(NamedTuple):
    """A row that an act must have made: what it is, and when it was made."""

    what: str
    at: Instant


def expected(tx: Tx) -> Iterator[tuple[Known, set[tuple[str, str]]]]:
    """Say by which act each partner, project, step of an agreement and list of withdrawn certificates came to be.

    Returns:
        The row, and any of (name of the act, proof) that may have made it.
    """
    admitted = records.admitted(tx)
    for partner in partners.everyone(tx):
        rings = audits.keyrings(tx, partner.authority)
        first = rings[0][1] if rings else b""
        asked = AdmitRequest(partner.party, partner.address, partner.ca_pem, first, partner.root_pin)
        known = Known(f"partner {partner.party}", admitted[partner.party])
        yield known, {(ADMIT.name, proof_of(act_digest(ADMIT.name, asked), partner.party))}
    for code, number, at in cross_checks.moves(tx):
        known, moved = Known(f"agreement {code} step {number}", at), _move(tx, f"{code}/{number}", at)
        proof = proof_of(act_digest(MOVE.name, moved), f"{code}/{number}")
        yield known, set() if moved == CHANGED else {(MOVE.name, proof)}
    for party, number, at in withdrawals.everything(tx):
        result = result_of(party, number)
        proof = proof_of(act_digest(INSTALL.name, _installed(tx, result, at)), result)
        yield Known(f"withdrawals {result}", at), {(INSTALL.name, proof)}
    for project_id, opened_at in cross_checks.projects(tx):
        try:
            project = projects.get(tx, project_id)
        except ValueError:
            project = None
        if project is None or len(project.partners) <= _FEW:
            proofs = set() if project is None else set(_proofs(project))
            yield Known(f"project {project_id}", opened_at), proofs


def _proofs(project: Project) -> Iterator[tuple[str, str]]:
    pairs = [(partner.party, partner.agreement) for partner in project.partners]
    for order in permutations(pairs):
        asked = OpenRequest(
            title=project.title,
            field=project.field,
            defence=project.defence,
            ceiling=project.ceiling,
            floor=project.floor,
            purpose=project.purpose,
            from_day=project.from_day,
            until_day=project.until_day,
            partners=order,
            sites=project.sites,
        )
        yield OPEN_PROJECT.name, proof_of(act_digest(OPEN_PROJECT.name, asked), project.project_id)


def _move(tx: Tx, result: str, at: Instant) -> object:
    code, _, number = result.partition("/")
    taken = {f"{code}/{number}": at for code, number, at in cross_checks.moves(tx)}
    try:
        state, day = agreement_moves.of(tx, code)[int(number) - 1]
    except (ValueError, IndexError):
        return CHANGED
    return MoveRequest(code, state, day) if taken.get(result) == at else CHANGED


def _installed(tx: Tx, result: str, at: Instant) -> object:
    party, number = read_result(result)
    found = withdrawals.get(tx, party, number)
    return InstallRequest(party, found[0]) if found and found[1] == at else CHANGED


def _suspend(tx: Tx, result: str, at: Instant) -> object:
    hold = holds.get(tx, result)
    return SuspendRequest(hold.scope, hold.ref) if hold and hold.opened_at == at else CHANGED


def _grant(tx: Tx, result: str, _at: Instant) -> object:
    found = clearances.get(tx, result)
    if found is None:
        return GONE
    return GrantRequest(found.screening_id or "", found.organ, found.level, found.employer_id)


def _record(tx: Tx, result: str, _at: Instant) -> object:
    found = [clearances.get(tx, one) for one in result.split(",")]
    there = [one for one in found if one is not None]
    if len(there) < len(found):
        return GONE
    return RecordRequest(
        tuple(PaperGrant(one.subject_id, one.organ, one.level, one.notified_on, one.employer_id) for one in there)
    )


def _consent(tx: Tx, result: str, _at: Instant) -> object:
    found = consents.get(tx, result)
    if found is None:
        return GONE
    return ConsentRequest(
        subject_id=found.subject_id,
        party=found.party,
        recipient=found.recipient,
        purpose=found.purpose,
        items=found.items,
        rules_information=found.rules_information,
        from_day=found.from_day,
        until_day=found.until_day,
    )


def _open_screening(tx: Tx, result: str, at: Instant) -> object:
    found = screenings.get(tx, result)
    if found is None:
        return GONE
    return ScreeningRequest(found.subject_id, found.body, found.consented_on) if found.opened_at == at else CHANGED


def _conclude(tx: Tx, result: str, at: Instant) -> object:
    found = screenings.get(tx, result)
    if found is None:
        return GONE
    if found.conclusion is None or found.concluded_at != at:
        return CHANGED
    return ConcludeRequest(result, found.conclusion)


def _ended(
    get: Callable[[Tx, str], Any], column: str, request: Callable[[str], object], *, stays: bool = False
) -> Callable[[Tx, str, Instant], object]:
    """Write an act again that ended what its result names: whatever was ended must be so since then.

    Args:
        get: finds what was ended, or None; what `stays` is never deleted.
        column: has the instant of the end.
        request: makes the request from the result.
        stays: is never deleted.
    """

    def write(tx: Tx, result: str, at: Instant) -> object:
        found = get(tx, result)
        if found is None and not stays:
            return GONE
        return request(result) if found is not None and getattr(found, column) == at else CHANGED

    return write


def _notify(tx: Tx, result: str, _at: Instant) -> object:
    found = screenings.get(tx, result)
    if found is None:
        return GONE
    return CHANGED if found.notified_on is None else NotifyRequest(result, found.notified_on)


GONE: Final = "gone"
"""In the place of a request: its rows are there no longer, which is right once retention has been at work."""

CHANGED: Final = "changed"
"""In the place of a request: whatever was asked, it was not what the rows say."""

REWRITTEN: Final[dict[str, Callable[[Tx, str, Instant], object]]] = {
    MOVE.name: _move,
    SUSPEND.name: _suspend,
    INSTALL.name: _installed,
    REINSTATE.name: _ended(holds.get, "closed_at", ReinstateRequest, stays=True),
    REVOKE.name: _ended(assertions.get, "revoked_at", RevokeRequest, stays=True),
    CLOSE.name: _ended(projects.get, "closed_at", CloseRequest, stays=True),
    WITHDRAW_PARTICIPANT.name: _ended(participants.get, "ended_at", WithdrawParticipantRequest),
    GRANT.name: _grant,
    RECORD.name: _record,
    CANCEL.name: _ended(clearances.get, "ended_at", CancelRequest),
    CONSENT.name: _consent,
    WITHDRAW_CONSENT.name: _ended(consents.get, "withdrawn_at", WithdrawConsentRequest),
    OPEN_SCREENING.name: _open_screening,
    CONCLUDE.name: _conclude,
    NOTIFY.name: _notify,
    WITHDRAW_SCREENING.name: _ended(screenings.get, "ended_at", WithdrawScreeningRequest),
}
"""Name of an act → writes its request again from the result and the instant at which it was carried out."""


OVERWRITES: Final = RECOGNISE.name
"""The act that takes the place of an earlier one of the same result, so that only the last of each can be compared."""


def is_overwritten(tx: Tx, digest: str, result: str) -> bool:
    """Tell whether an employer's row would now give another digest than the last recognition of it had."""
    try:
        found = employers.get(tx, result)
    except ValueError:
        return True
    if found is None:
        return True
    days = {"from_day": found.from_day, "until_day": found.until_day}
    asked = RecogniseRequest(found.employer_id, found.title, found.public_office, found.ceiling, **days)  # type: ignore[arg-type]
    return act_digest(OVERWRITES, asked) != digest


def fault_of(tx: Tx, act: str, digest: str, result: str, at: Instant) -> str | None:
    """Say what is wrong with the rows of a request: `GONE`, or `CHANGED` if they would give another digest."""
    rewrite = REWRITTEN.get(act)
    if rewrite is None:
        return None
    try:
        asked = rewrite(tx, result, at)
    except ValueError:
        # A day that is none, or a word that no enum has.
        return CHANGED
    if asked in {GONE, CHANGED}:
        return str(asked)
    return None if act_digest(act, asked) == digest else CHANGED
