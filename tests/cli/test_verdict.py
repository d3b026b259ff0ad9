"""A verdict of this machine, spelled as a node's would be."""

import pytest
from click.testing import CliRunner
from fakes import tokens
from google.protobuf import json_format

from interchange.cli.program import program
from interchange.cli.verdict import show_verdict, spelled
from interchange.domain.verdict import ORDER, Outcome, Step, Verdict, failed
from interchange.errors import Reason
from interchange.messages.assertions import verdict as message

CASES = {
    "valid": Verdict(Outcome.VALID, None, ORDER, tokens.assertion(), 62),
    "working": Verdict(Outcome.VALID, None, ORDER, tokens.assertion(), 62, working=True),
    "no token": failed(Step.ENVELOPE, Reason.TOKEN_PARTS),
    "revoked": failed(Step.STANDING, Reason.REVOKED, tokens.assertion(), 100),
    "stale": failed(Step.FRESHNESS, Reason.STALE, tokens.assertion(), 10**7),
}


@pytest.mark.parametrize("verdict", CASES.values(), ids=CASES)
def test_program_reads_one_form_with_and_without_a_node(verdict: Verdict) -> None:
    """Member by member and value by value, also those that are names of enums or large integers."""
    of_a_node = json_format.MessageToDict(
        message(verdict), preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    assert spelled(verdict) == of_a_node


def test_age_says_what_is_allowed_for_clocks(capsys: pytest.CaptureFixture[str]) -> None:
    """Knowledge of two seconds ago is not a minute old."""
    show_verdict(spelled(CASES["valid"]))
    assert "at most 62 s ago, of which 60 s are allowed for clocks that differ" in capsys.readouterr().out


def test_verdict_is_shown_in_its_own_word(capsys: pytest.CaptureFixture[str]) -> None:
    """People read it without the prefix that programs need."""
    show_verdict(spelled(CASES["stale"]))
    assert capsys.readouterr().out.split()[:2] == ["verdict", "STALE"]


def test_bundle_that_is_not_there_is_named_with_its_option(tmp_path: object) -> None:
    """Nobody typed the names of its files."""
    words = ["verify", "-", "--directory", str(tmp_path), "--root-pin", "0" * 64, "--party", "BBB", "--project", "p"]
    answer = CliRunner().invoke(program, words, input="a.b.c")
    assert f"(keyring.json, in --directory {tmp_path})" in answer.stderr
