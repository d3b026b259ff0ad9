"""Bad tokens over the line: whatever is wrong with one is said by its verdict, never by an error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import requests
from fakes.bad_tokens import BAD, Good
from fakes.nodes import Served, dump_digest, serve
from fakes.parties import HOME, label

from interchange.domain.keyring import Role
from interchange.v1 import assertions_pb2 as pb
from interchange.wire import base64url

EMPTY = {"nothing"}
"""A request without a token is refused as such."""

SENT = sorted(BAD.keys() - EMPTY)


@pytest.fixture(scope="module")
def asked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, requests.Issued]]:
    """A served node that has issued one assertion to Korea."""
    with serve(tmp_path_factory.mktemp("asked") / "node", template=sqlite_template) as served:
        yield served, requests.issued(served)


def made(issued: requests.Issued) -> list[bytes]:
    """Make every bad token out of a good one."""
    good = Good(base64url.decode(issued.token.split(b".")[1]), label(HOME, Role.ASSERT, "METI"))
    return [BAD[title].make(good) for title in SENT]


def said(verdict: pb.Verdict) -> tuple[int, str, str]:
    """Read outcome, deciding step and reason."""
    return verdict.outcome, next(step.name for step in verdict.steps if not step.passed), verdict.reason


EXPECTED = {title: (pb.OUTCOME_NOT_VALID, BAD[title].step.value, BAD[title].reason.code) for title in SENT}


def test_each_of_many_bad_tokens_has_its_own_verdict(asked: tuple[Served, requests.Issued]) -> None:
    """A batch is judged token by token; none spoils the others."""
    served, issued = asked
    request = pb.BatchVerifyAssertionsRequest(tokens=made(issued), project=issued.reference)
    verdicts = served.call("partner", "KOR").assertions.BatchVerifyAssertions(request).verdicts
    assert dict(zip(SENT, map(said, verdicts), strict=True)) == EXPECTED


def test_bad_token_alone_has_the_same_verdict(asked: tuple[Served, requests.Issued]) -> None:
    """Both methods judge alike."""
    served, issued = asked
    verify = served.call("partner", "KOR").assertions.VerifyAssertion
    asks = [pb.VerifyAssertionRequest(token=token, project=issued.reference) for token in made(issued)]
    assert dict(zip(SENT, [said(verify(ask).verdict) for ask in asks], strict=True)) == EXPECTED


def test_bad_tokens_leave_the_ledger_as_it_was(asked: tuple[Served, requests.Issued]) -> None:
    """Nothing that a stranger can send is written down."""
    served, issued = asked
    before = dump_digest(served.node)
    request = pb.BatchVerifyAssertionsRequest(tokens=made(issued), project=issued.reference)
    served.call("partner", "KOR").assertions.BatchVerifyAssertions(request)
    assert dump_digest(served.node) == before


def test_good_token_among_bad_ones_is_valid(asked: tuple[Served, requests.Issued]) -> None:
    """The first and the last of a batch are judged like all others."""
    served, issued = asked
    request = pb.BatchVerifyAssertionsRequest(tokens=[*made(issued), issued.token], project=issued.reference)
    verdicts = served.call("partner", "KOR").assertions.BatchVerifyAssertions(request).verdicts
    assert verdicts[-1].outcome == pb.OUTCOME_VALID
