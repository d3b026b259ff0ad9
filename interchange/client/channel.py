"""One channel to one node: mutual TLS, under that party's certification authority and name alone."""

from __future__ import annotations

from pathlib import Path

import grpc

from interchange.crypto.certificates import check_key_type, check_pair
from interchange.crypto.sealed import read_private
from interchange.errors import Reason, refuse
from interchange.wire.status_list import MAX_STATUS_TOKEN

MAX_MESSAGE = MAX_STATUS_TOKEN + 64 * 1024
"""Bytes of a message that is taken; a status list is the largest there is."""

MAX_PEM = 64 * 1024
"""Bytes of a certificate file with its chain."""

_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    # A watch is silent for minutes; a peer that is gone must still be noticed long before knowledge is stale.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.max_pings_without_data", 0),
    # What the environment or a name server says must not turn the call to another place or change how it is made.
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config_disable_resolution", 1),
    # Two callers in one program must not share a connection, and with it a certificate.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_reconnect_backoff_ms", 10_000),
)


def open_channel(
    address: str, *, certificate: Path | bytes, key: Path | bytes, ca: Path | bytes, server_name: str | None = None
) -> grpc.Channel:
    """Open a channel; the connection is made at the first call, and again when it is lost. Keep it: making one is slow.

    Args:
        address: `host:port`.
        certificate: the caller's certificate, PEM, ECDSA P-256.
        key: its private key, PEM without encryption; a file must be readable by its owner alone.
        ca: the one certification authority by which the server is believed, PEM; no other of the system counts.
        server_name: the authority name of the node's party, which its certificate must bear as a DNS name; None takes
            the host of `address`.

    Raises:
        Refusal: CERTIFICATE_KEY_TYPE for a certificate that is not ECDSA P-256, the authority's too; CERTIFICATE_FORM
            for one that cannot be read, or a key of another; FILE_UNREADABLE; FILE_LOOSE for a key that others can
            read. That the peer's certificate is not the expected one shows at the first call, as NODE_CERTIFICATE; that
            it does not accept ours, as CERTIFICATE_REFUSED.
    """
    chain, authorities = _pem(certificate), _pem(ca)
    # All of it would fail later, in the handshake, without a word about the cause.
    check_key_type(chain)
    check_key_type(authorities, "certification authority")
    secret = key if isinstance(key, bytes) else read_private(key)
    check_pair(chain, secret)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=authorities, private_key=secret, certificate_chain=chain
    )
    pinned = () if server_name is None else (("grpc.ssl_target_name_override", server_name),)
    return grpc.secure_channel(address, credentials, (*_OPTIONS, *pinned))


def _pem(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        with source.open("rb") as opened:
            content = opened.read(MAX_PEM + 1)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, source.name) from error
    if len(content) > MAX_PEM:
        raise refuse(Reason.FILE_UNREADABLE, source.name)
    return content
