"""Acts of two people in the story: one asks and signs, the other looks at what is asked and signs too."""

from __future__ import annotations

import uuid
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from interchange.crypto.statements import sign_statement
from interchange.demo.narrator import NotHeld
from interchange.domain.names import parse_organ
from interchange.domain.proposals import Proposal

if TYPE_CHECKING:
    from interchange.demo.stage import Nation

ONE, OTHER = "one", "other"
"""Ends of the names of the two; their certificates, keys and names are their own."""


def by_two(nation: Nation, method: str, request: dict[str, Any], role: str = "officer", organ: str = "") -> Any:  # noqa: ANN401
    """Let two people of one role carry out an act, and give its result.

    Args:
        nation: whose node and whose people.
        method: `Service/Method`, whose answer has `result` or `proposal`.
        request: without request id.
        role: of both.
        organ: `PARTY/ORGAN` to which both are bound, or empty.
    """
    bound = parse_organ(organ)[1] if organ else ""
    asked = {"request_id": str(uuid.uuid4()), **request}
    session = nation.person(role, _name(role, bound, ONE), bound)
    answer = session.call(method, asked)
    if "proposal" in answer:
        for who in (ONE, OTHER):
            sign(nation, answer["proposal"], role, _name(role, bound, who), bound)
        # The same request again: it is known by its id, and what came of it is told.
        answer = session.call(method, asked)
    if "result" not in answer:
        message = f"{method} still waits, although two people have signed"
        raise NotHeld(message)
    return answer["result"]


def sign(nation: Nation, told: dict[str, Any], role: str, name: str, organ: str = "") -> dict[str, Any]:
    """Sign a proposal as somebody, after a look at what exactly is proposed; give it as it stands then."""
    proposal = Proposal.told(told)
    proposal.check_digest()
    key = (nation.credentials(role, name, organ) / "caller.key").read_bytes()
    request = {
        "request_id": str(uuid.uuid4()),
        "proposal_id": proposal.proposal_id,
        "approves": True,
        "signature": b64encode(sign_statement(key, proposal.statement(approves=True, why=""))).decode(),
    }
    signed: dict[str, Any] = nation.person(role, name, organ).call("ProposalService/SignProposal", request)["proposal"]
    return signed


def _name(role: str, organ: str, who: str) -> str:
    return "-".join(part for part in (role, organ.lower(), who) if part)
