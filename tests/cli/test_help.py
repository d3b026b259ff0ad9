import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from interchange.cli.command import WithExamples
from interchange.cli.program import AT_A_NODE, HERE, program

COMMANDS = [
    "agreement",
    "agreement-levels",
    "agreement-list",
    "agreement-move",
    "assertion",
    "assertion-get",
    "assertion-issue",
    "assertion-list",
    "assertion-verify",
    "audit",
    "audit-verify",
    "binding",
    "binding-end",
    "binding-list",
    "binding-match",
    "binding-send",
    "clearance",
    "clearance-authorise",
    "clearance-cancel",
    "clearance-end-post",
    "clearance-grant",
    "clearance-list",
    "clearance-record",
    "completion",
    "consent",
    "consent-list",
    "consent-record",
    "consent-withdraw",
    "demo",
    "employer",
    "employer-end",
    "employer-list",
    "employer-recognise",
    "init",
    "key",
    "key-activate",
    "key-affected",
    "key-backup",
    "key-board",
    "key-destroy",
    "key-draft",
    "key-drill",
    "key-restore",
    "key-resume",
    "key-retire",
    "key-suspend",
    "key-taint",
    "key-verify-backup",
    "keyring",
    "keyring-collect",
    "keyring-draft",
    "keyring-jwks",
    "keyring-publish",
    "keyring-show",
    "lane",
    "lane-archive",
    "lane-fetch",
    "lane-list",
    "lane-prove",
    "node",
    "node-info",
    "node-withdraw-certificates",
    "participant",
    "participant-enrol",
    "participant-list",
    "participant-withdraw",
    "partner",
    "partner-admit",
    "partner-list",
    "project",
    "project-close",
    "project-enrol",
    "project-list",
    "project-open",
    "project-show",
    "project-stop",
    "proposal",
    "proposal-approve",
    "proposal-list",
    "proposal-reject",
    "proposal-show",
    "reminder",
    "reminder-list",
    "root",
    "root-adopt",
    "root-certificate",
    "root-withdraw",
    "root-create",
    "root-sign",
    "screening",
    "screening-conclude",
    "screening-item",
    "screening-list",
    "screening-notify",
    "screening-open",
    "screening-reassess",
    "screening-show",
    "screening-withdraw-consent",
    "serve",
    "signer",
    "signer-init",
    "signer-list",
    "signer-reseal",
    "signer-serve",
    "standing",
    "standing-holds",
    "standing-reinstate",
    "standing-revoke",
    "standing-suspend",
    "status-list",
    "status-list-get",
    "subject",
    "subject-change-papers",
    "subject-disclosures",
    "subject-find",
    "subject-import",
    "subject-register",
    "subject-show",
    "translate",
    "vault",
    "vault-add-key",
    "vault-drop-key",
    "vault-status",
    "verify",
    "visit",
    "visit-request",
]

READS = [
    "agreement-levels",
    "agreement-list",
    "assertion-get",
    "assertion-list",
    "assertion-verify",
    "audit-verify",
    "clearance-list",
    "consent-list",
    "employer-list",
    "key-affected",
    "key-board",
    "keyring-show",
    "lane-fetch",
    "lane-list",
    "lane-prove",
    "node-info",
    "participant-list",
    "partner-list",
    "project-list",
    "project-show",
    "proposal-list",
    "proposal-show",
    "reminder-list",
    "screening-list",
    "screening-show",
    "standing-holds",
    "status-list-get",
    "subject-disclosures",
    "subject-find",
    "translate",
    "vault-status",
    "verify",
]
"""Commands that change nothing and print more than one thing; `keyring jwks` prints JSON anyway."""

CHANGES = [
    "agreement-move",
    "assertion-issue",
    "clearance-authorise",
    "clearance-cancel",
    "clearance-end-post",
    "clearance-grant",
    "clearance-record",
    "consent-record",
    "consent-withdraw",
    "employer-end",
    "employer-recognise",
    "key-activate",
    "key-destroy",
    "key-draft",
    "key-resume",
    "key-retire",
    "key-suspend",
    "key-taint",
    "keyring-publish",
    "node-withdraw-certificates",
    "participant-enrol",
    "participant-withdraw",
    "partner-admit",
    "project-close",
    "project-enrol",
    "project-open",
    "project-stop",
    "proposal-approve",
    "proposal-reject",
    "screening-conclude",
    "screening-item",
    "screening-notify",
    "screening-open",
    "screening-reassess",
    "screening-withdraw-consent",
    "standing-reinstate",
    "standing-revoke",
    "standing-suspend",
    "subject-change-papers",
    "subject-register",
    "subject-show",
]


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """List a command and all below it with the words that lead there."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from walk(found, (*path, name))


FOUND = {"-".join(path): command for path, command in walk(program)}
BELOW = {name: command for name, command in FOUND.items() if name}
WORDS = {"-".join(path): path for path, _ in walk(program)}


def options(name: str) -> set[str]:
    """List the options of a command."""
    given = [option for each in FOUND[name].params for option in (*each.opts, *each.secondary_opts)]
    return {option for option in given if option.startswith("-")}


def test_commands_are_those_listed() -> None:
    """Nothing was added or lost unnoticed."""
    assert sorted(BELOW) == sorted(COMMANDS)


@pytest.mark.parametrize("name", FOUND)
def test_help_ends_with_examples(name: str) -> None:
    """Every help shows at least one call that can be copied."""
    answer = CliRunner().invoke(program, [*WORDS[name], "--help"])
    assert "\nExample" in answer.stdout
    assert "  interchange " in answer.stdout.split("\nExample")[1]


@pytest.mark.parametrize("name", FOUND)
def test_examples_name_commands_and_options_that_exist(name: str) -> None:
    """Whoever copies an example gets no complaint about a word that the program does not know."""
    command = FOUND[name]
    assert isinstance(command, WithExamples)
    for example in command.examples:
        words = shlex.split(example.replace("\\\n", " ").removeprefix('eval "$(').removesuffix(')"'))
        assert words[0] == "interchange"
        used = "-".join(words[1:3]) if "-".join(words[1:3]) in FOUND else words[1]
        assert {word for word in words if word.startswith("--")} <= options(used)


@pytest.mark.parametrize("name", [*HERE, *AT_A_NODE])
def test_summary_is_how_the_commands_help_begins(name: str) -> None:
    """What the overview says of a command without loading it is about that command."""
    summary = {**HERE, **AT_A_NODE}[name]
    help_text = FOUND[name].help or ""
    assert summary.split()[0] == help_text.split()[0] or isinstance(FOUND[name], click.Group)


@pytest.mark.parametrize("name", READS)
def test_reading_commands_print_json_on_request(name: str) -> None:
    """A program need not read tables."""
    assert "--json" in options(name)


@pytest.mark.parametrize("name", CHANGES)
def test_changing_commands_take_a_request_id(name: str) -> None:
    """What was interrupted can be repeated without being done twice."""
    assert "--request-id" in options(name)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    """The script asks the program itself what may follow."""
    answer = CliRunner().invoke(program, ["completion", shell])
    assert "_INTERCHANGE_COMPLETE" in answer.stdout


def test_completion_finds_a_verb() -> None:
    """What the shell asks at the second word is answered from the command's own module."""
    asked = {"_INTERCHANGE_COMPLETE": "bash_complete", "COMP_WORDS": "interchange standing re", "COMP_CWORD": "2"}
    answer = CliRunner(env=asked).invoke(program, prog_name="interchange")
    assert answer.stdout.split() == ["plain,reinstate", "plain,revoke"]


def test_version_is_the_packages() -> None:
    """A report of a fault can name the version."""
    assert (
        CliRunner().invoke(program, ["--version"], prog_name="interchange").stdout.startswith("interchange, version ")
    )
