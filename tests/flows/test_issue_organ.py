"""A caller bound to an organ issues on that organ's grants alone."""

import pytest
from fakes.parties import NOW, do
from fakes.world import World

from interchange.errors import Reason, Refusal
from interchange.flows.issue import ISSUE, IssueRequest


def test_grant_of_another_organ_does_not_serve_a_bound_caller(world: World) -> None:
    """To a caller of one organ, a person whom only another organ has cleared is not confirmed."""
    project, subject = world.open_project(), world.clear(organ="JPN/METI")
    with pytest.raises(Refusal) as refused:
        do(world.home, ISSUE, IssueRequest(project, "KOR", subject, organ="JPN/CAO"), NOW)
    assert refused.value.reason is Reason.NOT_CONFIRMED


def test_own_organ_signs_for_a_bound_caller_who_has_a_higher_grant_of_another(world: World) -> None:
    """Of two grants the bound caller's organ's is used, though the other carries further."""
    project, subject = world.open_project(), world.clear("JPN/SDS", organ="JPN/CAO")
    world.clear("JPN/CESI", organ="JPN/METI", subject_id=subject)
    jti = do(world.home, ISSUE, IssueRequest(project, "AUS", subject, organ="JPN/METI"), NOW)
    assert world.issued(jti).organ == "JPN/METI"
