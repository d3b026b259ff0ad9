"""docs/threats.md, "What a thief gets": every cell of its tables, tried with what a program made of copied files."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from docs.markdown import generated, read
from fakes.parties import DAY, HOME, DirectLink
from fakes.refusals import refused
from fakes.stolen import taint
from fakes.world import World, copy_world
from thief import answers, cells
from thief.answers import Answer, Case
from thief.cells import COSTS, ROWS
from thief.jwt_only import judged_by_jwt
from thief.robbed import (
    JUDGED,
    ORIGIN,
    THEFT,
    Depth,
    FakeNode,
    Robbery,
    Stage,
    follower,
    keyring,
    notice,
    reference,
    rob,
    run_thief,
)

from interchange.client import directory as files
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.status_lists import signed_list
from interchange.store import evidence


@pytest.fixture(scope="module")
def robbery(world_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Robbery:
    """What was stolen, and what the thief made of it."""
    return rob(world_template, tmp_path_factory.mktemp("robbery"))


@pytest.fixture
def world(robbery: Robbery, world_place: Path) -> Iterator[World]:
    """The robbed world, before anybody noticed."""
    world = copy_world(robbery.world, world_place)
    yield world
    world.close()


CELLS = [
    (row.depth, stage, row.answer, row.cells[stage], f"{row.depth.name} {row.verifier}: {row.does} {stage.name}")
    for row in ROWS
    for stage in Stage
]
HONEST = [
    (Depth.ASSERT, stage, answer, found[stage], f"{whose} {where} {stage.name}")
    for whose, where, found, answer in COSTS
    for stage in Stage
]


@pytest.mark.parametrize(
    ("depth", "stage", "answer", "cell"),
    [case[:4] for case in CELLS + HONEST],
    ids=[case[4] for case in CELLS + HONEST],
)
def test_cell_of_the_table_is_what_happens(
    world: World, robbery: Robbery, depth: Depth, stage: Stage, answer: Answer, cell: str
) -> None:
    """At each stage, each kind of verifier makes of it what the table says."""
    notice(world, stage, depth)
    assert answer(Case(world, robbery, stage, depth)) == cell


@pytest.mark.parametrize("block", ["thief", "thief-costs"])
def test_table_of_the_page_is_the_one_that_is_tried(block: str) -> None:
    """What stands in docs/threats.md is written from the rows above."""
    assert generated(read("docs/threats.md"))[block] == getattr(cells, block.replace("-", "_"))()


def at(world: World, robbery: Robbery, depth: Depth, stage: Stage = Stage.UNNOTICED) -> Case:
    """Ask what happens at a stage."""
    notice(world, stage, depth)
    return Case(world, robbery, stage, depth)


# -- until when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "found"), [(840, "VALID"), (841, "STALE")])
def test_thief_that_falls_silent_is_stale_after_fifteen_minutes(
    world: World, robbery: Robbery, seconds: int, found: str
) -> None:
    """A minute of them is for the clocks."""
    assert answers.by_the_thiefs_lane(at(world, robbery, Depth.LANE), JUDGED + seconds) == found


@pytest.mark.parametrize(("seconds", "found"), [(DAY - 60, "VALID"), (DAY - 59, "STALE")])
def test_made_bundle_lasts_as_long_as_the_list_that_was_seen(
    world: World, robbery: Robbery, seconds: int, found: str
) -> None:
    """The thief has no key to sign another."""
    assert answers.by_a_made_bundle(at(world, robbery, Depth.LANE), THEFT + 200 + seconds) == found


def test_made_bundle_with_the_status_key_lasts_longer(world: World, robbery: Robbery) -> None:
    """The thief signs lists as it likes, until the keyring that it brings along expires."""
    case = at(world, robbery, Depth.DIRECTORY, Stage.RENEWED)
    assert answers.by_a_made_bundle(case, JUDGED + DAY - 60) == "VALID"


def test_next_keyring_put_into_a_made_bundle_ends_it(world: World, robbery: Robbery) -> None:
    """Whoever reads by the keyring of today is not fooled."""
    case = at(world, robbery, Depth.DIRECTORY, Stage.RENEWED)
    made = files.read_bundle(robbery.loot[Depth.DIRECTORY] / "made/bundle")
    renewed = replace(made, keyring=keyring(world))
    assert answers.by_files(case, renewed, case.made("forged.jws")) == "key_unknown"


@pytest.mark.parametrize(("at_second", "found"), [(THEFT + 200 + 899, "VALID"), (THEFT + 200 + 900, "list too old")])
def test_seen_list_lasts_fifteen_minutes(world: World, robbery: Robbery, at_second: int, found: str) -> None:
    """It says itself when it ends, and a JWT program believes that."""
    assert answers.by_jwt_at_the_thiefs(at(world, robbery, Depth.LANE), at_second) == found


def test_forgery_ends_with_the_slot_that_it_names(world: World, robbery: Robbery) -> None:
    """Revoking the assertion that the thief has seen takes the slot from the forgery too."""
    world.revoke(robbery.real, JUDGED)
    assert answers.by_jwt("forged.jws", at(world, robbery, Depth.ASSERT)) == "slot not live"


def test_kept_jwk_set_still_has_the_key(world: World, robbery: Robbery) -> None:
    """Suspending reaches a JWT program with its next look, and no sooner."""
    before = at(world, robbery, Depth.ASSERT)
    kept = answers.true_keys(before)
    after = at(world, robbery, Depth.ASSERT, Stage.SUSPENDED)
    listed = signed_list(world.home, "KOR", after.uri(), JUDGED)
    assert judged_by_jwt(after.made("forged.jws"), kept, listed, after.uri(), JUDGED) == "VALID"


# -- who notices ------------------------------------------------------------------------------------------------


def fooled(world: World, robbery: Robbery) -> None:
    """Let Korea's node follow the thief."""
    assert answers.by_the_thiefs_lane(Case(world, robbery, Stage.UNNOTICED, Depth.LANE)) == "VALID"


def test_fooled_follower_is_noticed_by_the_true_node(world: World, robbery: Robbery) -> None:
    """Its size and root are ones that the true node never signed; people are called."""
    fooled(world, robbery)
    with refused(Reason.LANE_ROLLBACK):
        world.follow(now=JUDGED)
    kept = world.home.ledger.read(lambda tx: evidence.reasons(tx, ORIGIN))
    assert kept == [Reason.LANE_ROLLBACK.code]


def test_true_node_never_says_valid_of_what_the_thief_told(world: World, robbery: Robbery) -> None:
    """What the thief wrote elsewhere is not in its ledger."""
    fooled(world, robbery)
    token = Case(world, robbery, Stage.UNNOTICED, Depth.LANE).made("forged.jws")
    world.nodes["KOR"], korea = world.home, world["KOR"]
    found = answers.at_the_node(Case(world, robbery, Stage.UNNOTICED, Depth.LANE), token)
    world.nodes["KOR"] = korea
    assert found == "not_in_lane"


@pytest.mark.parametrize(("depth", "name"), [(Depth.LANE, "another"), (Depth.DIRECTORY, "heartbeat")])
def test_follower_that_is_shown_another_history_keeps_both_notes(
    world: World, robbery: Robbery, depth: Depth, name: str
) -> None:
    """Two signed statements that cannot both be true."""
    with refused(Reason.LANE_FORK if depth is Depth.LANE else Reason.LANE_ROLLBACK):
        follow.catch_up(world["KOR"], FakeNode(world, robbery.loot[depth], name), HOME, JUDGED)
    assert world["KOR"].ledger.read(lambda tx: len(evidence.reasons(tx, ORIGIN))) == 1


# -- whose time -------------------------------------------------------------------------------------------------


def test_taint_alone_takes_nothing_from_what_was_proved(world: World, robbery: Robbery) -> None:
    """Where nobody suspended the key first, nothing that was proved is refused for a moment."""
    taint(world, since=THEFT, now=JUDGED)
    world.follow(now=JUDGED)
    case = Case(world, robbery, Stage.TAINTED, Depth.ASSERT)
    found = [answers.at_the_node(case, world.token(jti)) for jti in (robbery.real, robbery.late)]
    assert found == ["VALID", "key_restricted"]


@pytest.mark.parametrize("depth", [Depth.LANE, Depth.DIRECTORY])
def test_times_that_the_thief_writes_prove_nothing(world: World, robbery: Robbery, depth: Depth) -> None:
    """Token and lane's head say that they are older than the theft; the follower had them later, by its own clock."""
    case = at(world, robbery, depth, Stage.RENEWED)
    assert answers.by_a_program_that_follows(case, carried=True) == "key_restricted"


def test_restriction_counts_at_once_at_a_node_that_judged_before(world: World, robbery: Robbery) -> None:
    """Whatever a node keeps of earlier verdicts, it keeps under what was known of the key."""
    case, knowledge = Case(world, robbery, Stage.UNNOTICED, Depth.ASSERT), LedgerKnowledge(world["KOR"])
    found = []
    for stage in (Stage.UNNOTICED, Stage.SUSPENDED):
        notice(world, stage, Depth.ASSERT)
        world.follow(now=JUDGED)
        found.append(answers.at_the_node(case, world.token(robbery.real), knowledge=knowledge))
    assert found == ["VALID", "key_restricted"]


def test_restriction_counts_at_once_in_a_program_that_judged_before(world: World, robbery: Robbery) -> None:
    """The same of a program that follows the lane without a node."""
    reader, found = follower(world), []
    link, where = DirectLink(world.home, "KOR", JUDGED), reference(world, robbery.real)
    for stage in (Stage.UNNOTICED, Stage.SUSPENDED):
        notice(world, stage, Depth.ASSERT)
        reader.accept(link.fetch(reader.frontier, 0), JUDGED)
        found.append(answers.said(reader.verify(world.token(robbery.real), project=where, now=JUDGED)))
    assert found == ["VALID", "key_restricted"]


# -- the thief itself -------------------------------------------------------------------------------------------


def test_thief_can_open_nothing_but_its_copies(robbery: Robbery, tmp_path: Path) -> None:
    """The program ends as soon as it opens another file, such as the true node's ledger."""
    ledger = robbery.world / HOME / "ledger.db"
    (tmp_path / "bolder.py").write_text(f"open({str(ledger)!r})\n")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_thief(tmp_path, "bolder")
    assert f"the thief has no copy of {ledger}" in failed.value.stderr


def test_forgery_is_signed_as_well_as_a_real_one(world: World, robbery: Robbery) -> None:
    """What is tried above are real forgeries: their signatures verify."""
    assert answers.by_jwt("forged.jws", Case(world, robbery, Stage.UNNOTICED, Depth.ASSERT)) == "VALID"
