"""`keyring`: the public keys of the parties, drafted, published and read."""

from __future__ import annotations

from pathlib import Path

import click

from interchange.cli import fields, files
from interchange.cli.caller import REQUEST_ID, Caller, calling
from interchange.cli.collect import collect
from interchange.cli.command import Group
from interchange.cli.output import JSON, place, show_json, show_lines, show_proposal, word
from interchange.cli.signing import WHY
from interchange.wire.keyring import MAX_KEYRING

_PARTY = click.option("--party", type=fields.PARTY_CODE, help="Code of the party; the node's own if not given.")


@click.group(cls=Group, examples=("interchange keyring show --party BBB",))
def command() -> None:
    """Draft, publish and read keyrings."""


@command.command("draft", examples=("interchange keyring draft --days 365 --to keyring-2.draft.json",))
@click.option("--days", type=click.IntRange(1, 366), default=365, show_default=True, help="Days until it expires.")
@click.option("--to", type=fields.FILE, required=True, help="New file for the draft.")
@JSON
@calling
def draft(caller: Caller, *, days: int, to: Path, as_json: bool) -> None:
    """Write the next keyring of the node's party, to be carried to the root keys; nothing changes.

    The words name this very draft. They are compared with those that `root sign` prints before it signs.
    """
    answer = caller.read("KeyringService/DraftKeyring", valid_days=days)
    files.write_new(to, files.decode(answer["payload"]))
    if as_json:
        show_json(answer)
        return
    show_lines(
        ("draft of keyring", answer["number"]),
        ("in", to),
        ("in words", " ".join(answer["fingerprint_words"])),
        ("next", f"interchange root sign {to} --key … --passphrase-file … --to keyring-{answer['number']}.json"),
    )


command.command("collect", examples=("interchange keyring collect keyring-2.one.json keyring-2.three.json --publish",))(
    collect
)


@command.command("publish", examples=("interchange keyring publish keyring-2.json",))
@click.argument("file", type=fields.FILE)
@WHY
@REQUEST_ID
@JSON
@calling
def publish(caller: Caller, file: Path, *, request_id: str | None, as_json: bool) -> None:
    """Install the signed next keyring of the node's party, and tell it in every lane."""
    jws = files.read_line(file, MAX_KEYRING)
    answer = caller.act("KeyringService/PublishKeyring", request_id, keyring=files.encode(jws))
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        result = answer["result"]
        told = (("told", place(position)) for position in result.get("positions", []))
        show_lines(("published", f"keyring {result['number']}"), ("at", result["published_at"]), *told)


@command.command("show", examples=("interchange keyring show", "interchange keyring show --party BBB --to bbb.json"))
@_PARTY
@click.option("--number", type=click.IntRange(min=1), help="Number of the keyring; the latest if not given.")
@click.option("--to", type=fields.FILE, help="New file for the keyring.")
@JSON
@calling
def show(caller: Caller, *, party: str | None, number: int | None, to: Path | None, as_json: bool) -> None:
    """Show a keyring: whose it is, for how long, every key with how it is narrowed by now, and what people compare.

    \b
    in words     names this one keyring; whoever signs or installs it compares them
    root pin     names the root keys and how many of them must sign, for as long as
                 they are the same; compared by telephone when a partner is admitted
    fingerprint  names one key, its RFC 7638 thumbprint; `key suspend` and the like take it
    """  # noqa: D301 - the backspace is click's mark of lines that stay as they are
    answer = caller.read("KeyringService/GetKeyring", party=party, number=number)
    jws = files.decode(answer["keyring"])
    if to is not None:
        files.write_new(to, jws)
    if as_json:
        show_json(answer)
        return
    from interchange.cli.described import show_keyring  # noqa: PLC0415 - only for people
    from interchange.wire.keyring import parse_keyring  # noqa: PLC0415 - as above

    narrowed = {key["kid"]: word(key["restriction"], "KEY_RESTRICTION") for key in answer.get("narrowed", [])}
    show_keyring(parse_keyring(jws)[0], jws, narrowed)


@command.command("jwks", examples=("interchange keyring jwks", "interchange keyring jwks --party BBB > bbb-jwks.json"))
@_PARTY
@calling
def jwks(caller: Caller, *, party: str | None) -> None:
    """Print the keys that sign tokens as a JWK set, for programs that only know JWT."""
    answer = caller.read("KeyringService/GetJwks", party=party)
    click.echo(files.decode(answer["jwks"]))
