"""What the benches share: a node as a process of its own, a partner that it knows, and thousands of invented people."""

import json
import re
import sys
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from interchange import config
from interchange.bootstrap.assemble import assemble
from interchange.demo.stage import Nation
from interchange.demo.two import by_two
from interchange.domain.consent import DataItem, TransferConsent
from interchange.domain.days import day_of
from interchange.domain.identity import Identity, Presented
from interchange.domain.projects import Clearance
from interchange.domain.screening import Conclusion, Employer, Screening
from interchange.flows.node import Node
from interchange.rulebook.load import load
from interchange.store import clearances, consents, employers, screenings, subjects
from interchange.store.ledger import Tx
from interchange.store.subjects import SealedSubject
from interchange.wire.identity import encode_identity

HOME, PARTNER, AGREEMENT = "JPN", "AUS", "JPN-AUS-2013"
EMPLOYER = "JP-LAB-0001"
FAMILIES, GIVENS = ("ONO", "MORI", "HOSHINO", "SATO", "OTA"), ("HANAKO", "MARI", "HARUKA", "RYO", "KEI")


@dataclass
class Bench:
    """A node that runs, and the day on which it does."""

    home: Nation
    today: date

    def act(self, method: str, role: str = "coordinator", **request: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
        """Call a method that changes something, as somebody of a role."""
        asked = {"request_id": str(uuid.uuid4()), **request}
        return self.home.person(role, f"{role}-bench").call(method, asked)

    def open_project(self, ceiling: str = "JPN/CESI", partner: str = PARTNER, agreement: str = AGREEMENT) -> str:
        """Open a project that runs for most of a year; at the lower ceiling one person is enough."""
        opened: dict[str, Any] = self.act(
            "ProjectService/OpenProject",
            title="Bench",
            field="PROJECT_FIELD_AI",
            partners=[{"party": partner, "agreement": agreement}],
            level_ceiling=ceiling,
            level_floor="JPN/CESI",
            purpose="joint_research",
            from_day=self.today.isoformat(),
            until_day=(self.today + timedelta(days=300)).isoformat(),
        )["result"]
        project_id: str = opened["project_id"]
        return project_id

    @property
    def days(self) -> tuple[str, str]:
        """First and last day of taking part."""
        return self.today.isoformat(), (self.today + timedelta(days=200)).isoformat()


def say(line: str) -> None:
    """Print a line of figures at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def peak_megabytes(nation: Nation) -> float:
    """Read how much memory a node's process has held at most."""
    process = nation._process
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert match
    return int(match[1]) / 1024


@contextmanager
def raised(base: Path, **settings: str | int) -> Iterator[Bench]:
    """Raise a node that has admitted a partner, with the settings of a real one."""
    rulebook = load()
    home, partner = (Nation(base, rulebook, party) for party in (HOME, PARTNER))
    for nation in (home, partner):
        nation.establish(accept_working_rows=True)
    usual = {"status_list_slots": 131_072, "follow_every": 30, "publish_every": 60, "expire_every": 60}
    set_settings(home.directory / config.FILE, usual | settings)
    try:
        home.start()
        home.wait()
        keyring = b64encode(home.keyring).decode()
        by_two(home, "KeyringService/PublishKeyring", {"keyring": keyring}, "key-admin")
        admission = {
            "party": PARTNER,
            "address": partner.address,
            "ca_pem": b64encode((partner.root_directory / "ca.pem").read_bytes()).decode(),
            "keyring": b64encode(partner.keyring).decode(),
            "root_pin": partner.root_pin,
        }
        by_two(home, "PartnerService/AdmitPartner", admission, "key-admin")
        rules = rulebook.rules(HOME)
        assert rules
        yield Bench(home, day_of(int(time.time()), rules.zone))
    finally:
        home.close()


def set_settings(file: Path, values: Mapping[str, str | int]) -> None:
    """Put these in the place of what a node's settings say."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.split(" = ")[0] not in values]
    lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")


@contextmanager
def inside(bench: Bench) -> Iterator[Node]:
    """Open the ledger and the vault of the node beside its process."""
    node = assemble(config.load(bench.home.directory))
    try:
        yield node
    finally:
        node.ledger.close()


def invented(number: int) -> Identity:
    """Invent a person; the number is the document's, so that no two are one."""
    family, given = FAMILIES[number % 5], GIVENS[number // 5 % 5]
    presented = Presented(family, given, date(1970, 1, 1) + timedelta(days=number % 9000), f"ZB{number:07}")
    return Identity("大野", "花子", "オオノ", "ハナコ", presented, (HOME,))


def people(node: Node, numbers: Sequence[int], *, cleared: bool = True) -> list[str]:
    """Write people into the ledger who are cleared for the upper tier and consent, or never were screened."""
    now = int(time.time())
    today = node.today(now)
    days = (today - timedelta(days=400), today + timedelta(days=900))

    def work(tx: Tx) -> list[str]:
        if employers.get(tx, EMPLOYER) is None:
            employers.put(tx, Employer(EMPLOYER, "Bench", False, "JPN/SDS", *days))
        return [_person(node, tx, invented(number), days, now, cleared=cleared) for number in numbers]

    return node.ledger.transact(work)


def _person(node: Node, tx: Tx, who: Identity, days: tuple[date, date], now: int, *, cleared: bool) -> str:
    subject_id = node.chance.uuid()
    sealed = node.vault.seal(encode_identity(who), subject_id.encode())
    lookup = node.vault.lookup(who.presented.compared())
    subject = SealedSubject(subject_id, sealed.key_number, sealed.data)
    subjects.add(tx, subject, [(lookup.key_number, lookup.digest)], now)
    if cleared:
        screening = Screening(
            screening_id=node.chance.uuid(),
            subject_id=subject_id,
            body="JPN/CAO",
            consented_on=days[0],
            opened_at=now,
            conclusion=Conclusion.ELIGIBLE,
            concluded_at=now,
            notified_on=days[0],
        )
        screenings.add(tx, screening)
        clearances.add(tx, clearance(node, subject_id, screening.screening_id, days[0]))
        consents.add(tx, consent(node, subject_id, days))
    return subject_id


def clearance(node: Node, subject_id: str, screening_id: str | None, notified_on: date) -> Clearance:
    """Make a clearance for the upper tier."""
    return Clearance(
        clearance_id=node.chance.uuid(),
        subject_id=subject_id,
        organ="JPN/METI",
        level="JPN/SDS",
        notified_on=notified_on,
        ends_at=node.rules.clearance_end("JPN/SDS", notified_on),
        employer_id=EMPLOYER,
        screening_id=screening_id,
    )


def consent(node: Node, subject_id: str, days: tuple[date, date], party: str = PARTNER) -> TransferConsent:
    """Make a consent to everything."""
    return TransferConsent(
        consent_id=node.chance.uuid(),
        subject_id=subject_id,
        party=party,
        recipient="its verifying office",
        purpose="joint_research",
        items=frozenset(DataItem),
        rules_information="Information on its rules",
        from_day=days[0],
        until_day=days[1],
    )


def cells(who: Identity, days: tuple[str, str], employer: str = EMPLOYER) -> tuple[str, ...]:
    """Write a person into a row of a roster."""
    presented = who.presented
    return (
        presented.passport_family,
        presented.passport_given,
        presented.birth_date.isoformat(),
        presented.document_number,
        employer,
        *days,
    )
