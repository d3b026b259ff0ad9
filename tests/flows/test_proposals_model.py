"""Any order of words of any people: it is done when the proposer and another person approve in time, and not else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fakes.parties import NOW
from fakes.signing import COORDINATOR, SATO, SUZUKI, TANAKA, Person, held, is_lifted, lifting, look, say, strict
from fakes.world import World
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interchange.domain.proposals import LIFE, Outcome
from interchange.errors import Reason, Refusal

VARIANTS = (lambda one: one, lambda one: replace(one, label="renewed"), lambda one: replace(one, organ="METI"))
PEOPLE = st.builds(
    lambda one, variant: variant(one),
    st.sampled_from([SATO, SUZUKI, TANAKA, COORDINATOR]),
    st.sampled_from(VARIANTS),
)
WORDS = st.lists(st.tuples(PEOPLE, st.integers(0, 9).map(bool), st.sampled_from([0, 1, LIFE // 3])), max_size=7)


@dataclass
class Model:
    """A proposal of SATO's, without signatures, ledgers or certificates."""

    now: int = NOW
    approving: set[str] = field(default_factory=set)
    outcome: Outcome = Outcome.OPEN

    def say(self, person: Person, *, approves: bool) -> Reason | None:
        """Take a word; give the reason why it is refused."""
        if self.outcome is not Outcome.OPEN or self.now >= NOW + LIFE:
            return Reason.PROPOSAL_ENDED
        if person.name == SATO.name and person.spiffe != SATO.spiffe:
            return Reason.PROPOSAL_SELF
        if person.role != "officer":
            return Reason.CALLER_NOT_ALLOWED
        if not approves:
            self.outcome = Outcome.REJECTED
            return None
        self.approving.add(person.name)
        if SATO.name in self.approving and len(self.approving) > 1:
            self.outcome = Outcome.EXECUTED
        return None


@given(words=WORDS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_proposal_and_model_agree_after_every_word(world: World, words: Sequence[tuple[Person, bool, int]]) -> None:
    """What is answered, what is recorded and what is done."""
    alone = world.home
    hold, node = held(world), strict(world)
    try:
        proposal, model = lifting(node, hold), Model()
        for person, approves, pause in words:
            model.now += pause
            refused: Reason | None = None
            try:
                say(node, proposal, person, approves=approves, now=model.now)
            except Refusal as refusal:
                refused = refusal.reason
            assert refused is model.say(person, approves=approves)
            assert look(node, proposal).outcome is model.outcome
            assert is_lifted(node, hold) is (model.outcome is Outcome.EXECUTED)
    finally:
        world.nodes["JPN"] = alone
