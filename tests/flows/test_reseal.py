"""Changing the keys of the vault: everybody is written anew, and found at every moment of it."""

from dataclasses import replace

import pytest
from fakes import tokens
from fakes.parties import DAY, HOME, NOW
from fakes.people import OFFICER, identity, register
from fakes.world import World, rows
from sqlalchemy import update
from sqlmodel import col

from interchange.crypto.vault import Vault
from interchange.domain.events import ActPerformed
from interchange.errors import Reason, Refusal
from interchange.flows import reseal as flow
from interchange.flows.audit import audit
from interchange.flows.node import Node
from interchange.flows.perform import perform
from interchange.flows.reseal import CALLER, Resealed, reseal
from interchange.flows.retention import retain
from interchange.flows.subjects import REGISTER, find_all, identity_of, register_request
from interchange.store import subjects
from interchange.store.domestic import SubjectRow

PEOPLE = 5


def vault(sealing: int = 2, looking: int = 2, first: int = 1) -> Vault:
    """Make the home party's vault with keys up to these numbers, the first as in the vault that it begins with."""
    names = {"seal": sealing, "lookup": looking}
    seal, lookup = (
        {n: tokens.seed(f"{HOME} {kind}{'' if n == 1 else f' {n}'}") for n in range(first, last + 1)}
        for kind, last in names.items()
    )
    return Vault(seal, lookup)


@pytest.fixture
def people(world: World) -> list[str]:
    """Five people who were registered under the first keys."""
    return [register(world.home, identity(number)) for number in range(PEOPLE)]


@pytest.fixture
def home(world: World, people: list[str]) -> Node:
    """The node after keys were added and it was started again."""
    return replace(world.home, vault=vault())


def found(node: Node) -> list[str]:
    """Look for the five people."""
    wanted = [identity(number).presented for number in range(PEOPLE)]
    return node.ledger.read(lambda tx: find_all(node, tx, wanted))


def numbers(node: Node) -> tuple[dict[int, int], dict[int, int]]:
    """Count what is under which key."""
    return node.ledger.read(lambda tx: (subjects.sealed_under(tx), subjects.looked_up_under(tx)))


def test_everybody_is_written_under_the_new_keys(home: Node) -> None:
    """One pass leaves nothing under the old ones."""
    assert reseal(home, NOW) == Resealed(sealing=2, looking=2, done=PEOPLE, failed=0)
    assert numbers(home) == ({2: PEOPLE}, {2: PEOPLE})


def test_new_keys_alone_open_and_find_afterwards(home: Node, people: list[str]) -> None:
    """The old ones can go."""
    reseal(home, NOW)
    alone = replace(home, vault=vault(first=2))
    assert found(alone) == people
    assert alone.ledger.read(lambda tx: identity_of(alone, tx, people[0])) == identity(0)


@pytest.mark.parametrize(("sealing", "looking"), [(2, 1), (1, 2)])
def test_keys_of_one_kind_are_changed_alone(world: World, people: list[str], sealing: int, looking: int) -> None:
    """Nobody needs two new keys to change one."""
    home = replace(world.home, vault=vault(sealing, looking))
    assert reseal(home, NOW).done == PEOPLE
    assert (numbers(home), found(home)) == (({sealing: PEOPLE}, {looking: PEOPLE}), people)


def test_everybody_is_found_at_every_moment(home: Node, people: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before, between two groups, and after."""
    monkeypatch.setattr(flow, "GROUP", 2)
    seen, group = [found(home)], flow._group

    def watched(node: Node, tx: object, after: str, now: int) -> object:
        done = group(node, tx, after, now)  # type: ignore[arg-type]
        seen.append(find_all(node, tx, [identity(number).presented for number in range(PEOPLE)]))  # type: ignore[arg-type]
        return done

    monkeypatch.setattr(flow, "_group", watched)
    reseal(home, NOW)
    assert seen == [people] * 4


def test_interrupted_pass_ends_in_the_same_state(
    home: Node, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill after the first group leaves some under each key; the next pass writes those that are left."""
    monkeypatch.setattr(flow, "GROUP", 2)
    group = flow._group

    def killed(node: Node, tx: object, after: str, now: int) -> object:
        if after:
            raise KeyboardInterrupt
        return group(node, tx, after, now)  # type: ignore[arg-type]

    monkeypatch.setattr(flow, "_group", killed)
    with pytest.raises(KeyboardInterrupt):
        reseal(home, NOW)
    between = numbers(home)
    monkeypatch.setattr(flow, "_group", group)
    assert (between, reseal(home, NOW).done) == (({1: 3, 2: 2}, {1: 3, 2: 2}), 3)
    assert (numbers(home), found(home)) == (({2: PEOPLE}, {2: PEOPLE}), people)


def test_kill_inside_a_group_writes_none_of_it(home: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is never under a key that it does not name."""
    written: list[object] = []
    write = flow._write

    def killed(*arguments: object) -> bool:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(arguments)
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(flow, "_write", killed)
    before = rows(home)
    with pytest.raises(KeyboardInterrupt):
        reseal(home, NOW)
    assert rows(home) == before


def test_pass_with_nothing_to_do_writes_nothing(home: Node) -> None:
    """A job that runs every minute does not fill the audit lane."""
    reseal(home, NOW)
    before = rows(home)
    assert reseal(home, NOW).done == 0
    assert rows(home) == before


def test_node_that_was_not_started_again_writes_nothing_back(world: World, home: Node) -> None:
    """A process with the old keys alone does not undo what another has done."""
    reseal(home, NOW)
    before = rows(home)
    assert reseal(world.home, NOW).done == 0
    assert rows(world.home) == before


def test_damaged_row_does_not_stop_the_others(home: Node, people: list[str]) -> None:
    """It is counted, stays as it is, and everybody else is written anew."""
    damage = update(SubjectRow).where(col(SubjectRow.subject_id) == people[0]).values(sealed=bytes(600))
    home.ledger.transact(lambda tx: tx.execute(damage))
    done = reseal(home, NOW)
    assert (done.done, done.failed, numbers(home)[0]) == (PEOPLE - 1, 1, {1: 1, 2: PEOPLE - 1})


def test_outcome_says_how_many_and_under_which_keys(home: Node) -> None:
    """What stands in the log names nobody."""
    assert Resealed(2, 3, 4, 1).outcome == "4 sealed anew, 1 that do not open; writing under seal 2 and lookup 3"


def test_forgotten_person_needs_no_key(home: Node) -> None:
    """There is nothing to seal anew once the identity is gone."""
    retain(home, NOW + 800 * DAY)
    assert (reseal(home, NOW).done, numbers(home)) == (0, ({}, {}))


def test_pass_is_audited(world: World, home: Node) -> None:
    """The auditors see that the job wrote something anew, and when."""
    reseal(home, NOW + DAY)
    told = world.events("audit")[-1]
    assert isinstance(told, ActPerformed)
    assert (told.act, told.caller, told.at, audit(home).faults) == ("reseal", CALLER, NOW + DAY, ())


class TestRepeatedRequest:
    """Requests are told apart by a fingerprint that new keys do not change."""

    REQUEST = "5b0c9d3a-6d5e-4f59-9a51-0d6b7a1f2c3d"

    def register(self, node: Node, number: int = 7) -> tuple[str, bool]:
        """Register a person under one request id; tell who it is, and whether that was known."""
        request = register_request(node, identity(number))
        done = perform(node, REGISTER, request, caller=OFFICER, request_id=self.REQUEST, now=NOW)
        return done.result, done.replayed

    def test_it_is_known_after_a_new_key(self, world: World, home: Node) -> None:
        """Whoever did not hear the answer asks again, and hears the same."""
        first, _ = self.register(world.home)
        assert self.register(home) == (first, True)

    def test_it_is_known_after_everybody_was_written_anew(self, world: World, home: Node) -> None:
        """As long as the old key is there."""
        first, _ = self.register(world.home)
        reseal(home, NOW)
        assert self.register(home) == (first, True)

    def test_it_is_refused_once_the_old_key_is_gone(self, world: World, home: Node) -> None:
        """Nothing is done twice."""
        self.register(world.home)
        reseal(home, NOW)
        with pytest.raises(Refusal) as caught:
            self.register(replace(home, vault=vault(first=2)))
        assert caught.value.reason is Reason.REQUEST_ID_REUSED
