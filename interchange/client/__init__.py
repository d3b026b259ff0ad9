"""What a partner's program uses: verify offline, follow a lane, or talk to a node.

Each name is loaded when it is first asked for: `Verifier` and `Follower` need PyNaCl alone, the others gRPC.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interchange.client.channel import open_channel
    from interchange.client.follower import Follower
    from interchange.client.link import GrpcLink
    from interchange.client.session import Session
    from interchange.client.verifier import Verifier

__all__ = ["Follower", "GrpcLink", "Session", "Verifier", "open_channel"]

_MODULES = {
    "Follower": "follower",
    "GrpcLink": "link",
    "Session": "session",
    "Verifier": "verifier",
    "open_channel": "channel",
}

if not TYPE_CHECKING:  # to a type checker a name that is not there stays unknown

    def __getattr__(name: str) -> object:
        """Load the module of a public name (PEP 562)."""
        if name not in _MODULES:
            raise AttributeError(name)
        return getattr(import_module(f"interchange.client.{_MODULES[name]}"), name)
