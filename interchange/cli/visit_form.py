"""A Request for Visit, put together of what the node answers and what the officer adds; nothing of it is stored.

It has the items of the usual multinational form: who asks whom, when, what kind of visit, about what, up to which
level, who comes with which clearance, and a block for the one who certifies it. What this program does not know stays
empty, to be written in by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from interchange.domain.days import anniversary, day_of, end_of_day
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interchange.cli.caller import JsonObject
    from interchange.domain.rules import NationRules
    from interchange.domain.time import Instant

FORM: Final = "request-for-visit/1"
KINDS: Final = ("one-time", "recurring", "emergency", "amendment")

NAMED: Final = {"DATA_ITEM_NAME", "DATA_ITEM_BIRTH_DATE", "DATA_ITEM_DOCUMENT"}
"""What the form tells of a person beside what an assertion tells."""

OFFICE: Final = ("name", "address", "email", "telephone")
DETAILS: Final = {
    "requesting_facility": OFFICE,
    "facility": ("address", "contact", "email", "telephone"),
    "security_officer": ("name", "email", "telephone"),
    "certifying_authority": OFFICE,
}
VISITOR: Final = ("employer", "position", "place_of_birth")
"""What the officer may add: part of the form → its members; and for each visitor."""

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """The visit as the officer describes it.

    Attributes:
        kind: one of KINDS.
        partner: code of the party to be visited.
        sites: names of the facilities to be visited.
        from_day, until_day: first and last day.
        topic: what is to be discussed, for both sides.
        level: highest home level of the information involved, or empty for the lowest of the visitors'.
        amends: reference of the request that this one amends, or empty.
        justification: why it cannot wait, or empty.
        remarks: for both sides, or empty.
    """

    kind: str
    partner: str
    sites: tuple[str, ...]
    from_day: date
    until_day: date
    topic: str
    level: str
    amends: str
    justification: str
    remarks: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the node knows of a visitor, as far as the form needs it.

    Attributes:
        subject_id: UUID of the person.
        assertion: the valid one for this project and partner.
        clearance: on record, valid on the last day.
    """

    subject_id: str
    assertion: JsonObject
    clearance: JsonObject


def check_visit(wanted: Wanted, project: Mapping[str, Any], rules: NationRules, now: Instant) -> JsonObject:
    """Refuse what lies in the visit, whoever comes; return the project's entry of the partner.

    Raises:
        Refusal: PARTNER_UNKNOWN, PROJECT_CLOSED, DAYS_ORDER, DAYS_OUTSIDE, DATE_ABSURD; FIELD_FORM for a place that is
            not one of the project's, or a recurring visit of more than a year.
    """
    partner: JsonObject | None = next((each for each in project["partners"] if each["party"] == wanted.partner), None)
    if partner is None:
        raise refuse(Reason.PARTNER_UNKNOWN, "not a partner of this project")
    if "closed_at" in project:
        raise refuse(Reason.PROJECT_CLOSED)
    if wanted.until_day < wanted.from_day:
        raise refuse(Reason.DAYS_ORDER, "--until")
    for name, day in (("--from", wanted.from_day), ("--until", wanted.until_day)):
        if not date.fromisoformat(project["from_day"]) <= day <= date.fromisoformat(project["until_day"]):
            raise refuse(Reason.DAYS_OUTSIDE, name)
    if wanted.until_day < day_of(now, rules.zone):
        raise refuse(Reason.DATE_ABSURD, "--until: the visit is over")
    if wanted.kind == "recurring" and wanted.until_day >= anniversary(wanted.from_day, 1):
        raise refuse(Reason.FIELD_FORM, "--until: visits recur for at most a year")
    known = project.get("sites", [])
    if known and not set(wanted.sites) <= set(known):
        raise refuse(Reason.FIELD_FORM, "--site: not one of the project's")
    return partner


def check_consent(wanted: Wanted, project: Mapping[str, Any], consents: Sequence[JsonObject], today: date) -> None:
    """Refuse CONSENT_MISSING unless the person allows that party to be told name, birth date and document."""
    for consent in consents:
        fits = (consent["party"], consent["purpose"]) == (wanted.partner, project["purpose"])
        in_time = "withdrawn_at" not in consent and consent["from_day"] <= today.isoformat() <= consent["until_day"]
        if fits and in_time and set(consent["items"]) >= NAMED:
            return
    raise refuse(Reason.CONSENT_MISSING, "name, birth date and document")


def choose(
    wanted: Wanted,
    project_id: str,
    rules: NationRules,
    told: Sequence[JsonObject],
    clearances: Sequence[JsonObject],
    subject_id: str,
) -> Visitor:
    """Choose the assertion by which a person takes part, and a clearance that carries it, or refuse NOT_CONFIRMED.

    Only who is confirmed to this partner now, and until the end of the visit, is certified to it on paper.
    """
    end = end_of_day(wanted.until_day, rules.zone)
    for assertion in told:
        of = (assertion["partner"], assertion["project_id"], assertion["standing"])
        valid = of == (wanted.partner, project_id, "STANDING_VALID")
        if not valid or "home_level" not in assertion or _instant(assertion["expires_at"]) < end:
            continue
        carrying = [
            clearance
            for clearance in clearances
            if "ended_at" not in clearance
            and clearance["last_valid_day"] >= wanted.until_day.isoformat()
            and rules.order.serves(clearance["level"], assertion["home_level"])
        ]
        if carrying:
            return Visitor(subject_id, assertion, max(carrying, key=lambda each: str(each["last_valid_day"])))
    raise refuse(Reason.NOT_CONFIRMED, f"subject {subject_id}")


def level_of(wanted: Wanted, rules: NationRules, visitors: Sequence[Visitor]) -> JsonObject:
    """Say up to which level information is involved: at home, and there where a visitor's assertion says it.

    Raises:
        Refusal: LEVEL_UNKNOWN if there is none that all visitors reach; BELOW_FLOOR if a visitor does not reach it.
    """
    levels = [str(each.assertion["home_level"]) for each in visitors]
    level = wanted.level or rules.order.meet(*levels)
    if level is None or level not in rules.terms:
        raise refuse(Reason.LEVEL_UNKNOWN, "--level")
    for each, reached in zip(visitors, levels, strict=True):
        if not rules.order.serves(reached, level):
            raise refuse(Reason.BELOW_FLOOR, f"subject {each.subject_id}")
    there = [each.assertion.get("partner_level", "") for each in visitors if each.assertion["home_level"] == level]
    return {"home_level": level, "partner_level": there[0] if there else ""}


def read_details(given: object, subject_ids: Sequence[str]) -> JsonObject:
    """Check what the officer adds, and fill up what is not there with empty texts.

    Raises:
        Refusal: FIELD_FORM with the first member that is unknown or no text.
    """
    members = _object(given, "details", [*DETAILS, "visitors"])
    read: JsonObject = {part: _texts(members.get(part, {}), part, names) for part, names in DETAILS.items()}
    people = _object(members.get("visitors", {}), "visitors", subject_ids)
    read["visitors"] = {each: _texts(people.get(each, {}), f"visitors.{each}", VISITOR) for each in subject_ids}
    return read


def visitor_block(visitor: Visitor, identity: Mapping[str, Any], added: Mapping[str, str]) -> JsonObject:
    """Write what the form says of a visitor."""
    clearance, assertion = visitor.clearance, visitor.assertion
    return {
        "passport_family": identity["passport_family"],
        "passport_given": identity["passport_given"],
        "family": identity["family"],
        "given": identity["given"],
        "birth_date": identity["birth_date"],
        "place_of_birth": added["place_of_birth"],
        "nationalities": identity["nationalities"],
        "document_number": identity["document_number"],
        "employer": added["employer"] or clearance["employer_id"],
        "position": added["position"],
        "clearance": {
            "kind": str(clearance["kind"]).removeprefix("KIND_").lower(),
            "level": clearance["level"],
            "organ": clearance["organ"],
            "last_valid_day": clearance["last_valid_day"],
        },
        "assertion": {
            "assertion_id": assertion["assertion_id"],
            "home_level": assertion["home_level"],
            "partner_level": assertion.get("partner_level", ""),
            "expires_at": assertion["expires_at"],
        },
    }


def request_for_visit(
    wanted: Wanted,
    *,
    reference: str,
    party: str,
    project: Mapping[str, Any],
    partner: Mapping[str, Any],
    level: JsonObject,
    details: Mapping[str, Any],
    visitors: Sequence[JsonObject],
    today: date,
) -> JsonObject:
    """Write the whole form. The project appears by its reference towards the partner; its title stays at home."""
    return {
        "form": FORM,
        "reference": reference,
        "made_on": today.isoformat(),
        "kind": wanted.kind,
        "amends": wanted.amends,
        "requesting_party": party,
        "requested_party": wanted.partner,
        "requesting_facility": details["requesting_facility"],
        "facilities": [{"name": site, **details["facility"]} for site in wanted.sites],
        "from_day": wanted.from_day.isoformat(),
        "until_day": wanted.until_day.isoformat(),
        "purpose": project["purpose"],
        "topic": wanted.topic,
        "programme": {"agreement": partner["agreement"], "project": partner["reference"]},
        "classification": level,
        "justification": wanted.justification,
        "visitors": list(visitors),
        "security_officer": details["security_officer"],
        "certifying_authority": details["certifying_authority"],
        "remarks": wanted.remarks,
    }


def _instant(text: str) -> Instant:
    return int(datetime.fromisoformat(text).timestamp())


def _object(given: object, where: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise refuse(Reason.FIELD_FORM, f"{where}: not a JSON object")
    if not given.keys() <= set(known):
        raise refuse(Reason.FIELD_FORM, f"{where}: unknown members; {', '.join(known)} are known")
    return given


def _texts(given: object, where: str, names: Sequence[str]) -> dict[str, str]:
    members = _object(given, where, names)
    for name, value in members.items():
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise refuse(Reason.FIELD_FORM, f"{where}.{name}")
    return {name: members.get(name, "") for name in names}
