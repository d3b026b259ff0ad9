"""What a node makes of a token that it is shown, with all that its ledger knows."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from fakes import forger, tokens
from fakes.forger import ForgedLink, followed, page
from fakes.parties import DAY, HOME, NOW, key_of, label, names_of, rulebook
from fakes.world import World

from interchange.crypto.keychain import NoKeys
from interchange.domain.agreements import RowState
from interchange.domain.assertion import Assertion, Kind
from interchange.domain.events import AssertionIssued
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Context, Outcome, Step, Verdict
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.verify import verify
from interchange.wire import base64url
from interchange.wire.claims import encode_assertion
from interchange.wire.envelope import compact, signing_input
from interchange.wire.events import encode_leaf

PROJECT = "cHJvamVjdC1yZWZlcmVuYw"
JTI = "6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f"
METI = label(HOME, Role.ASSERT, "METI")


def row(agreement: str, source: str, target: str) -> dict[str, Any]:
    """Name a row of the rulebook as the claims do."""
    found = next(row for row in rulebook().agreement(agreement).rows if (row.source, row.target) == (source, target))
    claims = {"home": source, "partner": target, "agreement": agreement, "row": found.digest}
    return claims | {"row_state": found.state}


def statement(**changes: Any) -> Assertion:  # noqa: ANN401
    """Say what the home party's organ could have said to Korea."""
    usual = Assertion(
        iss=names_of(HOME).organ_uri("METI"),
        sub="c3ViamVjdC1yZWZlcmVuYw",
        aud=names_of("KOR").uri,
        jti=JTI,
        iat=NOW,
        nbf=NOW - NOW % 3600,
        exp=NOW + 30 * DAY,
        project=PROJECT,
        purpose="joint_research",
        kind=Kind.CLEARED,
        status_uri=names_of(HOME).status_uri("KOR", 1),
        status_idx=7,
        **row("JPN-KOR-2016", "JPN/SDS", "KOR/II"),
    )
    return replace(usual, **changes)


def signed(claims: Assertion, key: str = METI, alg: str = "EdDSA") -> bytes:
    """Sign any statement with any key."""
    message = signing_input(alg, tokens.kid(key), "clearance-assertion+jwt", encode_assertion(claims))
    return compact(message, tokens.sign(key, message))


def tell(world: World, token: bytes, jti: str = JTI) -> None:
    """Let the lane tell of a token, whatever it says: the issuer itself is the one who lies."""
    digest = base64url.encode(sha256(token).digest())
    leaf = Entry(encode_leaf(followed(world).size, AssertionIssued(jti, 7, digest)), token)
    forged = page(followed(world), [leaf])
    follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)


def judge(world: World, token: bytes, **context: Any) -> Verdict:  # noqa: ANN401
    """Let Korea judge."""
    asked = Context(names_of("KOR").uri, PROJECT, NOW, accept_working=True)
    return verify(token, LedgerKnowledge(world["KOR"]), replace(asked, **context))


def test_what_the_lane_tells_and_the_organ_signed_is_valid(world: World) -> None:
    """The statement that all others here differ from."""
    token = signed(statement())
    tell(world, token)
    assert judge(world, token).outcome is Outcome.VALID


FAULTS: dict[str, tuple[Step, Reason, Assertion, str]] = {
    "signed by another organ of the same party": (
        Step.CLAIMS,
        Reason.KEY_ORGAN,
        statement(),
        label(HOME, Role.ASSERT, "MOD"),
    ),
    "in the name of another party": (
        Step.CLAIMS,
        Reason.KEY_ORGAN,
        statement(iss=names_of("AUS").organ_uri("METI")),
        METI,
    ),
    "signed by the key for lanes": (Step.KEY, Reason.KEY_ROLE, statement(), label(HOME, Role.LANE)),
    "signed by the key for status lists": (Step.KEY, Reason.KEY_ROLE, statement(), label(HOME, Role.STATUS)),
    "signed by a key that no keyring has": (Step.KEY, Reason.KEY_UNKNOWN, statement(), "anybody"),
    "signed by a party that is not admitted": (
        Step.KEY,
        Reason.KEY_UNKNOWN,
        statement(),
        label("AUS", Role.ASSERT, "AGSVA"),
    ),
    "addressed to another party": (
        Step.AUDIENCE,
        Reason.AUDIENCE_WRONG,
        statement(aud=names_of("AUS").uri),
        METI,
    ),
    "for another project": (Step.PROJECT, Reason.PROJECT_WRONG, statement(project="b3RoZXItcHJvamVjdC0xMg"), METI),
    "not valid yet": (
        Step.TIME,
        Reason.NOT_YET_VALID,
        statement(iat=NOW + 61, nbf=NOW + 61),
        METI,
    ),
    "ended": (Step.TIME, Reason.EXPIRED, statement(iat=NOW - 9, nbf=NOW - 9, exp=NOW), METI),
    "signed before its key's window": (
        Step.TIME,
        Reason.KEY_WINDOW,
        statement(iat=NOW - 61, nbf=NOW - 61),
        METI,
    ),
    "on the row of another pair of parties": (
        Step.ROW,
        Reason.ROW_UNKNOWN,
        statement(**row("JPN-AUS-2013", "JPN/SDS", "AUS/NV1")),
        METI,
    ),
    "on the way back": (
        Step.ROW,
        Reason.ROW_UNKNOWN,
        statement(**row("JPN-KOR-2016", "KOR/II", "JPN/SDS")),
        METI,
    ),
    "on a row that nobody knows": (Step.ROW, Reason.ROW_UNKNOWN, statement(row="A" * 43), METI),
    "of a higher level than its row has": (Step.ROW, Reason.ROW_MISMATCH, statement(partner="KOR/I"), METI),
    "of another home level than its row has": (Step.ROW, Reason.ROW_MISMATCH, statement(home="JPN/CESI"), METI),
    "under another agreement than its row's": (
        Step.ROW,
        Reason.ROW_MISMATCH,
        statement(agreement="JPN-KOR-2017"),
        METI,
    ),
    "with a confirmed row called working": (
        Step.ROW,
        Reason.ROW_MISMATCH,
        statement(row_state=RowState.WORKING),
        METI,
    ),
}
"""What is wrong → the step that finds it, its reason, the statement, and the key that signed it."""


@pytest.mark.parametrize("name", FAULTS)
def test_assertion_that_its_own_issuers_lane_tells_is_refused(world: World, name: str) -> None:
    """Being told by the lane mends nothing else."""
    step, reason, claims, key = FAULTS[name]
    token = signed(claims, key)
    tell(world, token)
    verdict = judge(world, token)
    assert (verdict.passed[-1:], verdict.reason) == (tuple(Step)[: tuple(Step).index(step)][-1:], reason)


def test_assertion_that_one_partner_received_cannot_be_passed_on(world: World) -> None:
    """Korea signs for an Australian level to Japan: a level never travels through a third party."""
    nis = label("KOR", Role.ASSERT, "NIS")
    claims = statement(
        iss=names_of("KOR").organ_uri("NIS"),
        aud=names_of(HOME).uri,
        **row("JPN-AUS-2013", "AUS/NV1", "JPN/SDS"),
    )
    token = signed(claims, nis)
    leaf = Entry(encode_leaf(0, AssertionIssued(JTI, 7, base64url.encode(sha256(token).digest()))), token)
    lane = names_of("KOR").lane(HOME, 1)
    head = forger.grown(follow.frontier_of(world.home, "KOR"), [leaf])
    note = forger.note(head.size, head.root, key=label("KOR", Role.LANE), origin=lane)
    forged = replace(page(follow.frontier_of(world.home, "KOR"), [leaf]), note=note)
    follow.take(world.home, ForgedLink(world, forged), "KOR", forged, NOW)
    asked = Context(names_of(HOME).uri, PROJECT, NOW, accept_working=True)
    assert verify(token, LedgerKnowledge(world.home), asked).reason is Reason.ROW_UNKNOWN


def test_token_with_another_digest_than_told_is_taken_for_forged(world: World) -> None:
    """The same id signed twice: only the one that the lane has counts."""
    tell(world, signed(statement()))
    assert judge(world, signed(statement(exp=NOW + 31 * DAY))).reason is Reason.NOT_IN_LANE


def test_other_algorithm_name_is_refused(world: World) -> None:
    """The name of the algorithm is bound to the key, though both names mean the same mathematics."""
    token = signed(statement(), alg="Ed25519")
    tell(world, token)
    assert judge(world, token).reason is Reason.HEADER_ALG


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + (b"A" if token[-1:] != b"A" else b"B"),
        lambda token: token + b"=",
        lambda token: b" " + token,
        lambda token: token.replace(b".", b"..", 1),
        lambda token: token[:40],
        lambda token: b"",
    ],
)
def test_changed_bytes_are_never_valid(world: World, change: Callable[[bytes], bytes]) -> None:
    """Nothing is repaired, trimmed or padded."""
    token = signed(statement())
    tell(world, token)
    assert judge(world, change(token)).outcome is Outcome.NOT_VALID


def test_working_row_is_refused_unless_asked_for(world: World) -> None:
    """A verifier that takes confirmed rows only says so."""
    jti = world.issue(world.open_project(), world.clear(), "AUS")
    world.follow("AUS")
    assert world.verdict("AUS", jti, accept_working=False).reason is Reason.ROW_WORKING


def test_working_row_is_named_in_the_verdict(world: World) -> None:
    """Whoever relies on a working reading is told so."""
    jti = world.issue(world.open_project(), world.clear(), "AUS")
    world.follow("AUS")
    verdict = world.verdict("AUS", jti)
    assert (verdict.outcome, verdict.working) == (Outcome.VALID, True)


def test_partner_that_is_not_the_audience_cannot_rely_on_it(world: World) -> None:
    """An assertion for one partner is worth nothing to another, who may well know the issuer's keys."""
    jti = world.issue(world.open_project(), world.clear(), "KOR")
    world.follow("AUS")
    assert world.verdict("AUS", jti, audience=names_of("AUS").uri).reason is Reason.AUDIENCE_WRONG


def test_withdrawn_beats_stale(world: World) -> None:
    """A held assertion stays held, however old the knowledge is."""
    jti = world.issue(world.open_project(), world.clear())
    world.suspend(HoldScope.ASSERTION, jti)
    world.follow()
    assert world.verdict("KOR", jti, NOW + 20 * DAY).reason is Reason.SUSPENDED


def test_issuer_is_never_stale_about_itself(world: World) -> None:
    """Of its own lanes a node knows what it told as of now."""
    jti = world.issue(world.open_project(), world.clear())
    assert world.verdict(HOME, jti, NOW + 20 * DAY).age == 60


def test_verdict_writes_nothing_on_a_partner(world: World) -> None:
    """Verifying is reading: a ledger that cannot be written still answers."""
    jti = world.issue(world.open_project(), world.clear())
    world.follow()
    reading = replace(world["KOR"], signers=NoKeys())
    assert (
        verify(
            world.token(jti),
            LedgerKnowledge(reading),
            Context(names_of("KOR").uri, world.claims(jti)["project"], NOW),
        ).reason
        is None
    )


def test_key_is_found_with_its_own_party(world: World) -> None:
    """A key id leads to the party whose keyring has it."""
    found = LedgerKnowledge(world.home).key(key_of("KOR", Role.ASSERT, "NIS").kid)
    assert found is not None
    assert found.authority == names_of("KOR").authority
