"""What a thief gets, as a table: who is shown what, and what they make of it at each stage. Every cell is tried."""

from dataclasses import dataclass
from functools import partial

from docs.markdown import table
from thief import answers
from thief.answers import Answer
from thief.robbed import Depth


@dataclass(frozen=True)
class Row:
    """A line of a table.

    Attributes:
        depth: what was stolen.
        does: what the thief does with it, or what is shown.
        verifier: who is shown it.
        cells: what comes of it at each stage.
        until: until when it is accepted, where it is.
        noticed: by whom, and by what.
        answer: finds out.
    """

    depth: Depth
    does: str
    verifier: str
    cells: tuple[str, str, str, str]
    until: str
    noticed: str
    answer: Answer


STOLEN = {
    Depth.ASSERT: "`assert` key",
    Depth.LANE: "`assert`, `lane` and TLS keys",
    Depth.DIRECTORY: "the whole directory of yesterday, with its passphrase",
}

VALID, NEVER = "VALID", "never accepted"
_ALWAYS = (VALID, VALID, VALID, VALID)
_CARRIED = "the follower's people, who are told of a keyring that its lane never told"
_SILENT = "**until noticed**; what the thief keeps from it, it never hears of. `STALE` 15 minutes after the last word"
_MEETS = "the true node, at the first contact: it never signed that (size, root); it refuses and keeps the evidence"

ROWS = (
    Row(
        Depth.ASSERT,
        "signs a statement, backdated",
        "follower",
        ("not_in_lane",) * 4,
        NEVER,
        "every follower that is shown it",
        partial(answers.by_the_true_lane, "forged.jws"),
    ),
    Row(
        Depth.ASSERT,
        "signs one in the name of a real one",
        "follower",
        ("not_in_lane",) * 4,
        NEVER,
        "every follower that is shown it",
        partial(answers.by_the_true_lane, "renamed.jws"),
    ),
    Row(
        Depth.ASSERT,
        "puts it into the bundle of a real one",
        "bundle",
        ("not_in_lane",) * 4,
        NEVER,
        "the machine that is shown it",
        answers.by_a_true_bundle,
    ),
    Row(
        Depth.ASSERT,
        "signs one with a slot that is live",
        "JWT alone",
        (VALID, "no such key", "no such key", "no such key"),
        "**until noticed**: the key is suspended or tainted, and kept JWK sets run out (`jwks_cache`); or the slot",
        "nobody but a follower",
        partial(answers.by_jwt, "forged.jws"),
    ),
    Row(
        Depth.ASSERT,
        "signs one with any other slot",
        "JWT alone",
        ("slot not live", "no such key", "no such key", "no such key"),
        NEVER,
        "the program that is shown it",
        partial(answers.by_jwt, "free-slot.jws"),
    ),
    Row(
        Depth.LANE,
        "writes the lane on, and answers in the node's place",
        "follower that meets the thief alone",
        _ALWAYS,
        _SILENT,
        _MEETS,
        answers.by_the_thiefs_lane,
    ),
    Row(
        Depth.LANE,
        "the same",
        "follower that meets the thief alone, and is brought keyrings by its people",
        (VALID, VALID, VALID, "key_restricted"),
        "**until noticed**: the next keyring, whatever times the thief wrote into token and lane",
        _CARRIED,
        partial(answers.by_a_program_that_follows, carried=True),
    ),
    Row(
        Depth.LANE,
        "writes another history of it",
        "follower that has the true one",
        ("lane_fork",) * 4,
        NEVER,
        "the follower, which keeps both signed notes",
        answers.by_another_history,
    ),
    Row(
        Depth.LANE,
        "makes a bundle of a short lane of its own and a status list that it has seen",
        "bundle",
        _ALWAYS,
        "**until noticed**: the seen list is 24 hours old, or what the reader takes for the limit",
        "nobody without network",
        answers.by_a_made_bundle,
    ),
    Row(
        Depth.LANE,
        "answers in the node's place with the old JWK set and a list that it has seen",
        "JWT alone",
        _ALWAYS,
        "**until noticed**: 15 minutes after the true node signed the list",
        "the program's own people, when no new list comes",
        answers.by_jwt_at_the_thiefs,
    ),
    Row(
        Depth.DIRECTORY,
        "writes the lane on from yesterday",
        "follower that has moved on since",
        ("lane_rollback",) * 4,
        NEVER,
        "the follower, which keeps both signed notes",
        answers.by_the_thiefs_lane,
    ),
    Row(
        Depth.DIRECTORY,
        "the same",
        "follower that was away since, and meets the thief alone",
        _ALWAYS,
        _SILENT,
        _MEETS,
        partial(answers.by_a_program_that_follows, carried=False),
    ),
    Row(
        Depth.DIRECTORY,
        "makes a bundle and its status list",
        "bundle",
        _ALWAYS,
        "**until noticed**: the keyring in it expires, or somebody puts the next one in its place",
        "nobody without network",
        answers.by_a_made_bundle,
    ),
    Row(
        Depth.DIRECTORY,
        "answers in the node's place with the old JWK set and lists of its own",
        "JWT alone",
        _ALWAYS,
        "**until noticed**",
        "a follower that is shown the same",
        answers.by_jwt_at_the_thiefs,
    ),
)

HONEST = (
    ("real", "acknowledged by the partner more than a minute before the theft"),
    ("late", "issued before the theft, acknowledged after it"),
    ("new", "issued anew by the job"),
)
_NO_KEY = (VALID, "no such key", "no such key", "no such key")
_LOST = (VALID, "key_restricted", "key_restricted", "key_restricted")
COSTS: tuple[tuple[str, str, tuple[str, str, str, str], Answer], ...] = (
    (
        "real",
        "follower",
        (VALID, "key_restricted", "key_restricted", VALID),
        partial(answers.honest_at_a_follower, "real"),
    ),
    ("late", "follower", _LOST, partial(answers.honest_at_a_follower, "late")),
    ("new", "follower", ("-", "-", "-", VALID), partial(answers.honest_at_a_follower, "new")),
    ("real", "bundle", (VALID, VALID, VALID, "key_restricted"), partial(answers.honest_by_files, "real")),
    ("late", "bundle", (VALID, VALID, VALID, "key_restricted"), partial(answers.honest_by_files, "late")),
    ("new", "bundle", ("-", "-", "-", VALID), partial(answers.honest_by_files, "new")),
    ("real", "JWT alone", _NO_KEY, partial(answers.honest_by_jwt, "real")),
    ("late", "JWT alone", _NO_KEY, partial(answers.honest_by_jwt, "late")),
    ("new", "JWT alone", ("-", "-", "-", VALID), partial(answers.honest_by_jwt, "new")),
)
"""(whose, at whom, what comes of it at each stage, how to find out)."""


def _cell(text: str) -> str:
    """Write a reason as code, everything else as it is."""
    return f"`{text}`" if "_" in text else text


def thief() -> str:
    """Write the table of what a thief gets."""
    heads = (
        "stolen",
        "the thief",
        "shown to",
        "unnoticed",
        "suspended",
        "tainted",
        "next keyring",
        "until",
        "noticed by",
    )
    rows = [(STOLEN[row.depth], row.does, row.verifier, *map(_cell, row.cells), row.until, row.noticed) for row in ROWS]
    return table(heads, rows)


def thief_costs() -> str:
    """Write the table of what becomes of honest people's assertions."""
    heads = ("whose assertion", "shown to", "unnoticed", "suspended", "tainted", "next keyring")
    return table(heads, [(dict(HONEST)[whose], where, *map(_cell, found)) for whose, where, found, _ in COSTS])
