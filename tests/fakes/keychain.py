"""Keychains in memory, with the keys that a test gives them and those that are made while it runs."""

from collections.abc import Iterator, Mapping

from interchange.crypto.archivers import Archivers
from interchange.crypto.box import BoxOpener, generate_box_key
from interchange.crypto.ed25519 import generate_seed
from interchange.crypto.keychain import Keychain, Openers, check_label
from interchange.crypto.mldsa import MlDsaSigner
from interchange.crypto.signer import SeedSigner, Signer
from interchange.domain.keyring import MLDSA44


class MemoryKeychain(Keychain):
    """Signers by kid; joined by `|` as dictionaries are."""

    def __init__(self, signers: Mapping[str, Signer] | None = None, labels: Mapping[str, str] | None = None) -> None:
        """Take signers in, with what they were made for where that matters."""
        self.signers, self.labels = dict(signers or {}), dict(labels or {})

    def __getitem__(self, kid: str) -> Signer:
        return self.signers[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(self.signers)

    def __len__(self) -> int:
        return len(self.signers)

    def __or__(self, other: Mapping[str, Signer]) -> "MemoryKeychain":
        """Join two; labels are kept."""
        labels = other.labels if isinstance(other, MemoryKeychain) else {}
        return MemoryKeychain({**self.signers, **other}, self.labels | labels)

    def make(self, label: str) -> Signer:
        """Make a key from the system's randomness, as every keychain does."""
        check_label(label)
        signer = SeedSigner(generate_seed())
        self.signers[signer.kid], self.labels[signer.kid] = signer, label
        return signer

    def destroy(self, kid: str) -> None:
        """Forget a key."""
        signer = self.signers.pop(kid, None)
        if isinstance(signer, SeedSigner):
            signer.forget()

    def label(self, kid: str) -> str:
        """Tell what a key was made for; empty where the test did not say."""
        return self.labels.get(kid, "") if kid in self.signers else self.labels[kid]


class MemoryOpeners(Openers):
    """Openers by kid."""

    def __init__(self, openers: Mapping[str, BoxOpener] | None = None) -> None:
        """Take openers in."""
        self.openers = dict(openers or {})

    def __getitem__(self, kid: str) -> BoxOpener:
        return self.openers[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(self.openers)

    def __len__(self) -> int:
        return len(self.openers)

    def make(self) -> BoxOpener:
        """Make a key from the system's randomness."""
        opener = BoxOpener(generate_box_key())
        self.openers[opener.kid] = opener
        return opener

    def destroy(self, kid: str) -> None:
        """Forget a key."""
        self.openers.pop(kid, None)


class MemoryArchivers(Archivers):
    """Keys of role `archive` by kid."""

    def __init__(self, archivers: Mapping[str, Signer] | None = None) -> None:
        """Take keys in."""
        self.archivers = dict(archivers or {})

    def __getitem__(self, kid: str) -> Signer:
        return self.archivers[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(self.archivers)

    def __len__(self) -> int:
        return len(self.archivers)

    def make(self) -> Signer:
        """Make a key from the system's randomness."""
        signer = MlDsaSigner(generate_seed(), MLDSA44)
        self.archivers[signer.kid] = signer
        return signer

    def destroy(self, kid: str) -> None:
        """Forget a key."""
        self.archivers.pop(kid, None)
