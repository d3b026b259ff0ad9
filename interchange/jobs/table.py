"""The jobs: each is one function of `now` that makes one pass and may be run again at once without harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from interchange.errors import Refusal
from interchange.flows.expire import report_expired
from interchange.flows.follow import catch_up
from interchange.flows.status_lists import publish_all
from interchange.store import partners

if TYPE_CHECKING:
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.flows.follow import PartnerLink
    from interchange.flows.node import Node

Links: TypeAlias = Callable[["Partner"], "PartnerLink"]
"""Gives the way to a partner."""


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the table.

    Attributes:
        name: as in logs, leases and heartbeats.
        every: name of the setting with the seconds between two passes.
        run: makes one pass and says in a few words, without personal data, what it did.
    """

    name: str
    every: str
    run: Callable[[Node, Links, Instant], str]


def follow(node: Node, links: Links, now: Instant) -> str:
    """Fetch what each partner's lane has for us, beside the standing watch, which may be down."""
    known = node.ledger.read(partners.everyone)
    outcomes = [f"{partner.party} {_follow_one(node, links, partner, now)}" for partner in known]
    return ", ".join(outcomes) or "no partners"


def _follow_one(node: Node, links: Links, partner: Partner, now: Instant) -> str:
    try:
        return f"at {catch_up(node, links(partner), partner.party, now).size}"
    except Refusal as refusal:
        # One partner's trouble is not another's.
        return refusal.reason.code


def expire(node: Node, _links: Links, now: Instant) -> str:
    """Report what has come to its end."""
    return f"{len(report_expired(node, now))} expired"


def publish_status_lists(node: Node, _links: Links, now: Instant) -> str:
    """Sign the status lists that are due."""
    return f"{len(publish_all(node, now))} signed"


def heartbeat(node: Node, _links: Links, _now: Instant) -> str:
    """Prove that the scheduler runs and the ledger can be written; the pass itself records that."""
    return f"{len(node.signers)} keys open"


JOBS = (
    Job("heartbeat", "follow_every", heartbeat),
    Job("follow", "follow_every", follow),
    Job("expire", "expire_every", expire),
    Job("publish_status_lists", "publish_every", publish_status_lists),
)
