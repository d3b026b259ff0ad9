"""Requests about identity bindings that are in order unless told otherwise."""

from typing import Any

from fakes import requests
from fakes.parties import HOME

from interchange.v1 import bindings_pb2 as pb


def send(assertion_id: str, **changes: Any) -> pb.SendBindingRequest:  # noqa: ANN401 - any field
    """Ask for a binding to be sent."""
    return pb.SendBindingRequest(**{"request_id": requests.new_id(), "assertion_id": assertion_id} | changes)


def end(assertion_id: str, **changes: Any) -> pb.EndBindingRequest:  # noqa: ANN401 - any field
    """Ask for a binding to be ended."""
    return pb.EndBindingRequest(**{"request_id": requests.new_id(), "assertion_id": assertion_id} | changes)


def confirm(assertion_id: str, sha256: str, **changes: Any) -> pb.ConfirmBindingRequest:  # noqa: ANN401 - any field
    """Say that the person was the subject."""
    usual: dict[str, Any] = {
        "request_id": requests.new_id(),
        "assertion_id": assertion_id,
        "sha256": sha256,
        "matched": True,
    }
    return pb.ConfirmBindingRequest(**usual | changes)


def match(assertion_id: str, **changes: Any) -> pb.MatchPersonRequest:  # noqa: ANN401 - any field
    """Ask whether the person at the gate is the subject."""
    usual = {
        "request_id": requests.new_id(),
        "issuer": HOME,
        "assertion_id": assertion_id,
        "passport_family": "ONO",
        "passport_given": "HANAKO",
        "birth_date": "1984-02-28",
        "document_number": "TZ1234567",
    }
    return pb.MatchPersonRequest(**usual | changes)
