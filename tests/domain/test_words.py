from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.words import words


def test_words_are_those_of_the_published_examples() -> None:
    """127.0.0.1 and 63.84.220.193 as arXiv:0901.4016 writes them."""
    assert words(bytes([127, 0, 0, 1])) + words(bytes([63, 84, 220, 193])) == ("lusab", "babad", "gutih", "tugad")


@given(one=st.binary(min_size=32, max_size=32), other=st.binary(min_size=32, max_size=32))
def test_different_digests_are_different_words(one: bytes, other: bytes) -> None:
    """Whoever compares the words has compared the bytes."""
    assert (words(one) == words(other)) is (one == other)
