"""The look at what a run leaves behind does see what it looks for."""

import pytest
from fakes.left_behind import marks


@pytest.mark.parametrize("left", ["number TZ0000001 is", '"document_number":"MZ5666312"', "大野", "ONO HANAKO"])
def test_marks_of_a_person_are_seen(left: str) -> None:
    """Numbers of documents and names, wherever they stand."""
    assert marks(left.encode())


@pytest.mark.parametrize(
    "left", ["", "TZ12345678", "aTZ1234567", "0f8fad5b-d9cb-469f-a165-70867728950e", "JP-LAB-0001"]
)
def test_what_is_no_mark_of_a_person_is_passed_over(left: str) -> None:
    """Ids, codes and longer words are nobody's document."""
    assert not marks(left.encode())
