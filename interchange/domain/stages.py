"""The issuer's own stages of a key, and the verbs that lead from one to the next. No verifier knows them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from interchange.domain.events import Restriction
from interchange.errors import Reason, refuse


class Stage(StrEnum):
    """How far a key of ours has come."""

    DRAFTED = "drafted"
    """It is made; the next keyring that is drafted lists it."""
    LAID_IN = "laid_in"
    """A signed keyring lists it, and partners learn of it; it stands by."""
    ACTIVE = "active"
    """It is the one key of its use that signs."""
    SUSPENDED = "suspended"
    """Nobody relies on it until it is known what happened."""
    RETIRED = "retired"
    """It has done its work; what it signed stays good."""
    TAINTED = "tainted"
    """A thief may have it."""
    DESTROYED = "destroyed"
    """Its private half is gone; its public half is kept for ever."""


class Verb(StrEnum):
    """What people do with a key."""

    DRAFT = "draft"
    LAY_IN = "lay_in"
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    RETIRE = "retire"
    TAINT = "taint"
    DESTROY = "destroy"


_TO: Final[dict[Verb, tuple[Stage, frozenset[Stage]]]] = {
    Verb.LAY_IN: (Stage.LAID_IN, frozenset({Stage.DRAFTED})),
    Verb.ACTIVATE: (Stage.ACTIVE, frozenset({Stage.LAID_IN})),
    Verb.SUSPEND: (Stage.SUSPENDED, frozenset({Stage.LAID_IN, Stage.ACTIVE})),
    Verb.RESUME: (Stage.LAID_IN, frozenset({Stage.SUSPENDED})),
    Verb.RETIRE: (Stage.RETIRED, frozenset({Stage.LAID_IN, Stage.ACTIVE, Stage.SUSPENDED})),
    Verb.TAINT: (Stage.TAINTED, frozenset(Stage)),
    Verb.DESTROY: (Stage.DESTROYED, frozenset({Stage.DRAFTED, Stage.RETIRED, Stage.TAINTED})),
}

STEPS: Final[dict[tuple[Stage, Verb], Stage]] = {
    (stage, verb): to for verb, (to, stages) in _TO.items() for stage in stages
}
"""From which stage which verb leads where; what is not here cannot be done. `draft` makes a key, in stage DRAFTED.

The ways back: an active key stands by again as soon as another of its use is activated, and can be activated again; a
suspended one is resumed; a drafted one is destroyed. Retired, tainted and destroyed are for good. A tainted key can be
tainted again, from an earlier instant on.
"""

ALONE: Final = frozenset({Verb.DRAFT, Verb.SUSPEND})
"""Verbs that one person may do: the first gives nobody anything, the other only takes, and must be quick."""

NARROWS: Final[dict[Verb, Restriction]] = {
    Verb.SUSPEND: Restriction.SUSPENDED,
    Verb.RETIRE: Restriction.RETIRED,
    Verb.TAINT: Restriction.TAINTED,
}
"""Verbs that partners are told at once in their lanes, and as what."""


def after(stage: Stage, verb: Verb) -> Stage:
    """Say where a verb leads from a stage.

    Raises:
        Refusal: KEY_STAGE if it leads nowhere.
    """
    to = STEPS.get((stage, verb))
    if to is None:
        raise refuse(Reason.KEY_STAGE, f"{stage.value}, which is not to {verb.value.replace('_', ' ')}")
    return to
