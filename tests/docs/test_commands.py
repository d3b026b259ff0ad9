"""Commands that the documents show are commands that the program understands."""

import pytest
from docs.commands import PROFILE, Shown, commands, targets, understood
from docs.markdown import ROOT, documents

SHOWN = [shown for path in documents() for shown in commands(str(path.relative_to(ROOT)))]
OURS = [shown for shown in SHOWN if shown.words[0] == "interchange"]
MADE = [shown for shown in SHOWN if shown.words[0] == "make"]


def title(shown: Shown) -> str:
    """Name a case by its document and its first words."""
    return f"{shown.document}: {' '.join(shown.words[:3])}"


@pytest.fixture(autouse=True)
def profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller has set which node to call, and as whom."""
    for name, value in PROFILE.items():
        monkeypatch.setenv(name, value)


def test_documents_show_commands() -> None:
    """The blocks are found, so that the tests below say something."""
    assert {shown.document for shown in OURS} >= {"docs/keys.md", "docs/offline.md", "docs/tutorial.md"}


@pytest.mark.parametrize("shown", OURS, ids=title)
def test_shown_command_is_understood(shown: Shown) -> None:
    """Whoever copies the command gets no complaint about its words."""
    understood(shown.words)


@pytest.mark.parametrize("shown", MADE, ids=title)
def test_shown_target_is_there(shown: Shown) -> None:
    """Whoever copies a make command finds its target."""
    assert shown.words[1] in targets()
