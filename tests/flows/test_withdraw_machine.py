"""Any order of issuing, holding, lifting, revoking and ending: issuer, follower and status list agree with a model."""

from dataclasses import dataclass, field
from pathlib import Path

from fakes.parties import AGREEMENTS, HOME, NOW, do
from fakes.refusals import refused
from fakes.status import listed
from fakes.world import copy_world
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from interchange.domain.standing import HoldScope, Standing
from interchange.errors import Reason
from interchange.flows import audit, issue
from interchange.flows.expire import report_expired
from interchange.flows.standings import standing_of

PEOPLE = st.integers(0, 2)
PROJECTS = st.integers(0, 1)
PARTIES = st.sampled_from(sorted(AGREEMENTS))
SCOPES = st.sampled_from(list(HoldScope))
SMALL = st.integers(0, 1000)
EMPLOYERS = ("employer-1", "employer-1", "employer-2")

REASONS = {
    None: Standing.VALID,
    Reason.REVOKED: Standing.REVOKED,
    Reason.SUSPENDED: Standing.SUSPENDED,
    Reason.EXPIRED: Standing.EXPIRED,
}


@dataclass
class Known:
    """What the model remembers of one assertion: what it rests on, by scope, its end, and whether it is revoked."""

    rests_on: dict[HoldScope, str]
    party: str
    exp: int
    revoked: bool = False


@dataclass
class Model:
    """What there is, without lanes, ledgers or projections."""

    now: int = NOW
    assertions: dict[str, Known] = field(default_factory=dict)
    holds: dict[str, tuple[HoldScope, str]] = field(default_factory=dict)

    def held(self, rests_on: dict[HoldScope, str]) -> bool:
        """Tell whether an open hold covers what rests on these."""
        return any(rests_on.get(scope) == ref for scope, ref in self.holds.values())

    def live(self, known: Known) -> bool:
        """Tell whether it has neither ended nor been revoked."""
        return not known.revoked and self.now < known.exp

    def standing(self, known: Known) -> Standing:
        """Say what it is worth."""
        if known.revoked:
            return Standing.REVOKED
        if self.now >= known.exp:
            return Standing.EXPIRED
        return Standing.SUSPENDED if self.held(known.rests_on) else Standing.VALID


class Withdrawals(RuleBasedStateMachine):
    """Random acts on one world, each mirrored in the model."""

    template: Path
    place: Path

    @initialize()
    def begin(self) -> None:
        """Open two projects and clear three people of two employers."""
        self.world, self.model = copy_world(self.template, self.place), Model()
        self.projects = [self.world.open_project() for _ in range(2)]
        self.people = [self.world.clear(employer_id=employer) for employer in EMPLOYERS]

    @rule(person=PEOPLE, project=PROJECTS, party=PARTIES, life=st.integers(1, 400))
    def issue(self, person: int, project: int, party: str, life: int) -> None:
        """Issue, or be refused for the reason that the model knows."""
        rests_on = {
            HoldScope.SUBJECT: self.people[person],
            HoldScope.EMPLOYER: EMPLOYERS[person],
            HoldScope.PROJECT: self.projects[project],
            HoldScope.AGREEMENT: AGREEMENTS[party],
        }
        same = [HoldScope.SUBJECT, HoldScope.PROJECT]
        others = [known for known in self.model.assertions.values() if known.party == party]
        exp = self.model.now + life
        request = issue.IssueRequest(self.projects[project], party, self.people[person], exp)
        if self.model.held(rests_on):
            with refused(Reason.HELD):
                do(self.world.home, issue.ISSUE, request, self.model.now)
        elif any(self.model.live(one) and all(one.rests_on[of] == rests_on[of] for of in same) for one in others):
            with refused(Reason.ALREADY_ISSUED):
                do(self.world.home, issue.ISSUE, request, self.model.now)
        else:
            jti = do(self.world.home, issue.ISSUE, request, self.model.now)
            self.model.assertions[jti] = Known({**rests_on, HoldScope.ASSERTION: jti}, party, exp)

    @rule(scope=SCOPES, pick=SMALL)
    def suspend(self, scope: HoldScope, pick: int) -> None:
        """Hold something, of any scope."""
        things = {
            HoldScope.ASSERTION: list(self.model.assertions),
            HoldScope.SUBJECT: self.people,
            HoldScope.EMPLOYER: sorted(set(EMPLOYERS)),
            HoldScope.PROJECT: self.projects,
            HoldScope.AGREEMENT: sorted(AGREEMENTS.values()),
        }[scope]
        if not things:
            return
        ref = things[pick % len(things)]
        if scope is HoldScope.ASSERTION and not self.model.live(self.model.assertions[ref]):
            with refused(Reason.ALREADY_ENDED):
                self.world.suspend(scope, ref, self.model.now)
        else:
            self.model.holds[self.world.suspend(scope, ref, self.model.now)] = (scope, ref)

    @rule(pick=SMALL)
    def reinstate(self, pick: int) -> None:
        """Lift one of the open holds."""
        if not self.model.holds:
            return
        hold = list(self.model.holds)[pick % len(self.model.holds)]
        scope, ref = self.model.holds[hold]
        if scope is HoldScope.ASSERTION and not self.model.live(self.model.assertions[ref]):
            with refused(Reason.ALREADY_ENDED):
                self.world.reinstate(hold, self.model.now)
        else:
            self.world.reinstate(hold, self.model.now)
            del self.model.holds[hold]

    @rule(pick=SMALL)
    def revoke(self, pick: int) -> None:
        """Revoke an assertion, or be refused if it has ended."""
        if not self.model.assertions:
            return
        jti = list(self.model.assertions)[pick % len(self.model.assertions)]
        if self.model.live(self.model.assertions[jti]):
            self.world.revoke(jti, self.model.now)
            self.model.assertions[jti].revoked = True
        else:
            with refused(Reason.ALREADY_ENDED):
                self.world.revoke(jti, self.model.now)

    @rule(seconds=st.integers(1, 300))
    def wait(self, seconds: int) -> None:
        """Let time pass, and what has ended be reported."""
        self.model.now += seconds
        report_expired(self.world.home, self.model.now)

    @rule(party=PARTIES, limit=st.sampled_from([0, 1, 2]))
    def follow(self, party: str, limit: int) -> None:
        """Let a partner catch up in pages of some size; its verdicts are then the model's."""
        self.world.follow(party, self.model.now, limit)
        theirs = {jti: known for jti, known in self.model.assertions.items() if known.party == party}
        told = {jti: self.world.verdict(party, jti, self.model.now).reason for jti in theirs}
        assert {jti: REASONS[reason] for jti, reason in told.items()} == {
            # The end is looked at before the lane is, so that a revoked one that has ended as well reads as ended.
            jti: Standing.EXPIRED if self.model.now >= known.exp else self.model.standing(known)
            for jti, known in theirs.items()
        }

    @rule(party=PARTIES)
    def publish(self, party: str) -> None:
        """Sign the partner's status list; its slots are the model's."""
        theirs = {jti: known for jti, known in self.model.assertions.items() if known.party == party}
        if not theirs:
            return
        slots = listed(self.world, party, now=self.model.now)
        assert {jti: slots.status(self.world.issued(jti).idx) for jti in theirs} == {
            jti: self.model.standing(known).value for jti, known in theirs.items()
        }

    @invariant()
    def issuer_agrees(self) -> None:
        """The issuer's own answer is the model's after every act."""
        home = self.world.home
        issued = [self.world.issued(jti) for jti in self.model.assertions]
        assert [
            home.ledger.read(lambda tx, one=one: standing_of(home, tx, one, self.model.now))  # type: ignore[misc]
            for one in issued
        ] == [self.model.standing(known) for known in self.model.assertions.values()]

    def teardown(self) -> None:
        """Whatever was done, both ledgers agree with themselves at the end."""
        try:
            assert [audit.audit(self.world[party]).faults for party in (HOME, "KOR")] == [(), ()]
        finally:
            self.world.close()


def test_issuer_follower_and_status_list_agree_with_the_model(world_template: Path, world_place: Path) -> None:
    """After any acts in any order all three say of every assertion what a model without lanes says."""
    Withdrawals.template, Withdrawals.place = world_template, world_place
    run_state_machine_as_test(Withdrawals, settings=settings(max_examples=12, stateful_step_count=25))
