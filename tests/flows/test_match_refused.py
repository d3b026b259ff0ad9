"""Matching at the partner: what must hold before anybody is compared with anything."""

from dataclasses import replace
from typing import Any

import pytest
from fakes.bindings import WHO, Bound, Gate, asserted, bound, send
from fakes.narrowing import restrict
from fakes.parties import NOW, do, key_of, keyring_of, openers_of, signed
from fakes.refusals import refused
from fakes.world import World
from sqlalchemy import update

from interchange.crypto.keychain import NoOpeners
from interchange.domain.keyring import Role
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.subjects import CHANGE_PAPERS, change_papers_request
from interchange.store.tables import LeafRow

SHOWN = WHO.presented
OTHER = replace(SHOWN, document_number="TZ7654321")
LATER = NOW + 3600
REQUEST = "0f8fad5b-d9cb-469f-a165-70867728950e"


# -- the assertion must be valid, and its binding told ---------------------------------------------


def test_binding_that_is_not_told_yet_is_refused(world: World) -> None:
    """However well it is signed and sealed."""
    jti, subject_id = asserted(world)
    world.follow()
    found = Bound(world, jti, subject_id, send(world, jti))
    with refused(Reason.BINDING_NOT_TOLD):
        found.match()


def test_binding_that_was_ended_is_refused_though_somebody_kept_it(world: World) -> None:
    """After a change of papers the old ones match nobody."""
    found, way = bound(world), Gate(world)
    copy = way.fetch_binding(found.jti)
    changed = replace(WHO, presented=OTHER)
    do(world.home, CHANGE_PAPERS, change_papers_request(world.home, found.subject_id, changed))
    world.follow()
    with refused(Reason.BINDING_NOT_TOLD):
        found.match(link=Kept(world, copy))


class Kept(Gate):
    """A way on which somebody gives what they have kept."""

    def __init__(self, world: World, kept: bytes) -> None:
        """Give `kept`, whatever is asked for."""
        super().__init__(world)
        self.kept = kept

    def fetch_binding(self, jti: str) -> bytes:
        """Give it."""
        return self.kept


def test_binding_that_was_replaced_is_refused_though_somebody_kept_it(world: World) -> None:
    """The lane tells the digest of the newer one."""
    found = bound(world)
    copy = Gate(world).fetch_binding(found.jti)
    found.match()
    found.send(LATER)
    with refused(Reason.TOKEN_DIGEST):
        found.match(link=Kept(world, copy), now=LATER)


def test_binding_of_another_assertion_is_refused(world: World) -> None:
    """It is not the one that the lane tells of this one."""
    found, other = bound(world), bound(world, replace(WHO, presented=OTHER))
    with refused(Reason.TOKEN_DIGEST):
        found.match(link=Kept(world, Gate(world).fetch_binding(other.jti)))


def test_unknown_assertion_is_refused(world: World) -> None:
    """The lane does not tell it."""
    found = replace(bound(world), jti=REQUEST)
    with refused(Reason.NOT_IN_LANE):
        found.match()


def test_assertion_of_which_no_token_is_kept_is_refused(world: World) -> None:
    """Its retention has ended, so that nobody knows any more what it says."""
    found = bound(world)
    world["KOR"].ledger.transact(lambda tx: tx.execute(update(LeafRow).values(token=None)))
    with refused(Reason.NOT_IN_LANE):
        found.match()


def test_assertion_to_another_party_is_not_known_here(world: World) -> None:
    """Australia follows a lane of its own."""
    found = bound(world)
    world.follow("AUS")
    with refused(Reason.NOT_IN_LANE):
        found.match(at="AUS")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("revoked", Reason.REVOKED),
        ("suspended", Reason.SUSPENDED),
        ("expired", Reason.EXPIRED),
        ("stale", Reason.STALE),
        ("key suspended", Reason.KEY_RESTRICTED),
    ],
)
def test_assertion_that_is_not_valid_now_is_refused(world: World, state: str, reason: Reason) -> None:
    """Whose it is no longer matters."""
    found, now = bound(world), NOW
    match state:
        case "revoked":
            world.revoke(found.jti)
        case "suspended":
            world.suspend(HoldScope.SUBJECT, found.subject_id)
        case "expired":
            now = world.issued(found.jti).exp
        case "stale":
            now = NOW + 901
        case "key suspended":
            restrict(world)
    if state != "stale":
        world.follow(now=min(now, NOW + 60))
    with refused(reason):
        found.match(now=now)


def test_revocation_between_question_and_answer_is_heard(world: World) -> None:
    """What is decided is decided again when it is written."""
    found = bound(world)

    class Meanwhile(Gate):
        def fetch_binding(self, jti: str) -> bytes:
            content = super().fetch_binding(jti)
            world.revoke(jti)
            world.follow()
            return content

    with refused(Reason.REVOKED):
        found.match(link=Meanwhile(world))


# -- our own keys ----------------------------------------------------------------------------------


def test_binding_sealed_to_the_older_key_opens_while_both_are_there(world: World) -> None:
    """What was on its way when the key changed."""
    found = bound(world)
    ring = keyring_of("KOR", 2)
    second = key_of("KOR", Role.BINDING, version=2, sign_from=NOW - 30)
    do(world["KOR"], PUBLISH, PublishRequest(signed(replace(ring, keys=(*ring.keys, second)), "KOR")))
    world.nodes["KOR"] = replace(world["KOR"], openers=openers_of("KOR", 1, 2))
    assert found.match().matched


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sign_until": NOW - 30, "verify_until": NOW}, id="past its last day"),
        pytest.param({"sign_from": NOW + 1}, id="not begun"),
        pytest.param(None, id="no longer listed"),
    ],
)
def test_key_that_may_open_no_more_opens_nothing(world: World, changes: dict[str, Any] | None) -> None:
    """Its party's keyring says until when."""
    found = bound(world)
    ring = keyring_of("KOR", 2)
    own = [] if changes is None else [key_of("KOR", Role.BINDING, **changes)]
    keys = [*(key for key in ring.keys if key.role is not Role.BINDING), *own]
    do(world["KOR"], PUBLISH, PublishRequest(signed(replace(ring, keys=tuple(keys)), "KOR")))
    with refused(Reason.BOX_SEALED):
        found.match()


def test_node_without_its_key_opens_nothing(world: World) -> None:
    """The private half is elsewhere."""
    found = bound(world)
    world.nodes["KOR"] = replace(world["KOR"], openers=NoOpeners())
    with refused(Reason.BOX_SEALED):
        found.match()
