"""Two persons of two employers in two projects: enough for a hold of every scope to reach some and not others."""

from dataclasses import dataclass

from fakes.parties import TREATY
from fakes.world import World


@dataclass(frozen=True)
class Scene:
    """Two persons of two employers in two projects, the second with one partner only.

    Attributes:
        ann, bob: subjects; Ann works for employer-1, Bob for employer-2.
        wide, narrow: projects with both partners and with Korea alone.
        names: name of an assertion (who, project, partner) → its id.
    """

    ann: str
    bob: str
    wide: str
    narrow: str
    names: dict[str, str]


def build_scene(world: World) -> Scene:
    """Four live assertions."""
    ann, bob = world.clear(), world.clear(employer_id="employer-2")
    wide, narrow = world.open_project(), world.open_project(partners=(("KOR", TREATY),))
    names = {
        "ann wide KOR": world.issue(wide, ann, "KOR"),
        "ann wide AUS": world.issue(wide, ann, "AUS"),
        "ann narrow KOR": world.issue(narrow, ann, "KOR"),
        "bob wide KOR": world.issue(wide, bob, "KOR"),
    }
    return Scene(ann, bob, wide, narrow, names)


def ref_of(scene: Scene, name: str) -> str:
    """Find what a hold of the table is on."""
    things = {"ann": scene.ann, "wide": scene.wide, "narrow": scene.narrow, **scene.names}
    return things.get(name, name)
