"""Pages that no honest issuer writes, each with one fault, well signed wherever the fault is not the signature."""

from collections.abc import Callable
from dataclasses import replace

from fakes import forger, tokens
from fakes.forger import LANE, LANE_KEY, note, page
from fakes.parties import HOME, NOW, label

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.events import AssertionIssued, HoldLifted, HoldPlaced, Revoked, Scope
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry, Page
from interchange.domain.merkle import Frontier
from interchange.errors import Reason
from interchange.wire.events import encode_leaf
from interchange.wire.note import format_note

OTHER = bytes(32)
"""A root that no lane has."""

Entries = tuple[Entry, ...]
Forged = Callable[[Frontier, Entries], Page]


def honest_note(at: Frontier, rest: Entries) -> bytes:
    """Sign the head that the honest lane has."""
    head = forger.grown(at, rest)
    return note(head.size, head.root)


def leaf_event(at: Frontier, event: AssertionIssued | HoldPlaced | HoldLifted | Revoked, n: int = 0) -> Entry:
    """Write the next leaf, or one that is `n` numbers off."""
    return Entry(encode_leaf(at.size + n, event))


def changed(entry: Entry) -> Entry:
    """Change one letter of a leaf."""
    return Entry(entry.leaf.replace(b'"idx":', b'"idx":1'), entry.token)


CONTRADICTIONS: dict[str, tuple[Reason, Forged]] = {
    "another root at the size that is known": (
        Reason.LANE_FORK,
        lambda at, rest: Page(note(at.size, OTHER), at.size),
    ),
    "a smaller size than is known": (Reason.LANE_ROLLBACK, lambda at, rest: Page(note(at.size - 1, OTHER), at.size)),
    "an empty lane": (Reason.LANE_ROLLBACK, lambda at, rest: Page(note(0, Frontier.empty().root), at.size)),
    "a page that begins one leaf later": (
        Reason.LANE_GAP,
        lambda at, rest: Page(honest_note(at, rest), at.size + 1, rest[1:]),
    ),
    "more leaves than are signed": (
        Reason.LANE_GAP,
        lambda at, rest: Page(honest_note(at, rest[:1]), at.size, rest),
    ),
    "a larger size without a leaf": (Reason.LANE_GAP, lambda at, rest: Page(honest_note(at, rest), at.size)),
    "a leaf that calls itself by the next number": (
        Reason.LANE_GAP,
        lambda at, rest: page(at, [leaf_event(at, HoldLifted("x"), 1)]),
    ),
    "two leaves in the other order": (
        Reason.LANE_ROOT,
        lambda at, rest: Page(honest_note(at, rest), at.size, (rest[1], rest[0], *rest[2:])),
    ),
    "a leaf with one letter changed": (
        Reason.LANE_ROOT,
        lambda at, rest: Page(honest_note(at, rest), at.size, (changed(rest[0]), *rest[1:])),
    ),
    "another signed root over the honest leaves": (
        Reason.LANE_ROOT,
        lambda at, rest: Page(note(at.size + len(rest), OTHER), at.size, rest),
    ),
    "a leaf left out in the middle": (
        Reason.PROOF_INVALID,
        lambda at, rest: Page(honest_note(at, rest), at.size, (rest[0], *rest[2:])),
    ),
    "a first part without proof": (
        Reason.PROOF_INVALID,
        lambda at, rest: Page(honest_note(at, rest), at.size, rest[:1]),
    ),
    "a first part with the proof of something else": (
        Reason.PROOF_INVALID,
        lambda at, rest: Page(honest_note(at, rest), at.size, rest[:1], (OTHER, OTHER)),
    ),
    "a time more than a minute ahead": (
        Reason.NOTE_TIME_AHEAD,
        lambda at, rest: page(at, rest, NOW + 61),
    ),
}
"""What a page says → the reason for which it is refused, and how it is made."""

INVALID: dict[str, tuple[Reason, Forged]] = {
    "a root changed after signing": (
        Reason.SIGNATURE_INVALID,
        lambda at, rest: Page(tampered(honest_note(at, rest)), at.size, rest),
    ),
    "a plain signature of another head beside a good timestamped one": (
        Reason.SIGNATURE_INVALID,
        lambda at, rest: Page(spliced(at, plain=OTHER, timed=at.root), at.size),
    ),
    "a timestamped signature of another head beside a good plain one": (
        Reason.SIGNATURE_INVALID,
        lambda at, rest: Page(spliced(at, plain=at.root, timed=OTHER), at.size),
    ),
    "a checkpoint that the issuer's key for other things signed": (
        Reason.KEY_UNKNOWN,
        lambda at, rest: Page(note(at.size, at.root, key=label(HOME, Role.STATUS)), at.size),
    ),
    "a checkpoint that another party signed": (
        Reason.KEY_UNKNOWN,
        lambda at, rest: Page(note(at.size, at.root, key=label("AUS", Role.LANE)), at.size),
    ),
    "a checkpoint of the lane of another reader": (
        Reason.NOTE_ORIGIN,
        lambda at, rest: Page(note(at.size, at.root, origin=LANE.replace("KOR", "AUS")), at.size),
    ),
    "a checkpoint of another generation": (
        Reason.NOTE_ORIGIN,
        lambda at, rest: Page(note(at.size, at.root, origin=LANE[:-1] + "2"), at.size),
    ),
    "no note at all": (Reason.NOTE_FORM, lambda at, rest: Page(b"", at.size)),
    "a leaf that is no event": (Reason.LEAF_FORM, lambda at, rest: page(at, [Entry(b"[]")])),
    "a leaf of a later version": (
        Reason.EVENT_UNKNOWN,
        lambda at, rest: page(at, [Entry(b'{"v":2,"type":"revoked","n":%d}' % at.size)]),
    ),
    "a leaf of an unknown type": (
        Reason.EVENT_UNKNOWN,
        lambda at, rest: page(at, [Entry(b'{"v":1,"type":"pardoned","n":%d}' % at.size)]),
    ),
    "a token of another digest": (
        Reason.TOKEN_DIGEST,
        lambda at, rest: page(at, [replace(rest[0], token=b"a.b.c"), *rest[1:]]),
    ),
    "a token beside an event that issues none": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [replace(leaf_event(at, HoldLifted("x")), token=b"a.b.c")]),
    ),
    "a lifting of a hold that was never placed": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [leaf_event(at, HoldLifted("x"))]),
    ),
    "a hold that is placed twice": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [leaf_event(at, HoldPlaced("x", Scope.PROJECT, "y"), n) for n in range(2)]),
    ),
    "a revocation of what was never issued": (
        Reason.LEAF_FORM,
        lambda at, rest: page(at, [leaf_event(at, Revoked("6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f"))]),
    ),
    "an assertion that is issued twice": (
        Reason.LEAF_FORM,
        lambda at, rest: page(
            at, [rest[0], Entry(rest[0].leaf.replace(b'"n":%d' % at.size, b'"n":%d' % (at.size + 1)))]
        ),
    ),
}
"""What a page says → the reason for which it is refused, where nobody is shown to contradict themselves."""

ALL = {**CONTRADICTIONS, **INVALID}


def tampered(signed: bytes) -> bytes:
    """Put another root into a signed note."""
    origin, size, _, rest = signed.split(b"\n", 3)
    return b"\n".join([origin, size, b"A" * 43 + b"=", rest])


def spliced(at: Frontier, plain: bytes, timed: bytes) -> bytes:
    """Sign one root plainly and another with a time, under the head that is known."""
    lines = (tokens.lane_lines(Checkpoint(LANE, at.size, root), NOW, LANE_KEY) for root in (plain, timed))
    (first, _), (_, second) = lines
    return format_note(Checkpoint(LANE, at.size, at.root), [first, second])
