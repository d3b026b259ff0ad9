"""Two keychains as one, while keys of one kind take the place of those of another in the usual way: by rotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.keychain import Keychain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.crypto.signer import Signer


class JoinedKeychain(Keychain):
    """New keys are made in the first; the keys of both sign."""

    def __init__(self, first: Keychain, second: Keychain) -> None:
        """Join them.

        Args:
            first: where keys are made.
            second: where there are keys from before.
        """
        self._first, self._second = first, second

    def __getitem__(self, kid: str) -> Signer:
        # What lies in files is found without asking a hardware module.
        try:
            return self._second[kid]
        except KeyError:
            return self._first[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._first, *self._second]))

    def __len__(self) -> int:
        return len(dict.fromkeys([*self._first, *self._second]))

    def make(self, label: str) -> Signer:
        """Make a key in the first."""
        return self._first.make(label)

    def destroy(self, kid: str) -> None:
        """Delete a key wherever it is."""
        self._second.destroy(kid)
        self._first.destroy(kid)

    def label(self, kid: str) -> str:
        """Tell what a key was made for, or raise KeyError."""
        try:
            return self._second.label(kid)
        except KeyError:
            return self._first.label(kid)
