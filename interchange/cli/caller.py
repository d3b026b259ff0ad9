"""Calling a node: the options that say which and as whom, and the calls that commands make of it."""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import click

from interchange.cli import fields
from interchange.errors import Refusal, Unavailable

JsonObject: TypeAlias = dict[str, Any]
"""A message in protobuf's JSON mapping, fields by their names in the proto."""

PAGE = 500
"""Entries asked for at a time."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Which node is called, and as whom.

    Attributes:
        node: `host:port`.
        credentials: directory with `caller.pem`, `caller.key` and `ca.pem`, as `root certificate` leaves it.
        node_ca: certificate authority of a node of another party; None takes the one in `credentials`.
        authority: name that the node's certificate must bear.
        timeout: seconds that one call may take.
    """

    node: str
    credentials: Path
    node_ca: Path | None
    authority: str
    timeout: float


class Session(Protocol):
    """What is needed of `client.session.Session`."""

    def call(self, method: str, request: JsonObject) -> JsonObject:
        """Call `Service/Method`, or raise the node's refusal."""

    def close(self) -> None:
        """End the connection."""


Opener: TypeAlias = Callable[[Profile], Session]
"""Makes the connection; a program that embeds the command line gives its own as click's `obj`."""


def open_session(profile: Profile) -> Session:
    """Open a connection over mutual TLS.

    Raises:
        Refusal: those of `client.channel.open_channel`.
    """
    # What goes wrong is said once, by the command; gRPC would say it too, on standard error, in its own words.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # gRPC takes longer to import than all else together, and `--help` does without.
    from interchange.client.channel import open_channel  # noqa: PLC0415
    from interchange.client.session import Session as GrpcSession  # noqa: PLC0415

    channel = open_channel(
        profile.node,
        certificate=profile.credentials / "caller.pem",
        key=profile.credentials / "caller.key",
        ca=profile.node_ca or profile.credentials / "ca.pem",
        server_name=profile.authority,
    )
    return GrpcSession(channel, profile.timeout)


class Caller:
    """A connection to a node, as commands use it."""

    def __init__(self, session: Session) -> None:
        """Call over `session`."""
        self._session = session

    def read(self, method: str, **request: object) -> JsonObject:
        """Call a method that changes nothing; fields that are None are left out."""
        return self._session.call(method, _given(request))

    def act(self, method: str, request_id: str | None, **request: object) -> JsonObject:
        """Call a method that changes something, under a request id, random unless given.

        Raises:
            Refusal: if nobody knows whether it was done, with a note that gives the id under which to repeat it.
        """
        chosen = request_id or str(uuid.uuid4())
        try:
            return self._session.call(method, {"request_id": chosen, **_given(request)})
        except Refusal as refusal:
            if isinstance(refusal, Unavailable):
                refusal.add_note(f"To try again without doing it twice, add: --request-id {chosen}")
            raise

    def pages(self, method: str, entries: str, limit: int | None, **request: object) -> list[JsonObject]:
        """Call a method that lists, page by page.

        Args:
            method: `Service/Method`.
            entries: the field with the entries.
            limit: most entries; None for all there are.
            request: filters; those that are None are left out.
        """
        found: list[JsonObject] = []
        token = ""
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            answer = self._session.call(method, {"page_size": size, "page_token": token, **_given(request)})
            found += answer.get(entries, [])
            token = answer.get("next_page_token", "")
            if not token:
                break
        return found


_OPTIONS = (
    click.option(
        "--node",
        type=fields.HOST_PORT,
        envvar="INTERCHANGE_NODE",
        show_envvar=True,
        required=True,
        help="Address of the node.",
    ),
    click.option(
        "--credentials",
        type=fields.DIRECTORY,
        envvar="INTERCHANGE_CREDENTIALS",
        show_envvar=True,
        required=True,
        help="Directory with caller.pem, caller.key and ca.pem.",
    ),
    click.option(
        "--node-ca",
        type=fields.FILE,
        envvar="INTERCHANGE_NODE_CA",
        show_envvar=True,
        help="Certificate authority of another party's node, PEM, instead of ca.pem.",
    ),
    click.option(
        "--authority",
        envvar="INTERCHANGE_AUTHORITY",
        show_envvar=True,
        required=True,
        help="Authority name that the node's certificate must bear.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=10,
        show_default=True,
        help="Seconds that a call may take.",
    ),
)

REQUEST_ID = click.option(
    "--request-id", type=fields.UUID, help="Id of an earlier try, to repeat it without doing it twice."
)
LIMIT = click.option("--limit", type=click.IntRange(min=1), help="Most entries; all if not given.")


def calling(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which node to call, and call it with a `Caller` first."""

    @functools.wraps(function)
    def called(
        *, node: str, credentials: Path, node_ca: Path | None, authority: str, timeout: float, **values: object
    ) -> None:
        context = click.get_current_context()
        opener: Opener = context.obj or open_session
        session = opener(Profile(node, credentials, node_ca, authority, timeout))
        context.call_on_close(session.close)
        function(Caller(session), **values)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called


def _given(request: JsonObject) -> JsonObject:
    return {name: value for name, value in request.items() if value is not None}
