"""The act table: every verb that may wait for a second person, by its name. One place says what each needs."""

from __future__ import annotations

from typing import Any, Final

from interchange.flows.carry_out import CARRY_OUT
from interchange.flows.clearances import AUTHORISE, RECORD
from interchange.flows.issue import ISSUE
from interchange.flows.keyrings import PUBLISH
from interchange.flows.moves import MOVE
from interchange.flows.partners import ADMIT
from interchange.flows.perform import Act
from interchange.flows.screenings import CONCLUDE
from interchange.flows.stages import MOVE as MOVE_KEY
from interchange.flows.withdraw import REINSTATE

ACTS: Final[dict[str, Act[Any, Any, Any]]] = {
    act.name: act for act in (ADMIT, AUTHORISE, CARRY_OUT, CONCLUDE, ISSUE, MOVE, MOVE_KEY, PUBLISH, RECORD, REINSTATE)
}
