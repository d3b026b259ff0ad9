"""The claims of an assertion as JSON: a closed schema at every level (RFC 7519, SD-JWT VC `vct`, Token Status List)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from interchange.domain.agreements import RowState
from interchange.domain.assertion import VCT, Assertion, Kind
from interchange.domain.envelope import ASSERTION_TYP
from interchange.errors import Reason, refuse
from interchange.wire import strict_json
from interchange.wire.schema import LAST_INSTANT, Schema

if TYPE_CHECKING:
    from interchange.domain.envelope import VerifiedBytes
    from interchange.domain.time import Instant

_CLAIMS = Schema(
    {
        "iss": str,
        "sub": str,
        "aud": str,
        "jti": str,
        "iat": int,
        "nbf": int,
        "exp": int,
        "vct": str,
        "project": str,
        "purpose": str,
        "clr": dict,
        "status": dict,
        "cnf": dict,
    },
    optional=frozenset({"cnf"}),
)
_CLR = Schema(
    {
        "home": str,
        "partner": str,
        "agreement": str,
        "row": str,
        "row_state": str,
        "kind": str,
        "until": int,
    },
    optional=frozenset({"until"}),
    where="clr",
)
_STATUS = Schema({"status_list": dict}, where="status")
_SLOT = Schema({"idx": int, "uri": str}, where="status.status_list")
_CNF = Schema({"jkt": str}, where="cnf")

# Claims in the order of the tables above, without spaces, are read by one pattern, in a third of the time that JSON
# takes. What it matches is strict JSON with exactly these members, so both ways give the same values; what it does not
# match is read as JSON, which takes any order and knows the reason for a refusal.
_VALUES = {str: r'"([ !#-\[\]-~]+)"', int: "(0|[1-9][0-9]{0,14})"}


def _usual(schema: Schema, **levels: str) -> str:
    members = ""
    for name, kind in schema.kinds.items():
        member = ("," if members else "") + f'"{name}":{levels[name] if kind is dict else _VALUES[kind]}'
        members += f"(?:{member})?" if name in schema.optional else member
    return rf"\{{{members}\}}"


_USUAL = re.compile(
    _usual(_CLAIMS, clr=_usual(_CLR), status=_usual(_STATUS, status_list=_usual(_SLOT)), cnf=_usual(_CNF)),
    re.ASCII,
)

_ROW_STATES = {state.value: state for state in RowState}
_KINDS = {kind.value: kind for kind in Kind}


def encode_assertion(assertion: Assertion) -> bytes:
    """Write the claims in their fixed order.

    Args:
        assertion: the claims; `until` and `cnf` are left out where there are none.

    Returns:
        The payload to be signed, printable ASCII.

    Raises:
        Refusal: JSON_NOT_ASCII for a text with another character.
    """
    clr: dict[str, object] = {
        "home": assertion.home,
        "partner": assertion.partner,
        "agreement": assertion.agreement,
        "row": assertion.row,
        "row_state": assertion.row_state.value,
        "kind": assertion.kind.value,
    }
    if assertion.until is not None:
        clr["until"] = assertion.until
    claims: dict[str, object] = {
        "iss": assertion.iss,
        "sub": assertion.sub,
        "aud": assertion.aud,
        "jti": assertion.jti,
        "iat": assertion.iat,
        "nbf": assertion.nbf,
        "exp": assertion.exp,
        "vct": VCT,
        "project": assertion.project,
        "purpose": assertion.purpose,
        "clr": clr,
        "status": {"status_list": {"idx": assertion.status_idx, "uri": assertion.status_uri}},
    }
    if assertion.cnf is not None:
        claims["cnf"] = {"jkt": assertion.cnf}
    return strict_json.dumps(claims)


def _flat(payload: bytes) -> tuple[Any, ...]:
    """Read the payload as JSON into its members in the order of the tables, None for those left out."""
    claims = _CLAIMS.read(strict_json.loads(payload))
    clr = _CLR.read(claims["clr"])
    slot = _SLOT.read(_STATUS.read(claims["status"])["status_list"])
    cnf = _CNF.read(claims["cnf"]) if "cnf" in claims else {}
    texts_and_times = (claims[name] for name, kind in _CLAIMS.kinds.items() if kind is not dict)
    return (*texts_and_times, *map(clr.get, _CLR.kinds), *map(slot.get, _SLOT.kinds), *map(cnf.get, _CNF.kinds))


def _instant(value: str | int, name: str) -> Instant:
    instant = int(value)
    if not 0 <= instant <= LAST_INSTANT:
        raise refuse(Reason.CLAIM_FORM, name)
    return instant


def parse_assertion(verified: VerifiedBytes) -> Assertion:
    """Read the claims of an assertion whose signature verified.

    Args:
        verified: payload, and the record of the key that signed it.

    Returns:
        The claims; audience, project and times are not judged yet.

    Raises:
        Refusal: HEADER_TYP another object; JSON_*; CLAIM_UNKNOWN; CLAIM_MISSING; CLAIM_FORM; KEY_ORGAN the issuer is
            not the organ that the key belongs to.
    """
    if verified.typ != ASSERTION_TYP:
        raise refuse(Reason.HEADER_TYP)
    usual = _USUAL.fullmatch(verified.payload.decode("latin-1"))  # which reads any byte; the pattern takes ASCII only
    members = usual.groups() if usual else _flat(verified.payload)
    iss, sub, aud, jti, iat, nbf, exp, vct, project, purpose, *rest = members
    home, partner, agreement, row, row_state, kind, until, idx, uri, jkt = rest
    if vct != VCT:
        raise refuse(Reason.CLAIM_FORM, "vct")
    record = verified.record
    # Exactly: the key of one organ says nothing for another, and no spelling of the same URI is tried.
    if iss != f"https://{record.authority}/organs/{record.organ}":
        raise refuse(Reason.KEY_ORGAN)
    if row_state not in _ROW_STATES or kind not in _KINDS:
        raise refuse(Reason.CLAIM_FORM, "clr.row_state or clr.kind")
    # Texts of fixed form, and the order of the times, are the Assertion's own to check.
    return Assertion(
        iss=iss,
        sub=sub,
        aud=aud,
        jti=jti,
        iat=_instant(iat, "iat"),
        nbf=_instant(nbf, "nbf"),
        exp=_instant(exp, "exp"),
        project=project,
        purpose=purpose,
        home=home,
        partner=partner,
        agreement=agreement,
        row=row,
        row_state=_ROW_STATES[row_state],
        kind=_KINDS[kind],
        status_uri=uri,
        status_idx=int(idx),
        until=None if until is None else _instant(until, "clr.until"),
        cnf=jkt,
    )
