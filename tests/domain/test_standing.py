"""Standing is one pure function of what is recorded and of the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.standing import Standing, standing

END = 1_800_000_000
INSTANTS = st.integers(0, 2 * END)


@pytest.mark.parametrize(
    ("revoked", "held", "now", "expected"),
    [
        (False, False, END - 1, Standing.VALID),
        (False, True, END - 1, Standing.SUSPENDED),
        (False, False, END, Standing.EXPIRED),
        (False, True, END, Standing.EXPIRED),
        (True, False, END - 1, Standing.REVOKED),
        (True, True, END - 1, Standing.REVOKED),
        (True, False, END, Standing.REVOKED),
        (True, True, END, Standing.REVOKED),
    ],
)
def test_revoked_beats_expired_beats_suspended(*, revoked: bool, held: bool, now: int, expected: Standing) -> None:
    """The first that holds of revoked, ended, held is the standing; only what is none of them is valid."""
    assert standing(revoked=revoked, held=held, exp=END, now=now) is expected


@pytest.mark.parametrize(
    ("standing", "code"),
    [(Standing.VALID, 0), (Standing.REVOKED, 1), (Standing.SUSPENDED, 2), (Standing.EXPIRED, 3)],
)
def test_code_is_that_of_the_status_list(standing: Standing, code: int) -> None:
    """The numbers are on the wire and never change."""
    assert standing.value == code


@given(revoked=st.booleans(), held=st.booleans(), exp=INSTANTS, one=INSTANTS, other=INSTANTS)
def test_time_never_makes_an_assertion_valid(*, revoked: bool, held: bool, exp: int, one: int, other: int) -> None:
    """With nothing else changing, what is not valid at an instant is not valid later."""
    earlier, later = sorted((one, other))
    if standing(revoked=revoked, held=held, exp=exp, now=earlier) is not Standing.VALID:
        assert standing(revoked=revoked, held=held, exp=exp, now=later) is not Standing.VALID


@given(held=st.booleans(), exp=INSTANTS, now=INSTANTS)
def test_revoked_is_revoked_at_every_instant(*, held: bool, exp: int, now: int) -> None:
    """Nothing and no time brings a revoked assertion to any other standing."""
    assert standing(revoked=True, held=held, exp=exp, now=now) is Standing.REVOKED
