"""The private keys of role `archive`, by kid: an interface that loads no ML-DSA, for those who only pass it on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from interchange.crypto.signer import Signer
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from typing import NoReturn


class Archivers(Mapping[str, Signer]):
    """ML-DSA-44 keys that cosign checkpoints; their public keys have 1312 bytes, their signatures 2420.

    They live in the node's own process wherever the Ed25519 keys do: few hardware modules know ML-DSA today.
    """

    @abstractmethod
    def make(self) -> Signer:
        """Make a new key, which outlives a crash by the time this returns.

        Raises:
            Refusal: FILE_UNREADABLE.
        """

    @abstractmethod
    def destroy(self, kid: str) -> None:
        """Delete a private key for good; one that is not there stays so, and is no fault.

        Raises:
            Refusal: FILE_UNREADABLE when it may still be there.
        """


class NoArchivers(Archivers):
    """No keys at all, for work that archives nothing."""

    def __getitem__(self, kid: str) -> NoReturn:
        raise KeyError(kid)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def make(self) -> NoReturn:
        """Refuse."""
        raise refuse(Reason.SIGNER_UNAVAILABLE, "opened without keys")

    def destroy(self, kid: str) -> None:
        """Do nothing: the key is not here."""
