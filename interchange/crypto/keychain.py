"""Where a node's private keys live: one interface, whether in files, in a hardware module or in another process."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from interchange.crypto.box import BoxOpener
from interchange.crypto.signer import Signer
from interchange.errors import Reason, refuse

Continuation: TypeAlias = Callable[[int, int], tuple[bytes, ...]]
"""(old size, new size) → proof that the lane of the new size begins with that of the old (RFC 9162 section 2.1.4)."""

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class Keychain(Mapping[str, Signer]):
    """The private keys that sign, by kid.

    A look-up also finds keys that another process made meanwhile. It raises a Refusal, not KeyError, where nobody can
    say whether the key is there, as when a hardware module does not answer.
    """

    @abstractmethod
    def make(self, label: str) -> Signer:
        """Make a new Ed25519 key, which outlives a crash by the time this returns.

        Args:
            label: what the key is for: 1 to 64 letters, digits and `._-`, such as `lane` or `assert-ORGAN`. Several
                keys may have the same.

        Raises:
            Refusal: FIELD_FORM for another label; SIGNER_UNAVAILABLE, FILE_UNREADABLE.
        """

    @abstractmethod
    def destroy(self, kid: str) -> None:
        """Delete a private key for good; one that is not there stays so, and is no fault.

        Signers that were looked up before refuse from then on.

        Raises:
            Refusal: SIGNER_UNAVAILABLE, FILE_UNREADABLE when it may still be there.
        """

    @abstractmethod
    def label(self, kid: str) -> str:
        """Tell what a key was made for, or raise KeyError."""

    def lane_signer(self, kid: str, continuation: Continuation) -> Signer:  # noqa: ARG002 - see the keychains that ask
        """Look up the key of a lane for whoever can prove that a head continues the one before.

        Args:
            kid: of a key that the keychain has, else KeyError.
            continuation: proves it; called only by keychains that believe nobody how far a lane was signed.
        """
        return self[kid]


class Openers(Mapping[str, BoxOpener]):
    """The private keys to which partners seal, by kid; a look-up also finds those that another process made."""

    @abstractmethod
    def make(self) -> BoxOpener:
        """Make a new X25519 key, which outlives a crash by the time this returns.

        Raises:
            Refusal: FILE_EXISTS when somebody else makes one at the same time; FILE_UNREADABLE.
        """

    @abstractmethod
    def destroy(self, kid: str) -> None:
        """Delete a private key for good; one that is not there stays so, and is no fault.

        Raises:
            Refusal: FILE_UNREADABLE when it may still be there.
        """


class NoKeys(Keychain):
    """No keys at all, for work that signs nothing, such as an audit."""

    def __getitem__(self, kid: str) -> Signer:
        raise KeyError(kid)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def make(self, label: str) -> Signer:  # noqa: ARG002 - the interface's
        """Refuse."""
        raise refuse(Reason.SIGNER_UNAVAILABLE, "opened without keys")

    def destroy(self, kid: str) -> None:
        """Do nothing: the key is not here."""

    def label(self, kid: str) -> str:
        """Know no key."""
        raise KeyError(kid)


class NoOpeners(Openers):
    """No keys at all, for work that opens nothing."""

    def __getitem__(self, kid: str) -> BoxOpener:
        raise KeyError(kid)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def make(self) -> BoxOpener:
        """Refuse."""
        raise refuse(Reason.SIGNER_UNAVAILABLE, "opened without keys")

    def destroy(self, kid: str) -> None:
        """Do nothing: the key is not here."""


def check_label(label: str) -> None:
    """Refuse by FIELD_FORM a label that could not be part of a file's name."""
    if not _LABEL.fullmatch(label):
        raise refuse(Reason.FIELD_FORM, "label")
