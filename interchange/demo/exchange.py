"""Keyrings, projects, assertions, verification on both sides and from files."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt

from interchange.client.directory import ASSERTION, JWKS
from interchange.demo import files
from interchange.demo.home import settle
from interchange.demo.narrator import NotHeld
from interchange.demo.people import Person, invented
from interchange.demo.scene import claims_of, encode, issue, until
from interchange.demo.two import by_two
from interchange.domain.days import day_of
from interchange.errors import Reason

if TYPE_CHECKING:
    from interchange.demo.scene import Scene
    from interchange.demo.stage import Nation

_PAIRS = (("JPN", "KOR"), ("JPN", "AUS"))


def pin_keyrings(scene: Scene) -> None:
    """Establish and start the nodes; publish their keyrings; let each nation pin its partners' by fingerprint."""
    nations = list(scene.nations.values())
    with ThreadPoolExecutor(len(nations)) as pool:
        list(pool.map(lambda nation: _raise(nation, accept_working=nation.party != "KOR"), nations))
    for nation in nations:
        admin = nation.person("key-admin", "key-admin")
        request = {"request_id": str(uuid.uuid4()), "keyring": encode(nation.keyring)}
        admin.call("KeyringService/PublishKeyring", request)
        scene.narrator.say(
            f"{nation.party}: keyring 1 signed by 2 of 3 root keys kept in another directory, "
            f"root fingerprint {nation.root_pin[:16]}…"
        )
    misread = {**_admission(scene.nations["KOR"]), "root_pin": "0" * 64, "request_id": str(uuid.uuid4())}
    admin = scene.home.person("key-admin", "key-admin")
    scene.refused(
        "a keyring whose fingerprint is not the one read out is refused",
        Reason.KEYRING_PIN,
        lambda: admin.call("PartnerService/AdmitPartner", misread),
    )
    for one, other in _PAIRS:
        for admitting, admitted in ((one, other), (other, one)):
            _admit(scene.nations[admitting], scene.nations[admitted])
        scene.narrator.say(
            f"{one} and {other} compared fingerprints and pinned each other's keyring and authority, "
            "two key administrators on each side"
        )


def _raise(nation: Nation, *, accept_working: bool) -> None:
    nation.establish(accept_working_rows=accept_working)
    nation.start()
    nation.wait()


def _admission(partner: Nation) -> dict[str, Any]:
    return {
        "party": partner.party,
        "address": partner.address,
        "ca_pem": encode((partner.root_directory / "ca.pem").read_bytes()),
        "keyring": encode(partner.keyring),
        "root_pin": partner.root_pin,
    }


def _admit(nation: Nation, partner: Nation) -> None:
    by_two(nation, "PartnerService/AdmitPartner", _admission(partner), role="key-admin")


def open_projects(scene: Scene) -> None:
    """Open one project with each partner; the agreement's rows are confirmed for one and working for the other."""
    for party, agreement in (("KOR", "JPN-KOR-2016"), ("AUS", "JPN-AUS-2013")):
        project = open_project(scene, scene.home, party, agreement, ("JPN/SDS", "JPN/CESI"))
        scene.projects[party] = project
        rows = scene.coordinator().call("AgreementService/ListAgreements", {"party": party})["agreements"][0]["rows"]
        states = {row["state"].removeprefix("ROW_STATE_").lower() for row in rows}
        scene.narrator.holds(
            f"project with {party} under {agreement}; its rows are {', '.join(sorted(states))}",
            true=states == {"confirmed" if party == "KOR" else "working"},
        )


def open_project(scene: Scene, nation: Nation, party: str, agreement: str, levels: tuple[str, str]) -> tuple[str, str]:
    """Open a project with one partner between two home levels; give its id and the partner's reference."""
    today = day_of(int(time.time()), scene.rules.zone)
    request = {
        "request_id": str(uuid.uuid4()),
        "title": f"Attack detection on learned accelerators, with {party}",
        "field": "PROJECT_FIELD_CYBER_DEFENCE",
        "defence": False,
        "partners": [{"party": party, "agreement": agreement}],
        "level_ceiling": levels[0],
        "level_floor": levels[1],
        "purpose": "joint_research",
        "from_day": (today - timedelta(days=1)).isoformat(),
        "until_day": (today + timedelta(days=300)).isoformat(),
    }
    project = nation.person("coordinator", "coordinator").call("ProjectService/OpenProject", request)["result"]
    return project["project_id"], project["partners"][0]["reference"]


def issue_assertions(scene: Scene) -> None:
    """Issue towards both partners, by the rules of the agreements."""
    upper, cesi = scene.choose("JPN/SDS", 3), scene.choose("JPN/CESI")[0]
    for name, who, party, expected in (
        ("korea", upper[0], "KOR", "KOR/II"),
        ("korea-2", upper[1], "KOR", "KOR/II"),
        ("korea-3", upper[2], "KOR", "KOR/II"),
        ("australia", upper[0], "AUS", "AUS/NV1"),
        ("australia-2", cesi, "AUS", "AUS/Baseline"),
    ):
        began = time.monotonic()
        issued = scene.issue(name, who, party)
        level = claims_of(issued)["clr"]["partner"]
        spent = 1000 * (time.monotonic() - began)
        scene.narrator.holds(
            f"{who[0].level} holder towards {party} becomes {level} ({spent:.0f} ms)", true=level == expected
        )
    scene.refused(
        "JPN/CESI holder towards KOR is refused, because the agreement has no row",
        Reason.NO_ROW,
        lambda: scene.issue("never", cesi, "KOR"),
    )
    stranger = str(uuid.uuid4())
    scene.refused(
        "a person nobody knows is refused in words that fit every unconfirmed person",
        Reason.NOT_CONFIRMED,
        lambda: issue(scene.home, "", scene.projects["KOR"][0], "KOR", stranger),
    )


def verify_both_ways(scene: Scene) -> None:
    """Korea verifies Japan's assertion, Australia is shown the wrong one, and Korea issues one to Japan."""
    shown = scene.assertions["korea"]
    seconds = scene.until_acknowledged(scene.assertions["korea-3"].index + 1, "KOR")
    scene.narrator.say(f"KOR has followed and acknowledged its lane by cosignature ({1000 * seconds:.0f} ms waited)")
    verdict = scene.verdict("KOR", shown, "KOR")
    steps = " → ".join(step["name"] for step in verdict["steps"])
    scene.narrator.holds(f"KOR says VALID: {steps}", true=verdict["outcome"] == "OUTCOME_VALID")
    scene.narrator.holds("its row is confirmed", true=not verdict["working_row"])
    verdict = scene.verdict("AUS", shown, "KOR")
    scene.narrator.holds(
        f"AUS is shown Korea's assertion: {verdict['reason']}", true=verdict["reason"] == "audience_wrong"
    )
    scene.until_acknowledged(scene.assertions["australia-2"].index + 1, "AUS")
    verdict = scene.verdict("AUS", scene.assertions["australia"], "AUS")
    scene.narrator.holds(
        "AUS says VALID of its own, and that the row is a working one",
        true=verdict["outcome"] == "OUTCOME_VALID" and verdict["working_row"],
    )
    _the_way_back(scene)


def _the_way_back(scene: Scene) -> None:
    korea, organ = scene.nations["KOR"], scene.organ_of("KOR")
    project = open_project(scene, korea, "JPN", "JPN-KOR-2016", ("KOR/II", "KOR/III"))
    today = day_of(int(time.time()), scene.rules.zone)
    person = Person(invented(800), f"KOR/{organ}", "KOR/II", today - timedelta(days=200), "KR-LAB-0001")
    (subject,) = settle(korea, [person], ["JPN"], "KOR/II")
    issued = issue(korea, person.organ, project[0], "JPN", subject)
    scene.projects["JPN"] = project

    def told() -> bool:
        return bool(scene.verdict("JPN", issued, "JPN")["reason"] != "not_in_lane")

    until(told, "Japan has followed Korea's lane")
    verdict = scene.verdict("JPN", issued, "JPN")
    claims = claims_of(issued)["clr"]
    scene.narrator.holds(
        f"KOR issues to JPN by the same program: {claims['home']} becomes {claims['partner']}, and JPN says VALID",
        true=verdict["outcome"] == "OUTCOME_VALID",
    )


def verify_offline(scene: Scene) -> None:
    """Stop every node, then verify from files alone, and by a JWT library that is not ours."""
    directory = scene.base / "offline"
    files.leave(scene, directory, scene.assertions["korea"])
    slowest = max(nation.stop() for nation in scene.nations.values())
    scene.narrator.say(f"all three nodes stopped; the slowest took {slowest:.1f} s with watchers connected")
    command = [sys.executable, "-m", "interchange", "verify", str(directory / ASSERTION), "--directory", str(directory)]
    command += ["--root-pin", scene.home.root_pin, "--party", "KOR", "--project", scene.projects["KOR"][1], "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    if not done.stdout:
        raise NotHeld(done.stderr.strip())
    verdict = json.loads(done.stdout)
    scene.narrator.holds(
        "from a directory of files, with an inclusion proof: VALID (another process, no network)",
        true=done.returncode == 0 and verdict["outcome"] == "OUTCOME_VALID",
    )
    keys = {key["kid"]: jwt.PyJWK(key) for key in json.loads((directory / JWKS).read_bytes())["keys"]}
    token = (directory / ASSERTION).read_text().strip()
    kid = jwt.get_unverified_header(token)["kid"]
    audience = scene.nations["KOR"].names.uri
    claims = jwt.decode(token, keys[kid], algorithms=["EdDSA"], audience=audience)
    scene.narrator.holds(f"PyJWT {jwt.__version__} verifies the same token", true=claims["clr"]["partner"] == "KOR/II")
    for nation in scene.nations.values():
        nation.start()
    for nation in scene.nations.values():
        nation.wait()
    before = scene.lane("KOR")["acknowledged_at"]
    until(lambda: scene.lane("KOR")["acknowledged_at"] != before, "Korea watches its lane again")
    scene.narrator.say("all three nodes started again, and watch each other's lanes")
