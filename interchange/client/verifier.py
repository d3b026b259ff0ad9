"""Verifying an assertion on a machine with no network, by the files that came with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from interchange.client.bundle import BundleKnowledge
from interchange.client.directory import Bundle, read_bundle
from interchange.client.trust import Terms, Trust
from interchange.flows.verify import verify

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Verdict

MAX_AGE = 86_400
"""Seconds that a bundle's status list may be old, unless its reader says otherwise."""


class Verifier:
    """Judges assertions of one party by the evidence in one bundle."""

    def __init__(self, bundle: Bundle, **terms: Unpack[Terms]) -> None:
        """Trust the bundle's keyring, if its root keys are the pinned ones.

        Args:
            bundle: read by `client.directory`, or put together from a node's answers.
            **terms: `root_pin` and `party`, perhaps `rulebook`, `max_age`, `accept_working` (`client.trust.Terms`).

        Raises:
            Refusal: those of `Trust.pinned`.
        """
        self._trust = Trust.pinned(bundle.keyring, MAX_AGE, terms)
        self._knowledge = BundleKnowledge(self._trust, bundle)

    @classmethod
    def from_directory(cls, path: Path | str, **terms: Unpack[Terms]) -> Verifier:
        """Read the bundle from a directory.

        Args:
            path: where the files lie that `client.directory` names.
            **terms: as the class.

        Raises:
            Refusal: FILE_UNREADABLE with the file's name; those of `Trust.pinned`.
        """
        return cls(read_bundle(Path(path)), **terms)

    @property
    def assertion(self) -> bytes | None:
        """The token that came with the bundle, of which nothing is checked yet, or None."""
        return self._knowledge.bundle.assertion

    def verify(self, token: bytes | str, *, project: str, now: Instant | None = None) -> Verdict:
        """Judge one assertion.

        Args:
            token: JWS compact, exactly as presented.
            project: the verifier's own reference of the project for which it is presented, 22 characters.
            now: whole Unix seconds; None reads the machine's clock.

        Returns:
            The verdict; `not_in_lane` also where the bundle is about another assertion.

        Raises:
            Refusal: the evidence is broken or contradicts itself, so that nothing can be said; it names the file.
        """
        presented = token.encode("utf-8", "replace") if isinstance(token, str) else token
        at = int(time.time()) if now is None else now
        return verify(presented, self._knowledge, self._trust.context(project, at))
