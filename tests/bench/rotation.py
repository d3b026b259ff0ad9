"""A rotation of an organ's key under load: two processes issue and verify without pause while the key is changed.

Run by hand: `.venv/bin/python tests/bench/rotation.py`, for a minute and a half. Four nodes are processes of their own:
the issuer and three partners, one of which is stopped for a while. No issue and no verification may fail, and the new
key may not be activated before the partner that was away knows it.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.clients import way
from bench.stage import HOME, Bench, consent, inside, people, say, set_settings

from interchange import config
from interchange.bootstrap.ceremony import sign_keyring
from interchange.client.session import Session
from interchange.demo.stage import PASSPHRASES, Nation
from interchange.demo.two import by_two
from interchange.domain.days import day_of
from interchange.errors import Reason, Refusal
from interchange.flows.audit import audit
from interchange.rulebook.load import load
from interchange.store import consents
from interchange.store.ledger import Tx

AGREEMENTS = {"AUS": "JPN-AUS-2013", "DEU": "JPN-DEU-2021", "USA": "JPN-USA-2007"}
AWAY = "DEU"
ORGAN = "METI"
PEOPLE = 1500
WORKERS = 2
CACHE = 2
"""Seconds for which programs may keep the JWK set; an hour would be the usual."""

# -- the nodes --------------------------------------------------------------------------------------------------


@contextmanager
def raised(base: Path) -> Iterator[tuple[Nation, dict[str, Nation]]]:
    """Raise the issuer and three partners that have admitted each other."""
    rulebook = load()
    nations = {party: Nation(base, rulebook, party) for party in (HOME, *AGREEMENTS)}
    try:
        for nation in nations.values():
            nation.establish(accept_working_rows=True)
            settings = {"status_list_slots": 65_536, "follow_every": 5, "publish_every": 60, "jwks_cache": CACHE}
            set_settings(nation.directory / config.FILE, settings)
            nation.start()
        for nation in nations.values():
            nation.wait()
            keyring = b64encode(nation.keyring).decode()
            by_two(nation, "KeyringService/PublishKeyring", {"keyring": keyring}, "key-admin")
        home = nations.pop(HOME)
        for partner in nations.values():
            for admitting, admitted in ((home, partner), (partner, home)):
                by_two(admitting, "PartnerService/AdmitPartner", admission(admitted), "key-admin")
        yield home, nations
    finally:
        for nation in (home, *nations.values()) if HOME not in nations else nations.values():
            nation.close()


def admission(nation: Nation) -> dict[str, str]:
    """Say what is told of a party on paper and by telephone."""
    return {
        "party": nation.party,
        "address": nation.address,
        "ca_pem": b64encode((nation.root_directory / "ca.pem").read_bytes()).decode(),
        "keyring": b64encode(nation.keyring).decode(),
        "root_pin": nation.root_pin,
    }


def settle(bench: Bench) -> list[str]:
    """Write people who are cleared and consent to transfers to all three."""
    with inside(bench) as node:
        subjects, today = people(node, range(PEOPLE)), bench.today
        days = (today - timedelta(days=400), today + timedelta(days=900))

        def consenting(tx: Tx) -> None:
            for subject in subjects:
                for party in AGREEMENTS.keys() - {"AUS"}:
                    consents.add(tx, consent(node, subject, days, party))

        node.ledger.transact(consenting)
        return subjects


def open_project(bench: Bench) -> tuple[str, dict[str, str]]:
    """Open a project with all three at the lower ceiling; give its id and each partner's reference of it."""
    opened = bench.act(
        "ProjectService/OpenProject",
        title="Bench",
        field="PROJECT_FIELD_AI",
        partners=[{"party": party, "agreement": agreement} for party, agreement in AGREEMENTS.items()],
        level_ceiling="JPN/CESI",
        level_floor="JPN/CESI",
        purpose="joint_research",
        from_day=bench.today.isoformat(),
        until_day=(bench.today + timedelta(days=300)).isoformat(),
    )["result"]
    return opened["project_id"], {each["party"]: each["reference"] for each in opened["partners"]}


# -- the rotation -----------------------------------------------------------------------------------------------


class Clock:
    """Says what happened how long after the beginning."""

    def __init__(self) -> None:
        """Begin now."""
        self.began = time.monotonic()

    def tell(self, what: str) -> None:
        """Print a line of the story."""
        say(f"{time.monotonic() - self.began:6.1f} s  {what}")


def admin(home: Nation) -> Session:
    """Call as one of the two key administrators."""
    return home.person("key-admin", "key-admin-one")


def board(home: Nation) -> dict[str, Any]:
    """Read the board."""
    answer: dict[str, Any] = admin(home).call("KeyService/GetKeyBoard", {})
    return answer


def active(home: Nation) -> str:
    """Name the key that signs the organ's assertions."""
    uses = [key for key in board(home)["keys"] if key.get("organ") == ORGAN and key["stage"] == "KEY_STAGE_ACTIVE"]
    kid: str = uses[0]["kid"]
    return kid


def lay_in(home: Nation) -> str:
    """Make a key, and let root keys that lie elsewhere sign the keyring that lists it."""
    now = int(time.time())
    at = (now - 60, now + 365 * 86_400, now + 730 * 86_400)
    spelt = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each)) for each in at]
    windows = dict(zip(("sign_from", "sign_until", "verify_until"), spelt, strict=True))
    asked = {"request_id": str(uuid.uuid4()), "role": "KEY_ROLE_ASSERT", "organ": ORGAN, **windows}
    kid: str = admin(home).call("KeyService/DraftKey", asked)["kid"]
    drafted = b64decode(admin(home).call("KeyringService/DraftKeyring", {"valid_days": 365})["payload"])
    custodians = [home.root_directory / f"root-{number}.sealed" for number in (1, 3)]
    signed = sign_keyring(drafted, custodians, [PASSPHRASES[0], PASSPHRASES[2]])
    by_two(home, "KeyringService/PublishKeyring", {"keyring": b64encode(signed.jws).decode()}, "key-admin")
    return kid


def move(home: Nation, kid: str, verb: str) -> dict[str, Any]:
    """Take a step, by two people."""
    step: dict[str, Any] = by_two(home, "KeyService/MoveKey", {"kid": kid, "verb": f"KEY_VERB_{verb}"}, "key-admin")
    return step


def until_activated(home: Nation, kid: str, seconds: float) -> tuple[float, str]:
    """Try to activate a key until it is possible; give the seconds it took, and the last refusal."""
    began, refused = time.monotonic(), ""
    while time.monotonic() - began < seconds:
        try:
            move(home, kid, "ACTIVATE")
        except Refusal as refusal:
            if refusal.reason is not Reason.KEY_NOT_SEEN:
                raise
            refused = str(refusal)
            time.sleep(0.02)
        else:
            return time.monotonic() - began, refused
    return float("inf"), refused


def rotate(home: Nation, partner: Nation, away: Path) -> tuple[float, float]:
    """Change the organ's key while a partner is away; give the seconds from its return to the activation."""
    clock, old = Clock(), active(home)
    time.sleep(6)
    away.touch()
    time.sleep(1)
    partner.stop()
    clock.tell(f"{partner.party}'s node is stopped")
    time.sleep(4)
    new = lay_in(home)
    clock.tell("a key is drafted, the keyring drafted, signed by two root keys with both algorithms, and published")
    spent, refused = until_activated(home, new, 10)
    clock.tell(f"activation refused for 10 s: {refused}")
    assert spent == float("inf"), "activated though a partner was away"
    returned = time.monotonic()
    partner.start()
    partner.wait()
    serving = time.monotonic()
    clock.tell(f"{partner.party}'s node is back and serves {serving - returned:.1f} s after its start")
    until_activated(home, new, 30)
    done = time.monotonic()
    clock.tell("the key is activated by two people; the old one stands by")
    time.sleep(4)
    away.unlink()
    time.sleep(6)
    for verb in ("RETIRE", "DESTROY"):
        move(home, old, verb)
        clock.tell(f"the old key: {verb.lower()}")
        time.sleep(6)
    return done - returned, done - serving


def main() -> None:
    """Print the story and the figures."""
    with TemporaryDirectory() as base, raised(Path(base)) as (home, partners):
        rules = load().rules(HOME)
        assert rules
        bench = Bench(home, day_of(int(time.time()), rules.zone))
        subjects, (project, references) = settle(bench), open_project(bench)
        stop, away = Path(base) / "stop", Path(base) / AWAY
        common = {
            "stop": str(stop),
            "away": str(away),
            "project": project,
            "references": references,
            "officer": way(home, "officer", "bench", home),
            "foreign": {party: way(nation, "partner", "bench", home) for party, nation in partners.items()},
            "own": {party: way(nation, "officer", "bench", nation) for party, nation in partners.items()},
        }
        old = active(home)
        tasks = [{**common, "subjects": subjects[n::WORKERS]} for n in range(WORKERS)]
        command = [sys.executable, str(Path(__file__).with_name("clients.py"))]
        running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in tasks]
        for process, task in zip(running, tasks, strict=True):
            assert process.stdin
            process.stdin.write(json.dumps(task))
            process.stdin.close()
        began = time.monotonic()
        try:
            waited = rotate(home, partners[AWAY], away)
        finally:
            stop.touch()
        spent = time.monotonic() - began
        done = [json.loads(process.stdout.read()) for process in running if process.stdout]
        for process in running:
            process.wait()
        report(done, spent, waited, old)
        say(f"verified again with the old key destroyed: {again(done, partners, references)}")
        with inside(bench) as node:
            found = audit(node)
        say(f"{HOME}: {found.leaves} leaves, {found.assertions} assertions, faults: {list(found.faults)}")


def report(done: Sequence[dict[str, Any]], spent: float, waited: tuple[float, float], old: str) -> None:
    """Print the table."""
    counts: Counter[str] = sum((Counter(each["counts"]) for each in done), Counter())
    kids = Counter(kid_of(token) == old for each in done for told in each["tokens"].values() for token in told)
    say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {WORKERS} processes for {spent:.0f} s")
    for what in ("issue", "verify"):
        times = [one for each in done for one in each["times"][what]]
        p99 = quantiles(times, n=100)[98]
        rate = f"{len(times) / spent:.0f}/s, median {1000 * median(times):.1f} ms, p99 {1000 * p99:.1f} ms"
        say(f"{what:8} {counts.pop(what):7} done, {rate}")
    say(f"signed by the old key {kids[True]}, by the new one {kids[False]}")
    say(f"failed: {dict(counts) or 0}")
    say(f"from the start of the partner's node to the activation {waited[0]:.1f} s, from its serving {waited[1]:.1f} s")


def kid_of(token: str) -> str:
    """Read by which key a token is signed."""
    header = b64decode(token).split(b".")[0]
    kid: str = json.loads(b64decode(header + b"==", altchars=b"-_"))["kid"]
    return kid


def again(done: Sequence[dict[str, Any]], partners: dict[str, Nation], references: dict[str, str]) -> dict[str, int]:
    """Have all that was issued judged once more by the partners' own nodes."""
    outcomes: Counter[str] = Counter()
    for party, nation in partners.items():
        tokens = [token for each in done for token in each["tokens"][party]]
        for first in range(0, len(tokens), 256):
            request = {"tokens": tokens[first : first + 256], "project": references[party]}
            answer = nation.person("officer", "bench").call("AssertionService/BatchVerifyAssertions", request)
            outcomes.update(verdict["outcome"] for verdict in answer["verdicts"])
    return dict(outcomes)


if __name__ == "__main__":
    main()
