"""The jobs: each is one function of `now` that makes one pass and may be run again at once without harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

from interchange.errors import Refusal
from interchange.flows.archive import archive_lanes
from interchange.flows.care import activate_successors, draft_successors, ends, warn_of
from interchange.flows.carry_out import carry_out_next
from interchange.flows.expire import report_expired
from interchange.flows.follow import catch_up
from interchange.flows.moves import end_lapsed
from interchange.flows.reissue import reissue_all
from interchange.flows.reminders import remind
from interchange.flows.reseal import reseal
from interchange.flows.retention import retain
from interchange.flows.seen import write_seen
from interchange.flows.status_lists import publish_all
from interchange.flows.uses import write_uses
from interchange.store import partners, rosters
from interchange.telemetry.logs import fail, log, warn

if TYPE_CHECKING:
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.flows.follow import PartnerLink
    from interchange.flows.node import Node

Links: TypeAlias = Callable[["Partner"], "PartnerLink"]
"""Gives the way to a partner."""

_GROUPS_IN_A_PASS = 50
"""Groups of rosters; a pass has to end long before its lease does."""

_TOLD_EVERY = 60
"""Seconds after which a roster that cannot be carried out now is told of again."""

_CALLERS_OWN = 1
"""Seconds in which the call that handed a roster in is still at it; whoever else is does nothing twice."""


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


def carry_out_rosters(node: Node, _links: Links, now: Instant) -> str:
    """Enrol the next groups of rosters that may be carried out; those just handed in are their own callers' work."""
    groups, outcomes = _GROUPS_IN_A_PASS, []
    for roster in node.ledger.read(lambda tx: rosters.unfinished(tx, now - _CALLERS_OWN)):
        try:
            while groups and (step := carry_out_next(node, roster.roster_id, now)):
                groups -= 1
                if step.alarm:
                    fail("misses_quota_reached", party=node.party, role="coordinator")
            outcomes.append(f"{_left(node, roster.roster_id)} left")
        except Refusal as refusal:
            # One project's stop is not another's, and can last for weeks: it is told from time to time.
            if now % _TOLD_EVERY == 0:
                outcomes.append(refusal.reason.code)
    return ", ".join(outcomes)


def _left(node: Node, roster_id: str) -> int:
    return node.ledger.read(lambda tx: rosters.waiting(tx, roster_id))


def end_agreements(node: Node, _links: Links, now: Instant) -> str:
    """Revoke what still runs under agreements whose last day in force is over."""
    return f"{len(end_lapsed(node, now))} ended"


def publish_status_lists(node: Node, _links: Links, now: Instant) -> str:
    """Sign the status lists that are due."""
    return f"{len(publish_all(node, now))} signed"


def record_verifications(node: Node, _links: Links, _now: Instant) -> str:
    """Write which partners asked about which assertions since the last pass."""
    written, lost = write_seen(node), node.seen.take_lost()
    if lost:
        warn("verifications_lost", count=lost)
    return f"{written} written, {lost} lost"


def record_signatures(node: Node, _links: Links, _now: Instant) -> str:
    """Write how many signatures each key made since the last pass."""
    return f"{write_uses(node)} written"


def remind_of_ends(node: Node, _links: Links, now: Instant) -> str:
    """Give the reminders that are due, one line of the log each, with ids and days alone."""
    given = remind(node, now)
    for each in given:
        ending = each.ending
        log("reminder", kind=ending.kind.value, id=ending.ref, days=each.days, last_day=ending.last_day.isoformat())
    return f"{len(given)} given"


def retain_what_is_kept(node: Node, _links: Links, now: Instant) -> str:
    """Delete what its term has ended."""
    counts = {name: count for name, count in asdict(retain(node, now)).items() if count}
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing due"


def reseal_identities(node: Node, _links: Links, now: Instant) -> str:
    """Write identities and look-ups anew that are under an older key of the vault."""
    done = reseal(node, now)
    if done.failed:
        warn("identities_do_not_open", count=done.failed)
    return done.outcome


def reissue_assertions(node: Node, _links: Links, now: Instant) -> str:
    """Issue anew what keys signed that a thief may have, as far as it was proved before and needs one person."""
    done = reissue_all(node, now)
    return f"{done.issued} issued anew, {done.left} left to people" if done.issued or done.left else ""


def tend_keys(node: Node, _links: Links, now: Instant) -> str:
    """Draft successors of keys that end before long, activate them by policy, and warn of what ends."""
    drafted, activated = draft_successors(node, now), activate_successors(node, now)
    for each in warn_of(node, ends(node), now):
        warn("ends_soon", what=each.end.what, days=each.days)
    if drafted:
        # The rest is for people: a keyring that lists them is signed where the root keys are.
        warn("keyring_to_sign", keys=len(drafted))
    return f"{len(drafted)} drafted, {len(activated)} activated"


def archive(node: Node, _links: Links, now: Instant) -> str:
    """Cosign each lane's head for the archive, once a day."""
    done = archive_lanes(node, now)
    for origin, reason in done.failed:
        warn("not_archived", lane=origin, reason=reason.code)
    return f"{len(done.archived)} archived, {len(done.failed)} not"


def heartbeat(node: Node, _links: Links, _now: Instant) -> str:
    """Prove that the scheduler runs and the ledger can be written; the pass itself records that."""
    return f"{len(node.signers)} keys open"


JOBS = (
    Job("heartbeat", "follow_every", heartbeat),
    Job("follow", "follow_every", follow),
    Job("carry_out_rosters", "carry_out_every", carry_out_rosters),
    Job("expire", "expire_every", expire),
    Job("end_agreements", "expire_every", end_agreements),
    Job("publish_status_lists", "publish_every", publish_status_lists),
    Job("record_verifications", "record_every", record_verifications),
    Job("record_signatures", "record_every", record_signatures),
    Job("remind", "remind_every", remind_of_ends),
    Job("retain", "retain_every", retain_what_is_kept),
    Job("reseal", "reseal_every", reseal_identities),
    Job("tend_keys", "tend_every", tend_keys),
    Job("reissue", "reissue_every", reissue_assertions),
    Job("archive", "archive_every", archive),
)
