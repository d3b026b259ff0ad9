"""What verifiers make of what a thief made, and of what honest people show, in the words of the tables' cells."""

from collections.abc import Callable
from dataclasses import dataclass

from fakes.parties import HOME, names_of
from fakes.stolen import pairs
from fakes.world import World
from thief.jwt_only import judged_by_jwt
from thief.robbed import (
    JUDGED,
    THEFT,
    Depth,
    FakeNode,
    Robbery,
    Stage,
    bundle,
    follower,
    keyring,
    page,
    reference,
    told,
)

from interchange.client import directory as files
from interchange.client.verifier import Verifier
from interchange.domain.lane import Page
from interchange.domain.verdict import Context, Outcome, Verdict
from interchange.errors import Refusal
from interchange.flows import follow
from interchange.flows.keyrings import trusted
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.status_lists import signed_list
from interchange.flows.verify import verify
from interchange.wire.jwks import jwks


@dataclass(frozen=True)
class Case:
    """One question: the robbed world at some stage, and what the thief made of the theft."""

    world: World
    robbery: Robbery
    stage: Stage
    depth: Depth

    def made(self, name: str) -> bytes:
        """Read what the thief made."""
        return (self.robbery.loot[self.depth] / "made" / name).read_bytes()

    def seen(self, name: str) -> bytes:
        """Read what the thief has seen."""
        return (self.robbery.loot[self.depth] / "seen" / name).read_bytes()

    def uri(self) -> str:
        """Name the status list of the assertion that the thief has seen."""
        return str(self.world.claims(self.robbery.real)["status"]["status_list"]["uri"])


Answer = Callable[[Case], str]


def said(verdict: Verdict) -> str:
    """Spell a verdict as a cell does."""
    if verdict.outcome is Outcome.NOT_VALID and verdict.reason:
        return verdict.reason.code
    return verdict.outcome.value


# -- followers --------------------------------------------------------------------------------------------------


def at_the_node(case: Case, token: bytes, at: int = JUDGED, knowledge: LedgerKnowledge | None = None) -> str:
    """Let Korea's node judge, as it stands; with what it has looked into before, if that is given."""
    context = Context(names_of("KOR").uri, reference(case.world, case.robbery.real), at, accept_working=True)
    return said(verify(token, knowledge or LedgerKnowledge(case.world["KOR"]), context))


def by_the_true_lane(token: str, case: Case) -> str:
    """Let Korea's node follow the true node, and judge what the thief made."""
    case.world.follow(now=JUDGED)
    return at_the_node(case, case.made(token))


def by_the_thiefs_lane(case: Case, at: int = JUDGED) -> str:
    """Let Korea's node follow whoever answers in the true node's place."""
    fake = FakeNode(case.world, case.robbery.loot[case.depth], "backdated", "heartbeat")
    try:
        follow.catch_up(case.world["KOR"], fake, HOME, JUDGED)
        follow.catch_up(case.world["KOR"], fake, HOME, JUDGED)
    except Refusal as refusal:
        return refusal.reason.code
    return at_the_node(case, case.made("forged.jws"), at)


def by_another_history(case: Case) -> str:
    """Show Korea's node, which has the true leaves, another lane of the same length."""
    fake = FakeNode(case.world, case.robbery.loot[case.depth], "another")
    try:
        follow.catch_up(case.world["KOR"], fake, HOME, JUDGED)
    except Refusal as refusal:
        return refusal.reason.code
    return at_the_node(case, case.made("forged.jws"))


def by_a_program_that_follows(case: Case, *, carried: bool, at: int = JUDGED) -> str:
    """Let a program that has what the thief knows of the lane meet the thief; people carry it keyrings, or do not."""
    loot, reader = case.robbery.loot[case.depth], follower(case.world)
    backdated = page(loot, "backdated")
    true = told(case.world)[: backdated.first]
    # Both at once, as from a node that the program reads anew: what it knew before is of no matter here.
    reader.accept(Page(backdated.note, 0, (*true, *backdated.entries)), THEFT + 300)
    reader.accept(page(loot, "heartbeat"), JUDGED)
    if carried and case.stage is Stage.RENEWED:
        reader.install_keyring(keyring(case.world))
    where = reference(case.world, case.robbery.real)
    return said(reader.verify(case.made("forged.jws"), project=where, now=at))


# -- machines without network -----------------------------------------------------------------------------------


def by_files(case: Case, evidence: files.Bundle, token: bytes, at: int = JUDGED) -> str:
    """Let a machine without network judge a token by a bundle."""
    pin = case.world.home.ledger.read(lambda tx: case.world.home.keyring(tx, case.world.home.names.authority)).root_pin
    try:
        reader = Verifier(evidence, root_pin=pin, party="KOR", accept_working=True)
        return said(reader.verify(token, project=reference(case.world, case.robbery.real), now=at))
    except Refusal as refusal:
        return refusal.reason.code


def by_a_true_bundle(case: Case) -> str:
    """Show a forged token with the bundle of the one that it was made after."""
    return by_files(case, files.read_bundle(case.robbery.loot[case.depth] / "seen"), case.made("renamed.jws"))


def by_a_made_bundle(case: Case, at: int = JUDGED) -> str:
    """Show a bundle that the thief made."""
    return by_files(case, files.read_bundle(case.robbery.loot[case.depth] / "made/bundle"), case.made("forged.jws"), at)


# -- programs that only know JWT --------------------------------------------------------------------------------


def true_keys(case: Case) -> bytes:
    """Fetch the JWK set from the true node."""
    node = case.world.home
    ring = node.ledger.read(lambda tx: trusted(tx, node.keyring(tx, node.names.authority)))
    return jwks(ring)


def by_jwt(token: str, case: Case) -> str:
    """Let a program that fetches keys and lists from the true node judge."""
    listed = signed_list(case.world.home, "KOR", case.uri(), JUDGED)
    return judged_by_jwt(case.made(token), true_keys(case), listed, case.uri(), JUDGED)


def by_jwt_at_the_thiefs(case: Case, at: int | None = None) -> str:
    """Let a program judge that fetches keys and lists from whoever answers in the true node's place."""
    first = case.world.home.ledger.read(lambda tx: case.world.home.keyring(tx, case.world.home.names.authority))
    old = jwks(follower(case.world).keyring)
    assert first.number >= 1
    own = case.robbery.loot[case.depth] / "made/status-list.jwt"
    if own.exists():
        listed, now = own.read_bytes(), JUDGED
    else:
        listed, now = case.seen(files.STATUS_LIST), THEFT + 260
    return judged_by_jwt(case.made("forged.jws"), old, listed, case.uri(), now if at is None else at)


# -- what it costs those who did nothing wrong ------------------------------------------------------------------


def honest(case: Case, who: str) -> bytes | None:
    """Give an honest person's token."""
    jti = {"real": case.robbery.real, "late": case.robbery.late}.get(who) or pairs(case.world).get(case.robbery.real)
    return case.world.token(jti) if jti else None


def honest_at_a_follower(who: str, case: Case) -> str:
    """Let Korea's node judge it."""
    case.world.follow(now=JUDGED)
    token = honest(case, who)
    return at_the_node(case, token) if token else "-"


def honest_by_files(who: str, case: Case) -> str:
    """Let a machine without network judge it by what the true node gives on that day."""
    jti = {"real": case.robbery.real, "late": case.robbery.late}.get(who) or pairs(case.world).get(case.robbery.real)
    return by_files(case, bundle(case.world, jti, JUDGED), case.world.token(jti)) if jti else "-"


def honest_by_jwt(who: str, case: Case) -> str:
    """Let a program that knows JWT alone judge it."""
    token = honest(case, who)
    if token is None:
        return "-"
    listed = signed_list(case.world.home, "KOR", case.uri(), JUDGED)
    return judged_by_jwt(token, true_keys(case), listed, case.uri(), JUDGED)
