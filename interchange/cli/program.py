"""The program: which commands there are, and what a person sees when one of them does not succeed."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import click

from interchange.cli.command import AS_JSON, Group
from interchange.cli.exits import MEANINGS, Exit, code_of, say, tell_fault, tell_refusal
from interchange.cli.unprinted import code_of_lost
from interchange.errors import Refusal

HERE: Final = {
    "init": "Make a node in a new directory.",
    "root": "Make and use the root keys, on a machine without network.",
    "serve": "Run a node until it is told to stop.",
    "signer": "Hold a node's signing keys in a process of their own.",
    "vault": "Add, count and drop the keys of a node's vault.",
    "verify": "Judge an assertion by files, without a network.",
    "audit": "See whether a ledger agrees with itself.",
    "demo": "Run three nodes on this machine and tell their story.",
    "completion": "Print the script that completes commands in a shell.",
}
"""What acts on this machine: name → summary. The module has the name of its command."""

AT_A_NODE: Final = {
    "node": "Ask a node who it is, and tell it which certificates are withdrawn.",
    "proposal": "List what waits for a second person, approve it or reject it.",
    "partner": "Admit partners and list them.",
    "key": "Make keys, take them from stage to stage, and see how far each has come.",
    "keyring": "Draft, publish and read keyrings.",
    "agreement": "Read agreements and levels, and record where an agreement stands.",
    "translate": "Find the equivalent of a level at another party.",
    "project": "Open joint projects, enrol people in them, stop and close them.",
    "participant": "Enrol people in projects, list them, and take them out.",
    "subject": "Register people, find them, and take over a register.",
    "screening": "Screen people: that it was done, when and by whom, and never what was found.",
    "clearance": "Grant clearances, record those on paper, and end them.",
    "employer": "Recognise employers as conforming businesses, and list them.",
    "consent": "Record consents to transfers abroad, and their withdrawal.",
    "assertion": "Issue, read and verify assertions.",
    "binding": "Tell a partner whose an assertion is, and match a person at the gate.",
    "visit": "Write requests for visits to a partner's facilities.",
    "reminder": "See what ends before long.",
    "standing": "Suspend, reinstate and revoke.",
    "lane": "Read what partners are told, with proofs.",
    "status-list": "Fetch status lists.",
}
"""What calls a node with the caller's certificate: name → summary."""


class Program(Group):
    """The commands by name, each loaded when it is called or asked for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the commands; nothing is loaded for it."""
        return [*HERE, *AT_A_NODE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command by its name."""
        if cmd_name not in HERE and cmd_name not in AT_A_NODE:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"interchange.cli.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the commands by the place where they act; nothing is loaded for it."""
        for title, table in (("On this machine", HERE), ("At a node", AT_A_NODE)):
            with formatter.section(title):
                formatter.write_dl(list(table.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes before the examples."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), meaning) for code, meaning in MEANINGS.items()])
        super().format_epilog(ctx, formatter)

    def make_context(self, *words: Any, **more: Any) -> click.Context:  # noqa: ANN401 - click's signature
        """Read the command line, which already prints the help where it is asked for."""
        try:
            return super().make_context(*words, **more)
        except OSError as error:
            lost = code_of_lost(error, {})
            if lost is None:
                raise
            raise click.exceptions.Exit(lost) from error

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run a command; whatever it raises becomes a line on standard error and an exit code."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            tell_refusal(refusal, as_json=ctx.meta.get(AS_JSON, False))
            ctx.exit(code_of(refusal))
        except (KeyboardInterrupt, click.Abort):
            say("stopped")
            ctx.exit(Exit.INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except OSError as error:
            lost = code_of_lost(error, ctx.meta)
            if lost is None:
                tell_fault(error, as_json=ctx.meta.get(AS_JSON, False))
            ctx.exit(Exit.REFUSED if lost is None else lost)
        except Exception as error:  # noqa: BLE001 - the last place before a stack trace would be printed
            tell_fault(error, as_json=ctx.meta.get(AS_JSON, False))
            ctx.exit(Exit.REFUSED)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=(
        "interchange verify token.jws --directory bundle --root-pin 3fa4… --party BBB --project 0AAA…",
        "interchange assertion list --partner BBB --json",
    ),
)
@click.version_option(package_name="interchange", prog_name="interchange")
def program() -> None:
    """Exchange security clearance assertions between nations.

    Commands that call a node take its address, name and the caller's certificate from the options --node, --authority
    and --credentials, or from INTERCHANGE_NODE, INTERCHANGE_AUTHORITY and INTERCHANGE_CREDENTIALS.
    """
