"""What commits between deciding and writing: the signer is asked in between, and brings it about."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from fakes.keychain import MemoryKeychain
from fakes.narrowing import narrow
from fakes.parties import HOME, TREATY, do, key_of, keyring_of, signed, signers_of, with_key
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.crypto.signer import Signer
from interchange.domain.events import Restriction
from interchange.domain.keyring import Role
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.node import Node

ISSUED = ("assertions", "told", "status_lists", "status_slots", "pairwise")
"""Tables that only an issued assertion fills."""

METI = key_of(HOME, Role.ASSERT, "METI")


class InterruptedSigner:
    """A signer before whose signatures something happens elsewhere."""

    def __init__(self, signer: Signer, meanwhile: Iterator[Callable[[], object]]) -> None:
        """Do the next of `meanwhile`, while there is one, each time a signature is asked for."""
        self._signer, self._meanwhile = signer, meanwhile

    @property
    def kid(self) -> str:
        """Thumbprint of the key."""
        return self._signer.kid

    @property
    def public_key(self) -> bytes:
        """The public key."""
        return self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        """Let it happen, then sign."""
        for happen in self._meanwhile:
            happen()
            break
        return self._signer.sign(message)


def interrupt(world: World, *meanwhile: Callable[[], object]) -> World:
    """Give a second view of the world, in which these things happen at home, one at each signature of the organ."""
    return interrupt_each(world, iter(meanwhile))


def interrupt_each(world: World, meanwhile: Iterator[Callable[[], object]]) -> World:
    """Give a second view of the world, in which the next thing happens at each signature of the organ."""
    signer = InterruptedSigner(world.home.signers[METI.kid], meanwhile)
    node = replace(world.home, signers=MemoryKeychain({**world.home.signers, METI.kid: signer}))
    return World(world.directory, {**world.nodes, HOME: node})


def traces(node: Node) -> dict[str, int]:
    """Count what an issue would have left: its rows, its recorded request, and its leaves in the partners' lanes."""
    ledger = rows(node)
    found = {table: len(ledger[table]) for table in ISSUED}
    found["requests"] = sum(row[1] == "issue_assertion" for row in ledger["requests"])
    found["leaves"] = sum(b"issue" in leaf for _, _, leaf, _ in ledger["leaves"])  # type: ignore[operator]
    return {table: number for table, number in found.items() if number}


def restrict(world: World) -> None:
    """Narrow the organ's key."""
    narrow(world.home, METI.kid, Restriction.TAINTED)


def retire(world: World) -> None:
    """Publish a keyring without the organ's key."""
    ring = keyring_of(HOME, 2)
    without = replace(ring, keys=tuple(key for key in ring.keys if key.kid != METI.kid))
    do(world.home, PUBLISH, PublishRequest(signed(without, HOME)))


REFS = {
    HoldScope.EMPLOYER: "employer-1",
    HoldScope.AGREEMENT: TREATY,
}


@pytest.mark.parametrize("scope", [HoldScope.SUBJECT, HoldScope.EMPLOYER, HoldScope.PROJECT, HoldScope.AGREEMENT])
def test_hold_that_commits_while_the_signature_is_made_refuses_the_assertion(world: World, scope: HoldScope) -> None:
    """What was decided before the hold is decided again after it."""
    project, subject = world.open_project(), world.clear()
    ref = {HoldScope.SUBJECT: subject, HoldScope.PROJECT: project, **REFS}[scope]
    interrupted = interrupt(world, lambda: world.suspend(scope, ref))
    with refused(Reason.HELD):
        interrupted.issue(project, subject)


@pytest.mark.parametrize(("happen", "reason"), [(restrict, Reason.KEY_RESTRICTED), (retire, Reason.SIGNER_UNAVAILABLE)])
def test_key_that_is_narrowed_while_it_signs_refuses_the_assertion(
    world: World, happen: Callable[[World], None], reason: Reason
) -> None:
    """A signature that was made before the restriction committed is not released after it."""
    project, subject = world.open_project(), world.clear()
    interrupted = interrupt(world, lambda: happen(world))
    with refused(reason):
        interrupted.issue(project, subject)


@pytest.mark.parametrize("event", [*REFS, HoldScope.SUBJECT, HoldScope.PROJECT, restrict, retire])
def test_refusal_of_a_race_lost_leaves_no_trace(world: World, event: HoldScope | Callable[[World], None]) -> None:
    """Neither assertion nor leaf nor slot nor reference nor recorded request remains of what was not released."""
    project, subject = world.open_project(), world.clear()

    def happen() -> None:
        if isinstance(event, HoldScope):
            refs = {HoldScope.SUBJECT: subject, HoldScope.PROJECT: project, **REFS}
            world.suspend(event, refs[event])
        else:
            event(world)

    with pytest.raises(Exception, match=r"held|key_restricted|signer_unavailable"):
        interrupt(world, happen).issue(project, subject)
    assert traces(world.home) == {}


def test_second_issue_that_commits_first_is_the_only_one(world: World) -> None:
    """Of two requests for one participant at once, one gives an assertion and the other is refused."""
    project, subject = world.open_project(), world.clear()
    interrupted = interrupt(world, lambda: world.issue(project, subject))
    with refused(Reason.ALREADY_ISSUED):
        interrupted.issue(project, subject)


def test_loser_of_two_issues_leaves_no_trace(world: World) -> None:
    """One of each is there, and a leaf each for the partner and the auditors: those of the one that won."""
    project, subject = world.open_project(), world.clear()
    interrupted = interrupt(world, lambda: world.issue(project, subject))
    with refused(Reason.ALREADY_ISSUED):
        interrupted.issue(project, subject)
    assert traces(world.home) == {**dict.fromkeys(ISSUED, 1), "requests": 1, "leaves": 2}


def test_slot_that_was_taken_meanwhile_is_not_given_twice(world: World) -> None:
    """A draw that another request took first is drawn anew."""
    project, one, other = world.open_project(), world.clear(), world.clear()
    draws, chance = iter((7, 8)), world.home.chance
    other_worker = World(world.directory, {HOME: replace(world.home, chance=replace(chance, below=lambda _: 7))})
    interrupted = interrupt(world, lambda: other_worker.issue(project, other))
    interrupted.nodes[HOME] = replace(interrupted.home, chance=replace(chance, below=lambda _: next(draws)))
    jti = interrupted.issue(project, one)
    assert world.issued(jti).idx == 8


def test_reference_that_another_request_gave_meanwhile_is_used(world: World) -> None:
    """Two requests for one person in two projects at once give the partner one reference."""
    one, other, subject = world.open_project(), world.open_project(), world.clear()
    first: list[str] = []
    interrupted = interrupt(world, lambda: first.append(world.issue(other, subject)))
    second = interrupted.issue(one, subject)
    assert world.claims(second)["sub"] == world.claims(first[0])["sub"]


def test_better_clearance_that_commits_meanwhile_is_what_is_asserted(world: World) -> None:
    """The statement that is released rests on the ledger as it was when it was written."""
    project, subject = world.open_project(), world.clear("JPN/CESI")
    interrupted = interrupt(world, lambda: world.clear("JPN/SDS", subject_id=subject))
    assert world.claims(interrupted.issue(project, subject, "AUS"))["clr"]["home"] == "JPN/SDS"


def test_new_key_that_is_published_meanwhile_signs(world: World) -> None:
    """When the keyring changes under a signature, the assertion is signed anew with the key that is there now."""
    world.nodes[HOME] = replace(world.home, signers=signers_of(HOME) | signers_of(HOME, 2))
    project, subject = world.open_project(), world.clear()
    newer = key_of(HOME, Role.ASSERT, "METI", version=2)
    ring = with_key(keyring_of(HOME, 2), Role.ASSERT, newer)
    interrupted = interrupt(world, lambda: do(world.home, PUBLISH, PublishRequest(signed(ring, HOME))))
    jti = interrupted.issue(project, subject)
    world.follow()
    assert world.verdict("KOR", jti).reason is None


def test_ledger_that_never_stands_still_refuses_in_the_end(world: World) -> None:
    """A decision that changes at every attempt is given up rather than signed for ever."""
    project, subject = world.open_project(), world.clear("JPN/CESI")

    def prolong(employer: int) -> Callable[[], object]:
        return lambda: world.clear("JPN/SDS", subject_id=subject, employer_id=f"employer-{employer:04}")

    interrupted = interrupt_each(world, (prolong(number) for number in count(2)))
    choose_newest(world, interrupted)
    with refused(Reason.DECISION_CHANGED):
        interrupted.issue(project, subject, "AUS")


def choose_newest(world: World, interrupted: World) -> None:
    """Let the ids of clearances grow, so that each new one is chosen before those that end with it."""
    numbers = count(1)
    growing = replace(world.home.chance, uuid=lambda: f"{next(numbers):08x}-0000-4000-8000-000000000000")
    world.nodes[HOME] = replace(world.home, chance=growing)
    interrupted.nodes[HOME] = replace(interrupted.home, chance=growing)


def test_request_that_was_given_up_leaves_no_trace(world: World) -> None:
    """Four signatures were made and none of them is kept."""
    project, subject = world.open_project(), world.clear("JPN/CESI")
    interrupted = interrupt_each(world, (lambda: world.clear("JPN/SDS", subject_id=subject) for _ in count()))
    choose_newest(world, interrupted)
    with refused(Reason.DECISION_CHANGED):
        interrupted.issue(project, subject, "AUS")
    assert traces(world.home) == {}


def test_what_changes_nothing_in_the_decision_does_not_disturb_it(world: World) -> None:
    """Another person's hold, committed meanwhile, does not keep anybody else waiting."""
    project, subject, other = world.open_project(), world.clear(), world.clear()
    interrupted = interrupt(world, lambda: world.suspend(HoldScope.SUBJECT, other))
    assert interrupted.issue(project, subject)
