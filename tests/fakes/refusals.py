"""What a refused request looks like to a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from interchange.errors import Reason, Refusal


@contextmanager
def refused(reason: Reason) -> Iterator[None]:
    """Expect the block to be refused, and for this reason."""
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.reason is reason
