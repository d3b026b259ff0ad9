"""Verify: bytes in, verdict out. No file, network or database is touched except through `Knowledge`."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

from interchange.crypto.check import check_signature
from interchange.domain.envelope import ASSERTION_TYP
from interchange.domain.verdict import Step, failed, judge, judge_context, key_fault
from interchange.errors import Reason, Refusal
from interchange.wire import base64url
from interchange.wire.claims import parse_assertion
from interchange.wire.envelope import parse_compact

if TYPE_CHECKING:
    from interchange.domain.assertion import Assertion
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.verdict import Context, Facts, Verdict


class Keys(Protocol):
    """Whose signatures a verifier believes."""

    def key(self, kid: str) -> KeyRecord | None:
        """Find the key in the pinned keyrings, or None."""


class Knowledge(Keys, Protocol):
    """What a verifier knows: a node's ledger, a follower's memory, or a directory of files."""

    def facts(self, assertion: Assertion, record: KeyRecord, context: Context) -> Facts:
        """Look up, in one snapshot taken now, all that bears on an assertion signed by `record`."""


class Examined(NamedTuple):
    """An assertion whose signature, claims, audience, project and time held.

    Attributes:
        assertion: the verified claims.
        record: of the key that signed.
        sha256: digest of the JWS that was presented, base64url.
    """

    assertion: Assertion
    record: KeyRecord
    sha256: str


def verify(token: bytes, knowledge: Knowledge, context: Context) -> Verdict:
    """Judge one assertion; the first step that fails decides and nothing after it is evaluated.

    Args:
        token: a JWS compact, exactly as received.
        knowledge: what the verifier knows.
        context: who asks, for which project, when, and how stale an answer may be.

    Returns:
        A verdict; unreadable bytes give NOT_VALID with the parser's reason.
    """
    read = examine(token, knowledge, context)
    if isinstance(read, Examined):
        facts = knowledge.facts(read.assertion, read.record, context)
        return judge(read.assertion, read.sha256, facts, context)
    return read


def examine(token: bytes, knowledge: Keys, context: Context) -> Examined | Verdict:
    """Take the steps that need nothing of a lane; arguments as `verify`.

    Returns:
        What was read, or the verdict of the step that failed.
    """
    try:
        envelope = parse_compact(token, ASSERTION_TYP)
    except Refusal as refusal:
        return failed(Step.ENVELOPE, refusal.reason)
    record = knowledge.key(envelope.kid)
    if record is None:
        return failed(Step.KEY, Reason.KEY_UNKNOWN)
    fault = key_fault(record, envelope.alg)
    if fault is not None:
        return failed(Step.KEY, fault)
    try:
        verified = check_signature(envelope, record)
    except Refusal as refusal:
        return failed(Step.SIGNATURE, refusal.reason)
    try:
        assertion = parse_assertion(verified)
    except Refusal as refusal:
        return failed(Step.CLAIMS, refusal.reason)
    wrong = judge_context(assertion, record, context)
    if wrong is not None:
        return failed(*wrong, assertion)
    return Examined(assertion, record, base64url.encode(sha256(token).digest()))
