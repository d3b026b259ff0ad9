"""What a machine without a network needs: Python, PyNaCl and this package, and nothing of a node."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import tokens
from fakes.party import PROJECT, FakeParty
from fakes.readers import follow, judge
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.domain.verdict import Outcome
from interchange.errors import Reason

NODE_ONLY = (
    "alembic",
    "apscheduler",
    "click",
    "cryptography",
    "google",
    "grpc",
    "psycopg",
    "sqlalchemy",
    "sqlmodel",
    "structlog",
)

# The rulebook that the package carries lists no made-up parties, so this program is given one of its own.
PROGRAM = """
import json, sys
class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {forbidden!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Nowhere())
from pathlib import Path
from interchange.client import Follower, Verifier
from interchange.rulebook.load import load
terms = dict(root_pin=sys.argv[2], party="BBB", rulebook=load(Path(sys.argv[3])))
files = Path(sys.argv[1])
token = (files / "assertion.jws").read_text()
offline = Verifier.from_directory(files, **terms).verify(token, project=sys.argv[4], now=int(sys.argv[5]))
followed = Follower.from_directory(files, now=int(sys.argv[5]), **terms).verify(
    token, project=sys.argv[4], now=int(sys.argv[5]))
print(json.dumps([offline.outcome, followed.outcome]))
"""

NATION = """
code = "{code}"
title = "{code}"
native_title = "{code}"
authority = "{authority}"
source = "made up"
[levels.{level}]
title = "{level}"
native_title = "{level}"
ceiling = "S"
"""

AGREEMENT = """
code = "AAA-BBB-2016"
title = "On information"
signed_on = 2016-11-23
in_force_on = 2017-01-01
state = "in_force"
[[rows]]
source = "AAA/UPPER"
target = "BBB/Secret"
from_day = 2017-01-01
citation = "Article 4"
state = "confirmed"
"""


@pytest.fixture
def rulebook(tmp_path: Path) -> Path:
    """A rulebook in files."""
    for name in ("nations", "agreements"):
        (tmp_path / "rulebook" / name).mkdir(parents=True)
    for code, level in (("AAA", "UPPER"), ("BBB", "Secret")):
        authority = f"{code.lower()}.clearance.example"
        nation = NATION.format(code=code, authority=authority, level=level)
        (tmp_path / f"rulebook/nations/{code.lower()}.toml").write_text(nation, encoding="utf-8")
    (tmp_path / "rulebook/agreements/aaa-bbb-2016.toml").write_text(AGREEMENT, encoding="utf-8")
    return tmp_path / "rulebook"


@pytest.mark.parametrize("name", ["Verifier", "Follower"])
def test_the_offline_names_load_nothing_of_a_node(name: str) -> None:
    """Neither gRPC nor protobuf, database or certificates: not even by way of another module."""
    program = f"import sys, json; from interchange.client import {name}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert {module.partition(".")[0] for module in json.loads(done.stdout)} & set(NODE_ONLY) == set()


def test_the_package_itself_loads_nothing() -> None:
    """A program pays for what it asks for."""
    program = "import sys, json, interchange.client; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert [module for module in json.loads(done.stdout) if module.startswith("interchange.client.")] == []


def test_a_name_that_is_not_public_is_not_there() -> None:
    """The lazy package refuses like any other."""
    import interchange.client  # noqa: PLC0415 - the test is about this import

    with pytest.raises(AttributeError):
        interchange.client.Forger  # type: ignore[attr-defined]  # noqa: B018


def test_an_assertion_is_verified_where_the_rest_is_not_installed(tmp_path: Path, rulebook: Path) -> None:
    """Both ways, from the bundle and from the whole lane, in a process that cannot import anything of a node."""
    assert judged_elsewhere(FakeParty(), tmp_path, rulebook) == ("", ["VALID", "VALID"])


def test_a_keyring_of_both_families_is_read_where_only_one_can_be_checked(tmp_path: Path, rulebook: Path) -> None:
    """With PyNaCl alone a reader rests on the Ed25519 half; the other half is there for those who can check it."""
    party = FakeParty(keyrings={1: tokens.published_by_both(others=())})
    assert judged_elsewhere(party, tmp_path, rulebook) == ("", ["VALID", "VALID"])


def test_the_ed25519_half_is_needed_everywhere(tmp_path: Path, rulebook: Path) -> None:
    """A reader that cannot check the second family takes nothing on its word."""
    party = FakeParty(keyrings={1: tokens.published_by_both(roots=("root-1",))})
    stderr, outcomes = judged_elsewhere(party, tmp_path, rulebook)
    assert (outcomes, "KEYRING_THRESHOLD" in stderr) == (None, True)


def test_both_halves_are_checked_where_both_can_be() -> None:
    """Where `cryptography` is installed, a keyring without its second half is refused, and one with it is not."""
    whole, half = tokens.published_by_both(), tokens.published_by_both(others=("root-1",))
    party = FakeParty(keyrings={1: whole})
    assert judge(party, party.issue()).outcome is Outcome.VALID
    with refused(Reason.KEYRING_THRESHOLD):
        follow(FakeParty(keyrings={1: half}))


def test_the_second_family_comes_in_and_stays() -> None:
    """A follower takes the keyring that brings it, and none that would be without it again."""
    party = FakeParty()
    follower = follow(party)
    with refused(Reason.KEYRING_THRESHOLD):
        follower.install_keyring(tokens.published_by_both(tokens.both_keyring(number=2), others=()))
    follower.install_keyring(tokens.published_by_both(tokens.both_keyring(number=2)))
    with refused(Reason.KEYRING_THRESHOLD):
        follower.install_keyring(tokens.published(tokens.party_keyring(number=3), ["root-1", "root-2", "root-3"]))


def judged_elsewhere(party: FakeParty, tmp_path: Path, rulebook: Path) -> tuple[str, list[str] | None]:
    """Judge an assertion in a process that has PyNaCl alone; give what it complained of, and what it said."""
    files = party.leave(tmp_path / "files", party.issue())
    program = PROGRAM.replace("{forbidden!r}", repr(NODE_ONLY))
    arguments = [str(files), party.root_pin, str(rulebook), PROJECT, str(NOW)]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stderr, json.loads(done.stdout or "null")
