"""Identity bindings at the issuer: what is sent, sealed to which key, and who gets it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes import tokens
from fakes.bindings import (
    WHO,
    asserted,
    bound,
    confirm,
    digest,
    fetched,
    opened,
    send,
)
from fakes.narrowing import narrow
from fakes.parties import DAY, HOME, NOW, DirectLink, do, key_of, keyring_of, label, openers_of, signed
from fakes.people import consent, register, settle
from fakes.refusals import refused
from fakes.world import World

from interchange.domain.consent import ASSERTED, BOUND, DataItem
from interchange.domain.envelope import BINDING_TYP
from interchange.domain.events import ActPerformed, BindingSent, Restriction
from interchange.domain.keyring import KeyRecord, Role
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows import bindings, follow
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.wire.envelope import parse_compact

LATER = NOW + 3600


# -- what is sent ------------------------------------------------------------------------------------------------


def test_binding_names_the_subject_and_the_assertion(world: World) -> None:
    """The five claims of the assertion, when it was signed, and the papers as they were registered."""
    jti, _ = asserted(world)
    send(world, jti, LATER)
    claims, found = world.claims(jti), opened(world, jti)
    named = {name: getattr(found, name) for name in ("iss", "sub", "aud", "jti", "exp")}
    assert (named, found.iat, found.identity) == ({name: claims[name] for name in named}, LATER, WHO)


def test_digest_of_the_sealed_bytes_is_told(world: World) -> None:
    """In that partner's lane alone, with the assertion's id and nothing else."""
    jti, _ = asserted(world)
    told = send(world, jti)
    sent = BindingSent(jti, digest(fetched(world, jti)))
    assert (world.events("KOR")[-1], told, sent in world.events("AUS")) == (sent, sent.sha256, False)


def test_binding_is_told_where_the_answer_says(world: World) -> None:
    """So that whoever sent it can see it acknowledged."""
    jti, _ = asserted(world)
    found = bindings.read_sent(do(world.home, bindings.SEND, bindings.SendRequest(jti)))
    assert world.events(found.place.origin.split("/")[2])[found.place.n] == BindingSent(jti, found.sha256)


def test_sending_is_audited(world: World) -> None:
    """Who sent it stands in the auditors' lane, and of whom it speaks does not."""
    jti, _ = asserted(world)
    send(world, jti)
    act = world.events("audit")[-1]
    assert isinstance(act, ActPerformed)
    assert act.act == "send_binding"


def test_the_organ_that_signed_the_assertion_signs_the_binding(world: World) -> None:
    """Its key, whoever else has one."""
    jti, _ = asserted(world)
    send(world, jti)
    (opener,) = openers_of("KOR").values()
    kid = parse_compact(opener.open(fetched(world, jti)), BINDING_TYP).kid
    assert kid == key_of(HOME, Role.ASSERT, "METI").kid


def test_repeated_request_sends_nothing_more(world: World) -> None:
    """The same answer, and one leaf."""
    jti, _ = asserted(world)
    request_id = world.home.chance.uuid()
    answers = {do(world.home, bindings.SEND, bindings.SendRequest(jti), request_id=request_id) for _ in range(2)}
    told = [event for event in world.events("KOR") if isinstance(event, BindingSent)]
    assert (len(answers), len(told)) == (1, 1)


# -- to which key ------------------------------------------------------------------------------------------------


def korea_publishes(world: World, *keys: KeyRecord) -> None:
    """Let Korea publish a second keyring with these binding keys, and the home node follow."""
    ring = keyring_of("KOR", 2)
    others = tuple(key for key in ring.keys if key.role is not Role.BINDING)
    do(world["KOR"], PUBLISH, PublishRequest(signed(replace(ring, keys=others + keys), "KOR")))
    follow_korea(world)


def follow_korea(world: World, now: int = NOW) -> None:
    """Let the home node catch up with Korea's lane."""
    follow.catch_up(world.home, DirectLink(world["KOR"], HOME, now), "KOR", now)


def korean(version: int, **changes: Any) -> KeyRecord:  # noqa: ANN401 - any field
    """Describe a version of Korea's binding key."""
    return key_of("KOR", Role.BINDING, version=version, **changes)


def test_of_two_keys_the_newer_is_sealed_to(world: World) -> None:
    """Keys overlap while a partner changes them."""
    korea_publishes(world, korean(1), korean(2, sign_from=NOW - 30))
    jti, _ = asserted(world)
    send(world, jti)
    assert opened(world, jti, tokens.box_opener(label("KOR", Role.BINDING, version=2))).identity == WHO


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sign_from": NOW + 1}, id="not begun"),
        pytest.param({"sign_from": NOW - 60, "sign_until": NOW}, id="over"),
        pytest.param({"tainted_since": NOW - 60}, id="tainted"),
    ],
)
def test_a_key_outside_its_window_is_not_sealed_to(world: World, changes: dict[str, int]) -> None:
    """The older one is, while it lasts."""
    korea_publishes(world, korean(1, sign_from=NOW - 90), korean(2, **changes))
    jti, _ = asserted(world)
    send(world, jti)
    assert opened(world, jti).identity == WHO


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((), id="none"),
        pytest.param((korean(1, sign_until=NOW),), id="over"),
        pytest.param((korean(1, sign_from=NOW + 1),), id="not begun"),
        pytest.param((korean(1, tainted_since=NOW - 1),), id="tainted"),
    ],
)
def test_without_a_usable_key_nothing_is_sent(world: World, keys: tuple[KeyRecord, ...]) -> None:
    """Names go to nobody whose key is not sure."""
    korea_publishes(world, *keys)
    jti, _ = asserted(world)
    with refused(Reason.BINDING_KEY_MISSING):
        send(world, jti)


@pytest.mark.parametrize("how", list(Restriction))
def test_a_key_that_its_party_has_narrowed_is_not_sealed_to(world: World, how: Restriction) -> None:
    """The partner's lane says so before its next keyring does."""
    narrow(world["KOR"], korean(1).kid, how)
    follow_korea(world)
    jti, _ = asserted(world)
    with refused(Reason.BINDING_KEY_MISSING):
        send(world, jti)


def test_to_an_expired_keyring_nothing_is_sent(world: World) -> None:
    """What a party has not renewed nobody relies on."""
    do(world["KOR"], PUBLISH, PublishRequest(signed(keyring_of("KOR", 2, expires=NOW + DAY), "KOR")))
    follow_korea(world)
    jti, _ = asserted(world)
    with refused(Reason.KEYRING_EXPIRED):
        send(world, jti, NOW + DAY)


# -- what keeps it from being sent ---------------------------------------------------------------------------------


def agreeing_to(world: World, items: frozenset[DataItem], **changes: Any) -> str:  # noqa: ANN401 - any field
    """Issue an assertion to Korea about a person who consents to the assertion, and besides to these items."""
    home = world.home
    subject_id = register(home, WHO)
    consent(home, subject_id, "KOR", items=ASSERTED)
    consent(home, subject_id, **{"party": "KOR", "items": items} | changes)
    settle(home, "JPN/SDS", organ="JPN/METI", subject_id=subject_id)
    return world.issue(world.open_project(), subject_id)


@pytest.mark.parametrize("missing", sorted(BOUND))
def test_without_consent_to_each_item_nothing_is_sent(world: World, missing: DataItem) -> None:
    """Name, birth date and document, all of them or none (Act No. 57 of 2003, Art. 28)."""
    jti = agreeing_to(world, frozenset(DataItem) - {missing})
    with refused(Reason.CONSENT_MISSING):
        send(world, jti)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"party": "AUS"}, id="to another party"),
        pytest.param({"purpose": "visit"}, id="for another purpose"),
        pytest.param({"until_day": date(2027, 1, 14)}, id="until yesterday"),
        pytest.param({"from_day": date(2027, 1, 16)}, id="from tomorrow"),
    ],
)
def test_consent_to_something_else_is_none(world: World, changes: dict[str, Any]) -> None:
    """To that party, for that purpose, on that day."""
    jti = agreeing_to(world, frozenset(DataItem), **changes)
    with refused(Reason.CONSENT_MISSING):
        send(world, jti)


def test_consent_is_asked_for_again_when_the_partner_comes(world: World) -> None:
    """What goes out goes out then; a consent that has ended covers it no more."""
    jti = agreeing_to(world, frozenset(DataItem), until_day=date(2027, 1, 15))
    send(world, jti)
    with refused(Reason.NOT_KNOWN):
        fetched(world, jti, now=NOW + DAY)


def test_one_binding_waits_at_a_time(world: World) -> None:
    """Two would be two copies of a name."""
    found = bound(world)
    with refused(Reason.ALREADY_KNOWN):
        send(world, found.jti)


def test_binding_to_an_unknown_assertion_is_refused(world: World) -> None:
    """There is nobody to name."""
    with refused(Reason.NOT_KNOWN):
        send(world, world.home.chance.uuid())


@pytest.mark.parametrize(
    ("end", "now", "reason"),
    [
        pytest.param("revoke", NOW, Reason.ALREADY_ENDED, id="revoked"),
        pytest.param("wait", NOW + 366 * DAY, Reason.ALREADY_ENDED, id="expired"),
        pytest.param("hold", NOW, Reason.HELD, id="held"),
    ],
)
def test_binding_to_an_assertion_that_is_not_valid_is_refused(world: World, end: str, now: int, reason: Reason) -> None:
    """Nobody is named for an assertion that nobody may rely on."""
    jti, subject_id = asserted(world)
    if end == "revoke":
        world.revoke(jti)
    if end == "hold":
        world.suspend(HoldScope.SUBJECT, subject_id)
    with refused(reason):
        send(world, jti, now)


# -- who gets it -------------------------------------------------------------------------------------------------


def test_another_partner_gets_nothing(world: World) -> None:
    """To whom it is not addressed it is not there."""
    found = bound(world)
    with refused(Reason.NOT_KNOWN):
        fetched(world, found.jti, "AUS")


@pytest.mark.parametrize("end", ["never sent", "confirmed", "ended", "revoked", "expired", "unknown"])
def test_what_is_not_there_is_not_known_whatever_the_cause(world: World, end: str) -> None:
    """One answer for all causes."""
    jti, now = asserted(world)[0], NOW
    if end != "never sent":
        sent = send(world, jti)
    match end:
        case "confirmed":
            confirm(world, jti, sent)
        case "ended":
            do(world.home, bindings.END, bindings.EndRequest(jti))
        case "revoked":
            world.revoke(jti)
        case "expired":
            now = world.issued(jti).exp
        case "unknown":
            jti = world.home.chance.uuid()
    with refused(Reason.NOT_KNOWN):
        fetched(world, jti, now=now)
