"""What flow tests begin with."""

import pytest
from fakes.scene import Scene, build_scene
from fakes.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    """Four live assertions to two persons in two projects."""
    return build_scene(world)
