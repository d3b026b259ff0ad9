"""What one person may do with a key, what waits for two, and what the KeyService refuses whoever asks."""

import json
from typing import Any

import pytest
from fakes.bad import ADMIN, Bad, expected, sent
from fakes.key_requests import (
    ACTIVATE,
    DESTROY,
    METI,
    RESUME,
    RETIRE,
    TAINT,
    TAINTED,
    YESTERDAY,
    drafting,
    laid_in,
    moving,
    on_board,
)
from fakes.nodes import Served
from fakes.parties import DAY, NOW, key_of
from fakes.signing import KEEPER, KEEPERS_COLLEAGUE
from fakes.strict import Strict
from google.protobuf.timestamp_pb2 import Timestamp

from interchange.domain.keyring import Role
from interchange.errors import Reason
from interchange.v1 import keys_pb2 as pb

# -- two people -------------------------------------------------------------------------------------------------


def test_one_person_drafts_and_suspends(strict: Strict) -> None:
    """The one gives nobody anything, the other must be quick."""
    drafted = strict.by(KEEPER).keys.DraftKey(drafting())
    assert (len(drafted.kid), strict.by(KEEPER).keys.MoveKey(moving()).result.stage) == (43, pb.KEY_STAGE_SUSPENDED)


STEPS: dict[str, dict[str, Any]] = {
    "activate": {"verb": ACTIVATE},
    "retire": {"verb": RETIRE},
    "taint": TAINTED,
    "resume": {"verb": RESUME},
    "destroy": {"verb": DESTROY},
}


@pytest.mark.parametrize("step", STEPS)
def test_step_waits_for_a_second_key_administrator(strict: Strict, step: str) -> None:
    """And is taken with the second signature."""
    call = strict.by(KEEPER).keys
    kid = METI
    if step == "activate":
        kid = laid_in(strict.served)
        strict.served.clock.now += 3600
    if step == "destroy":
        kid = call.DraftKey(drafting()).kid
    if step == "resume":
        call.MoveKey(moving())
    request = moving(kid=kid, **STEPS[step])
    told = call.MoveKey(request).proposal
    before = on_board(strict.served)[kid].stage
    strict.say(KEEPER, told)
    one = on_board(strict.served)[kid].stage
    strict.say(KEEPERS_COLLEAGUE, told)
    assert (told.approver_role, one) == ("key-admin", before)
    assert call.MoveKey(request).result.stage == on_board(strict.served)[kid].stage != before


def test_second_person_reads_that_it_is_forced(strict: Strict) -> None:
    """Who approves approves that, too."""
    told = strict.by(KEEPER).keys.MoveKey(moving(kid=laid_in(strict.served), verb=ACTIVATE, forced=True)).proposal
    assert json.loads(strict.get(KEEPERS_COLLEAGUE, told.proposal_id).request)["forced"] is True


def test_private_half_lies_there_until_the_second_person_has_signed(strict: Strict) -> None:
    """One person destroys nothing."""
    kid = strict.by(KEEPER).keys.DraftKey(drafting()).kid
    told = strict.by(KEEPER).keys.MoveKey(moving(kid=kid, verb=DESTROY)).proposal
    strict.say(KEEPER, told)
    before = kid in strict.served.node.signers
    strict.say(KEEPERS_COLLEAGUE, told)
    assert (before, kid in strict.served.node.signers) == (True, False)


# -- what it refuses --------------------------------------------------------------------------------------------

DRAFT, MOVE = "keys.DraftKey", "keys.MoveKey"
MISSING, FORM, ENUM = Reason.FIELD_MISSING, Reason.FIELD_FORM, Reason.ENUM_UNKNOWN
TOMORROW = Timestamp(seconds=NOW + DAY)
ABSURD = Reason.DATE_ABSURD
WINDOWS = "sign_from, sign_until or verify_until"

CASES = {
    "no key": Bad(ADMIN, MOVE, moving(kid=""), MISSING, "kid"),
    "key that is no thumbprint": Bad(ADMIN, MOVE, moving(kid="METI"), FORM, "kid"),
    "key that nobody has": Bad(ADMIN, MOVE, moving(kid="A" * 43), Reason.NOT_KNOWN, "kid"),
    "key of a partner": Bad(ADMIN, MOVE, moving(kid=key_of("KOR", Role.STATUS).kid), Reason.NOT_KNOWN, "kid"),
    "unset verb": Bad(ADMIN, MOVE, moving(verb=0), ENUM, "verb"),
    "unknown verb": Bad(ADMIN, MOVE, moving(verb=99), ENUM, "verb"),
    "step that leads nowhere": Bad(
        ADMIN, MOVE, moving(verb=DESTROY), Reason.KEY_STAGE, "active, which is not to destroy"
    ),
    "taint without its beginning": Bad(ADMIN, MOVE, moving(verb=TAINT), MISSING, "tainted_since"),
    "suspension with a beginning": Bad(ADMIN, MOVE, moving(tainted_since=YESTERDAY), FORM, "tainted_since"),
    "taint from tomorrow on": Bad(ADMIN, MOVE, moving(verb=TAINT, tainted_since=TOMORROW), ABSURD, "tainted_since"),
    "suspension that is forced": Bad(ADMIN, MOVE, moving(forced=True), FORM, "forced"),
    "step without a request id": Bad(ADMIN, MOVE, moving(request_id=""), MISSING, "request_id"),
    "unset role": Bad(ADMIN, DRAFT, drafting(role=0), ENUM, "role"),
    "unknown role": Bad(ADMIN, DRAFT, drafting(role=99), ENUM, "role"),
    "organ that nobody is": Bad(ADMIN, DRAFT, drafting(organ="NOBODY"), FORM, "organ"),
    "organ of no form": Bad(ADMIN, DRAFT, drafting(organ="me ti"), FORM, "organ"),
    "assert key without its organ": Bad(ADMIN, DRAFT, drafting(organ=""), FORM, "organ"),
    "lane key of an organ": Bad(ADMIN, DRAFT, drafting(role=pb.KEY_ROLE_LANE), FORM, "organ"),
    "no beginning": Bad(ADMIN, DRAFT, drafting(sign_from=None), ABSURD, "sign_from"),
    "no end": Bad(ADMIN, DRAFT, drafting(sign_until=None), ABSURD, "sign_until"),
    "no last day": Bad(ADMIN, DRAFT, drafting(verify_until=None), ABSURD, "verify_until"),
    "window that ends first": Bad(ADMIN, DRAFT, drafting(sign_until=YESTERDAY), ABSURD, WINDOWS),
    "counts no longer than it signs": Bad(ADMIN, DRAFT, drafting(verify_until=TOMORROW), ABSURD, WINDOWS),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place, and is found before anything is written."""
    assert sent(idle, bad) == expected(bad)
