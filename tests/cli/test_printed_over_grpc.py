"""What officers print, made of a real node's answers over mutual TLS."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes.nodes import Served, authority_of, serve
from fakes.parties import HOME, NOW, names_of
from fakes.requests import issued

from interchange.cli.program import program
from interchange.crypto.sealed import write_private
from interchange.domain.events import ActPerformed
from interchange.flows.seen import write_seen
from interchange.flows.tell import lane_of
from interchange.store import lanes
from interchange.store.ledger import Tx
from interchange.v1.assertions_pb2 import VerifyAssertionRequest
from interchange.wire.events import parse_leaf


@dataclass(frozen=True)
class Made:
    """A served node with a person who is asserted to a partner, which has asked once."""

    served: Served
    subject_id: str
    project_id: str
    assertion_id: str
    call: Callable[..., Result]


@pytest.fixture
def made(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """Everything that the printed pages are about."""
    monkeypatch.setattr("interchange.cli.visit.time", SimpleNamespace(time=lambda: NOW))
    credentials = tmp_path / "officer"
    credentials.mkdir()
    pair = authority_of(HOME).certify(names_of(HOME).spiffe("officer", "tester"))
    write_private(credentials / "caller.pem", pair.certificate)
    write_private(credentials / "caller.key", pair.key)
    write_private(credentials / "ca.pem", authority_of(HOME).pem)
    with serve(tmp_path / "node", template=sqlite_template) as served:
        one = issued(served)
        asked = VerifyAssertionRequest(token=one.token, project=one.reference)
        served.call("partner", "KOR").assertions.VerifyAssertion(asked)
        write_seen(served.node)
        profile = {
            "INTERCHANGE_NODE": f"127.0.0.1:{served.port}",
            "INTERCHANGE_CREDENTIALS": str(credentials),
            "INTERCHANGE_AUTHORITY": served.node.names.authority,
        }

        def call(*words: object) -> Result:
            done = CliRunner(env=profile).invoke(program, [str(word) for word in words])
            assert done.exit_code == 0, done.output
            return done

        yield Made(served, one.subject_id, one.project_id, one.assertion_id, call)


def acts(served: Served) -> list[str]:
    """List the acts of the auditors' lane."""

    def look(tx: Tx) -> list[str]:
        head = lanes.head(tx, lane_of(served.node, tx, "audit"))
        assert head is not None
        events = (parse_leaf(entry.leaf)[1] for _, entry in lanes.all_entries(tx, head.origin, head.size))
        return [event.act for event in events if isinstance(event, ActPerformed)]

    return served.node.ledger.read(look)


def test_request_for_a_visit_is_written(made: Made, tmp_path: Path) -> None:
    """The person, the clearance and the assertion are those of the node."""
    words = f"visit request --project {made.project_id} --partner KOR --kind one-time --site Daejeon --topic Magnets"
    days = f"--from 2027-02-01 --until 2027-02-28 --subject {made.subject_id}"
    made.call(*words.split(), *days.split(), "--to", tmp_path / "visit.json", "--page", tmp_path / "visit.html")
    form: dict[str, Any] = json.loads((tmp_path / "visit.json").read_text("utf-8"))
    (visitor,) = form["visitors"]
    assert (visitor["passport_family"], visitor["birth_date"], visitor["nationalities"]) == (
        "ONO",
        "1984-02-28",
        ["JPN"],
    )
    assert visitor["clearance"] == {
        "kind": "cleared",
        "level": "JPN/SDS",
        "organ": "JPN/METI",
        "last_valid_day": "2031-03-31",
    }
    assert (visitor["assertion"]["assertion_id"], form["classification"]["partner_level"]) == (
        made.assertion_id,
        "KOR/II",
    )
    assert visitor["document_number"] in (tmp_path / "visit.html").read_text("utf-8")


def test_who_was_looked_up_stands_in_the_audit_lane(made: Made, tmp_path: Path) -> None:
    """The node keeps nothing else of it."""
    before = acts(made.served)
    made.call("subject", "disclosures", made.subject_id)
    assert acts(made.served)[len(before) :] == ["look_at_subject"]


def test_page_for_the_person_says_who_asked(made: Made) -> None:
    """Party, second and answer."""
    shown = made.call("subject", "disclosures", made.subject_id).stdout
    wanted = ("Quiet magnets", "KOR", "JPN/SDS, there KOR/II", "2027-01-15T08:20:34Z  KOR  valid  1 times", "大野 花子")
    assert [part for part in wanted if part not in shown] == []


def test_json_is_what_the_node_answers(made: Made) -> None:
    """Both lists, whole."""
    answer = json.loads(made.call("subject", "disclosures", made.subject_id, "--json").stdout)
    assert [each["assertion_id"] for each in (*answer["disclosures"], *answer["verifications"])] == [
        made.assertion_id
    ] * 2


def test_reminders_are_listed(made: Made) -> None:
    """The project ends on the last day of the year."""
    made.served.clock.now = NOW + 340 * 86_400
    found = json.loads(made.call("reminder", "list", "--kind", "project", "--json").stdout)["reminders"]
    assert [(each["target"], each["last_day"], each["days_left"]) for each in found] == [
        (made.project_id, "2027-12-31", 10)
    ]
