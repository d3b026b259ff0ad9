"""`verify`: an assertion judged by files, without network, gRPC or database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.command import Command
from interchange.cli.output import JSON, show_json
from interchange.cli.verdict import exit_of, outcome_of, show_verdict, spelled
from interchange.wire.envelope import MAX_TOKEN

if TYPE_CHECKING:
    from interchange.domain.time import Instant


@click.command(
    cls=Command,
    examples=(
        "interchange verify token.jws --directory bundle --root-pin 3fa4… --party BBB --project 0AAA…",
        "interchange verify - --directory bundle --root-pin 3fa4… --party BBB --project 0AAA… --json < token.jws",
    ),
)
@click.argument("token", type=fields.FILE)
@click.option("--directory", type=fields.DIRECTORY, required=True, help="The bundle, as `lane prove --to` leaves it.")
@click.option("--root-pin", type=fields.PIN, required=True, help="Root pin of the issuer, learnt another way.")
@click.option("--party", type=fields.PARTY_CODE, required=True, help="Code of your own party.")
@click.option("--project", required=True, help="Your own reference of the project, 22 characters.")
@click.option("--at", type=fields.INSTANT, help="The instant to judge at; now if not given.")
@click.option("--max-age", type=click.IntRange(min=0), help="Seconds that the bundle may be old; a day if not given.")
@click.option("--accept-working-rows", is_flag=True, help="Rely on rows that no lawyer has confirmed; demonstrations.")
@JSON
def command(
    token: Path,
    *,
    directory: Path,
    root_pin: str,
    party: str,
    project: str,
    at: Instant | None,
    max_age: int | None,
    accept_working_rows: bool,
    as_json: bool,
) -> None:
    """Judge an assertion by the files of a bundle, without a network; TOKEN is its file, or - for standard input.

    Ends with 0 if it is valid, 1 if not, 3 if what the bundle tells is too old, and 4 if the bundle is broken.
    """
    from interchange.client.verifier import Verifier  # noqa: PLC0415 - loads libsodium

    terms: dict[str, Any] = {"root_pin": root_pin, "party": party, "accept_working": accept_working_rows}
    if max_age is not None:
        terms["max_age"] = max_age
    presented = files.read_line(token, MAX_TOKEN)
    with files.led_to(f"in --directory {directory}"):
        verifier = Verifier.from_directory(directory, **terms)
    verdict = spelled(verifier.verify(presented, project=project, now=at))
    if as_json:
        show_json(verdict)
    else:
        show_verdict(verdict)
    click.get_current_context().exit(exit_of([outcome_of(verdict)]))
