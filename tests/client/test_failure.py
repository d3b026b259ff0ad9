"""What gRPC says of a call that failed before anybody answered; `test_channel` has the real handshakes."""

from typing import Any

import grpc
import pytest

from interchange.client.failure import refusal_of
from interchange.errors import Reason

CONNECT = "failed to connect to all addresses; last error: UNKNOWN: ipv4:192.0.2.1:7443: "


class Failed(grpc.RpcError, grpc.Call):
    """A call that failed with these words, and nothing beside."""

    def __init__(self, details: str | None) -> None:
        """Fail."""
        self.said = details

    def code(self) -> grpc.StatusCode:
        """One status for all."""
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str | None:  # type: ignore[override]  # it is None where there are none
        """Say it in words."""
        return self.said

    def trailing_metadata(self) -> Any:  # noqa: ANN401
        """Give none."""
        return ()

    initial_metadata = trailing_metadata

    def is_active(self) -> bool:
        """It is over."""
        return False

    def time_remaining(self) -> float:
        """It is over."""
        return 0.0

    def cancel(self) -> bool:
        """It is over."""
        return False

    def add_callback(self, callback: Any) -> bool:  # noqa: ANN401
        """It is over."""
        return False


@pytest.mark.parametrize(
    ("details", "where"),
    [
        pytest.param(CONNECT + "No route to host", "no way leads to that host", id="no route"),
        pytest.param("DNS resolution failed for aaa.example:7443", "no host of that name is found", id="no such name"),
        pytest.param("Socket closed", "unavailable", id="a connection lost within a call"),
        pytest.param("recvmsg:Connection reset by peer", "unavailable", id="a node killed within a call"),
        pytest.param("words of a later version", "unavailable", id="unknown words"),
        pytest.param("", "unavailable", id="no words"),
        pytest.param(None, "unavailable", id="nothing"),
    ],
)
def test_what_is_no_matter_of_certificates_is_unreachable(details: str | None, where: str) -> None:
    """With the cause where it is known, and gRPC's status where it is not."""
    refusal = refusal_of(Failed(details))
    assert (refusal.reason, refusal.where) == (Reason.PARTNER_UNREACHABLE, where)


@pytest.mark.parametrize("end", ["Socket closed", "recvmsg:Connection reset by peer"])
def test_a_connection_that_ends_before_the_first_call_is_a_matter_of_certificates(end: str) -> None:
    """Which of the two it is, is the system's choice."""
    assert refusal_of(Failed(CONNECT + end)).reason is Reason.CERTIFICATE_REFUSED


def test_a_certificate_whose_time_has_not_come_says_so() -> None:
    """A clock is wrong, and not the authority."""
    words = "Tls handshake failed: OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: certificate is not yet valid: OK"
    refusal = refusal_of(Failed(CONNECT + words))
    assert (refusal.reason, refusal.where) == (Reason.NODE_CERTIFICATE, "it is not valid yet")
