"""Messages of the StatusListService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.messages import fields

if TYPE_CHECKING:
    from interchange.v1 import status_lists_pb2 as pb


def read_uri(request: pb.GetStatusListRequest) -> str:
    """Read the name of a status list; its form is looked at where it is taken apart."""
    return fields.text(request.uri, "uri")
