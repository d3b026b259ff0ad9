"""What a refused request looks like to a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from interchange.errors import Reason, Refusal


@contextmanager
def refused(reason: Reason, where: str = "") -> Iterator[None]:
    """Expect the block to be refused, for this reason, and with these words beside it if any are given."""
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.reason is reason
    assert where in (caught.value.where or "")
