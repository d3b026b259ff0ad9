"""Signing what is proposed with the caller's own key; who asked signs what was asked for, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from interchange.cli import files
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.domain.proposals import Proposal

ACTS: Final = {
    "AgreementService/MoveAgreement": "move_agreement",
    "AssertionService/IssueAssertion": "issue_assertion",
    "ClearanceService/AuthoriseByFunction": "authorise_by_function",
    "ClearanceService/RecordClearances": "record_clearances",
    "KeyService/MoveKey": "move_key",
    "KeyringService/PublishKeyring": "publish_keyring",
    "ParticipantService/EnrolParticipant": "carry_out_roster",
    "ParticipantService/EnrolRoster": "carry_out_roster",
    "PartnerService/AdmitPartner": "admit_partner",
    "ProjectService/OpenProject": "open_project",
    "ScreeningService/ConcludeScreening": "conclude_screening",
    "StandingService/Reinstate": "reinstate",
}
"""Method → the act that it may propose."""

_WHY = "interchange.why"
"""Key in a context's `meta`: why the person signs."""


def _keep(ctx: click.Context, _param: click.Parameter, value: str) -> None:
    ctx.meta[_WHY] = value


WHY = click.option(
    "--why",
    default="",
    metavar="TEXT",
    expose_value=False,
    callback=_keep,
    help="Why, for the second person; no personal data.",
)
"""For commands whose act may need a second person, who reads it."""


def given_why() -> str:
    """Say what was given as `--why`; empty if nothing was, or the command has no such option."""
    return str(click.get_current_context().meta.get(_WHY, ""))


def sign(credentials: Path, proposal: Proposal, *, approves: bool, why: str) -> str:
    """Sign a proposal's statement with the key in a directory of credentials, spelt for a request.

    Raises:
        Refusal: PROPOSAL_SIGNATURE if its digest is of something else than it shows; FILE_UNREADABLE; FILE_LOOSE;
            CERTIFICATE_FORM for a key of another kind.
    """
    from interchange.crypto.sealed import read_private  # noqa: PLC0415 - loaded when called
    from interchange.crypto.statements import sign_statement  # noqa: PLC0415 - as above

    proposal.check_digest()
    with files.led_to(f"in --credentials {credentials}"):
        key = read_private(credentials / "caller.key")
        return files.encode(sign_statement(key, proposal.statement(approves=approves, why=why)))


def check_asked(proposal: Proposal, method: str, asked: Mapping[str, Any]) -> None:
    """Refuse to sign, without a look of a person at it, what is not what was asked for.

    Args:
        proposal: what the node answered with.
        method: that was called, `Service/Method`.
        asked: the request; what it and the proposal both name must be the same.

    Raises:
        Refusal: PROPOSAL_SIGNATURE.
    """
    if proposal.act != ACTS.get(method):
        raise refuse(Reason.PROPOSAL_SIGNATURE, f"the node proposes {proposal.act}, which was not asked for")
    if not _agree(asked, json.loads(proposal.body)):
        raise refuse(Reason.PROPOSAL_SIGNATURE, "the node proposes something else than was asked for")


def _agree(asked: object, told: object) -> bool:
    """Compare a value of a request with the same one in a proposal, each in its own spelling."""
    match asked, told:
        case Mapping(), Mapping():
            return all(_agree(asked[name], told[name]) for name in asked.keys() & told.keys())
        case list(), list():
            pairs = zip(asked, told, strict=False)
            return len(asked) == len(told) and all(_agree(one, other) for one, other in pairs)
        case str(), str():
            # Enums are told by their values, and bytes in base64url.
            as_bytes = asked.rstrip("=").replace("+", "-").replace("/", "_")
            return told in {asked, as_bytes} or asked.lower().endswith(f"_{told}")
        case str(), int():
            return int(datetime.fromisoformat(asked).timestamp()) == told
        case _:
            return asked == told
