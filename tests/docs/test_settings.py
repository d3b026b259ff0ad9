"""docs/settings.md against the settings, and docs/jobs.md against the table of jobs."""

import json
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import get_type_hints

import pytest
from docs.markdown import code, fenced, read, rows

from interchange import config
from interchange.config import Settings
from interchange.jobs.table import JOBS

DOCUMENTED = {code(row[0]): row for row in rows(read("docs/settings.md"))}
FIELDS = {field.name: field for field in fields(Settings) if field.name != "directory"}
TYPES = {bool: "boolean", int: "integer", str: "text"}


def test_every_setting_is_documented_and_nothing_else() -> None:
    """The table lists what can be set, in the order of the program."""
    assert list(DOCUMENTED) == list(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_documented_default_is_the_default(name: str) -> None:
    """What stands in the column of defaults is what the program takes."""
    default = FIELDS[name].default
    assert DOCUMENTED[name][2] == ("required" if default is MISSING else f"`{json.dumps(default)}`")


@pytest.mark.parametrize("name", FIELDS)
def test_documented_type_is_the_type(name: str) -> None:
    """What stands in the column of types is what the program reads."""
    assert DOCUMENTED[name][1] == TYPES[get_type_hints(Settings)[name]]


@pytest.mark.parametrize("name", FIELDS)
def test_setting_has_a_meaning(name: str) -> None:
    """No setting is listed without a word about it."""
    assert len(DOCUMENTED[name][4]) > len(name)


def test_example_of_a_settings_file_is_read(tmp_path: Path) -> None:
    """The file that the page shows is one that the program takes."""
    (example,) = (block.body for block in fenced(read("docs/settings.md")) if block.language == "toml")
    (tmp_path / config.FILE).write_text(example, encoding="utf-8")
    assert config.load(tmp_path).party == tomllib.loads(example)["party"]


def test_every_job_is_documented_with_its_setting() -> None:
    """The table of docs/jobs.md lists the jobs of the program, in their order."""
    documented = [(code(row[0]), code(row[1])) for row in rows(read("docs/jobs.md"))]
    assert documented == [(job.name, job.every) for job in JOBS]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_period_of_a_job_is_a_documented_setting(job: object) -> None:
    """Whoever reads how often a job runs finds the setting."""
    assert getattr(job, "every", None) in DOCUMENTED
