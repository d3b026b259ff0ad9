"""Readers of a fake party, and what tests ask them in a line."""

from typing import Any

from fakes.party import PROJECT, FakeParty
from fakes.tokens import NOW

from interchange.client.directory import Bundle
from interchange.client.follower import Follower
from interchange.client.verifier import Verifier
from interchange.domain.verdict import Verdict


def follow(party: FakeParty, limit: int = 1000) -> Follower:
    """Follow a party to the end of its lane."""
    follower = Follower(party.keyrings[1], **party.terms)
    catch_up(follower, party, limit)
    return follower


def catch_up(follower: Follower, party: FakeParty, limit: int = 1000) -> None:
    """Take pages until there are no more."""
    while not follower.accept(party.fetch(follower.frontier, limit), party.now):
        pass


def judged(follower: Follower, token: bytes, now: int = NOW) -> Verdict:
    """Ask about a token for the usual project."""
    return follower.verify(token, project=PROJECT, now=now)


def jti_of(party: FakeParty) -> str:
    """Give the id of the assertion that the next call of `issue` makes."""
    return party.statement().jti


def judge(
    issuer: FakeParty,
    token: bytes,
    bundle: Bundle | None = None,
    now: int = NOW,
    **terms: Any,  # noqa: ANN401 - any term
) -> Verdict:
    """Let a verifier with the party's own bundle, or another, judge a token for the usual project."""
    verifier = Verifier(bundle or issuer.bundle(token), **(issuer.terms | terms))
    return verifier.verify(token, project=PROJECT, now=now)
