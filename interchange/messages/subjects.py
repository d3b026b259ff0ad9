"""Messages of the SubjectService, the only ones that say who anybody is."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from interchange.domain.identity import Identity, Presented
from interchange.errors import Reason, refuse
from interchange.messages import fields
from interchange.v1 import subjects_pb2 as pb

if TYPE_CHECKING:
    from typing import Final

    from interchange.v1.bindings_pb2 import MatchPersonRequest
    from interchange.v1.participants_pb2 import EnrolParticipantRequest

MOST_NATIONALITIES: Final = 16
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_identity(request: pb.RegisterSubjectRequest | pb.ChangePapersRequest, today: date) -> Identity:
    """Read who a person is, spelt as it was given.

    Args:
        request: with the identity.
        today: calendar day in the home party's zone, after which nobody was born.

    Raises:
        Refusal: FIELD_MISSING, FIELD_FORM, DATE_ABSURD with the field's name, never its value.
    """
    if not request.HasField("identity"):
        raise refuse(Reason.FIELD_MISSING, "identity")
    given = request.identity
    if len(given.nationalities) > MOST_NATIONALITIES:
        raise refuse(Reason.FIELD_FORM, "nationalities")
    return Identity(
        family=given.family,
        given=given.given,
        family_kana=given.family_kana,
        given_kana=given.given_kana,
        presented=read_presented(given, today),
        nationalities=tuple(given.nationalities),
    )


def read_presented(
    given: pb.Identity | pb.FindSubjectRequest | MatchPersonRequest | EnrolParticipantRequest, today: date
) -> Presented:
    """Read what a person is found by; arguments and refusals as `read_identity`."""
    return Presented(
        passport_family=given.passport_family,
        passport_given=given.passport_given,
        birth_date=_born(given.birth_date, today),
        document_number=given.document_number,
    )


def identity(known: Identity) -> pb.Identity:
    """Write who a person is."""
    presented = known.presented
    return pb.Identity(
        family=known.family,
        given=known.given,
        family_kana=known.family_kana,
        given_kana=known.given_kana,
        passport_family=presented.passport_family,
        passport_given=presented.passport_given,
        birth_date=presented.birth_date.isoformat(),
        document_number=presented.document_number,
        nationalities=known.nationalities,
    )


def _born(value: str, today: date) -> date:
    # Not `fields.day`, for which time begins in 2000.
    fields.matching(value, _DAY, "birth_date")
    try:
        read = date.fromisoformat(value)
    except ValueError:
        raise refuse(Reason.FIELD_FORM, "birth_date") from None
    if read > today:
        raise refuse(Reason.DATE_ABSURD, "birth_date")
    return read
