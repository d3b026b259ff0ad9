"""`subject`: the home party's people, and who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.disclosures import disclosures
from interchange.cli.output import JSON, show_json, show_lines
from interchange.cli.papers import ALL, FOUND_BY, FROM_JSON, read_papers
from interchange.cli.signing import WHY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@click.group(cls=Group, examples=("interchange subject register --from-json papers.json",))
def command() -> None:
    """Register people, find them, and take over a register."""


@command.command(
    "register",
    examples=(
        "interchange subject register",
        "interchange subject register --from-json papers.json",
        "interchange subject register --from-json - --json < papers.json",
    ),
)
@FROM_JSON
@REQUEST_ID
@JSON
@calling
def register(caller: Caller, *, file: Path | None, request_id: str | None, as_json: bool) -> None:
    """Register a person with all that the person's papers say.

    There are no options for names and birth dates: what stands on a command line stays in the shell's history, and
    everybody on the machine can see it. The members of the JSON object are family, given, family_kana, given_kana,
    passport_family, passport_given, birth_date, document_number and nationalities, which is a list.
    """
    answer = caller.act("SubjectService/RegisterSubject", request_id, identity=read_papers(file, ALL))
    _show_subject(answer, as_json=as_json)


@command.command(
    "find", examples=("interchange subject find", "interchange subject find --from-json papers.json --json")
)
@FROM_JSON
@JSON
@calling
def find(caller: Caller, *, file: Path | None, as_json: bool) -> None:
    """Find one person by passport name, birth date and document number; all of them are needed.

    The JSON object has passport_family, passport_given, birth_date and document_number; that of `subject register`
    serves too. Why there are no options for them, the help of `subject register` says.
    """
    _show_subject(caller.read("SubjectService/FindSubject", **read_papers(file, FOUND_BY)), as_json=as_json)


@command.command("show", examples=(f"interchange subject show {_ID}",))
@click.argument("subject", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def show(caller: Caller, subject: str, *, request_id: str | None, as_json: bool) -> None:
    """Show who a person is; the auditors' lane records that you looked."""
    answer = caller.act("SubjectService/GetSubject", request_id, subject_id=subject)
    if as_json:
        show_json(answer)
        return
    identity = answer["identity"]
    show_lines(
        ("subject", answer["subject_id"]),
        ("name", f"{identity['family']} {identity['given']}"),
        ("in kana", f"{identity['family_kana']} {identity['given_kana']}".strip()),
        ("in the passport", f"{identity['passport_family']} {identity['passport_given']}".strip()),
        ("born", identity["birth_date"]),
        ("document", identity["document_number"]),
        ("nationalities", " ".join(identity["nationalities"])),
    )


@command.command("change-papers", examples=(f"interchange subject change-papers {_ID} --from-json papers.json",))
@click.argument("subject", type=fields.UUID)
@FROM_JSON
@REQUEST_ID
@JSON
@calling
def change_papers(caller: Caller, subject: str, *, file: Path | None, request_id: str | None, as_json: bool) -> None:
    """Put newer papers in the place of a person's older ones; clearances stay.

    All of the papers are given, as to `subject register`. By the older ones the person is then no longer found.
    """
    papers = read_papers(file, ALL)
    answer = caller.act("SubjectService/ChangePapers", request_id, subject_id=subject, identity=papers)
    _show_subject(answer, as_json=as_json)


@command.command(
    "import",
    examples=(
        "interchange subject import register.csv --dry-run",
        "interchange subject import register.csv --organ AAA/SCI",
        "interchange subject import register.csv --recognise-employers AAA/Secret --until 2030-03-31 --json",
    ),
)
@click.argument("file", type=fields.FILE)
@click.option("--organ", type=fields.ORGAN_NAME, help="Only the rows with a clearance of this organ, PARTY/ORGAN.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--recognise-employers",
    "ceiling",
    type=fields.LEVEL_NAME,
    help="Recognise employers that the node does not know, up to this level; with --until.",
)
@click.option("--until", "until_day", type=fields.DAY, help="Last day of that recognition; it begins today.")
@WHY
@JSON
@calling
def import_register(
    caller: Caller,
    file: Path,
    *,
    organ: str | None,
    dry_run: bool,
    ceiling: str | None,
    until_day: str | None,
    as_json: bool,
) -> None:
    """Take over a register: everybody in it, and the clearances that organs have granted on paper.

    The file is CSV with the columns family_kanji, given_kanji, family_kana, given_kana, passport_family,
    passport_given, birth_date, document_number, nationalities, employer, organ, level and notified_on. Nothing is sent
    if a row has a fault, or an employer is not known. Who is on record is found, and not registered twice; clearances
    that have ended are left out. Those of one organ are one proposal, or several of 1000 each. To import the same file
    again changes nothing, and goes on where an import was interrupted. No name is ever printed.
    """
    from interchange.cli.intake import Wanted, take_over  # noqa: PLC0415 - loaded when called
    from interchange.cli.intake_report import show_report  # noqa: PLC0415 - as above
    from interchange.wire.register import LARGEST_REGISTER  # noqa: PLC0415 - as above

    if (ceiling is None) != (until_day is None):
        message = "--recognise-employers and --until go together."
        raise click.UsageError(message)
    wanted = Wanted(organ, dry_run=dry_run, ceiling=ceiling, until_day=until_day)
    show_report(take_over(caller, files.read(file, LARGEST_REGISTER), wanted), as_json=as_json)


command.add_command(disclosures)


def _show_subject(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
    else:
        show_lines(("subject", answer["subject_id"]))
