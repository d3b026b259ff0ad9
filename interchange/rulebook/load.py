"""The rulebook: all parties, their levels and rules, and all agreements, read from reviewed TOML files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from interchange.domain.agreements import Agreement, AgreementState, Equivalence, RowState
from interchange.domain.eras import Era
from interchange.domain.levels import Ceiling, Level, LevelOrder, Party
from interchange.domain.mapping import check_laws
from interchange.domain.names import Names
from interchange.domain.rules import NationRules, Organ
from interchange.errors import Reason, refuse
from interchange.rulebook.tables import Table, opened

E = TypeVar("E", RowState, AgreementState)

DEMONSTRATION = "demo."
"""Before the authority names of demonstration nodes, which no production node accepts."""


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """What the product knows of law and treaties; to build one is to have checked the mapping laws.

    Attributes:
        parties: code → party.
        agreements: code → agreement in its initial state; the ledger carries the state on.
        nation_rules: code → rules, of the parties that issue.
    """

    parties: Mapping[str, Party]
    agreements: Mapping[str, Agreement]
    nation_rules: Mapping[str, NationRules]
    _rows: Mapping[str, Equivalence] = field(init=False, repr=False)
    _authorities: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the laws, and that no two parties share an authority name."""
        check_laws(self.parties, self.agreements.values())
        authorities = {Names(party.authority, code).authority: code for code, party in self.parties.items()}
        if len(authorities) != len(self.parties):
            raise refuse(Reason.RULEBOOK_FORM, "two parties of one authority")
        rows = {row.digest: row for agreement in self.agreements.values() for row in agreement.rows}
        object.__setattr__(self, "_authorities", authorities)
        object.__setattr__(self, "_rows", rows)

    def nation(self, party: str) -> Party:
        """Find a party by its code, or refuse with PARTY_UNKNOWN."""
        found = self.parties.get(party)
        if found is None:
            raise refuse(Reason.PARTY_UNKNOWN, "party")
        return found

    def level(self, name: str, on: date | None = None) -> Level:
        """Find a level by its name.

        Args:
            name: `PARTY/CODE`, spelt exactly.
            on: if given, a level retired before that day is refused like an unknown one.

        Raises:
            Refusal: LEVEL_UNKNOWN; nothing similar is guessed.
        """
        party = self.parties.get(name.partition("/")[0])
        level = party.level(name) if party else None
        if level is None or (on is not None and not level.existed_on(on)):
            raise refuse(Reason.LEVEL_UNKNOWN, "level")
        return level

    def agreement(self, code: str) -> Agreement:
        """Find an agreement by its code, or refuse with AGREEMENT_UNKNOWN."""
        found = self.agreements.get(code)
        if found is None:
            raise refuse(Reason.AGREEMENT_UNKNOWN, "agreement")
        return found

    def agreements_between(self, one: str, other: str) -> tuple[Agreement, ...]:
        """List the agreements between two parties, in either order of the two, oldest first."""
        between = [agreement for agreement in self.agreements.values() if set(agreement.parties) == {one, other}]
        return tuple(sorted(between, key=lambda agreement: agreement.signed_on))

    def row(self, digest: str) -> Equivalence | None:
        """Find a row by the digest of its content, or None."""
        return self._rows.get(digest)

    def rules(self, party: str) -> NationRules | None:
        """Find a party's own rules; None if it issues nothing or is unknown."""
        return self.nation_rules.get(party)

    def names(self, party: str, *, demonstration: bool) -> Names:
        """Derive a party's outward names; a demonstration's differ in the authority."""
        authority = self.nation(party).authority
        return Names(DEMONSTRATION + authority if demonstration else authority, party)

    def party_of(self, authority: str, *, demonstration: bool) -> str | None:
        """Find the party of an authority name; None for unknown ones and for those of the other kind of node."""
        if not demonstration:
            return self._authorities.get(authority)
        plain = authority.removeprefix(DEMONSTRATION)
        return None if plain == authority else self._authorities.get(plain)


def load(directory: Path | None = None) -> Rulebook:
    """Read `nations/*.toml` and `agreements/*.toml`.

    Args:
        directory: where the two directories lie; None reads the files that the package carries.

    Raises:
        Refusal: FILE_UNREADABLE; RULEBOOK_FORM and the reasons of `check_laws`, with `file: key` or the
            counter-example in `where`.
    """
    root: Traversable = files("interchange.rulebook") if directory is None else directory
    parties: dict[str, Party] = {}
    nation_rules: dict[str, NationRules] = {}
    for file in _tomls(root, "nations"):
        with opened(file, f"nations/{file.name}") as table:
            party = _party(table)
            _check_name(file, party.code)
            rules = table.table_or_none("rules")
            if rules is not None:
                with rules:
                    nation_rules[party.code] = _rules(rules, party)
        parties[party.code] = party
    agreements: dict[str, Agreement] = {}
    for file in _tomls(root, "agreements"):
        with opened(file, f"agreements/{file.name}") as table:
            agreement = _agreement(table)
            _check_name(file, agreement.code)
        agreements[agreement.code] = agreement
    return Rulebook(MappingProxyType(parties), MappingProxyType(agreements), MappingProxyType(nation_rules))


def _tomls(root: Traversable, directory: str) -> Iterator[Traversable]:
    try:
        found = sorted((root / directory).iterdir(), key=lambda file: file.name)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, directory) from error
    return (file for file in found if file.name.endswith(".toml"))


def _check_name(file: Traversable, code: str) -> None:
    if file.name != f"{code.lower()}.toml":
        raise refuse(Reason.RULEBOOK_FORM, "code")


def _party(table: Table) -> Party:
    code, levels, declared = table.text("code"), [], set()
    for level_code, entry in table.tables("levels").items():
        with entry:
            ceiling = entry.text_or_none("ceiling")
            if ceiling is not None and ceiling not in Ceiling.__members__:
                raise refuse(Reason.RULEBOOK_FORM, "ceiling")
            level = Level(
                party=code,
                code=level_code,
                title=entry.text("title"),
                native_title=entry.text("native_title"),
                ceiling=Ceiling[ceiling] if ceiling else None,
                until_day=entry.day_or_none("until_day"),
            )
            declared |= {(level.name, f"{code}/{lower}") for lower in entry.texts("serves")}
        levels.append(level)
    return Party(
        code=code,
        title=table.text("title"),
        native_title=table.text("native_title"),
        authority=Names(table.text("authority"), code).authority,
        source=table.text("source"),
        levels=tuple(levels),
        order=LevelOrder(frozenset(level.name for level in levels), frozenset(declared)),
    )


def _rules(table: Table, party: Party) -> NationRules:
    terms = {f"{party.code}/{level}": years for level, years in table.numbers("terms").items()}
    for level in party.levels:
        if level.name in terms and level.until_day is not None:
            raise refuse(Reason.LEVEL_UNKNOWN, f"terms: {level.name} ends on {level.until_day.isoformat()}")
    organs = []
    for code, entry in table.tables("organs").items():
        with entry:
            organ = Organ(
                party=party.code,
                code=code,
                title=entry.text("title"),
                native_title=entry.text("native_title"),
                central=entry.flag("central"),
                own_screening=entry.flag("own_screening"),
                defence=entry.flag("defence"),
                grants=frozenset(f"{party.code}/{level}" for level in entry.texts("grants")),
            )
        organs.append(organ)
    keeping = table.numbers("keep") if "keep" in table else {}
    if keeping.keys() - {"positive_years", "other_years"}:
        raise refuse(Reason.RULEBOOK_FORM, "keep")
    return NationRules(
        party=party.code,
        zone=table.text("zone"),
        terms=MappingProxyType(terms),
        order=party.order,
        organs=tuple(organs),
        two_people=frozenset(f"{party.code}/{level}" for level in table.texts("two_people")),
        purposes=frozenset(table.texts("purposes")),
        two_people_acts=frozenset(table.texts("two_people_acts")),
        screening_items=MappingProxyType(table.titles("screening_items")),
        keep_positive_years=keeping.get("positive_years", 0),
        keep_other_years=keeping.get("other_years", 0),
        eras=tuple(_eras(table)),
    )


def _eras(table: Table) -> Iterator[Era]:
    for entry in table.rows("eras"):
        with entry:
            yield Era(entry.text("name"), entry.text("letter"), entry.day("first_day"))


def _agreement(table: Table) -> Agreement:
    code, rows = table.text("code"), []
    for entry in table.rows("rows"):
        with entry:
            row = Equivalence(
                agreement=code,
                source=entry.text("source"),
                target=entry.text("target"),
                from_day=entry.day("from_day"),
                until_day=entry.day_or_none("until_day"),
                citation=entry.text("citation"),
                state=_member(RowState, entry.text("state")),
                tells_until=entry.flag("tells_until"),
            )
        rows.append(row)
    one, other, *_ = [*code.split("-"), "", ""]
    return Agreement(
        code=code,
        parties=(one, other),
        title=table.text("title"),
        signed_on=table.day("signed_on"),
        in_force_on=table.day_or_none("in_force_on"),
        state=_member(AgreementState, table.text("state")),
        ended_on=table.day_or_none("ended_on"),
        rows=tuple(rows),
    )


def _member(kind: type[E], value: str) -> E:
    try:
        return kind(value)
    except ValueError as error:
        raise refuse(Reason.RULEBOOK_FORM, "state") from error
