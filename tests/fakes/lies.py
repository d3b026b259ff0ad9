"""What a party, or somebody with its keys, can send instead of the truth, and for which reason each is refused."""

from collections.abc import Callable
from dataclasses import replace

from fakes import tokens
from fakes.party import PROJECT, FakeParty, digest, note_of, signed_note, uuid
from fakes.tokens import AUTHORITY, NOW

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.events import AssertionIssued, HoldLifted, HoldPlaced, Revoked, Scope
from interchange.domain.lane import Entry, Page
from interchange.errors import Reason
from interchange.wire.events import encode_leaf

Lie = Callable[[FakeParty], Page]

KNOWN = 3
"""Leaves that the follower has when the lie is told."""


def beginning() -> FakeParty:
    """A party that has told three assertions."""
    party = FakeParty()
    for _ in range(KNOWN):
        party.issue()
    return party


def _told(party: FakeParty, *leaves: bytes) -> Page:
    """Tell any leaves under a checkpoint that covers them."""
    for leaf in leaves:
        party.append(leaf)
    return party.page(KNOWN)


def _leaf(n: int) -> bytes:
    return encode_leaf(n, AssertionIssued(uuid(1000 + n), n, digest(b"token")))


def _two_more(party: FakeParty) -> Page:
    return _told(party, _leaf(KNOWN), _leaf(KNOWN + 1))


def _signed(page: Page, head: Checkpoint, at: int = NOW) -> Page:
    return replace(page, note=signed_note(head, at))


def gap(party: FakeParty) -> Page:
    """Leave out the first of two new leaves."""
    page = _two_more(party)
    return replace(page, entries=page.entries[1:])


def gap_before(party: FakeParty) -> Page:
    """Leave it out, and number the page by the second."""
    page = _two_more(party)
    return replace(page, first=KNOWN + 1, entries=page.entries[1:])


def reordered(party: FakeParty) -> Page:
    """Turn two leaves round on their way."""
    page = _two_more(party)
    return replace(page, entries=page.entries[::-1])


def reordered_and_signed(party: FakeParty) -> Page:
    """Turn two leaves round in the lane itself."""
    return _told(party, _leaf(KNOWN + 1), _leaf(KNOWN))


def changed_leaf(party: FakeParty) -> Page:
    """Change a leaf on its way."""
    page = _two_more(party)
    return replace(page, entries=(Entry(_leaf(KNOWN + 7)), page.entries[1]))


def changed_in_part(party: FakeParty) -> Page:
    """Change a leaf of a page that ends before its checkpoint."""
    _two_more(party)
    page = party.page(KNOWN, 1)
    return replace(page, entries=(Entry(_leaf(KNOWN + 7)),))


def rollback(party: FakeParty) -> Page:
    """Take back the last leaf."""
    party.entries.pop()
    return party.page(len(party.entries))


def fork_at_the_same_size(party: FakeParty) -> Page:
    """Sign another root for the size that the follower has."""
    return _signed(Page(b"", KNOWN), replace(party.checkpoint(), root=bytes(32)))


def fork_below(party: FakeParty) -> Page:
    """Replace a leaf that the follower has, and go on."""
    party.entries[1] = Entry(_leaf(1))
    return _two_more(party)


def fork_below_in_part(party: FakeParty) -> Page:
    """Replace a leaf that the follower has, and prove the page to be a prefix of that other lane."""
    party.entries[1] = Entry(_leaf(1))
    _two_more(party)
    return party.page(KNOWN, 1)


def more_than_signed(party: FakeParty) -> Page:
    """Send leaves under the checkpoint from before them."""
    head = party.checkpoint()
    return _signed(_two_more(party), head)


def nothing_of_more(party: FakeParty) -> Page:
    """Sign more leaves, and send none of them."""
    return replace(_two_more(party), entries=())


def wrong_origin(party: FakeParty) -> Page:
    """Sign under the name of another party's lane."""
    party.origin = f"{AUTHORITY}/lane/CCC/1"
    return _two_more(party)


def wrong_generation(party: FakeParty) -> Page:
    """Sign under another generation of the lane."""
    party.origin = f"{AUTHORITY}/lane/BBB/2"
    return _two_more(party)


def ahead(party: FakeParty) -> Page:
    """Sign with a time more than a minute ahead."""
    page = _two_more(party)
    return _signed(page, party.checkpoint(), NOW + 61)


def extended(party: FakeParty) -> Page:
    """Put a line into the checkpoint after the root, as C2SP lets others do."""
    page = _two_more(party)
    body, _, lines = page.note.partition(b"\n\n")
    return replace(page, note=body + b"\nextension 1\n\n" + lines)


def unsigned_time(party: FakeParty) -> Page:
    """Leave out the line that bears the time."""
    page = _two_more(party)
    return replace(page, note=note_of(party.checkpoint(), tokens.lane_lines(party.checkpoint())[0]))


def by_another_role(party: FakeParty) -> Page:
    """Sign by a key of another role."""
    party.lane_key = "status"
    return _two_more(party)


def with_the_signature_of_another_head(party: FakeParty) -> Page:
    """Put the lines of an older checkpoint under a newer one."""
    before = party.checkpoint()
    page = _two_more(party)
    return replace(page, note=note_of(party.checkpoint(), *tokens.lane_lines(before)))


def with_another_token(party: FakeParty) -> Page:
    """Send another token beside the leaf that tells its digest."""
    party.issue()
    page = party.page(KNOWN)
    return replace(page, entries=(replace(page.entries[0], token=b"a.b.c"),))


def with_a_token_beside_a_revocation(party: FakeParty) -> Page:
    """Send a token beside a leaf that issues nothing."""
    party.tell(Revoked(uuid(1)), b"a.b.c")
    return party.page(KNOWN)


def unknown_type(party: FakeParty) -> Page:
    """Tell an event of a later type."""
    return _told(party, b'{"v":1,"type":"amnesty","n":3}')


def unknown_version(party: FakeParty) -> Page:
    """Tell an event of a later version."""
    return _told(party, b'{"v":2,"type":"revoked","n":3}')


def known_then_unknown(party: FakeParty) -> Page:
    """Tell something to apply before what cannot be read: half a page is no state."""
    party.revoke(uuid(1))
    return _told(party, b'{"v":1,"type":"amnesty","n":4}')


def ill_formed(party: FakeParty) -> Page:
    """Tell a revocation of something that is no id."""
    return _told(party, b'{"v":1,"type":"revoked","n":3,"jti":"x"}')


def other_spelling(party: FakeParty) -> Page:
    """Spell a leaf in another way that means the same."""
    return _told(party, _leaf(KNOWN).replace(b",", b", "))


def told_twice(party: FakeParty) -> Page:
    """Tell an assertion again, with another digest."""
    return _told(party, encode_leaf(KNOWN, AssertionIssued(uuid(1), 1, digest(b"other"))))


def revoked_twice(party: FakeParty) -> Page:
    """Revoke what is revoked."""
    return _told(party, encode_leaf(KNOWN, Revoked(uuid(1))), encode_leaf(KNOWN + 1, Revoked(uuid(1))))


def revoked_unknown(party: FakeParty) -> Page:
    """Revoke what was never told."""
    return _told(party, encode_leaf(KNOWN, Revoked(uuid(999))))


def held_twice(party: FakeParty) -> Page:
    """Open a hold of a name that is taken."""
    placed = HoldPlaced("hold-1", Scope.PROJECT, PROJECT)
    return _told(party, encode_leaf(KNOWN, placed), encode_leaf(KNOWN + 1, placed))


def lifted_unknown(party: FakeParty) -> Page:
    """Lift a hold that was never opened."""
    return _told(party, encode_leaf(KNOWN, HoldLifted("hold-1")))


def lifted_twice(party: FakeParty) -> Page:
    """Lift a hold that is lifted."""
    return _told(
        party,
        encode_leaf(KNOWN, HoldPlaced("hold-1", Scope.PROJECT, PROJECT)),
        encode_leaf(KNOWN + 1, HoldLifted("hold-1")),
        encode_leaf(KNOWN + 2, HoldLifted("hold-1")),
    )


LIES: dict[Lie, Reason] = {
    gap: Reason.PROOF_INVALID,
    gap_before: Reason.LANE_GAP,
    reordered: Reason.LANE_ROOT,
    reordered_and_signed: Reason.LANE_GAP,
    changed_leaf: Reason.LANE_ROOT,
    changed_in_part: Reason.PROOF_INVALID,
    rollback: Reason.LANE_ROLLBACK,
    fork_at_the_same_size: Reason.LANE_FORK,
    fork_below: Reason.LANE_ROOT,
    fork_below_in_part: Reason.PROOF_INVALID,
    more_than_signed: Reason.LANE_GAP,
    nothing_of_more: Reason.LANE_GAP,
    wrong_origin: Reason.NOTE_ORIGIN,
    wrong_generation: Reason.NOTE_ORIGIN,
    ahead: Reason.NOTE_TIME_AHEAD,
    extended: Reason.NOTE_FORM,
    unsigned_time: Reason.KEY_UNKNOWN,
    by_another_role: Reason.KEY_UNKNOWN,
    with_the_signature_of_another_head: Reason.SIGNATURE_INVALID,
    with_another_token: Reason.TOKEN_DIGEST,
    with_a_token_beside_a_revocation: Reason.LEAF_FORM,
    unknown_type: Reason.EVENT_UNKNOWN,
    unknown_version: Reason.EVENT_UNKNOWN,
    known_then_unknown: Reason.EVENT_UNKNOWN,
    ill_formed: Reason.LEAF_FORM,
    other_spelling: Reason.LEAF_FORM,
    told_twice: Reason.LEAF_FORM,
    revoked_twice: Reason.LEAF_FORM,
    revoked_unknown: Reason.LEAF_FORM,
    held_twice: Reason.LEAF_FORM,
    lifted_unknown: Reason.LEAF_FORM,
    lifted_twice: Reason.LEAF_FORM,
}
