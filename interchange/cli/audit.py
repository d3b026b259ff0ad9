"""`audit`: does a ledger agree with itself?"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.cli import fields
from interchange.cli.command import Group
from interchange.cli.exits import Exit
from interchange.cli.output import JSON, show_json

if TYPE_CHECKING:
    from interchange.flows.audit import AuditReport


@click.group(cls=Group, examples=("interchange audit verify node",))
def command() -> None:
    """See whether a ledger agrees with itself."""


@command.command("verify", examples=("interchange audit verify node", "interchange audit verify node --json"))
@click.argument("directory", type=fields.DIRECTORY)
@JSON
def verify(directory: Path, *, as_json: bool) -> None:
    """Derive all that a node's ledger holds again from its leaves, and compare; the node may run meanwhile.

    Ends with 0 if it is clean, and with 1 if it has faults, which are printed.
    """
    report = _audited(directory)
    if as_json:
        show_json(asdict(report))
    else:
        for fault in report.faults:
            click.echo(fault)
        state = f"{len(report.faults)} faults" if report.faults else "clean"
        click.echo(f"{state}: {report.lanes} lanes, {report.leaves} leaves, {report.assertions} assertions")
    click.get_current_context().exit(Exit.NOT_VALID if report.faults else Exit.DONE)


def _audited(directory: Path) -> AuditReport:
    from interchange import config  # noqa: PLC0415 - loaded when called
    from interchange.bootstrap.assemble import assemble  # noqa: PLC0415 - loads the ledger
    from interchange.flows.audit import audit  # noqa: PLC0415 - as above
    from interchange.store import lanes  # noqa: PLC0415 - as above

    node = assemble(config.load(directory), with_keys=False)
    try:
        leaves = node.ledger.read(lambda tx: sum(head.size for head in lanes.heads(tx)))
        with click.progressbar(
            length=leaves,
            label="leaves",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
            update_min_steps=1 + leaves // 100,
        ) as progress:
            return audit(node, progress.update)
    finally:
        node.ledger.close()
