"""The claims of an identity binding as JSON in UTF-8: a closed schema, and a reader that takes nothing else.

Neither reader takes the other's objects: the types differ, and so does every required member beyond the five that name
the assertion.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from interchange.domain.binding import Binding
from interchange.domain.envelope import BINDING_TYP
from interchange.domain.identity import LONGEST_NAME, Identity, Presented
from interchange.errors import Reason, Refusal, refuse
from interchange.wire import strict_json
from interchange.wire.identity import identity_members
from interchange.wire.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.domain.envelope import VerifiedBytes

MAX_NATIONALITIES: Final = 32
"""More than any person has; with it, no binding comes near the limit of a token."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

_CLAIMS = Schema({"iss": str, "sub": str, "aud": str, "jti": str, "iat": int, "exp": int, "identity": dict})
_IDENTITY = Schema(
    {
        "birth_date": str,
        "document_number": str,
        "family": str,
        "family_kana": str,
        "given": str,
        "given_kana": str,
        "nationalities": list,
        "passport_family": str,
        "passport_given": str,
    },
    # A text is never empty: whoever has one name only, or none in kana, has a member less.
    optional=frozenset({"family_kana", "given", "given_kana", "passport_given"}),
    where="identity",
)


def encode_binding(binding: Binding) -> bytes:
    """Write the claims in their fixed order, names as they stand in the person's papers.

    Returns:
        The payload to be signed, UTF-8.

    Raises:
        Refusal: CLAIM_FORM for more nationalities than `parse_binding` takes.
    """
    if len(binding.identity.nationalities) > MAX_NATIONALITIES:
        raise refuse(Reason.CLAIM_FORM, _IDENTITY.place("nationalities"))
    members = {name: value for name, value in identity_members(binding.identity).items() if value != ""}
    claims = {
        "iss": binding.iss,
        "sub": binding.sub,
        "aud": binding.aud,
        "jti": binding.jti,
        "iat": binding.iat,
        "exp": binding.exp,
        "identity": members,
    }
    return strict_json.dumps(claims, unicode=True)


def parse_binding(verified: VerifiedBytes) -> Binding:
    """Read the claims of a binding whose signature verified.

    Args:
        verified: payload, and the record of the key that signed it.

    Returns:
        The claims; which assertion they belong to is not judged yet.

    Raises:
        Refusal: HEADER_TYP another object; JSON_*; CLAIM_UNKNOWN; CLAIM_MISSING; CLAIM_FORM; KEY_ORGAN the issuer is
            not the organ that the key belongs to. None of them repeats a value.
    """
    if verified.typ != BINDING_TYP:
        raise refuse(Reason.HEADER_TYP)
    claims = _CLAIMS.read(strict_json.loads(verified.payload, unicode=True))
    record = verified.record
    if claims["iss"] != f"https://{record.authority}/organs/{record.organ}":
        raise refuse(Reason.KEY_ORGAN)
    return Binding(
        iss=claims["iss"],
        sub=_CLAIMS.text(claims, "sub"),
        aud=_CLAIMS.text(claims, "aud"),
        jti=_CLAIMS.text(claims, "jti"),
        iat=_CLAIMS.instant(claims, "iat"),
        exp=_CLAIMS.instant(claims, "exp"),
        identity=_identity(_IDENTITY.read(claims["identity"])),
    )


def _identity(members: Mapping[str, Any]) -> Identity:
    nationalities = _IDENTITY.array(members, "nationalities", MAX_NATIONALITIES)
    if not all(type(code) is str for code in nationalities):
        raise refuse(Reason.CLAIM_FORM, _IDENTITY.place("nationalities"))
    names = {
        name: _IDENTITY.text(members, name, LONGEST_NAME) if name in members else ""
        for name in _IDENTITY.kinds
        if name not in {"birth_date", "nationalities"}
    }
    try:
        presented = Presented(
            passport_family=names["passport_family"],
            passport_given=names["passport_given"],
            birth_date=date.fromisoformat(_IDENTITY.matching(members, "birth_date", _DAY)),
            document_number=names["document_number"],
        )
        return Identity(
            family=names["family"],
            given=names["given"],
            family_kana=names["family_kana"],
            given_kana=names["given_kana"],
            presented=presented,
            nationalities=tuple(nationalities),
        )
    except ValueError:  # no such day
        raise refuse(Reason.CLAIM_FORM, _IDENTITY.place("birth_date")) from None
    except Refusal as refusal:
        # What no person's papers can say is, in a signed object, a claim of a wrong form.
        raise refuse(Reason.CLAIM_FORM, _IDENTITY.place(refusal.where.removeprefix("identity."))) from None
