"""Following one party's lane in memory: believe its pages, answer from them, acknowledge them."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Unpack

from interchange.client.directory import CHECKPOINT, KEYRING, LANE, parse_lane, read_file
from interchange.client.projection import Projection
from interchange.client.trust import Terms, Trust
from interchange.client.witnessed import Witnessed
from interchange.domain.events import KeyringPublished
from interchange.domain.lane import Page
from interchange.domain.merkle import Frontier
from interchange.domain.narrowing import joined, of_record
from interchange.domain.verdict import Facts
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.accept import accept
from interchange.flows.checkpoints import acknowledge
from interchange.flows.verify import verify
from interchange.wire.keyring import keyring_digest, payload_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interchange.crypto.signer import Signer
    from interchange.domain.assertion import Assertion
    from interchange.domain.checkpoint import Checkpoint, SignedHead
    from interchange.domain.events import Event
    from interchange.domain.keyring import KeyRecord, Keyring
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Context, Verdict

MAX_AGE = 900
"""Seconds that what a lane told may be old, unless its reader says otherwise."""


class Follower:
    """One party's lane as one other party knows it.

    Nothing is stored: a program that ends keeps keyring, checkpoint and leaves (`client.directory`), or reads the lane
    anew. One thread may take pages while others verify.
    """

    def __init__(self, keyring: bytes, **terms: Unpack[Terms]) -> None:
        """Begin at the first leaf of the lane that the issuer addresses to the follower's party.

        Args:
            keyring: the issuer's keyring, JWS general JSON.
            **terms: `root_pin` and `party`, perhaps `rulebook`, `max_age`, `accept_working` (`client.trust.Terms`).

        Raises:
            Refusal: those of `Trust.pinned`.
        """
        self._trust = Trust.pinned(keyring, MAX_AGE, terms)
        self._digest = keyring_digest(payload_of(keyring))
        self._frontier = Frontier.empty()
        self._told = Projection()
        self._witnessed = Witnessed()
        self._head: SignedHead | None = None
        self._as_of: Instant | None = None
        self._lock = Lock()

    @classmethod
    def from_lines(
        cls,
        lines: Iterable[bytes | str],
        *,
        checkpoint: bytes,
        keyring: bytes,
        now: Instant | None = None,
        **terms: Unpack[Terms],
    ) -> Follower:
        """Replay a lane that was kept line by line; what it tells is as old as its checkpoint.

        Args:
            lines: all of the lane, `{"leaf": "…", "token": "…"}` each, `token` only where there is one.
            checkpoint: signed note that covers exactly these leaves.
            keyring: as the class.
            now: whole Unix seconds; None reads the machine's clock.
            **terms: as the class.

        Raises:
            Refusal: those of the class, of `parse_lane` and of `accept`.
        """
        follower = cls(keyring, **terms)
        at = int(time.time()) if now is None else now
        if not follower.accept(Page(checkpoint, 0, tuple(parse_lane(lines))), at):
            raise refuse(Reason.LANE_GAP, "fewer leaves than signed")
        return follower

    @classmethod
    def from_directory(cls, path: Path | str, *, now: Instant | None = None, **terms: Unpack[Terms]) -> Follower:
        """Replay a lane from `keyring.json`, `checkpoint.txt` and `lane.jsonl` of a directory.

        Raises:
            Refusal: FILE_UNREADABLE with the file's name; those of `from_lines`.
        """
        directory = Path(path)
        return cls.from_lines(
            read_file(directory, LANE).splitlines(),
            checkpoint=read_file(directory, CHECKPOINT),
            keyring=read_file(directory, KEYRING),
            now=now,
            **terms,
        )

    @property
    def origin(self) -> str:
        """Name of the lane."""
        return self._trust.origin

    @property
    def keyring(self) -> Keyring:
        """The issuer's keyring in use; its `generation` is the lane's."""
        return self._trust.keyring

    @property
    def frontier(self) -> Frontier:
        """How far the lane is applied; what to ask the issuer for next."""
        return self._frontier

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The signed head last reached, all of whose leaves are applied; None before the first."""
        return self._head.checkpoint if self._head else None

    def install_keyring(self, keyring: bytes) -> None:
        """Trust the issuer's next keyring, before the page that tells of it.

        Args:
            keyring: JWS general JSON, of the number after the present one.

        Raises:
            Refusal: those of `Trust.followed_by`.
        """
        trust, digest = self._trust.followed_by(keyring), keyring_digest(payload_of(keyring))
        with self._lock:
            self._trust, self._digest = trust, digest

    def accept(self, page: Page, now: Instant) -> bool:
        """Believe a page and apply it, or refuse it and change nothing.

        Args:
            page: as received.
            now: whole Unix seconds of its receipt.

        Returns:
            True if all that the issuer has signed is applied; False if more pages are to be fetched.

        Raises:
            Refusal: those of `flows.accept`. After KEY_UNKNOWN, install the issuer's next keyring and ask again;
                after EVENT_UNKNOWN every verdict is STALE until a page is believed. KEYRING_NUMBER if the page tells
                of a keyring that is not installed; TOKEN_DIGEST if it tells of another one than is installed;
                LEAF_FORM if an event contradicts what was told.
        """
        try:
            accepted = accept(page, self.origin, self._frontier, self.keyring, now)
        except Refusal as refusal:
            if refusal.reason is Reason.EVENT_UNKNOWN:
                # The issuer has told something that bears on nobody knows what.
                self._as_of = None
            raise
        self._check_keyrings(accepted.events)
        with self._lock:
            self._told.apply(accepted.events, self.keyring.number)
            self._frontier = accepted.frontier
            if accepted.caught_up:
                self._head = accepted.head
                # Our own clock: what the head says of its time, a thief of the lane key can choose.
                self._witnessed.add(accepted.frontier.size, now)
                # The same head may come again under an older signature; knowledge does not age by that.
                self._as_of = max(self._as_of or 0, min(accepted.head.signed_at, now))
        return accepted.caught_up

    def acknowledge(self, signer: Signer, now: Instant) -> str:
        """Cosign the head reached; whoever stores what is told does so before.

        Args:
            signer: the own party's `witness` key.
            now: whole Unix seconds.

        Returns:
            One cosignature line without newline (C2SP tlog-cosignature), to be sent with `checkpoint`.

        Raises:
            Refusal: LANE_GAP if not all that the issuer has signed is applied; SIGNER_UNAVAILABLE.
        """
        checkpoint = self.checkpoint
        if checkpoint is None or checkpoint.size != self._frontier.size:
            raise refuse(Reason.LANE_GAP, "leaves are still to be fetched")
        return acknowledge(checkpoint, self._trust.reader.witness, signer, now)

    def verify(self, token: bytes | str, *, project: str, now: Instant | None = None) -> Verdict:
        """Judge one assertion by what the lane has told so far.

        Args:
            token: JWS compact, exactly as presented.
            project: the follower's own reference of the project for which it is presented, 22 characters.
            now: whole Unix seconds; None reads the machine's clock.
        """
        presented = token.encode("utf-8", "replace") if isinstance(token, str) else token
        at = int(time.time()) if now is None else now
        return verify(presented, self, self._trust.context(project, at))

    def key(self, kid: str) -> KeyRecord | None:
        """Find a key in the keyring in use, or None (`flows.verify.Knowledge`)."""
        return self.keyring.key(kid)

    def facts(self, assertion: Assertion, record: KeyRecord, context: Context) -> Facts:  # noqa: ARG002 - as Knowledge
        """Look up all that bears on an assertion signed by `record`, at one moment (`flows.verify.Knowledge`)."""
        with self._lock:
            return Facts(
                told=self._told.about(assertion.jti, assertion.project, assertion.agreement),
                as_of=self._as_of,
                trusted_until=self.keyring.expires,
                restricted=self._restricted(assertion, self.keyring.key(record.kid)),
                row=self._trust.row(assertion.row),
            )

    def _restricted(self, assertion: Assertion, record: KeyRecord | None) -> bool:
        """Tell whether what a key signed counts no more; `record` is its record in the keyring in use.

        The one that the signature was checked with may be of a keyring before, which did not taint or drop the key yet.
        """
        place = self._told.places.get(assertion.jti)
        if record is None or place is None:
            return True
        narrowing = joined([of_record(record), self._told.narrowings.get(record.kid)])
        return narrowing is not None and not narrowing.counts(place, self._witnessed.size_before)

    def _check_keyrings(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, KeyringPublished):
                if event.number > self.keyring.number:
                    raise refuse(Reason.KEYRING_NUMBER, f"keyring {event.number} is told, not installed")
                if event.number == self.keyring.number and event.sha256 != self._digest:
                    raise refuse(Reason.TOKEN_DIGEST, "keyring")
