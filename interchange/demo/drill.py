"""The drill: an organ's key is stolen, and two throw-away nodes go all the way from the theft to new assertions."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import uuid
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interchange.bootstrap.ceremony import sign_keyring
from interchange.demo import files
from interchange.demo.clocked import ClockedNation, ahead
from interchange.demo.exchange import open_project
from interchange.demo.files import make_empty
from interchange.demo.home import settle
from interchange.demo.narrator import Narrator, NotHeld
from interchange.demo.people import Person, invented
from interchange.demo.scene import Issued, Scene, claims_of, encode, issue, read_issued, until
from interchange.demo.stage import PASSPHRASES
from interchange.demo.story import stopped_in_order
from interchange.demo.theft import believes, forge
from interchange.demo.two import by_two
from interchange.domain.days import day_of
from interchange.rulebook.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.demo.stage import Nation

_HOME, _PARTNER, _ORGAN = "JPN", "AUS", "METI"
_PEOPLE = 3
_LATER = 120
"""Seconds by which the nodes' clocks are set on before the theft: what is to be proved is a minute older."""

_DAY = 86_400


class Drill:
    """What the steps share."""

    def __init__(self, scene: Scene, base: Path) -> None:
        """Nothing has happened yet."""
        self.scene, self.base, self.clock = scene, base, base / "clock"
        self.narrator, self.home, self.partner = scene.narrator, scene.home, scene.nations[_PARTNER]
        self.clock.write_text("0", encoding="ascii")
        for nation in scene.nations.values():
            if isinstance(nation, ClockedNation):
                nation.clock = self.clock
        self.subjects: list[str] = []
        self.since = 0
        self.forged, self.stolen, self.fresh = b"", "", ""

    def now(self) -> int:
        """Read the nodes' clock."""
        return ahead(self.clock)

    def admin(self, method: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a request
        """Let one key administrator call the home node."""
        answer: dict[str, Any] = self.home.person("key-admin", "key-admin").call(method, request)
        return answer

    def issue(self, name: str, subject: str) -> Issued:
        """Issue an assertion of the organ whose key is stolen."""
        project = self.scene.projects[_PARTNER][0]
        self.scene.assertions[name] = issue(self.home, f"{_HOME}/{_ORGAN}", project, _PARTNER, subject)
        return self.scene.assertions[name]

    def says(self, token: bytes) -> str:
        """Ask the partner's node: `valid`, or why not."""
        verdict = self.scene.verdict(_PARTNER, Issued("", token, 0), _PARTNER)
        return "valid" if verdict["outcome"] == "OUTCOME_VALID" else str(verdict["reason"])

    def partner_says(self, of: str, token: bytes, expected: str) -> None:
        """Check what the partner's node says."""
        found = self.says(token)
        self.narrator.holds(f"the partner's node, of {of}: {found}", true=found == expected)

    def jwt_says(self, of: str, token: bytes, *, believed: bool) -> None:
        """Check what a program says that knows JWT alone, and fetches keys and lists anew."""
        caller, shown = files.follower(self.scene, _PARTNER), Issued("", token, 0)
        keys = b64decode(caller.call("KeyringService/GetJwks", {})["jwks"])
        listed = files.status_list(self.scene, shown, _PARTNER)
        found = believes(token, keys, listed, self.partner.names.uri, 2 * _LATER)
        word = "accepted" if found else "refused"
        self.narrator.holds(f"a program that knows JWT alone, of {of}: {word}", true=found is believed)

    def affected(self) -> list[int]:
        """Count the assertions of the stolen key that are live, of those the proved ones, of those the re-issued."""
        counts = self.admin("KeyService/ListAffected", kid=self.stolen)
        return [int(counts.get(name, 0)) for name in ("live_count", "proved_count", "reissued_count")]

    def seen_keyring(self) -> int:
        """Read which keyring of the home party's the partner has acknowledged."""
        (partner,) = self.admin("KeyService/GetKeyBoard")["partners"]
        return int(partner.get("keyring", 0))

    def told(self, step: dict[str, Any], what: str) -> None:
        """Wait until the partner has acknowledged what was told."""
        seconds = self.scene.until_acknowledged(int(step["positions"][0]["index"]) + 1, _PARTNER)
        self.narrator.say(f"{what}; the partner's signed acknowledgement {1000 * seconds:.0f} ms later")


def _raise(drill: Drill) -> None:
    nations = list(drill.scene.nations.values())

    def one(nation: Nation) -> None:
        nation.establish(accept_working_rows=True)
        nation.start()
        nation.wait()
        request = _act(keyring=encode(nation.keyring))
        nation.person("key-admin", "key-admin").call("KeyringService/PublishKeyring", request)

    with ThreadPoolExecutor(len(nations)) as pool:
        list(pool.map(one, nations))
    for nation, other in (nations, reversed(nations)):
        admission = {
            "party": other.party,
            "address": other.address,
            "ca_pem": encode((other.root_directory / "ca.pem").read_bytes()),
            "keyring": encode(other.keyring),
            "root_pin": other.root_pin,
        }
        by_two(nation, "PartnerService/AdmitPartner", admission, role="key-admin")
    drill.narrator.say(f"{_HOME} and {_PARTNER}, each with root keys, node and process of its own, below {drill.base}")


def _issue(drill: Drill) -> None:
    scene, home = drill.scene, drill.home
    notified = day_of(int(time.time()), scene.rules.zone) - timedelta(days=100)
    organ = f"{_HOME}/{_ORGAN}"
    people = [Person(invented(700 + n), organ, "JPN/CESI", notified, "JP-LAB-0001") for n in range(_PEOPLE)]
    drill.subjects = settle(home, people, [_PARTNER], "JPN/CESI")
    levels = ("JPN/CESI", "JPN/CESI")
    scene.projects[_PARTNER] = open_project(scene, home, _PARTNER, "JPN-AUS-2013", levels)
    last = [drill.issue(f"proved-{n}", subject) for n, subject in enumerate(drill.subjects[:-1])][-1]
    seconds = scene.until_acknowledged(last.index + 1, _PARTNER)
    drill.narrator.say(f"{_PEOPLE - 1} assertions, acknowledged by the partner {1000 * seconds:.0f} ms after the last")
    drill.partner_says("the first", _token(drill, "proved-0"), "valid")
    drill.jwt_says("the first", _token(drill, "proved-0"), believed=True)


def _steal(drill: Drill) -> None:
    drill.clock.write_text(str(_LATER), encoding="ascii")
    drill.since, loot = drill.now(), drill.base / "loot"
    loot.mkdir(mode=0o700)
    shutil.copy(drill.home.directory / "keys" / f"assert-{_ORGAN}.sealed", loot / "assert.sealed")
    shutil.copy(drill.home.directory / "passphrase", loot)
    drill.narrator.say(f"the nodes' clocks are set on by {_LATER} s; two files are copied from {_HOME}'s directory")
    late = drill.issue("late", drill.subjects[-1])
    drill.scene.until_acknowledged(late.index + 1, _PARTNER)
    drill.narrator.say("nobody knows: the node issues another assertion under the same key")


def _forge(drill: Drill) -> None:
    seen = drill.scene.assertions["proved-0"].token
    drill.forged = forge(drill.base / "loot", seen, claims_of(drill.scene.assertions["proved-0"])["iat"])
    drill.narrator.say("the thief signs a statement about somebody else, as old as the first and with its slot")
    drill.partner_says("the thief's", drill.forged, "not_in_lane")
    drill.jwt_says("the thief's, until somebody notices", drill.forged, believed=True)


def _suspend(drill: Drill) -> None:
    board = drill.admin("KeyService/GetKeyBoard")["keys"]
    drill.stolen = next(key["kid"] for key in board if key.get("organ") == _ORGAN)
    began = time.monotonic()
    answer = drill.admin("KeyService/MoveKey", **_act(kid=drill.stolen, verb="KEY_VERB_SUSPEND"))
    drill.told(answer["result"], f"one person suspends the key, {1000 * (time.monotonic() - began):.0f} ms")
    drill.partner_says("the first", drill.scene.assertions["proved-0"].token, "key_restricted")
    drill.jwt_says("the thief's, once it looks for keys again", drill.forged, believed=False)


def _taint(drill: Drill) -> None:
    since = datetime.fromtimestamp(drill.since, UTC).isoformat()
    request = {"kid": drill.stolen, "verb": "KEY_VERB_TAINT", "tainted_since": since}
    drill.told(by_two(drill.home, "KeyService/MoveKey", request, role="key-admin"), "two people taint the key")
    found = drill.affected()
    drill.narrator.holds(
        f"{found[0]} assertions are affected, {found[1]} of them proved, {found[2]} re-issued",
        true=found == [_PEOPLE, _PEOPLE - 1, 0],
    )


def _renew(drill: Drill) -> None:
    now, home = drill.now(), drill.home
    window = {"sign_from": now - 60, "sign_until": now + 365 * _DAY, "verify_until": now + 730 * _DAY}
    times = {name: datetime.fromtimestamp(at, UTC).isoformat() for name, at in window.items()}
    request = _act(role="KEY_ROLE_ASSERT", organ=_ORGAN, **times)
    drill.fresh = drill.admin("KeyService/DraftKey", **request)["kid"]
    payload = b64decode(drill.admin("KeyringService/DraftKeyring", valid_days=300)["payload"])
    custodians = [home.root_directory / f"root-{number}.sealed" for number in (1, 3)]
    signed = sign_keyring(payload, custodians, [PASSPHRASES[0], PASSPHRASES[2]])
    drill.admin("KeyringService/PublishKeyring", **_act(keyring=encode(signed.jws)))
    until(lambda: drill.seen_keyring() == signed.keyring.number, "the partner has acknowledged the next keyring")
    drill.narrator.say("keyring 2 is drafted, signed by 2 of 3 custodians, published, acknowledged by the partner")
    stages = {key["kid"]: key["stage"] for key in drill.admin("KeyService/GetKeyBoard")["keys"]}
    found = [stages[kid].removeprefix("KEY_STAGE_").lower() for kid in (drill.stolen, drill.fresh)]
    drill.narrator.holds(f"the old key is {found[0]}, the new one {found[1]}", true=found == ["tainted", "active"])
    for of, token, expected in (
        ("the thief's", drill.forged, "not_in_lane"),
        ("the first, which was proved", drill.scene.assertions["proved-0"].token, "valid"),
        ("the one after the theft", drill.scene.assertions["late"].token, "key_restricted"),
    ):
        drill.partner_says(of, token, expected)
    drill.jwt_says("the first, whose key it has no more", _token(drill, "proved-0"), believed=False)


def _reissue(drill: Drill) -> None:
    until(lambda: drill.affected()[2] == _PEOPLE - 1, "the job has issued anew what was proved")
    found = drill.admin("KeyService/ListAffected", kid=drill.stolen)
    drill.narrator.say(f"{found['reissued_count']} of {found['proved_count']} re-issued by the job, by nobody's hand")
    states = {line["assertion_id"]: line for line in found["assertions"]}
    late = states[drill.scene.assertions["late"].assertion_id]
    drill.narrator.holds("the one after the theft is left to people", true=late["state"].endswith("NOT_PROVED"))
    renewed = states[drill.scene.assertions["proved-0"].assertion_id]["reissued_as"]
    shown = drill.scene.officer(f"{_HOME}/{_ORGAN}").call("AssertionService/GetAssertion", {"assertion_id": renewed})
    anew = read_issued(shown["assertion"])
    drill.scene.until_acknowledged(anew.index + 1, _PARTNER)
    drill.partner_says("the new one", anew.token, "valid")
    drill.partner_says("the old one, which people still carry", _token(drill, "proved-0"), "valid")
    drill.jwt_says("the new one", anew.token, believed=True)
    drill.jwt_says("the old one", _token(drill, "proved-0"), believed=False)
    drill.jwt_says("the thief's", drill.forged, believed=False)


def _token(drill: Drill, name: str) -> bytes:
    return drill.scene.assertions[name].token


STEPS: tuple[tuple[str, Callable[[Drill], None]], ...] = (
    ("Two throw-away nodes are raised, and admit each other", _raise),
    ("People get assertions, and the partner acknowledges them", _issue),
    ("An organ's key is stolen", _steal),
    ("The thief issues, and dates it back", _forge),
    ("Somebody notices: one person suspends the key", _suspend),
    ("Two people taint it since the theft", _taint),
    ("The root keys sign the next keyring, and another key signs", _renew),
    ("The job issues anew what was proved", _reissue),
)


def run(keep: Path | None, *, as_json: bool) -> bool:
    """Enact the theft of an organ's key with two node processes on loopback.

    Args:
        keep: new or empty directory for nodes, root keys and logs, kept afterwards; None takes one that is removed if
            all held.
        as_json: one JSON line a step, and one with the total.

    Returns:
        Whether every step held.

    Raises:
        Refusal: FILE_EXISTS if the directory has something in it; FILE_UNREADABLE if it cannot be made.
        KeyboardInterrupt: at SIGINT or SIGTERM, once the nodes are stopped and the directory is removed.
    """
    narrator, began = Narrator(as_json=as_json), time.monotonic()
    if keep is not None:
        make_empty(keep)
    with stopped_in_order():
        base = keep or Path(tempfile.mkdtemp(prefix="interchange-drill-"))
        scene = _scene(narrator, base)
        try:
            drill = Drill(scene, base)
            for number, (title, act) in enumerate(STEPS, 1):
                with narrator.step(number, title):
                    act(drill)
        except NotHeld:
            narrator.held = False
        finally:
            scene.close()
            if keep is None and narrator.held:
                shutil.rmtree(base, ignore_errors=True)
    narrator.end(len(STEPS), f"the nodes' logs are in {base}")
    if as_json:
        total = {"held": narrator.held, "steps": len(STEPS), "seconds": round(time.monotonic() - began, 3)}
        sys.stdout.write(json.dumps(total) + "\n")
    return narrator.held


def _scene(narrator: Narrator, base: Path) -> Scene:
    rulebook = load()
    rules = rulebook.rules(_HOME)
    if rules is None:
        message = "the rulebook has no rules for the drill's home party"
        raise NotHeld(message)
    nations: dict[str, Nation] = {party: ClockedNation(base, rulebook, party) for party in (_HOME, _PARTNER)}
    return Scene(narrator, rules, nations, [], 0, None, base)


def _act(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a request
    return {"request_id": str(uuid.uuid4()), **values}
