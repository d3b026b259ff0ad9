"""Calling a node: the options that say which and as whom, and the calls that commands make of it."""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import click

from interchange.cli import fields, files, signing
from interchange.cli.command import DONE
from interchange.domain.names import ROLES
from interchange.domain.proposals import Proposal
from interchange.errors import Reason, Refusal, Unavailable

JsonObject: TypeAlias = dict[str, Any]
"""A message in protobuf's JSON mapping, fields by their names in the proto."""

PAGE = 500
"""Entries asked for at a time."""

_OPEN, _EXECUTED = "PROPOSAL_OUTCOME_OPEN", "PROPOSAL_OUTCOME_EXECUTED"


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


def silence_grpc() -> None:
    """Keep gRPC's own words from standard error, where we say what goes wrong; to be called before it is loaded."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")


def open_session(profile: Profile) -> Session:
    """Open a connection over mutual TLS.

    Raises:
        Refusal: those of `client.channel.open_channel`, with what led to the file.
    """
    silence_grpc()
    # gRPC takes longer to import than all else together, and `--help` does without.
    from interchange.client.channel import MAX_PEM, open_channel  # noqa: PLC0415
    from interchange.client.session import Session as GrpcSession  # noqa: PLC0415

    node_ca = files.read(profile.node_ca, MAX_PEM) if profile.node_ca else profile.credentials / "ca.pem"
    with files.led_to(f"in --credentials {profile.credentials}"):
        channel = open_channel(
            profile.node,
            certificate=profile.credentials / "caller.pem",
            key=profile.credentials / "caller.key",
            ca=node_ca,
            server_name=profile.authority,
        )
    return GrpcSession(channel, profile.timeout)


class Caller:
    """A connection to a node, as commands use it."""

    def __init__(self, session: Session, credentials: Path) -> None:
        """Call over `session`, and sign with the key in `credentials` what waits for a second person."""
        self._session = session
        self._credentials = credentials

    def read(self, method: str, **request: object) -> JsonObject:
        """Call a method that changes nothing; fields that are None are left out."""
        return self._call(method, _given(request))

    def act(self, method: str, request_id: str | None, **request: object) -> JsonObject:
        """Call a method that changes something, under a request id, random unless given.

        What waits for a second person is signed at once as the first one's; the answer is the proposal then.

        Raises:
            Refusal: if nobody knows whether it was done, with a note that gives the id under which to repeat it.
        """
        chosen = request_id or str(uuid.uuid4())
        asked = {"request_id": chosen, **_given(request)}
        with _to_repeat(chosen):
            answer = self._call(method, asked)
            return self._proposed(method, asked, answer["proposal"]) if "proposal" in answer else answer

    def sign(self, proposal: Proposal, *, approves: bool, request_id: str | None) -> JsonObject:
        """Sign a proposal with the caller's own key, for the reason given on the command line.

        Returns:
            The proposal as it stands then.

        Raises:
            Refusal: as `act`; PROPOSAL_SIGNATURE if the proposal does not show what would be signed.
        """
        chosen = request_id or str(uuid.uuid4())
        with _to_repeat(chosen):
            return self._signed(proposal, approves=approves, request_id=chosen)

    def _proposed(self, method: str, asked: JsonObject, told: JsonObject) -> JsonObject:
        """Sign what was asked for and waits; if somebody approved it before, it is carried out and its result told."""
        proposal = Proposal.told(told)
        if told["outcome"] == _OPEN:
            signing.check_asked(proposal, method, asked)
            try:
                told = self._signed(proposal, approves=True, request_id=str(uuid.uuid4()))
            except Refusal as refusal:
                command = f"interchange proposal approve {proposal.proposal_id}"
                refusal.add_note(f"It waits without your signature. To sign it: {command}")
                raise
        return self._call(method, asked) if told["outcome"] == _EXECUTED else {"proposal": told}

    def _signed(self, proposal: Proposal, *, approves: bool, request_id: str) -> JsonObject:
        why = signing.given_why()
        answer = self._call(
            "ProposalService/SignProposal",
            {
                "request_id": request_id,
                "proposal_id": proposal.proposal_id,
                "approves": approves,
                "why": why,
                "signature": signing.sign(self._credentials, proposal, approves=approves, why=why),
            },
        )
        told: JsonObject = answer["proposal"]
        return told

    def _call(self, method: str, request: JsonObject) -> JsonObject:
        try:
            return self._session.call(method, request)
        except Refusal as refusal:
            # With a place, it is not the role that is wrong.
            if refusal.reason is Reason.CALLER_NOT_ALLOWED and not refusal.where:
                refusal.add_note(f"{method} is for {_allowed(method)}.")
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
            answer = self._call(method, {"page_size": size, "page_token": token, **_given(request)})
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
        type=fields.AUTHORITY_NAME,
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
        function(Caller(session, credentials), **values)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called


@contextmanager
def _to_repeat(request_id: str) -> Iterator[None]:
    """Say, where nobody knows whether it was done, under which id to repeat it."""
    try:
        yield
        context = click.get_current_context(silent=True)
        if context is not None:
            context.meta[DONE] = True
    except Refusal as refusal:
        if isinstance(refusal, Unavailable):
            refusal.add_note(f"To try again without doing it twice, add: --request-id {request_id}")
        raise


def _allowed(method: str) -> str:
    """Say whose certificates may use a method, by the access table of this program's own version."""
    from interchange.rpc.access import ACCESS  # noqa: PLC0415 - loaded when called

    cells = ACCESS.get(f"/interchange.v1.{method}", frozenset())
    home = [role for role in ROLES if any(cell.home and cell.role == role for cell in cells)]
    whose = {"an admitted partner": ["partner"] * any(not cell.home for cell in cells), "the node's own party": home}
    return "; ".join(f"{' or '.join(roles)} of {party}" for party, roles in whose.items() if roles) or "nobody"


def _given(request: JsonObject) -> JsonObject:
    return {name: value for name, value in request.items() if value is not None}
