"""A Request for Visit as a page to be printed, signed and stamped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interchange.cli.page import items, page, paragraph, section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KIND = {
    "one-time": "one visit",
    "recurring": "recurring visits",
    "emergency": "emergency visit",
    "amendment": "amendment of an earlier request",
}
_CERTIFIED = (
    "It is certified that each visitor is cleared or authorised as shown, on the last day of the visit too. If that "
    "ends before, the requested party is told in the lane that is addressed to it, by the number of the assertion."
)


def visit_page(form: Mapping[str, Any]) -> str:
    """Write the page of a form as `visit_form.request_for_visit` makes it."""
    return page(f"Request for Visit {form['reference']}", _parts(form))


def _parts(form: Mapping[str, Any]) -> Iterator[str]:
    yield section("1. Request")
    yield items(
        ("type of request", _KIND[form["kind"]]),
        *([("amends the request", form["amends"])] if form["amends"] else []),
        ("made on", form["made_on"]),
        ("from", form["requesting_party"]),
        ("to", form["requested_party"]),
    )
    yield section("2. Requesting agency or facility")
    yield _office(form["requesting_facility"])
    for number, facility in enumerate(form["facilities"], 1):
        several = f" ({number} of {len(form['facilities'])})" if len(form["facilities"]) > 1 else ""
        yield section(f"3. Facility to be visited{several}")
        yield _office(facility)
    yield section("4. Visit")
    level = form["classification"]
    yield items(
        ("first day", form["from_day"]),
        ("last day", form["until_day"]),
        ("purpose", form["purpose"]),
        ("subject to be discussed", form["topic"]),
        ("agreement", form["programme"]["agreement"]),
        ("project, as you know it", form["programme"]["project"]),
        ("highest level of information", " = ".join(each for each in level.values() if each)),
        *([("why it cannot wait", form["justification"])] if form["justification"] else []),
    )
    for number, visitor in enumerate(form["visitors"], 1):
        yield section(f"5. Visitor {number} of {len(form['visitors'])}")
        yield _visitor(visitor)
    yield section("6. Security officer of the requesting agency or facility")
    yield items(*form["security_officer"].items(), ("signature and date", ""))
    yield section("7. Certification of the clearances")
    yield paragraph(_CERTIFIED)
    yield items(*form["certifying_authority"].items(), ("signature and date", ""), ("stamp", "\n\n"))
    yield section("8. Remarks")
    yield items(("remarks", form["remarks"]))


def _office(office: Mapping[str, str]) -> str:
    return items(*office.items())


def _visitor(visitor: Mapping[str, Any]) -> str:
    clearance, assertion = visitor["clearance"], visitor["assertion"]
    held = f"{clearance['level']} by {clearance['organ']}"
    cleared = clearance["kind"] == "cleared"
    return items(
        ("family name", visitor["passport_family"]),
        ("given name", visitor["passport_given"]),
        ("as written", f"{visitor['family']} {visitor['given']}".strip()),
        ("birth date", visitor["birth_date"]),
        ("place of birth", visitor["place_of_birth"]),
        ("nationality", " ".join(visitor["nationalities"])),
        ("passport number", visitor["document_number"]),
        ("employer", visitor["employer"]),
        ("position", visitor["position"]),
        ("clearance" if cleared else "authorised by function, not cleared", held),
        ("valid until", clearance["last_valid_day"]),
        (
            "asserted to you as",
            " = ".join(each for each in (assertion["home_level"], assertion["partner_level"]) if each),
        ),
        ("by the assertion", assertion["assertion_id"]),
    )
