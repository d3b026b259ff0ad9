"""Pages that no honest issuer writes, each with one fault, well signed wherever the fault is not the signature."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from fakes import forger
from fakes.forger import LANE, ForgedLink, followed, note, page, waiting
from fakes.parties import AGREEMENTS, HOME, NOW, DirectLink, label
from fakes.refusals import refused
from fakes.world import World, copy_world, rows
from sqlalchemy import select
from sqlmodel import col

from interchange.domain.events import AssertionIssued, HoldLifted, HoldPlaced, Revoked, Scope
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry, Page
from interchange.domain.merkle import Frontier
from interchange.errors import Reason, Refusal
from interchange.flows import follow
from interchange.flows.lanes import Position, page_for
from interchange.store import lanes
from interchange.store.tables import EvidenceRow
from interchange.wire.events import encode_leaf

OTHER = bytes(32)


class Scene(NamedTuple):
    """A world that was brought to some point, to be copied, and the id of an assertion in it."""

    template: Path
    known: str


@pytest.fixture(scope="session")
def scene(world_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """An assertion that the follower knows, and three more leaves that it has not yet fetched."""
    world = copy_world(world_template, tmp_path_factory.mktemp("scene") / "world", "scene")
    project = world.open_project()
    known = world.issue(project, world.clear())
    world.follow()
    for _ in range(3):
        world.issue(project, world.clear())
    world.close()
    return Scene(world.directory, known)


@pytest.fixture
def world(scene: Scene, world_place: Path) -> Iterator[World]:
    """The scene, for this test alone."""
    world = copy_world(scene.template, world_place)
    yield world
    world.close()


@pytest.fixture
def told(scene: Scene) -> str:
    """The assertion that the follower knows."""
    return scene.known


Entries = tuple[Entry, ...]
Forged = Callable[[Frontier, Entries], Page]


def honest_note(at: Frontier, rest: Entries) -> bytes:
    """Sign the head that the honest lane has."""
    head = forger.grown(at, rest)
    return note(head.size, head.root)


def leaf_event(at: Frontier, event: AssertionIssued | HoldPlaced | HoldLifted | Revoked, n: int = 0) -> Entry:
    """Write the next leaf, or one that is `n` numbers off."""
    return Entry(encode_leaf(at.size + n, event))


def changed(entry: Entry) -> Entry:
    """Change one letter of a leaf."""
    return Entry(entry.leaf.replace(b'"idx":', b'"idx":1'), entry.token)


CONTRADICTIONS: dict[str, tuple[Reason, Forged]] = {
    "another root at the size that is known": (
        Reason.LANE_FORK,
        lambda at, rest: Page(note(at.size, OTHER), at.size),
    ),
    "a smaller size than is known": (Reason.LANE_ROLLBACK, lambda at, rest: Page(note(at.size - 1, OTHER), at.size)),
    "an empty lane": (Reason.LANE_ROLLBACK, lambda at, rest: Page(note(0, Frontier.empty().root), at.size)),
    "a page that begins one leaf later": (
        Reason.LANE_GAP,
        lambda at, rest: Page(honest_note(at, rest), at.size + 1, rest[1:]),
    ),
    "more leaves than are signed": (
        Reason.LANE_GAP,
        lambda at, rest: Page(honest_note(at, rest[:1]), at.size, rest),
    ),
    "a larger size without a leaf": (Reason.LANE_GAP, lambda at, rest: Page(honest_note(at, rest), at.size)),
    "a leaf that calls itself by the next number": (
        Reason.LANE_GAP,
        lambda at, rest: page(at, [leaf_event(at, HoldLifted("x"), 1)]),
    ),
    "two leaves in the other order": (
        Reason.LANE_ROOT,
        lambda at, rest: Page(honest_note(at, rest), at.size, (rest[1], rest[0], *rest[2:])),
    ),
    "a leaf with one letter changed": (
        Reason.LANE_ROOT,
        lambda at, rest: Page(honest_note(at, rest), at.size, (changed(rest[0]), *rest[1:])),
    ),
    "another signed root over the honest leaves": (
        Reason.LANE_ROOT,
        lambda at, rest: Page(note(at.size + len(rest), OTHER), at.size, rest),
    ),
    "a leaf left out in the middle": (
        Reason.PROOF_INVALID,
        lambda at, rest: Page(honest_note(at, rest), at.size, (rest[0], *rest[2:])),
    ),
    "a first part without proof": (
        Reason.PROOF_INVALID,
        lambda at, rest: Page(honest_note(at, rest), at.size, rest[:1]),
    ),
    "a first part with the proof of something else": (
        Reason.PROOF_INVALID,
        lambda at, rest: Page(honest_note(at, rest), at.size, rest[:1], (OTHER, OTHER)),
    ),
    "a time more than a minute ahead": (
        Reason.NOTE_TIME_AHEAD,
        lambda at, rest: page(at, rest, NOW + 61),
    ),
}
"""What a page says → the reason for which it is refused, and how it is made."""

INVALID: dict[str, tuple[Reason, Forged]] = {
    "a root changed after signing": (
        Reason.SIGNATURE_INVALID,
        lambda at, rest: Page(tampered(honest_note(at, rest)), at.size, rest),
    ),
    "a checkpoint that the issuer's key for other things signed": (
        Reason.KEY_UNKNOWN,
        lambda at, rest: Page(note(at.size, at.root, key=label(HOME, Role.STATUS)), at.size),
    ),
    "a checkpoint that another party signed": (
        Reason.KEY_UNKNOWN,
        lambda at, rest: Page(note(at.size, at.root, key=label("AUS", Role.LANE)), at.size),
    ),
    "a checkpoint of the lane of another reader": (
        Reason.NOTE_ORIGIN,
        lambda at, rest: Page(note(at.size, at.root, origin=LANE.replace("KOR", "AUS")), at.size),
    ),
    "a checkpoint of another generation": (
        Reason.NOTE_ORIGIN,
        lambda at, rest: Page(note(at.size, at.root, origin=LANE[:-1] + "2"), at.size),
    ),
    "no note at all": (Reason.NOTE_FORM, lambda at, rest: Page(b"", at.size)),
    "a leaf that is no event": (Reason.LEAF_FORM, lambda at, rest: page(at, [Entry(b"[]")])),
    "a leaf of a later version": (
        Reason.EVENT_UNKNOWN,
        lambda at, rest: page(at, [Entry(b'{"v":2,"type":"revoked","n":%d}' % at.size)]),
    ),
    "a leaf of an unknown type": (
        Reason.EVENT_UNKNOWN,
        lambda at, rest: page(at, [Entry(b'{"v":1,"type":"pardoned","n":%d}' % at.size)]),
    ),
    "a token of another digest": (
        Reason.TOKEN_DIGEST,
        lambda at, rest: page(at, [replace(rest[0], token=b"a.b.c"), *rest[1:]]),
    ),
    "a token beside an event that issues none": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [replace(leaf_event(at, HoldLifted("x")), token=b"a.b.c")]),
    ),
    "a lifting of a hold that was never placed": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [leaf_event(at, HoldLifted("x"))]),
    ),
    "a hold that is placed twice": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [leaf_event(at, HoldPlaced("x", Scope.PROJECT, "y"), n) for n in range(2)]),
    ),
    "a revocation of what was never issued": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [leaf_event(at, Revoked("6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f"))]),
    ),
    "an assertion that is issued twice": (
        Reason.LEAF_FORM,
        lambda at, rest: page(
            at, [rest[0], Entry(rest[0].leaf.replace(b'"n":%d' % at.size, b'"n":%d' % (at.size + 1)))]
        ),
    ),
}
"""What a page says → the reason for which it is refused, where nobody is shown to contradict themselves."""

ALL = {**CONTRADICTIONS, **INVALID}


def tampered(signed: bytes) -> bytes:
    """Put another root into a signed note."""
    origin, size, _, rest = signed.split(b"\n", 3)
    return b"\n".join([origin, size, b"A" * 43 + b"=", rest])


def give(world: World, name: str) -> Page:
    """Give the forged page to the follower, which refuses it; return the page."""
    forged = ALL[name][1](followed(world), waiting(world))
    with pytest.raises(Refusal):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    return forged


@pytest.mark.parametrize("name", ALL)
def test_page_is_refused(world: World, told: str, name: str) -> None:
    """Each fault has its reason."""
    reason, forge = ALL[name]
    forged = forge(followed(world), waiting(world))
    with refused(reason):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)


@pytest.mark.parametrize("name", [name for name, (reason, _) in ALL.items() if reason is not Reason.EVENT_UNKNOWN])
def test_refused_page_changes_nothing_that_verdicts_rest_on(world: World, told: str, name: str) -> None:
    """Apart from the evidence, the follower's ledger is as it was: no leaf, no projection, no contact, no keyring."""
    before = rows(world["KOR"])
    give(world, name)
    assert {**rows(world["KOR"]), "evidence": before["evidence"]} == before


def evidence(world: World, party: str = "KOR") -> list[tuple[str, str, bytes | None, bytes]]:
    """Read what a node keeps for people: origin, reason, what it knew and what it received."""
    columns = (col(EvidenceRow.origin), col(EvidenceRow.reason), col(EvidenceRow.known), col(EvidenceRow.received))
    found = world[party].ledger.read(lambda tx: tx.execute(select(*columns)).all())
    return [(origin, reason, known, received) for origin, reason, known, received in found]


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_both_signed_notes_are_kept_as_evidence(world: World, told: str, name: str) -> None:
    """What was known and what was received are kept together, as they were signed."""
    head = world["KOR"].ledger.read(lambda tx: lanes.head(tx, LANE))
    forged = give(world, name)
    assert evidence(world) == [(LANE, CONTRADICTIONS[name][0].code, head and head.note, forged.note)]


@pytest.mark.parametrize("name", INVALID)
def test_faults_that_prove_nothing_are_not_kept(world: World, told: str, name: str) -> None:
    """Whoever cannot sign for the issuer must not be able to fill the evidence against it."""
    give(world, name)
    assert evidence(world) == []


def test_same_evidence_is_kept_once(world: World, told: str) -> None:
    """A contradiction that is repeated every half minute does not fill the ledger."""
    for _ in range(2):
        give(world, "an empty lane")
    assert len(evidence(world)) == 1


def test_follower_goes_on_after_a_forged_page(world: World, told: str) -> None:
    """The honest lane is still believed where it can be."""
    give(world, "a leaf with one letter changed")
    assert world.follow().caught_up


def test_time_a_minute_ahead_is_taken(world: World, told: str) -> None:
    """Two honest clocks may differ by sixty seconds."""
    ahead = page(followed(world), waiting(world), NOW + 60)
    assert follow.take(world["KOR"], ForgedLink(world, ahead), HOME, ahead, NOW).applied == 3


def later_version(at: Frontier) -> Entry:
    """Write the next leaf as a later version of the program might."""
    return Entry(b'{"v":2,"type":"pardoned","n":%d}' % at.size)


def test_unknown_event_makes_everything_of_that_issuer_stale(world: World, told: str) -> None:
    """What was told bears on nobody knows what, so that nothing of it is relied on until the program is upgraded."""
    forged = page(followed(world), [later_version(followed(world))])
    with refused(Reason.EVENT_UNKNOWN):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    assert world.verdict("KOR", told).reason is Reason.STALE


def test_unknown_event_does_not_hide_what_was_withdrawn_before(world: World, told: str) -> None:
    """A revocation that was applied stays the answer, also while nothing newer can be read."""
    world.revoke(told)
    world.follow()
    forged = page(followed(world), [later_version(followed(world))])
    with refused(Reason.EVENT_UNKNOWN):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    assert world.verdict("KOR", told).reason is Reason.REVOKED


def test_follower_that_understands_again_is_not_stale(world: World, told: str) -> None:
    """The next page that is believed ends it."""
    forged = page(followed(world), [later_version(followed(world))])
    with refused(Reason.EVENT_UNKNOWN):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    world.follow()
    assert world.verdict("KOR", told).reason is None


def test_issuer_that_answers_another_question_does_not_keep_the_follower_busy(world: World, told: str) -> None:
    """Whoever answers every fetch with the beginning of the lane is refused rather than asked for ever."""
    start = page_for(world.home, "KOR", Position(0, Frontier.empty().root), 1, NOW)
    with refused(Reason.LANE_GAP):
        follow.catch_up(world["KOR"], ForgedLink(world, start), HOME, NOW)


@pytest.mark.parametrize("reader", AGREEMENTS)
def test_follower_that_knows_more_than_the_issuer_raises_the_alarm_there(world: World, told: str, reader: str) -> None:
    """A position beyond our head shows that somebody else signed our lane, or that our ledger is an old one."""
    with refused(Reason.LANE_ROLLBACK):
        page_for(world.home, reader, Position(1000, OTHER), 0, NOW)


def test_follower_with_another_root_raises_the_alarm_at_the_issuer(world: World, told: str) -> None:
    """A position inside our lane with a root that is not ours was signed by somebody else."""
    with refused(Reason.LANE_FORK):
        page_for(world.home, "KOR", Position(1, OTHER), 0, NOW)


@pytest.mark.parametrize(("size", "reason"), [(1, Reason.LANE_FORK), (1000, Reason.LANE_ROLLBACK)])
def test_what_a_contradicting_follower_said_is_kept(world: World, told: str, size: int, reason: Reason) -> None:
    """Origin, size and root as the follower named them are kept for people."""
    with refused(reason):
        page_for(world.home, "KOR", Position(size, OTHER), 0, NOW)
    said = f"{LANE}\n{size}\n{OTHER.hex()}\n".encode()
    assert evidence(world, HOME) == [(LANE, reason.code, None, said)]


def test_follower_with_the_empty_lane_is_no_contradiction(world: World, told: str) -> None:
    """Whoever begins again gets everything."""
    page = page_for(world.home, "KOR", Position(0, Frontier.empty().root), 0, NOW)
    assert len(page.entries) == len(world.events("KOR"))


def test_forged_extension_is_noticed_when_the_true_issuer_is_asked(world: World, told: str) -> None:
    """A thief with the lane key fools a follower until it next asks the true node, which then keeps the evidence."""
    forged = page(followed(world), [leaf_event(followed(world), HoldPlaced("x", Scope.PROJECT, "y"))])
    with pytest.raises(Refusal, match="lane_fork"):
        follow.take(world["KOR"], DirectLink(world.home, "KOR"), HOME, forged, NOW)
    assert [reason for _, reason, _, _ in evidence(world, HOME)] == ["lane_fork"]
