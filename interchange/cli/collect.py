"""`keyring collect`: root signatures of the next keyring, put together on the node as they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import Caller, calling
from interchange.cli.output import JSON, place, show_json, show_lines, show_proposal
from interchange.cli.signing import WHY
from interchange.wire.keyring import MAX_KEYRING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@click.argument("documents", metavar="FILES...", type=fields.FILE, nargs=-1, required=True)
@click.option("--replace", is_flag=True, help="Give up what was collected for another draft of the same number.")
@click.option("--publish", is_flag=True, help="Publish the keyring once enough have signed.")
@WHY
@JSON
@calling
def collect(caller: Caller, documents: Sequence[Path], *, replace: bool, publish: bool, as_json: bool) -> None:
    """Hand in a draft and the signatures of custodians, and see how many are there and who is missing.

    FILES are what `root sign` left on each custodian's machine: each has the same keyring, with that custodian's
    signatures. The node keeps them until the keyring is published. A file with a stranger's signature, or with one that
    does not verify, is refused, and those before it stay.
    """
    answer: dict[str, Any] = {}
    for number, document in enumerate(documents):
        answer = caller.act(
            "KeyringService/CollectKeyring",
            None,
            keyring=files.encode(files.read_line(document, MAX_KEYRING)),
            # Another draft is given up for the first file, never for one of those just handed in.
            replace=replace and number == 0,
        )
    published = None
    if publish and answer.get("complete"):
        published = caller.act("KeyringService/PublishKeyring", None)
    if as_json:
        show_json({"collected": answer, "published": published} if publish else answer)
        return
    show_lines(
        ("keyring", answer["number"]),
        ("in words", " ".join(answer["fingerprint_words"])),
        *_progress(answer),
        ("complete", "yes" if answer.get("complete") else "no"),
    )
    if published is not None:
        _show_published(published)


def _progress(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for count in answer["signatures"]:
        signed, waiting = count.get("signed", []), count.get("waiting", [])
        keys = f"root keys of keyring {count['keyring']}, {count['family']}"
        yield keys, f"{len(signed)} of {count['needed']} needed"
        yield from (("  signed", kid) for kid in signed)
        yield from (("  not yet", kid) for kid in waiting)


def _show_published(answer: Mapping[str, Any]) -> None:
    if "proposal" in answer:
        show_proposal(answer["proposal"])
        return
    result = answer["result"]
    told = (("told", place(position)) for position in result.get("positions", []))
    show_lines(("published", f"keyring {result['number']}"), ("at", result["published_at"]), *told)
