"""A person's papers as an officer gives them: in a file, or typed in; never on the command line, which shells keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from interchange.cli import fields, files
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from interchange.cli.caller import JsonObject

LARGEST: Final = 64 * 1024
"""Bytes of a file with one person's papers."""


class Asked(NamedTuple):
    """A field of `Identity`, and how a person is asked for it."""

    field: str
    question: str
    needed: bool
    form: fields.Form | None = None


FOUND_BY: Final = (
    Asked("passport_family", "family name as in the passport's Latin line", needed=True),
    Asked("passport_given", "given name as in the passport's Latin line", needed=False),
    Asked("birth_date", "birth date, YYYY-MM-DD", needed=True, form=fields.DAY),
    Asked("document_number", "number of the passport", needed=True),
)
"""What a person is found by: all of it."""

ALL: Final = (
    Asked("family", "family name as written", needed=True),
    Asked("given", "given name as written", needed=False),
    Asked("family_kana", "family name in kana", needed=False),
    Asked("given_kana", "given name in kana", needed=False),
    *FOUND_BY,
    Asked("nationalities", "nationalities, three letters each, with spaces between", needed=True),
)
"""All of who a person is."""

FROM_JSON = click.option(
    "--from-json",
    "file",
    type=fields.FILE,
    help="The papers as a JSON object, UTF-8, - for standard input; each value is asked for if not given.",
)


def read_papers(file: Path | None, wanted: Sequence[Asked]) -> JsonObject:
    """Read what is said of a person.

    Args:
        file: a JSON object with fields of `Identity` by their names, of which those that are not wanted are left out;
            None to ask for each of them on standard error.
        wanted: FOUND_BY or ALL.

    Raises:
        Refusal: FILE_UNREADABLE; FIELD_FORM with a field's name, never its value.
    """
    if file is None:
        return {each.field: _ask(each) for each in wanted}
    try:
        given = json.loads(files.read(file, LARGEST).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise refuse(Reason.FIELD_FORM, f"{file}: not JSON in UTF-8") from None
    if not isinstance(given, dict):
        raise refuse(Reason.FIELD_FORM, f"{file}: not a JSON object")
    unknown = sorted(given.keys() - {each.field for each in ALL})
    if unknown:
        raise refuse(Reason.FIELD_FORM, f"{file}: {len(unknown)} unknown members; {', '.join(_names(ALL))} are known")
    papers = {each.field: given[each.field] for each in wanted if each.field in given}
    for name, value in papers.items():
        if not (_is_list(value) if name == "nationalities" else isinstance(value, str)):
            raise refuse(Reason.FIELD_FORM, name)
    return papers


def _ask(asked: Asked) -> Any:  # noqa: ANN401 - a text, or a list of texts
    default = None if asked.needed else ""
    label = asked.question if asked.needed else f"{asked.question}, empty if there is none"
    answer = click.prompt(label, default=default, show_default=False, type=asked.form or str, err=True)
    return answer.split() if asked.field == "nationalities" else answer


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _names(asked: Sequence[Asked]) -> list[str]:
    return [each.field for each in asked]
