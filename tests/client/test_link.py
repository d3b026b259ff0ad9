"""The way to a partner's node: what is asked, what comes back, and how a watch ends."""

from threading import Thread
from uuid import UUID

import grpc
import pytest
from fakes import doors as doors_module
from fakes.doors import Doors
from fakes.party import WITNESS, FakeParty
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.client.follower import Follower
from interchange.client.link import GrpcLink
from interchange.domain.lane import Page
from interchange.domain.merkle import Frontier
from interchange.errors import Reason
from interchange.flows.follow import PartnerLink
from interchange.v1 import lanes_pb2

EMPTY = Frontier.empty()


@pytest.fixture
def link(channel: grpc.Channel) -> GrpcLink:
    """A link to the fake party's server."""
    return GrpcLink(channel, lambda: 1)


def test_it_is_the_way_that_the_flows_ask_for(link: GrpcLink) -> None:
    """To the type checker as well: a node follows over it."""
    way: PartnerLink = link
    assert way is link


def test_a_page_comes_as_it_was_sent(link: GrpcLink, party: FakeParty) -> None:
    """Note, leaves, tokens and proof are not touched."""
    assert link.fetch(EMPTY, 2) == party.page(0, 2)


def test_a_missing_token_stays_missing(link: GrpcLink, party: FakeParty) -> None:
    """After its retention a token is absent, not empty."""
    party.revoke(party.statement().jti)
    assert link.fetch(EMPTY).entries[-1].token is None


def test_a_question_carries_what_the_asker_has(link: GrpcLink, doors: Doors, party: FakeParty) -> None:
    """So the issuer learns of it when somebody has been told something else."""
    frontier, _ = party.tree()
    link.fetch(frontier)
    asked = doors.lanes.asked[0]
    assert (asked.after_size, asked.after_root, asked.generation) == (frontier.size, frontier.root, 1)


def test_a_question_shows_the_newest_checkpoint_that_the_asker_has(channel: grpc.Channel, doors: Doors) -> None:
    """An issuer that has lost leaves cannot deny what it signed."""
    notes = iter([b"one", b"two"])
    link = GrpcLink(channel, 1, known_note=lambda: next(notes))
    link.fetch(EMPTY)
    with link.watch(EMPTY) as watch:
        next(iter(watch))
    assert [asked.known_note for asked in doors.lanes.asked] == [b"one", b"two"]


def test_the_generation_is_read_at_each_question(channel: grpc.Channel, doors: Doors) -> None:
    """The keyring in use may name a new one at any time."""
    generations = iter([1, 2])
    link = GrpcLink(channel, lambda: next(generations))
    link.fetch(EMPTY)
    link.fetch(EMPTY)
    assert [asked.generation for asked in doors.lanes.asked] == [1, 2]


def test_the_generation_may_be_a_number(channel: grpc.Channel, doors: Doors) -> None:
    """A program that follows one keyring knows it."""
    GrpcLink(channel, 7).fetch(EMPTY)
    assert doors.lanes.asked[0].generation == 7


def test_a_keyring_comes_as_it_was_signed(link: GrpcLink, party: FakeParty) -> None:
    """The bytes are what the root keys signed."""
    assert link.keyring(1) == party.keyrings[1]


def test_what_the_partner_refuses_is_refused_here(link: GrpcLink) -> None:
    """GRPC's exception does not leave the link."""
    with refused(Reason.NOT_KNOWN):
        link.keyring(9)


def test_a_cosignature_arrives_with_its_checkpoint(link: GrpcLink, party: FakeParty) -> None:
    """Origin, size and root tell what was cosigned."""
    link.acknowledge(party.checkpoint(), "a line")
    assert party.acknowledged == [(party.checkpoint(), "a line")]


def test_each_acknowledgement_has_an_id_of_its_own(link: GrpcLink, doors: Doors, party: FakeParty) -> None:
    """Nodes ask for a version 4 UUID with every change."""
    link.acknowledge(party.checkpoint(), "a line")
    link.acknowledge(party.checkpoint(), "a line")
    assert {UUID(each).version for each in doors.lanes.request_ids} == {4}
    assert len(set(doors.lanes.request_ids)) == 2


def test_a_follower_follows_over_it(link: GrpcLink, party: FakeParty) -> None:
    """Fetch, believe, acknowledge: the whole round of a partner's program."""
    follower = Follower(link.keyring(1), **party.terms)
    assert follower.accept(link.fetch(follower.frontier), NOW)
    checkpoint = follower.checkpoint
    assert checkpoint is not None
    link.acknowledge(checkpoint, follower.acknowledge(WITNESS, NOW))
    assert party.acknowledged[0][0] == party.checkpoint()


def test_an_answer_without_a_page_is_refused(link: GrpcLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty message is not an empty page."""
    monkeypatch.setattr(doors_module, "written", lambda _: None)
    with refused(Reason.FIELD_MISSING):
        link.fetch(EMPTY)


def test_a_page_that_is_too_long_is_refused(link: GrpcLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more leaves are taken than anybody may send."""
    page = lanes_pb2.LanePage(leaves=[lanes_pb2.Leaf(leaf=b"x")] * 1001)
    monkeypatch.setattr(doors_module, "written", lambda _: page)
    with refused(Reason.PAGE_SIZE):
        link.fetch(EMPTY)


# -- watching -------------------------------------------------------------------------------------------------


def test_a_watch_gives_pages(link: GrpcLink, party: FakeParty) -> None:
    """The first comes at once."""
    with link.watch(EMPTY) as watch:
        assert next(watch) == party.page()


def test_a_closed_watch_ends(link: GrpcLink) -> None:
    """Its iteration stops, without an error."""
    watch = link.watch(EMPTY)
    next(watch)
    watch.close()
    assert list(watch) == []


def test_a_closed_watch_ends_at_the_server(link: GrpcLink, doors: Doors) -> None:
    """A worker thread there is free again."""
    watch = link.watch(EMPTY)
    next(watch)
    watch.close()
    assert doors.lanes.watch_ended.wait(10)


def test_closing_the_link_wakes_a_thread_that_waits(link: GrpcLink) -> None:
    """A node that stops does not wait for its partners."""
    watch = link.watch(EMPTY)
    next(watch)
    pages: list[Page] = []
    thread = Thread(target=lambda: pages.extend(watch))
    thread.start()
    link.close()
    thread.join(10)
    assert (thread.is_alive(), pages) == (False, [])


def test_a_watch_after_the_link_was_closed_ends_at_once(link: GrpcLink) -> None:
    """A thread that was about to watch does not wait for ever."""
    link.close()
    assert list(link.watch(EMPTY)) == []


def test_other_calls_go_on_after_closing(link: GrpcLink, party: FakeParty) -> None:
    """The last acknowledgement can still be delivered."""
    link.close()
    assert link.fetch(EMPTY) == party.page()


def test_a_watch_that_the_server_ends_is_over(link: GrpcLink, doors: Doors) -> None:
    """Whoever goes on following watches anew."""
    watch = link.watch(EMPTY)
    next(watch)
    doors.lanes.watch_ended.set()
    assert list(watch) == []


def test_a_watch_that_the_server_breaks_off_is_refused(link: GrpcLink, doors: Doors) -> None:
    """A lost watch is not a quiet one."""
    watch = link.watch(EMPTY)
    next(watch)
    doors.lanes.watch_failure = RuntimeError()
    doors.lanes.watch_ended.set()
    with refused(Reason.INTERNAL):
        next(watch)


def test_a_partner_that_does_not_answer_is_unreachable() -> None:
    """Nobody listens on port 1 of this machine."""
    with grpc.insecure_channel("127.0.0.1:1") as nowhere, refused(Reason.PARTNER_UNREACHABLE):
        GrpcLink(nowhere, 1).fetch(EMPTY)


def test_a_watch_of_nobody_is_unreachable() -> None:
    """The iterator says it, since the call itself waits for nothing."""
    with grpc.insecure_channel("127.0.0.1:1") as nowhere, refused(Reason.PARTNER_UNREACHABLE):
        next(GrpcLink(nowhere, 1).watch(EMPTY))
