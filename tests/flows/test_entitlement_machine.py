"""Any order of acts on people: what is asserted outlives no end, passes no ceiling and rests on nothing that ended."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fakes.parties import AGREEMENTS, DAY, do
from fakes.people import identity, register
from fakes.rights import Consented, Opened, Recognised, Rights
from fakes.screened import CENTRAL, DEFENCE, OFFICER, ZONE, lay_in_keys
from fakes.world import copy_world
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from interchange.domain.assertion import Kind
from interchange.domain.consent import ASSERTED
from interchange.domain.days import day_of, end_of_day
from interchange.domain.projects import Field
from interchange.domain.screening import Conclusion
from interchange.domain.time import YEAR
from interchange.errors import Reason, Refusal
from interchange.flows import audit, clearances, consents, employers, issue, projects, screenings, withdraw
from interchange.flows.perform import Act
from interchange.flows.standings import standing_of
from interchange.store import clearances as granted

PEOPLE, SMALL, COIN = st.integers(0, 1), st.integers(0, 1000), st.booleans()
PARTIES = st.sampled_from(sorted(AGREEMENTS))
LEVELS = st.sampled_from(["JPN/SDS", "JPN/SDS", "JPN/CESI"])
BODIES = st.sampled_from([CENTRAL, DEFENCE])
ORGANS = st.sampled_from(["JPN/METI", "JPN/MIC", DEFENCE])
EMPLOYERS = st.sampled_from(["employer-1", "employer-1", "employer-2"])
SPANS = st.sampled_from([20, 200, 800])
"""Days for which something runs on."""


class Entitlements(RuleBasedStateMachine):
    """Random acts on two people of two employers, each mirrored in the model."""

    template: Path
    place: Path
    issued = 0
    ended = 0

    @initialize()
    def begin(self) -> None:
        """Register two people who may be asserted, in a project of a year."""
        self.world, self.model = copy_world(self.template, self.place), Rights()
        self.node = self.world.home
        lay_in_keys(self.node)
        self.people = [register(self.node, identity(number)) for number in (1, 2)]
        self.recognise("employer-1", "JPN/SDS", 800)
        self.open_project("JPN/SDS", 800, defence=False, narrow=False)
        for person in (0, 1):
            for party in AGREEMENTS:
                self.consent(person, party, 800)
            self.record(person, "JPN/SDS", "JPN/METI", "employer-1", 200)
        self.issue_all()

    def try_to(self, act: Act[Any, Any, Any], request: object) -> str:
        """Carry an act out and give its result; empty if it is refused, for whatever reason but a fault of ours."""
        try:
            return do(self.node, act, request, self.model.now)
        except Refusal as refusal:
            if refusal.reason is Reason.INTERNAL:
                raise
            return ""

    def today(self, days: int = 0) -> date:
        """Give the day that is so many days from now."""
        return day_of(self.model.now, ZONE) + timedelta(days)

    def know(self, clearance_id: str) -> None:
        """Remember a clearance."""
        if clearance_id:
            found = self.node.ledger.read(lambda tx: granted.get(tx, clearance_id))
            assert found is not None
            self.model.remember(found, self.node.rules.screened_by(found.organ))

    @rule(employer=EMPLOYERS, ceiling=LEVELS, span=SPANS)
    def recognise(self, employer: str, ceiling: str, span: int) -> None:
        """Recognise an employer, or renew its recognition."""
        asked = employers.RecogniseRequest(
            employer_id=employer,
            title="Laboratory",
            public_office=False,
            ceiling=ceiling,
            from_day=self.today(),
            until_day=self.today(span),
        )
        if self.try_to(employers.RECOGNISE, asked):
            self.model.employers[employer] = Recognised(ceiling, end_of_day(self.today(span), ZONE))

    @rule(employer=EMPLOYERS)
    def lose_recognition(self, employer: str) -> None:
        """End a recognition."""
        if self.try_to(employers.END_RECOGNITION, employers.EndRecognitionRequest(employer)):
            self.model.employers[employer].ended = True
            self.model.revoke(employer_id=employer)

    @rule(ceiling=LEVELS, span=SPANS, defence=COIN, narrow=COIN)
    def open_project(self, ceiling: str, span: int, *, defence: bool, narrow: bool) -> None:
        """Open a project with both partners."""
        asked = projects.OpenRequest(
            title="Quiet magnets",
            field=Field.SEMICONDUCTORS,
            defence=defence,
            ceiling=ceiling,
            floor=ceiling if narrow else "JPN/CESI",
            purpose="joint_research",
            from_day=self.today(),
            until_day=self.today(span),
            partners=tuple(AGREEMENTS.items()),
        )
        project_id = self.try_to(projects.OPEN, asked)
        opened = Opened(ceiling, asked.floor, defence, end_of_day(asked.until_day, ZONE))
        self.model.projects[project_id] = opened

    @rule(person=PEOPLE, party=PARTIES, span=SPANS)
    def consent(self, person: int, party: str, span: int) -> None:
        """Let a person consent."""
        asked = consents.ConsentRequest(
            subject_id=self.people[person],
            party=party,
            recipient="Office",
            purpose="joint_research",
            items=ASSERTED,
            rules_information="Information",
            from_day=self.today(),
            until_day=self.today(span),
        )
        consent_id = self.try_to(consents.CONSENT, asked)
        ends = end_of_day(asked.until_day, ZONE)
        self.model.consents[consent_id] = Consented(self.people[person], party, ends)

    @rule(pick=SMALL)
    def take_consent_back(self, pick: int) -> None:
        """Withdraw a consent to a transfer; what no other one carries to its end is revoked."""
        consent_id = list(self.model.consents)[pick % len(self.model.consents)]
        if self.try_to(consents.WITHDRAW, consents.WithdrawRequest(consent_id)):
            self.model.take_consent_back(consent_id)

    @rule(
        person=PEOPLE, body=BODIES, good=st.sampled_from([True, True, False]), tell=st.sampled_from([True, True, False])
    )
    def screen(self, person: int, body: str, *, good: bool, tell: bool) -> None:
        """Screen a person within a day, and tell them."""
        subject, today, node = self.people[person], self.today(), self.node
        screening_id = self.try_to(screenings.OPEN, screenings.OpenRequest(subject, body, today))
        if not screening_id:
            return
        if body == CENTRAL:
            for item in node.rules.screening_items:
                assert self.try_to(screenings.DO_ITEM, screenings.ItemRequest(screening_id, item, today, OFFICER))
        result = Conclusion.ELIGIBLE if good else Conclusion.NOT_ELIGIBLE
        assert self.try_to(screenings.CONCLUDE, screenings.ConcludeRequest(screening_id, result))
        self.model.conclude(screening_id, subject, body, good=good)
        if tell:
            assert self.try_to(screenings.NOTIFY, screenings.NotifyRequest(screening_id, today))

    @rule(pick=SMALL, level=LEVELS, organ=ORGANS, employer=EMPLOYERS)
    def grant(self, pick: int, level: str, organ: str, employer: str) -> None:
        """Grant on one of the screenings."""
        screening_id = list(self.model.screenings)[pick % len(self.model.screenings)]
        self.know(self.try_to(clearances.GRANT, clearances.GrantRequest(screening_id, organ, level, employer)))

    @rule(person=PEOPLE, level=LEVELS, organ=ORGANS, employer=EMPLOYERS, age=st.sampled_from([0, 200, 1800]))
    def record(self, person: int, level: str, organ: str, employer: str, age: int) -> None:
        """Take a clearance over from paper, which may be close to its end."""
        paper = clearances.PaperGrant(self.people[person], organ, level, self.today(-age), employer)
        self.know(self.try_to(clearances.RECORD, clearances.RecordRequest((paper,))))

    @rule(person=PEOPLE, level=LEVELS, organ=ORGANS, employer=EMPLOYERS, span=SPANS)
    def authorise(self, person: int, level: str, organ: str, employer: str, span: int) -> None:
        """Give a level with an office."""
        days = (self.today(), self.today(span))
        asked = clearances.AuthoriseRequest(self.people[person], organ, level, employer, *days)
        self.know(self.try_to(clearances.AUTHORISE, asked))

    @rule(pick=SMALL)
    def take_screening_back(self, pick: int) -> None:
        """Withdraw the consent to a screening."""
        screening_id = list(self.model.screenings)[pick % len(self.model.screenings)]
        if self.try_to(screenings.WITHDRAW_CONSENT, screenings.WithdrawConsentRequest(screening_id)):
            self.model.end_screening(screening_id)

    @rule(person=PEOPLE, employer=EMPLOYERS)
    def leave(self, person: int, employer: str) -> None:
        """Let a person leave an employer."""
        subject = self.people[person]
        if self.try_to(clearances.END_POST, clearances.EndPostRequest(subject, employer)):
            self.model.end(self.model.standing_clearances(subject_id=subject, employer_id=employer))

    @rule(pick=SMALL)
    def cancel(self, pick: int) -> None:
        """Cancel a clearance."""
        clearance_id = list(self.model.clearances)[pick % len(self.model.clearances)]
        if self.try_to(clearances.CANCEL, clearances.CancelRequest(clearance_id)):
            self.model.end({clearance_id})

    @rule(person=PEOPLE)
    def reassess(self, person: int) -> None:
        """Give notice that a person is to be assessed again."""
        hold = self.try_to(screenings.REASSESS, screenings.ReassessRequest(self.people[person]))
        self.model.holds[hold] = self.people[person]

    @rule(pick=SMALL)
    def lift(self, pick: int) -> None:
        """Lift one of the holds."""
        if self.model.holds:
            hold = list(self.model.holds)[pick % len(self.model.holds)]
            assert self.try_to(withdraw.REINSTATE, withdraw.ReinstateRequest(hold))
            del self.model.holds[hold]

    @rule(person=PEOPLE, party=PARTIES, pick=SMALL)
    def issue_one(self, person: int, party: str, pick: int) -> None:
        """Issue, if the node would have it."""
        project = list(self.model.projects)[pick % len(self.model.projects)]
        jti = self.try_to(issue.ISSUE, issue.IssueRequest(project, party, self.people[person]))
        if jti:
            Entitlements.issued += 1
            self.model.assertions[jti] = self.world.issued(jti)
            self.model.levels[jti] = self.world.claims(jti)["clr"]["home"]

    @rule()
    def issue_all(self) -> None:
        """Issue whatever can be issued in the newest project."""
        for person in (0, 1):
            for party in AGREEMENTS:
                self.issue_one(person, party, len(self.model.projects) - 1)

    @rule(days=st.sampled_from([0, 0, 1, 19, 100, 400]), seconds=st.integers(1, DAY))
    def wait(self, days: int, seconds: int) -> None:
        """Let time pass."""
        self.model.now += days * DAY + seconds

    @invariant()
    def node_agrees(self) -> None:
        """What has ended is revoked, and nothing else: of every assertion the node says what the model says."""
        known = list(self.model.assertions.values())
        said = self.node.ledger.read(
            lambda tx: [standing_of(self.node, tx, self.world.issued(each.jti), self.model.now) for each in known]
        )
        assert said == [self.model.standing(each) for each in known]

    @invariant()
    def nothing_stands_on_what_ended(self) -> None:
        """Of whatever is live, person, clearance, screening, employer and consent stand, and carry it to its end."""
        for each in self.model.live():
            clearance = self.model.clearances[each.clearance_id]
            employer = self.model.employers[each.employer_id]
            screening = self.model.screenings.get(clearance.screening_id or "")
            assert (clearance.subject_id, clearance.employer_id) == (each.subject_id, each.employer_id)
            assert clearance.clearance_id not in self.model.ended
            assert not employer.ended
            assert not any(bad for (person, _), bad in self.model.negative.items() if person == each.subject_id)
            if screening is None:
                assert clearance.kind is Kind.AUTHORISED_BY_FUNCTION
            else:
                assert (screening.ended, screening.negative) == (False, False)
            assert self.model.is_consented(each)

    @invariant()
    def nothing_outlives_an_end(self) -> None:
        """Clearance, project, recognition, one year; consents are looked at above, and the agreements have no end."""
        for each in self.model.live():
            ends = (
                self.model.clearances[each.clearance_id].ends_at,
                self.model.projects[each.project_id].ends,
                self.model.employers[each.employer_id].ends,
                each.iat + YEAR,
            )
            assert each.exp <= min(ends)

    @invariant()
    def nothing_stands_above_a_ceiling(self) -> None:
        """Person, employer, project serve the level that is asserted; it serves the floor, and a row translates it."""
        serves = self.node.rules.order.serves
        for each in self.model.live():
            home, project = self.model.levels[each.jti], self.model.projects[each.project_id]
            clearance = self.model.clearances[each.clearance_id]
            higher = (clearance.level, self.model.employers[each.employer_id].ceiling, project.ceiling)
            assert all(serves(level, home) for level in higher)
            assert serves(home, project.floor)
            assert (each.party, home) != ("KOR", "JPN/CESI")
            assert clearance.organ == DEFENCE or not project.defence

    def teardown(self) -> None:
        """Whatever was done, the ledger agrees with itself at the end."""
        try:
            Entitlements.ended += len(self.model.revoked)
            assert audit.audit(self.node).faults == ()
        finally:
            self.world.close()


def test_no_sequence_of_acts_passes_an_end_or_a_ceiling(world_template: Path, world_place: Path) -> None:
    """After any acts in any order nothing is asserted beyond six ends, above four ceilings, or on what has ended."""
    Entitlements.template, Entitlements.place = world_template, world_place
    Entitlements.issued = Entitlements.ended = 0
    run_state_machine_as_test(Entitlements, settings=settings(max_examples=20, stateful_step_count=30))
    assert (Entitlements.issued > 0, Entitlements.ended > 0) == (True, True)
