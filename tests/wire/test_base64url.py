from base64 import urlsafe_b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.errors import Reason, Refusal
from interchange.wire import base64url


@given(st.binary(max_size=64))
def test_encoding_is_the_standard_librarys_without_padding(data: bytes) -> None:
    """The writer agrees with an independent one."""
    assert base64url.encode(data) == urlsafe_b64encode(data).decode().rstrip("=")


@given(st.binary(max_size=64))
def test_what_is_written_is_read_again(data: bytes) -> None:
    """Writing and reading are inverse."""
    assert base64url.decode(base64url.encode(data)) == data


@given(st.text(st.sampled_from(base64url.ALPHABET.decode() + "+/=\n \0é"), max_size=12))
def test_every_value_has_one_spelling(text: str) -> None:
    """A text is refused, or it is the one that the writer gives."""
    with suppress(Refusal):
        assert base64url.encode(base64url.decode(text)) == text


@pytest.mark.parametrize(
    "text",
    ["QQ==", "QQ=", "QR", "QUJ", "+A", "/A", "Q", "QUJDR", "QQ\n", " QQ", "Q.", "QQQ!", "\uff31\uff31", "QQ\x00"],
)
def test_another_spelling_is_refused_with_the_callers_reason(text: str) -> None:
    """Padding, the standard alphabet, white space, impossible lengths and bits left over are refused."""
    with pytest.raises(Refusal) as caught:
        base64url.decode(text, Reason.KEYRING_FORM, "x")
    assert (caught.value.reason, caught.value.where) == (Reason.KEYRING_FORM, "x")
