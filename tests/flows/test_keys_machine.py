"""Keys × partners × time: whoever follows accepts all that is sound, and nothing that is not."""

from collections import Counter
from functools import partial
from pathlib import Path

from fakes.keymodel import DAY, STEPS, Key, Keys, Listed, Reader, Told
from fakes.keyread import drafted, first_keys, read, spelt, tried
from fakes.parties import AGREEMENTS, HOME, NOW, DirectLink, do, keyring_of, names_of, signed
from fakes.world import World, copy_world
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from interchange.domain.envelope import ASSERTION_TYP
from interchange.domain.keyring import Role
from interchange.domain.stages import Verb
from interchange.domain.verdict import Context, Outcome, Verdict
from interchange.errors import Refusal
from interchange.flows import audit, follow
from interchange.flows.board import board
from interchange.flows.keyrings import PUBLISH, PublishRequest, draft
from interchange.flows.knowledge import SnapshotKnowledge
from interchange.flows.stages import DRAFT, MOVE, DraftRequest, MoveRequest, read_moved
from interchange.flows.verify import verify
from interchange.store.ledger import Tx
from interchange.wire.envelope import parse_compact

USES = (("assert", "METI"), ("assert", "MIC"), ("status", ""), ("lane", ""))
ORGANS = ("METI", "MIC")
"""By whom the two people are cleared."""

ANY_USE = st.sampled_from((USES[0], *USES))
PARTIES = st.sampled_from(sorted(AGREEMENTS))
SMALL, COIN = st.integers(0, 1000), st.booleans()
LAST = NOW + 330 * DAY
"""Before the project ends, and the keys with which partners answer."""


class KeyLife(RuleBasedStateMachine):
    """Random steps with the home party's keys, two partners who follow when they like, and time."""

    template: Path
    place: Path
    seen: Counter[str]
    """What the runs came to, so that a machine that never gets anywhere is noticed."""

    @initialize()
    def begin(self) -> None:
        """Publish the first keyring's keys to two partners, and clear two people, of two organs."""
        self.world: World = copy_world(self.template, self.place)
        self.project = self.world.open_project()
        self.people = [self.world.clear(organ=f"{HOME}/{organ}") for organ in ORGANS]
        lanes = {party: [spelt(event) for event in self.world.events(party)] for party in AGREEMENTS}
        readers = {party: Reader() for party in AGREEMENTS}
        self.model = Keys(NOW, read(keyring_of(HOME)), first_keys(), lanes, readers, installed={1: NOW})
        self.payload = b""
        self.asked: dict[str, tuple[bytes, str]] = {}
        self.looked: dict[str, tuple[int, int, int]] = {}
        for person in range(len(ORGANS)):
            for party in AGREEMENTS:
                self.issue(person, party, 90 * DAY)
        self.catch_up(set(AGREEMENTS), 0)
        self.wait(600)

    def key(self, use: tuple[str, str], pick: int, verb: str) -> Key:
        """Choose a key of a use, mostly one with which the verb can be done."""
        of_use = [key for key in self.model.keys.values() if key.use == use]
        fitting = [key for key in of_use if key.stage in STEPS[verb][0]]
        chosen = fitting if fitting and pick % 8 else of_use
        return chosen[pick // 8 % len(chosen)]

    # -- the issuer -------------------------------------------------------------------------------------------

    @rule(
        use=ANY_USE,
        begins=st.sampled_from([-60, -60, 3600, 2 * DAY]),
        days=st.sampled_from([2, 30, 200]),
        more=st.sampled_from([0, 2, 200]),
    )
    def draft_key(self, use: tuple[str, str], begins: int, days: int, more: int) -> None:
        """Make a key with some windows."""
        first = self.model.now + begins
        last = first + days * DAY
        wanted = DraftRequest(Role(use[0]), use[1], first, last, last + more * DAY)
        kid = do(self.world.home, DRAFT, wanted, self.model.now)
        window = Listed(first, last, last + more * DAY)
        self.model.keys[kid] = Key(kid, use, window, self.model.now, moved=self.model.now)

    @rule(days=st.sampled_from([4, 60, 300]))
    def draft_keyring(self, days: int) -> None:
        """Draft the next keyring, which waits to be signed while other things go on."""
        self.payload = draft(self.world.home, days=days, now=self.model.now)
        assert read(drafted(self.payload)) == self.model.draft(days)

    @rule()
    def publish(self) -> None:
        """Publish what was drafted last, unless it is behind what is known by now."""
        if not self.payload:
            return
        ring = drafted(self.payload)
        request, fine = PublishRequest(signed(ring, HOME)), self.model.is_publishable(read(ring))
        tried(lambda: do(self.world.home, PUBLISH, request, self.model.now), fine=fine)
        if fine:
            self.model.publish(read(ring))

    @rule(use=ANY_USE, days=st.sampled_from([60, 300]))
    def lay_in(self, use: tuple[str, str], days: int) -> None:
        """Make a key and publish a keyring with it in one go, as mostly is done."""
        self.draft_key(use, -60, 200, 200)
        self.draft_keyring(days)
        self.publish()

    @rule(use=ANY_USE)
    def rotate(self, use: tuple[str, str]) -> None:
        """Change a key as it should be done."""
        self.lay_in(use, 300)
        self.catch_up(set(AGREEMENTS), 0)
        self.wait(3600)
        self.step(max(self.model.of_use(use, "laid_in", "active"), key=lambda key: key.made), "activate")

    @rule(use=ANY_USE, pick=SMALL, verb=st.sampled_from(["retire", "destroy", "suspend", "resume"]))
    def move(self, use: tuple[str, str], pick: int, verb: str) -> None:
        """Take a step that asks nothing else."""
        self.step(self.key(use, pick, verb), verb)

    @rule(use=ANY_USE, pick=SMALL, verb=st.sampled_from(["suspend", "taint", "retire"]))
    def publish_late(self, use: tuple[str, str], pick: int, verb: str) -> None:
        """Publish a keyring that was drafted before something was known of a key."""
        self.draft_keyring(300)
        self.step(self.key(use, pick, verb), verb, since=self.model.now if verb == "taint" else None)
        self.publish()

    @rule(use=ANY_USE, pick=SMALL, forced=COIN)
    def activate(self, use: tuple[str, str], pick: int, *, forced: bool) -> None:
        """Let another key sign; whoever does not know it is named, or left behind."""
        self.step(self.key(use, pick, "activate"), "activate", forced=forced)

    @rule(use=ANY_USE, pick=SMALL, ago=st.sampled_from([0, 59, 61, DAY, 30 * DAY, -1]), edge=COIN)
    def taint(self, use: tuple[str, str], pick: int, ago: int, *, edge: bool) -> None:
        """Say since when a thief may have had a key; also at the very edge of what a partner cosigned."""
        cosigned = [at for reader in self.model.readers.values() for _, at in reader.cosigned]
        since = cosigned[pick % len(cosigned)] + 60 + pick % 2 if edge and cosigned else self.model.now - ago
        self.step(self.key(use, pick, "taint"), "taint", since=since)

    @rule(use=ANY_USE, pick=SMALL, leave_out=COIN)
    def doubt_in_vain(self, use: tuple[str, str], pick: int, *, leave_out: bool) -> None:
        """Suspend a key, find that nothing happened, and list it again; before it, perhaps, a keyring without it."""
        key = self.key(use, pick, "suspend")
        for verb in ("suspend", "resume"):
            self.step(key, verb)
            if leave_out or verb == "resume":
                self.draft_keyring(300)
                self.publish()

    def step(self, key: Key, verb: str, *, forced: bool = False, since: int | None = None) -> None:
        """Take a step, or be refused where the model says so."""
        fine = self.model.is_allowed(key, verb, forced=forced, since=since or 0)
        unaware = self.model.unaware(key) if fine and verb == "activate" else []
        request = MoveRequest(key.kid, Verb(verb), since, forced)
        result = tried(lambda: do(self.world.home, MOVE, request, self.model.now), fine=fine)
        self.seen[f"{verb} {'done' if fine else 'refused'}"] += 1
        if result is not None:
            behind = read_moved(result).left_behind
            assert [who.split()[0] for who in behind] == unaware, (behind, key)
            self.seen["left behind"] += bool(behind)
            self.model.move(key, verb, since)

    @rule(person=st.integers(0, 1), party=PARTIES, life=st.sampled_from([600, 5 * DAY, 90 * DAY]))
    def issue(self, person: int, party: str, life: int) -> None:
        """Issue under the active key, or not at all."""
        model, mine = self.model, [told for told in self.model.told.values() if told.party == party]
        if any(self.people[person] == self.world.issued(told.jti).subject_id for told in mine if self.is_live(told)):
            return
        kid, exp = model.signs(("assert", ORGANS[person])), model.now + min(life, LAST + 9 * DAY - model.now)
        asked = (self.project, self.people[person], party, model.now, exp)
        jti = tried(lambda: self.world.issue(*asked), fine=kid is not None)
        if jti is None:
            return
        assert parse_compact(self.world.token(jti), ASSERTION_TYP).kid == kid
        model.told[jti] = Told(jti, party, len(model.lanes[party]), str(kid), model.now, exp)
        model.lanes[party].append(("issued", jti))
        self.asked[jti] = self.world.token(jti), self.world.claims(jti)["project"]

    def is_live(self, told: Told) -> bool:
        """Tell whether it has neither ended nor been revoked."""
        return self.model.now < told.exp and not self.model.is_revoked(told)

    @rule(pick=SMALL)
    def revoke(self, pick: int) -> None:
        """Revoke an assertion that is live."""
        if live := [told for told in self.model.told.values() if self.is_live(told)]:
            told = live[pick % len(live)]
            self.world.revoke(told.jti, self.model.now)
            self.model.lanes[told.party].append(("revoked", told.jti))

    @rule(seconds=st.sampled_from([1, 59, 61, 600, 3600, DAY, 3 * DAY, 20 * DAY]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.model.now = min(self.model.now + seconds, LAST)

    # -- the partners -----------------------------------------------------------------------------------------

    @rule(parties=st.sets(PARTIES, min_size=1), limit=st.sampled_from([0, 0, 1, 2]))
    def catch_up(self, parties: set[str], limit: int) -> None:
        """Let some partners take all there is, in pages of some size."""
        for party in sorted(parties):
            fine = self.model.signs(("lane", "")) is not None
            tried(partial(self.world.follow, party, self.model.now, limit), fine=fine)
            if fine:
                self.model.applied(party, len(self.model.lanes[party]))

    @rule(party=PARTIES, leaves=st.integers(1, 3))
    def take_a_page(self, party: str, leaves: int) -> None:
        """Let a partner take one page, and be interrupted."""
        if self.model.signs(("lane", "")) is None:
            return
        reader, home = self.world[party], self.world.home
        link = DirectLink(home, party, self.model.now, leaves)
        page = link.fetch(follow.frontier_of(reader, HOME), leaves)
        self.model.applied(party, follow.take(reader, link, HOME, page, self.model.now).size)

    # -- what always holds ------------------------------------------------------------------------------------

    @invariant()
    def register_is_the_models(self) -> None:
        """Stages, halves that are gone, and one key at most that signs for a use, which is an active one."""
        home, model = self.world.home, self.model
        assert {each.kid: (each.stage, not each.gone) for each in model.keys.values()} == {
            line.key.record.kid: (line.key.stage.value, line.present) for line in board(home).lines
        }
        assert all(len(model.of_use(use, "active")) <= 1 for use in USES)
        signing = home.ledger.read(lambda tx: {use: self.signing(tx, use) for use in USES})
        assert signing == {use: model.signs(use) for use in USES}

    def signing(self, tx: Tx, use: tuple[str, str]) -> str | None:
        """Ask the node which key it signs with."""
        try:
            return self.world.home.signing_key(tx, Role(use[0]), self.model.now, use[1]).kid
        except Refusal:
            return None

    @invariant()
    def issuer_is_right_about_every_assertion(self) -> None:
        """What counts, it accepts, and nothing else; and whatever nothing is against counts."""
        accepted = self.accepted(HOME)
        for jti, told in self.model.told.items():
            counts = self.model.counts(told)
            assert counts or not self.model.is_sound(told), told
            assert (jti in accepted) == counts, (self.model.keys[told.kid], told)

    @invariant()
    def no_partner_is_wrong_about_an_assertion(self) -> None:
        """Who has all that there is accepts what counts, and nothing else; who lacks something, never more."""
        for party, reader in self.model.readers.items():
            known = (reader.size, self.model.now, len(self.model.lanes[party]))
            if self.looked.get(party) != known:
                self.looked[party] = known
                self.look(party)

    def look(self, party: str) -> None:
        """Ask a partner about all that it was told; until something happens to it, it answers the same."""
        accepted, model = self.accepted(party), self.model
        for told in (told for told in model.told.values() if told.party == party):
            key, counts = model.keys[told.kid], model.counts(told)
            if model.is_caught_up(party):
                assert (told.jti in accepted) == counts, (key, told)
                self.seen["tainted " * (key.listed.tainted is not None) + ("accepted" if counts else "refused")] += 1
            elif told.jti in accepted:
                assert not model.must_refuse(told), (key, told)

    def accepted(self, at: str) -> set[str]:
        """Ask a node which assertions are valid; a partner of those that are addressed to it."""
        node, now = self.world[at], self.model.now
        marks = node.highwater.marks() if at == HOME else None
        asked = {told.jti: told.party for told in self.model.told.values() if at in {HOME, told.party}}

        def judged(tx: Tx, jti: str) -> Verdict:
            token, project = self.asked[jti]
            context = Context(names_of(asked[jti]).uri, project, now, accept_working=True)
            return verify(token, SnapshotKnowledge(node, tx, marks), context)

        verdicts = node.ledger.read(lambda tx: {jti: judged(tx, jti) for jti in asked})
        return {jti for jti, verdict in verdicts.items() if verdict.outcome is Outcome.VALID}

    def teardown(self) -> None:
        """Whatever was done, all ledgers agree with themselves, and lanes tell what was done."""
        try:
            told = {party: [spelt(event) for event in self.world.events(party)] for party in AGREEMENTS}
            assert told == self.model.lanes
            assert [audit.audit(self.world[party]).faults for party in (HOME, *AGREEMENTS)] == [()] * 3
        finally:
            self.world.close()


def test_no_state_is_reached_in_which_a_partner_is_wrong(world_template: Path, world_place: Path) -> None:
    """Whatever is done with keys in whatever order, a partner that follows accepts what is sound, and that alone."""
    KeyLife.template, KeyLife.place, KeyLife.seen = world_template, world_place, Counter()
    run_state_machine_as_test(KeyLife, settings=settings(max_examples=10, stateful_step_count=30))
    assert KeyLife.seen["accepted"] * sum(KeyLife.seen[f"{verb} done"] for verb in STEPS) > 0
