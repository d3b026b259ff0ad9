"""`key`: the node's own keys from their making to their end, and the board that shows them all."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import escrow, fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, place, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.signing import WHY
from interchange.domain.keyring import COUNT_DAYS, SIGN_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.domain.time import Instant

_EXAMPLE = "cOmPu_iXNcYuHGK97YO34afKXWLxnoIGwCkuqthdkBs"
_ROLES = ("assert", "status", "lane", "witness", "binding", "archive")
_DAY = 86_400

_COUNTS = ("live_count", "proved_count", "reissued_count")
_KID = click.argument("kid", type=fields.KID)


@click.group(cls=Group, examples=("interchange key board", f"interchange key suspend {_EXAMPLE}"))
def command() -> None:
    """Make keys, take them from stage to stage, and see how far each has come.

    Drafted, laid in by a signed keyring, active, retired, destroyed; suspended in between, tainted from any. Every step
    but drafting and suspending waits for a second key-admin. A KID that begins with a hyphen goes after `--`, at the
    end.
    """


@command.command(
    "draft",
    examples=(
        "interchange key draft --role assert --organ SCI",
        "interchange key draft --role lane --from 2027-04-01T00:00:00Z --days 90",
    ),
)
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What it is for.")
@click.option("--organ", type=fields.ORGAN_CODE, help="Its organ; with assert, and only then.")
@click.option("--from", "sign_from", type=fields.INSTANT, help="First instant at which it may sign; now if not given.")
@click.option(
    "--days", type=click.IntRange(1, 825), default=SIGN_DAYS, show_default=True, help="Days for which it may sign."
)
@REQUEST_ID
@JSON
@calling
def draft(
    caller: Caller,
    *,
    role: str,
    organ: str | None,
    sign_from: Instant | None,
    days: int,
    request_id: str | None,
    as_json: bool,
) -> None:
    """Make a key on the node; the next keyring that is drafted lists it, and nothing else changes."""
    begin = int(time.time()) - 60 if sign_from is None else sign_from
    answer = caller.act(
        "KeyService/DraftKey",
        request_id,
        role=f"KEY_ROLE_{role.upper()}",
        organ=organ,
        sign_from=fields.spell(begin),
        sign_until=fields.spell(begin + days * _DAY),
        verify_until=fields.spell(begin + (days + COUNT_DAYS) * _DAY),
    )
    if as_json:
        show_json(answer)
        return
    show_lines(("drafted", answer["kid"]), ("next", "interchange keyring draft --to …"))


def _step(verb: str, summary: str, detail: str = "") -> Callable[..., None]:
    """Make the command of a verb that takes a key from its stage to another."""

    @command.command(verb, examples=(f"interchange key {verb} {_EXAMPLE}",), help=f"{summary}\n\n{detail}".strip())
    @_KID
    @WHY
    @REQUEST_ID
    @JSON
    @calling
    def run(caller: Caller, kid: str, *, request_id: str | None, as_json: bool) -> None:
        _move(caller, kid, verb, request_id, as_json=as_json)

    return run


def _move(caller: Caller, kid: str, verb: str, request_id: str | None, *, as_json: bool, **more: Any) -> None:  # noqa: ANN401
    verb_name = f"KEY_VERB_{verb.upper()}"
    answer = caller.act("KeyService/MoveKey", request_id, kid=kid, verb=verb_name, **more)
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        result = answer["result"]
        told = (("told", place(position)) for position in result.get("positions", []))
        left = (("left behind", who) for who in result.get("left_behind", []))
        stage = word(result["stage"], "KEY_STAGE")
        show_lines(("key", result["kid"]), (stage, result["moved_at"]), *left, *told)


@command.command(
    "activate",
    examples=(f"interchange key activate {_EXAMPLE}", f"interchange key activate {_EXAMPLE} --force --why 'key lost'"),
)
@_KID
@click.option("--force", is_flag=True, help="Though not every partner knows it yet; who is left behind is recorded.")
@WHY
@REQUEST_ID
@JSON
@calling
def activate(caller: Caller, kid: str, *, force: bool, request_id: str | None, as_json: bool) -> None:
    """Let a key that is laid in sign from now on, in the place of the one that does, which then stands by.

    Refused, with the names of those who do not know it yet, until every partner that follows has acknowledged a keyring
    with it and no program keeps an older JWK set. The way back is to activate the other key again.
    """
    _move(caller, kid, "activate", request_id, as_json=as_json, forced=force or None)


suspend = _step(
    "suspend",
    "Let nobody rely on a key until it is known what happened; one person, at once.",
    "Nothing that it signed counts until the next keyring lifts or folds it in.",
)
resume = _step("resume", "Let a suspended key stand by again, from the next keyring on.")
retire = _step("retire", "Let a key sign nothing more; what it signed stays good until it ends.")


@command.command("taint", examples=(f"interchange key taint {_EXAMPLE} --since 2027-01-31T09:00:00Z",))
@_KID
@click.option("--since", type=fields.INSTANT, required=True, help="From when a thief may have had it.")
@WHY
@REQUEST_ID
@JSON
@calling
def taint(caller: Caller, kid: str, *, since: Instant, request_id: str | None, as_json: bool) -> None:
    """Say that a thief may have had a key since an instant.

    What it signed counts only if a partner acknowledged it more than a minute before that instant.
    """
    _move(caller, kid, "taint", request_id, as_json=as_json, tainted_since=fields.spell(since))


destroy = _step("destroy", "Destroy the private half of a key; its public half is kept for ever.")


@command.command("affected", examples=(f"interchange key affected {_EXAMPLE}",))
@_KID
@LIMIT
@JSON
@calling
def affected(caller: Caller, kid: str, *, limit: int | None, as_json: bool) -> None:
    """Show what became of the live assertions of a tainted key, and how far their re-issue is.

    \b
    proved reissued  a partner had acknowledged it in time, and another took its place
    proved waiting   another is issued before long, or waits for what is said beside it
    not proved       nobody had acknowledged it in time: it counts nowhere
    not entitled     the rules give no other today
    """  # noqa: D301 - the backspace is click's mark of lines that stay as they are
    counts = caller.read("KeyService/ListAffected", kid=kid, page_size=1)
    found = caller.pages("KeyService/ListAffected", "assertions", limit, kid=kid)
    if as_json:
        show_json({name: int(counts.get(name, 0)) for name in _COUNTS} | {"assertions": found})
        return
    live, proved, reissued = (int(counts.get(name, 0)) for name in _COUNTS)
    show_lines(("re-issued", f"{reissued} of {proved}"), ("not proved", live - proved))
    click.echo()
    rows = [
        (
            each["assertion_id"],
            each["partner"],
            each["project_id"],
            word(each["state"], "AFFECTED_STATE"),
            each.get("reissued_as", ""),
            "two people" if each.get("needs_two") else each.get("reason", ""),
        )
        for each in found
    ]
    show_table(("assertion", "partner", "project", "state", "re-issued as", "waits for, or why not"), rows)


@command.command("board", examples=("interchange key board", "interchange key board --json"))
@JSON
@calling
def board(caller: Caller, *, as_json: bool) -> None:
    """Show every key: its stage, its age, what it signed, until when, and which partners have seen it."""
    answer = caller.read("KeyService/GetKeyBoard")
    if as_json:
        show_json(answer)
        return
    now = int(time.time())
    show_lines(("keyring", answer.get("keyring", 0)), ("expires", answer.get("expires_at", "")))
    keys = [
        (
            f"{word(key['role'], 'KEY_ROLE')} {key.get('organ', '')}".strip(),
            word(key["stage"], "KEY_STAGE"),
            _age(key["made_at"], now),
            key.get("signature_count", 0),
            key["sign_until"][:10],
            key["verify_until"][:10],
            " ".join(key.get("seen_by", [])),
            key["kid"],
        )
        for key in answer.get("keys", [])
    ]
    click.echo()
    show_table(("key", "stage", "age", "signatures", "signs until", "counts until", "seen by", "kid"), keys)
    click.echo()
    partners = answer.get("partners", [])
    rows = [(each["party"], each.get("keyring", 0), each.get("acknowledged_at", "never")) for each in partners]
    show_table(("partner", "at keyring", "last spoke"), rows)
    click.echo()
    show_table(("else", "ends"), [(each["what"], each.get("ends_at", "")) for each in answer.get("others", [])])


@command.command("drill", examples=("interchange key drill", "interchange key drill --json --keep drill"))
@click.option("--keep", type=fields.DIRECTORY, help="New directory for nodes, root keys and logs, which stays.")
@JSON
def drill(*, keep: Path | None, as_json: bool) -> None:
    """Enact the theft of a key on two throw-away nodes of this machine, and tell how long each step takes.

    From the first assertion over forgery, suspension, taint and the next keyring to assertions under another key; every
    step is checked. No other node is called. Ends with 0 only if every step held.
    """
    from interchange.cli.exits import Exit  # noqa: PLC0415 - as the next
    from interchange.demo.drill import run  # noqa: PLC0415 - loads all there is

    click.get_current_context().exit(Exit.DONE if run(keep, as_json=as_json) else Exit.NOT_VALID)


def _age(made_at: str, now: Instant) -> str:
    return f"{(now - int(datetime.fromisoformat(made_at).timestamp())) // _DAY} d"


for _command in escrow.COMMANDS:
    command.add_command(_command)
