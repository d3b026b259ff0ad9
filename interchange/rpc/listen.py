"""The address at which a node listens, tried before anything is built on it."""

from __future__ import annotations

import errno
import socket

from interchange.errors import Reason, refuse


def check_free(address: str) -> None:
    """Refuse an address that could not be taken now.

    Args:
        address: `host:port`; port 0 leaves the choice to the system.

    Raises:
        Refusal: PORT_IN_USE; CONFIG_FORM if the address is not this machine's.
    """
    host, _, port = address.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, kind, protocol, _, place = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except (OSError, OverflowError) as error:  # a port beyond 65535 overflows
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise refuse(Reason.PORT_IN_USE if in_use else Reason.CONFIG_FORM, f"listen {address}") from error
