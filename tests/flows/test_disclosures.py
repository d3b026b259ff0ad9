"""What a person is told: what was asserted about them, and who asked; counted in memory and written in one go."""

from dataclasses import replace
from threading import Thread

import pytest
from fakes.parties import NOW, names_of
from fakes.refusals import refused
from fakes.scene import Scene
from fakes.world import World, rows
from sqlalchemy import insert

from interchange.domain.standing import HoldScope, Standing
from interchange.domain.verdict import Context, Outcome, Verdict
from interchange.errors import Reason, Refusal
from interchange.flows import seen
from interchange.flows.disclosures import Disclosure, disclosures_of
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.node import Node
from interchange.flows.seen import Seen, see, write_seen
from interchange.flows.verify import verify
from interchange.store import retention, verifications
from interchange.store.domestic import BindingRow
from interchange.store.ledger import Ledger
from interchange.store.verifications import FIRST, Verification

ANN = "ann wide KOR"


def disclosed(world: World, subject_id: str, now: int = NOW, **where: object) -> list[Disclosure]:
    """Read what a person is told."""
    home = world.home
    return home.ledger.read(lambda tx: disclosures_of(home, tx, subject_id, now, **where))  # type: ignore[arg-type]


def asked(world: World, subject_id: str, **where: object) -> list[tuple[str, int, str, int]]:
    """Read who asked: party, second, outcome, how often."""
    query = world.home.ledger.read(lambda tx: verifications.of_subject(tx, subject_id, **where))  # type: ignore[arg-type]
    return [(each.party, each.at, each.outcome, each.count) for each in query]


def verdict(world: World, name: str, scene: Scene, now: int = NOW) -> Verdict:
    """Let the home node judge an assertion, as a partner would ask it to."""
    return world.verdict("JPN", scene.names[name], now)


class TestDisclosures:
    """One entry for each assertion of the person, and none of anybody else."""

    def test_all_assertions_of_the_person_are_told(self, world: World, scene: Scene) -> None:
        """Towards every partner, for every project."""
        found = {each.issued.jti for each in disclosed(world, scene.ann)}
        assert found == {jti for name, jti in scene.names.items() if name.startswith("ann")}

    def test_entry_says_what_was_asserted(self, world: World, scene: Scene) -> None:
        """Party, project, levels, from when until when, and what it is worth now."""
        (entry,) = disclosed(world, scene.bob)
        claims = world.claims(scene.names["bob wide KOR"])
        assert (entry.issued.party, entry.title, entry.standing) == ("KOR", "Quiet magnets", Standing.VALID)
        assert (entry.home, entry.partner) == (claims["clr"]["home"], claims["clr"]["partner"])
        assert (entry.begins, entry.issued.exp) == (claims["nbf"], claims["exp"])

    def test_standing_is_that_of_the_question(self, world: World, scene: Scene) -> None:
        """Held, then revoked."""
        world.suspend(HoldScope.EMPLOYER, "employer-2")
        held = disclosed(world, scene.bob)
        world.revoke(scene.names["bob wide KOR"])
        assert [each.standing for each in (*held, *disclosed(world, scene.bob))] == [
            Standing.SUSPENDED,
            Standing.REVOKED,
        ]

    def test_bindings_that_were_sent_are_told(self, world: World, scene: Scene) -> None:
        """When, and what became of them."""
        jti = scene.names["bob wide KOR"]
        sent = insert(BindingRow).values(jti=jti, sha256="d", sealed=b"box", sent_at=NOW, ended_at=NOW + 1)
        world.home.ledger.transact(lambda tx: tx.execute(sent))
        ((binding,),) = (entry.bindings for entry in disclosed(world, scene.bob))
        assert (binding.sent_at, binding.confirmed_at, binding.ended_at) == (NOW, None, NOW + 1)

    def test_levels_are_left_out_once_the_token_is_gone(self, world: World, scene: Scene) -> None:
        """The rest is still known."""
        world.revoke(scene.names["bob wide KOR"])
        world.home.ledger.transact(lambda tx: retention.drop_tokens(tx, NOW + 1, 10))
        (entry,) = disclosed(world, scene.bob)
        assert (entry.home, entry.partner, entry.begins, entry.issued.iat) == ("", "", None, NOW)

    def test_officer_of_an_organ_sees_what_it_signed(self, world: World, scene: Scene) -> None:
        """What another organ asserted is that organ's to tell."""
        found = [disclosed(world, scene.ann, organ=organ) for organ in ("JPN/METI", "JPN/MOD")]
        assert [len(each) for each in found] == [3, 0]

    def test_pages_join_to_the_whole(self, world: World, scene: Scene) -> None:
        """Each goes on behind the last entry of the one before."""
        first = disclosed(world, scene.ann, limit=2)
        rest = disclosed(world, scene.ann, after=first[-1].issued.jti)
        assert [*first, *rest] == disclosed(world, scene.ann)

    def test_nobody_is_not_known(self, world: World) -> None:
        """A number that nobody bears is no person of whom there is nothing to tell."""
        with refused(Reason.NOT_KNOWN):
            disclosed(world, "nobody")


class TestSeen:
    """Who asked about what, by the second."""

    def test_partners_question_is_remembered(self, world: World, scene: Scene) -> None:
        """Party, second, and what it heard."""
        see(world.home, [verdict(world, "bob wide KOR", scene)], "KOR", NOW)
        assert write_seen(world.home) == 1
        assert asked(world, scene.bob) == [("KOR", NOW, "VALID", 1)]

    def test_nothing_is_written_before_the_job_runs(self, world: World, scene: Scene) -> None:
        """No row stands on the way of a verification."""
        before = rows(world.home)
        see(world.home, [verdict(world, "bob wide KOR", scene)] * 3, "KOR", NOW)
        assert rows(world.home) == before

    def test_questions_of_one_second_are_one_entry(self, world: World, scene: Scene) -> None:
        """With their number, also if the job ran in the middle of the second."""
        for number in (2, 1):
            see(world.home, [verdict(world, "bob wide KOR", scene)] * number, "KOR", NOW)
            write_seen(world.home)
        assert asked(world, scene.bob) == [("KOR", NOW, "VALID", 3)]

    def test_other_seconds_outcomes_and_parties_are_other_entries(self, world: World, scene: Scene) -> None:
        """In the order of time."""
        good = verdict(world, "bob wide KOR", scene)
        bad = replace(good, outcome=Outcome.NOT_VALID, reason=Reason.AUDIENCE_WRONG)
        for judged, party, now in ((good, "KOR", NOW), (bad, "AUS", NOW + 1), (good, "KOR", NOW + 1)):
            see(world.home, [judged], party, now)
        write_seen(world.home)
        assert asked(world, scene.bob) == [
            ("KOR", NOW, "VALID", 1),
            ("AUS", NOW + 1, "NOT_VALID", 1),
            ("KOR", NOW + 1, "VALID", 1),
        ]

    def test_revoked_assertion_is_told_as_such(self, world: World, scene: Scene) -> None:
        """The person learns what the partner heard."""
        world.revoke(scene.names["bob wide KOR"])
        see(world.home, [verdict(world, "bob wide KOR", scene)], "KOR", NOW)
        write_seen(world.home)
        assert [outcome for _, _, outcome, _ in asked(world, scene.bob)] == ["NOT_VALID"]

    def test_what_nobody_of_ours_signed_is_not_counted(self, world: World, scene: Scene) -> None:
        """Bytes of any kind say nothing of a person; neither do the assertions of others."""
        context = Context(names_of("KOR").uri, "reference", NOW)
        garbage = verify(b"a.b.c", LedgerKnowledge(world.home), context)
        good = verdict(world, "bob wide KOR", scene)
        assert good.assertion is not None
        foreign = replace(good, assertion=replace(good.assertion, iss=names_of("AUS").organ_uri("AGSVA")))
        see(world.home, [garbage, foreign], "KOR", NOW)
        assert write_seen(world.home) == 0

    def test_what_cannot_be_written_is_kept(self, world: World, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        """The next pass writes it."""

        def unavailable(*_: object) -> None:
            raise Refusal(Reason.LEDGER_UNAVAILABLE)

        see(world.home, [verdict(world, "bob wide KOR", scene)], "KOR", NOW)
        with monkeypatch.context() as broken:
            broken.setattr(Ledger, "transact", unavailable)
            with pytest.raises(Refusal):
                write_seen(world.home)
        write_seen(world.home)
        assert asked(world, scene.bob) == [("KOR", NOW, "VALID", 1)]

    def test_many_entries_are_written_in_groups(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many wait, no transaction is long."""
        monkeypatch.setattr(seen, "GROUP", 2)
        world.home.seen.add([entry(number) for number in range(5)])
        assert (write_seen(world.home), len(rows(world.home)["verifications"])) == (5, 5)

    def test_pages_join_to_the_whole(self, world: World, scene: Scene) -> None:
        """Each goes on behind the key of the last entry."""
        jti = scene.names["bob wide KOR"]
        made = [Verification(NOW + second, jti, party, "VALID", 1) for second in (0, 1) for party in ("AUS", "KOR")]
        world.home.ledger.transact(lambda tx: verifications.add(tx, made))
        found, after = list[Verification](), FIRST

        def page() -> list[Verification]:
            return world.home.ledger.read(lambda tx: verifications.of_subject(tx, scene.bob, after=after, limit=3))

        while part := page():
            found, after = [*found, *part], part[-1].key
        assert found == made

    def test_officer_of_an_organ_sees_questions_about_what_it_signed(self, world: World, scene: Scene) -> None:
        """As with the assertions themselves."""
        see(world.home, [verdict(world, "bob wide KOR", scene)], "KOR", NOW)
        write_seen(world.home)
        assert [len(asked(world, scene.bob, organ=organ)) for organ in ("JPN/METI", "JPN/MOD")] == [1, 0]


def entry(number: int) -> Verification:
    """Make an entry unlike others."""
    return Verification(NOW + number, "jti", "KOR", "VALID", 1)


class TestBuffer:
    """Memory is bounded, and every thread may add."""

    def test_further_entries_are_counted_as_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A flood of questions does not fill the memory, and whoever looks at the log learns of it."""
        monkeypatch.setattr(seen, "MOST", 2)
        buffer = Seen()
        buffer.add([entry(0), entry(1), entry(2), entry(1)])
        assert (buffer.take_lost(), buffer.take_lost(), [each.count for each in buffer.take(9)]) == (1, 0, [1, 2])

    def test_what_is_taken_is_gone(self) -> None:
        """It is written once."""
        buffer = Seen()
        buffer.add([entry(0), entry(1)])
        assert [buffer.take(1), buffer.take(9), buffer.take(9)] == [[entry(0)], [entry(1)], []]

    def test_no_count_is_lost_between_threads(self) -> None:
        """Calls are answered by many at once."""
        buffer = Seen()

        def add() -> None:
            for _ in range(500):
                buffer.add([entry(0)])

        threads = [Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [each.count for each in buffer.take(9)] == [2000]


def test_two_views_of_a_node_share_what_was_seen(world: World) -> None:
    """A copy of the node with another setting is the same node."""
    other: Node = replace(world.home, misses_per_day=1)
    other.seen.add([entry(0)])
    assert world.home.seen.take(1) == [entry(0)]
