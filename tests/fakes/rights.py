"""What people may be asserted for, as a model without a ledger: what there is, what has ended, and what that ends."""

from dataclasses import dataclass, field

from fakes.parties import NOW

from interchange.domain.projects import Clearance, IssuedAssertion
from interchange.domain.standing import Standing


@dataclass
class Screened:
    """What the model remembers of a screening."""

    person: str
    body: str
    negative: bool
    ended: bool = False


@dataclass
class Consented:
    """What the model remembers of a consent."""

    person: str
    party: str
    ends: int
    withdrawn: bool = False


@dataclass
class Recognised:
    """What the model remembers of an employer."""

    ceiling: str
    ends: int
    ended: bool = False


@dataclass
class Opened:
    """What the model remembers of a project."""

    ceiling: str
    floor: str
    defence: bool
    ends: int


@dataclass
class Rights:
    """What there is and what has ended, without a ledger; the acts that were refused leave no trace in it."""

    now: int = NOW
    screenings: dict[str, Screened] = field(default_factory=dict)
    negative: dict[tuple[str, str], bool] = field(default_factory=dict)
    consents: dict[str, Consented] = field(default_factory=dict)
    employers: dict[str, Recognised] = field(default_factory=dict)
    projects: dict[str, Opened] = field(default_factory=dict)
    clearances: dict[str, Clearance] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    assertions: dict[str, IssuedAssertion] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    holds: dict[str, str] = field(default_factory=dict)

    def live(self) -> list[IssuedAssertion]:
        """List what is neither revoked nor over."""
        return [each for each in self.assertions.values() if each.jti not in self.revoked and self.now < each.exp]

    def standing(self, issued: IssuedAssertion) -> Standing:
        """Say what an assertion is worth."""
        if issued.jti in self.revoked:
            return Standing.REVOKED
        if self.now >= issued.exp:
            return Standing.EXPIRED
        return Standing.SUSPENDED if issued.subject_id in self.holds.values() else Standing.VALID

    def is_consented(self, issued: IssuedAssertion) -> bool:
        """Tell whether one consent carries an assertion to its end."""
        return any(
            (each.person, each.party) == (issued.subject_id, issued.party)
            and not each.withdrawn
            and issued.exp <= each.ends
            for each in self.consents.values()
        )

    def revoke(self, **scope: str) -> None:
        """Revoke what is live and of this scope."""
        self.revoked |= {
            each.jti for each in self.live() if all(getattr(each, name) == value for name, value in scope.items())
        }

    def end(self, clearance_ids: set[str]) -> None:
        """End clearances, and what rests on them."""
        self.ended |= clearance_ids
        for clearance_id in clearance_ids:
            self.revoke(clearance_id=clearance_id)

    def standing_clearances(self, **scope: str) -> set[str]:
        """List the clearances of this scope that were not ended."""
        return {
            each.clearance_id
            for each in self.clearances.values()
            if each.clearance_id not in self.ended
            and all(getattr(each, name) == value for name, value in scope.items())
        }

    def remember(self, clearance: Clearance, body: str) -> None:
        """Take note of a clearance, and of the body's screening that came with it if it came from paper."""
        self.clearances[clearance.clearance_id] = clearance
        if clearance.screening_id and clearance.screening_id not in self.screenings:
            self.conclude(clearance.screening_id, clearance.subject_id, body, good=True)

    def conclude(self, screening_id: str, person: str, body: str, *, good: bool) -> None:
        """Take note of a conclusion; a bad one ends what the body found before, and whatever was asserted."""
        if not good:
            for known, earlier in self.screenings.items():
                if (earlier.person, earlier.body) == (person, body):
                    self.end_screening(known)
            self.revoke(subject_id=person)
        self.screenings[screening_id] = Screened(person, body, negative=not good)
        self.negative[person, body] = not good

    def end_screening(self, screening_id: str) -> None:
        """End a screening, and what rests on it."""
        self.screenings[screening_id].ended = True
        self.end(self.standing_clearances(screening_id=screening_id))

    def take_consent_back(self, consent_id: str) -> None:
        """End a consent, and what no other one carries to its end."""
        taken = self.consents[consent_id]
        taken.withdrawn = True
        for each in self.live():
            if (each.subject_id, each.party) == (taken.person, taken.party) and not self.is_consented(each):
                self.revoke(jti=each.jti)
