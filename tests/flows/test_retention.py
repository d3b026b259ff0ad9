"""What a pass of retention takes away, and what stands afterwards."""

from dataclasses import replace
from datetime import date

import pytest
from fakes.parties import DAY, HOME, NOW
from fakes.people import identity, register
from fakes.world import World, rows
from sqlalchemy import Executable, event, insert, select, update
from sqlmodel import col

from interchange.domain.days import end_of_day
from interchange.domain.events import ActPerformed
from interchange.domain.identity import Presented
from interchange.domain.retention import Due
from interchange.domain.screening import Conclusion, Screening
from interchange.flows import retention
from interchange.flows.audit import audit
from interchange.flows.node import Node
from interchange.flows.retention import CALLER, GROUP, Retained, retain
from interchange.flows.subjects import find_all, identity_of
from interchange.rulebook.load import Rulebook
from interchange.store import screenings
from interchange.store.domestic import BindingRow, MissRow, VerificationRow
from interchange.store.ledger import Tx
from interchange.store.retention import papers, people
from interchange.store.tables import LeafRow, RequestRow

ZONE = "Asia/Tokyo"
YEAR = 366 * DAY
OVER = end_of_day(date(2041, 3, 31), ZONE)
"""From here on nothing is kept of a person who was notified on 1 April 2026 (the ten years of CESI, then five)."""


def write(world: World, *statements: Executable) -> None:
    """Write rows by hand."""
    world.home.ledger.transact(lambda tx: [tx.execute(each) for each in statements])


def tokens(world: World, party: str = HOME) -> list[bytes]:
    """Read all tokens that lie beside leaves."""
    query = select(col(LeafRow.token)).where(col(LeafRow.token).is_not(None))
    return world[party].ledger.read(lambda tx: [token or b"" for token in tx.execute(query).scalars()])


def presented(world: World, subject_id: str) -> Presented:
    """Read by what a person is found."""
    return world.home.ledger.read(lambda tx: identity_of(world.home, tx, subject_id)).presented


def names(world: World) -> int:
    """Count the identities and look-ups that are kept."""
    kept = rows(world.home)
    return sum(row[2] is not None for row in kept["subjects"]) + len(kept["subject_lookups"])


@pytest.fixture
def asserted(world: World) -> str:
    """A person with an assertion that lives a day."""
    subject_id = world.clear()
    world.issue(world.open_project(), subject_id, expires_at=NOW + DAY)
    return subject_id


def test_identity_goes_once_nothing_rests_on_it(world: World, asserted: str) -> None:
    """Screening, clearance, consents, names and look-ups go together, and the random number stays."""
    assert retain(world.home, OVER - 1).identities == 0
    done = retain(world.home, OVER)
    assert (done.screenings, done.clearances, done.identities) == (1, 1, 1)
    left = rows(world.home)
    assert [left[name] for name in ("screenings", "clearances", "consents", "subject_lookups")] == [[]] * 4
    assert [(row[0], row[2]) for row in left["subjects"]] == [(asserted, None)]


def test_forgotten_person_is_found_no_more(world: World, asserted: str) -> None:
    """Whoever asks afterwards hears what is said of a person nobody ever knew."""
    who = presented(world, asserted)
    retain(world.home, OVER)
    assert world.home.ledger.read(lambda tx: find_all(world.home, tx, [who])) == [""]


def test_forgotten_person_can_be_registered_anew(world: World) -> None:
    """As somebody whom the node does not know."""
    first = register(world.home, identity(1))
    retain(world.home, OVER)
    assert register(world.home, identity(1), OVER) != first


def test_audit_passes_afterwards(world: World, asserted: str) -> None:
    """Lanes hold digests, and those stand."""
    world.follow()
    retain(world.home, OVER)
    retain(world["KOR"], OVER)
    assert [audit(world[party]).faults for party in (HOME, "KOR")] == [(), ()]


def test_pass_that_is_made_again_changes_nothing(world: World, asserted: str) -> None:
    """Also in the audit lane."""
    retain(world.home, OVER)
    before = rows(world.home)
    assert retain(world.home, OVER) == Retained()
    assert rows(world.home) == before


def test_pass_with_nothing_due_writes_nothing(world: World, asserted: str) -> None:
    """A job that runs often does not fill the audit lane."""
    before = rows(world.home)
    retain(world.home, NOW)
    assert rows(world.home) == before


def test_deletions_are_audited(world: World, asserted: str) -> None:
    """The auditors see that the job took something away, and when, and not of whom."""
    retain(world.home, OVER)
    told = [event for event in world.events("audit") if isinstance(event, ActPerformed) and event.caller == CALLER]
    assert {(event.act, event.at) for event in told} == {("retain", OVER)}
    # Clearances, screening, identity, token, requests: one line for each kind of thing.
    assert len({event.sha256 for event in told}) == len(told) == 5


@pytest.mark.parametrize(("offset", "kept"), [(-1, True), (0, False)])
def test_days_are_counted_at_home(world: World, offset: int, *, kept: bool) -> None:
    """A person who never came further than the register goes a year later, at the end of a day in Tokyo."""
    register(world.home, identity(1), end_of_day(date(2028, 2, 29), ZONE) - 1)
    retain(world.home, end_of_day(date(2029, 2, 28), ZONE) + offset)
    assert (names(world) > 0) is kept


def test_interrupted_pass_ends_in_the_same_state(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill between two groups loses nothing and does nothing twice."""
    monkeypatch.setattr(retention, "GROUP", 2)
    for number in range(5):
        register(world.home, identity(number))
    forget = retention._forget

    def killed(node: Node, tx: Tx, group: list[str], now: int) -> list[Due]:
        if names(world) < 10:
            raise KeyboardInterrupt
        return forget(node, tx, group, now)

    monkeypatch.setattr(retention, "_forget", killed)
    with pytest.raises(KeyboardInterrupt):
        retain(world.home, OVER)
    assert names(world) == 6
    monkeypatch.setattr(retention, "_forget", forget)
    assert (retain(world.home, OVER).identities, names(world)) == (3, 0)


def test_negative_result_of_one_body_outlives_its_year(world: World) -> None:
    """Another organ's clearance, which it outweighs, still runs: without it the person would be confirmed again."""
    subject_id = world.clear()
    refused = Screening(
        screening_id=world.home.chance.uuid(),
        subject_id=subject_id,
        body="JPN/MOD",
        consented_on=date(2027, 1, 4),
        opened_at=NOW,
        conclusion=Conclusion.NOT_ELIGIBLE,
        concluded_at=NOW,
        notified_on=date(2027, 1, 15),
    )
    world.home.ledger.transact(lambda tx: screenings.add(tx, refused))
    retain(world.home, NOW + 2 * YEAR)
    assert world.home.ledger.read(lambda tx: screenings.get(tx, refused.screening_id)) == refused


class TestTokens:
    """Tokens beside leaves go when their assertions have ended for as long as results are kept."""

    @pytest.mark.parametrize(("offset", "kept"), [(-1, 1), (0, 0)])
    def test_expired_assertion(self, world: World, asserted: str, offset: int, kept: int) -> None:
        """It expired on 16 January 2027; its last day of keeping is that of 2032."""
        retain(world.home, end_of_day(date(2032, 1, 16), ZONE) + offset)
        assert len(tokens(world)) == kept

    def test_revoked_assertion_counts_from_its_revocation(self, world: World) -> None:
        """However long it would have lived."""
        jti = world.issue(world.open_project(), world.clear())
        world.revoke(jti)
        retain(world.home, end_of_day(date(2032, 1, 15), ZONE))
        assert tokens(world) == []

    def test_live_assertion_keeps_its_token(self, world: World) -> None:
        """It is asked for by whoever follows from the beginning."""
        world.issue(world.open_project(), world.clear())
        retain(world.home, NOW + 30 * DAY)
        assert len(tokens(world)) == 1

    def test_follower_from_the_beginning_comes_to_the_same_end(self, world: World, asserted: str) -> None:
        """A partner who was away all the time gets the leaf without the token."""
        retain(world.home, end_of_day(date(2032, 1, 16), ZONE))
        world.follow("AUS")
        followed = world.follow("KOR")
        assert (followed.caught_up, tokens(world, "KOR")) == (True, [])

    def test_partners_token_goes_here_by_our_own_rules(self, world: World, asserted: str) -> None:
        """What another party told of its people is kept no longer than what is known of ours."""
        world.follow("KOR")
        book: Rulebook = world["KOR"].rulebook
        mine = world["KOR"].rules
        keeping = replace(mine, keep_positive_years=1)
        korea = replace(world["KOR"], rulebook=replace(book, nation_rules={**book.nation_rules, "KOR": keeping}))
        # The same day in Seoul as in Tokyo.
        counts = [retain(korea, end_of_day(date(2028, 1, 16), ZONE) + offset).tokens for offset in (-1, 0)]
        assert (counts, tokens(world, "KOR")) == ([0, 1], [])

    @pytest.mark.parametrize("token", [b"a.b.c", b"", b"\xff", b"x" * 10_000])
    def test_token_that_cannot_be_read_stays(self, world: World, asserted: str, token: bytes) -> None:
        """A partner can tell whatever it likes; nothing is made of it."""
        world.follow("KOR")
        korea = world["KOR"]
        told = update(LeafRow).where(col(LeafRow.token).is_not(None)).values(token=token)
        korea.ledger.transact(lambda tx: tx.execute(told))
        retain(korea, OVER)
        assert tokens(world, "KOR") == [token]


class TestOtherRows:
    """What is kept beside people, results and tokens."""

    @pytest.mark.parametrize(("now", "kept"), [(NOW + DAY - 1, b"box"), (NOW + DAY, None)])
    def test_binding_goes_with_the_end_of_its_assertion(self, world: World, now: int, kept: bytes | None) -> None:
        """From then on the partner has no use for it."""
        jti = world.issue(world.open_project(), world.clear(), expires_at=NOW + DAY)
        write(world, insert(BindingRow).values(jti=jti, sha256="d", sealed=b"box", sent_at=NOW))
        retain(world.home, now)
        (binding,) = rows(world.home)["bindings"]
        assert binding[2] == kept

    @pytest.mark.parametrize(("offset", "kept"), [(-1, 1), (0, 0)])
    def test_who_asked_is_known_as_long_as_the_token(self, world: World, asserted: str, offset: int, kept: int) -> None:
        """The person can be told until then."""
        (row,) = rows(world.home)["assertions"]
        write(world, insert(VerificationRow).values(jti=row[0], party="KOR", at=NOW, outcome="VALID", count=1))
        retain(world.home, end_of_day(date(2032, 1, 16), ZONE) + offset)
        assert len(rows(world.home)["verifications"]) == kept

    def test_requests_are_remembered_for_400_days(self, world: World) -> None:
        """A repeated one is not done twice in that time."""
        register(world.home, identity(1), NOW + 10 * DAY)
        retain(world.home, NOW + 400 * DAY)
        before = rows(world.home)["requests"]
        retain(world.home, NOW + 400 * DAY + 1)
        after = rows(world.home)["requests"]
        assert (len(before) > len(after), [row[1] for row in after]) == (True, ["register_subject"])

    def test_many_requests_go_in_steps(self, world: World) -> None:
        """However many there are, none of the old ones stays."""
        old = [
            {"caller": "c", "act": "a", "request_id": str(n), "digest": "d", "result": b"", "at": 0}
            for n in range(GROUP + 1)
        ]
        write(world, insert(RequestRow).values(old))
        assert retain(world.home, NOW).requests == GROUP + 1

    def test_misses_are_counted_for_400_days(self, world: World) -> None:
        """The day before is gone, the day itself is kept."""
        days = [{"caller": "c", "day": day, "count": 1} for day in ("2025-12-10", "2025-12-11", "2027-01-15")]
        write(world, insert(MissRow).values(days))
        assert retain(world.home, NOW).misses == 1


def test_nation_without_terms_keeps_everything(world: World, asserted: str) -> None:
    """Where the rules name none, only what has no use any more goes."""
    book = world.home.rulebook
    rules = replace(world.home.rules, keep_positive_years=0, keep_other_years=0)
    keeping = replace(world.home, rulebook=replace(book, nation_rules={**book.nation_rules, HOME: rules}))
    done = retain(keeping, OVER)
    assert replace(done, requests=0) == Retained()


def test_group_is_read_by_few_statements(world: World) -> None:
    """The number of statements does not grow with the people in a group."""
    for number in range(20):
        register(world.home, identity(number))

    def count(tx: Tx) -> int:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(tx.engine, "before_cursor_execute", note)
        papers(tx, people(tx, "", GROUP), NOW)
        event.remove(tx.engine, "before_cursor_execute", note)
        return len(seen)

    assert world.home.ledger.read(count) <= 6
