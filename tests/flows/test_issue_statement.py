"""What an assertion says, and what it keeps to itself."""

import json
from hashlib import sha256
from typing import Any

import pytest
from fakes.parties import HOME, key_of, names_of
from fakes.world import World

from interchange.domain.events import AssertionIssued
from interchange.domain.keyring import Role
from interchange.wire import base64url


def header(world: World, jti: str) -> dict[str, Any]:
    """Read the protected header of an assertion."""
    members: dict[str, Any] = json.loads(base64url.decode(world.token(jti).split(b".")[0]))
    return members


def test_reference_of_a_person_is_the_same_towards_one_partner(world: World) -> None:
    """A partner knows a person under one reference in all projects."""
    subject = world.clear()
    told = {world.claims(world.issue(world.open_project(), subject))["sub"] for _ in range(2)}
    assert len(told) == 1


@pytest.mark.parametrize("claim", ["sub", "project"])
def test_two_partners_cannot_compare_their_references(world: World, claim: str) -> None:
    """Person and project have another reference towards each partner."""
    project, subject = world.open_project(), world.clear()
    told = [world.claims(world.issue(project, subject, to))[claim] for to in ("KOR", "AUS")]
    assert told[0] != told[1]


def test_assertion_names_nobody(world: World) -> None:
    """Neither the home node's own ids nor the employer nor the project's title stand in what is signed."""
    project, subject = world.open_project(), world.clear()
    claims = json.dumps(dict(world.claims(world.issue(project, subject))))
    assert [told for told in (project, subject, "employer-1", "magnets", "SEMI") if told in claims] == []


def test_assertion_has_the_claims_of_the_closed_schema_only(world: World) -> None:
    """No further claim stands at the top, and `until` stands only where a row asks for it."""
    claims = world.claims(world.issue(world.open_project(), world.clear()))
    top = "iss sub aud jti iat nbf exp vct project purpose clr status"
    assert (" ".join(claims), "until" in claims["clr"]) == (top, False)


def test_slot_in_the_claims_is_the_slot_that_was_taken(world: World) -> None:
    """The status list and index that the assertion names are those that the ledger keeps for it."""
    jti = world.issue(world.open_project(), world.clear())
    issued, slot = world.issued(jti), world.claims(jti)["status"]["status_list"]
    assert slot == {"idx": issued.idx, "uri": names_of(HOME).status_uri("KOR", issued.list_number)}


@pytest.mark.parametrize("organ", ["METI", "MOD", "CAO"])
def test_key_of_the_granting_organ_signs(world: World, organ: str) -> None:
    """Each organ signs for its own clearances, with its own key."""
    jti = world.issue(world.open_project(), world.clear(organ=f"JPN/{organ}"))
    assert header(world, jti)["kid"] == key_of(HOME, Role.ASSERT, organ).kid


def test_lane_tells_the_digest_and_slot_of_what_was_released(world: World) -> None:
    """The leaf commits to the very bytes that the partner gets, and to its slot."""
    jti = world.issue(world.open_project(), world.clear())
    digest = base64url.encode(sha256(world.token(jti)).digest())
    assert world.events("KOR")[-1] == AssertionIssued(jti, world.issued(jti).idx, digest)
