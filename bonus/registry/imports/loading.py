"""Reading from the database what the registry holds of what a file speaks of, in few queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from bonus.bulk import chunks
from bonus.extensions import db
from bonus.registry.files import CertificationRow
from bonus.registry.history import Fact
from bonus.registry.labels import every_version, terms_of, version_on
from bonus.registry.models import (
    Certification,
    CertificationFact,
    RegistryChange,
    Solution,
    SolutionAlias,
    Supplier,
)
from bonus.registry.rules import Terms
from bonus.regulation import load_parameters

from .held import Held, HeldCertification, HeldFact, HeldSolution, HeldSupplier, Place

Key = InstrumentedAttribute[int] | InstrumentedAttribute[str]


def hold(rows: Sequence[CertificationRow], certifier_id: int) -> Held:
    """What the registry holds of the certifications, suppliers and solutions of these rows."""
    held = Held()
    references = {row.reference for row in rows}
    known = [
        tuple(row)
        for row in _all(
            select(
                Certification.id, Certification.reference, Certification.label, Certification.solution_id
            ).where(Certification.certifier_id == certifier_id),
            Certification.reference,
            references,
        )
    ]
    _hold_solutions(held, {row.supplier_id for row in rows}, {solution_id for *_, solution_id in known})
    by_id: dict[int, HeldCertification] = {}
    for number, reference, label, solution_id in known:
        found = HeldCertification(number, reference, label, held.solutions[solution_id])
        held.certifications[reference] = by_id[number] = found
    _hold_facts(by_id)
    _hold_places(held, {row.label for row in rows})
    return held


def _hold_solutions(held: Held, identifiers: set[str], others: set[int]) -> None:
    """The suppliers of a file with all their solutions; and the ``others``, by their ids."""
    for number, identifier, name in _all(
        select(Supplier.id, Supplier.identifier, Supplier.name), Supplier.identifier, identifiers
    ):
        held.suppliers[identifier] = HeldSupplier(number, identifier, name)
    suppliers = {supplier.id: supplier for supplier in held.suppliers.values()}
    columns = (Solution.id, Solution.name, Solution.reference, Solution.axis, Solution.supplier_id)
    for number, name, reference, axis, supplier_id in _all(select(*columns), Solution.supplier_id, suppliers):
        held.hold_solution(HeldSolution(number, name, reference, axis, suppliers[supplier_id]))
    # Those of suppliers that the file does not name: it is told what they are, and finds none of them.
    for number, name, reference, axis, supplier_id, identifier, supplier in _all(
        select(*columns, Supplier.identifier, Supplier.name).join(Supplier), Solution.id,
        others - held.solutions.keys(),
    ):  # fmt: skip
        held.solutions[number] = HeldSolution(
            number, name, reference, axis, HeldSupplier(supplier_id, identifier, supplier)
        )
    for number, kind, text, key in _all(
        select(SolutionAlias.solution_id, SolutionAlias.kind, SolutionAlias.text, SolutionAlias.key).order_by(
            SolutionAlias.id
        ),
        SolutionAlias.solution_id,
        held.solutions,
    ):
        held.solutions[number].aliases.append((kind, text))
        if kind == "name":
            held.solutions[number].keys.add(key)


def _hold_facts(certifications: dict[int, HeldCertification]) -> None:
    fact = CertificationFact
    query = (
        select(
            fact.certification_id, fact.id, fact.kind, fact.recorded_at, fact.valid_from, fact.valid_until,
            fact.happened_on, fact.retroactive, fact.corrects_id, fact.void,
            fact.criteria, fact.audited_on, fact.evidence, RegistryChange.source,
        )
        .join(RegistryChange, RegistryChange.id == fact.change_id)
        .order_by(fact.id)
    )  # fmt: skip
    for number, *plain, criteria, audited_on, evidence, source in _all(
        query, fact.certification_id, certifications
    ):
        certifications[number].facts.append(
            HeldFact(Fact(*plain), tuple(criteria or ()), audited_on, evidence, source == "keeper")
        )


def _hold_places(held: Held, labels: set[str]) -> None:
    query = select(
        Certification.id, Certification.reference, Certification.solution_id, Certification.label,
        Certification.valid_from, Certification.covers_until,
    ).where(Certification.covers_until.is_not(None), Certification.label.in_(labels))  # fmt: skip
    for number, reference, solution_id, label, start, end in _all(
        query, Certification.solution_id, held.solutions
    ):
        held.places.setdefault((solution_id, label), []).append(Place(number, reference, start, end))


def _all(
    query: Select[*tuple[Any, ...]], column: Key, values: Iterable[Any]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of a query whose column has one of these values, a chunk at a time."""
    for chunk in chunks(list(values)):
        yield from db.session.execute(query.where(column.in_(chunk)))


def axis_names() -> dict[str, str]:
    """The French names of the axes, by code."""
    law = load_parameters()
    return {code: law.name_of("axis", code).name for code in law.codes("axis")}


@dataclass(frozen=True)
class _Version:
    """A version of a label, read."""

    valid_from: date
    valid_until: date | None
    terms: Terms


class LabelTerms:
    """What labels ask, by label and day: read once, then asked as often as a file has rows."""

    def __init__(self) -> None:
        self._versions = {
            code: [_Version(one.valid_from, one.valid_until, terms_of(one)) for one in versions]
            for code, versions in every_version().items()
        }
        self._found: dict[tuple[str, date], Terms | None] = {}

    @property
    def labels(self) -> list[str]:
        """Every label there is, was or will be, by its code."""
        return list(self._versions)

    def last(self, label: str, today: date) -> Terms:
        """What a label asks today; if it does not exist, what it last asked, else what it will first ask."""
        versions = self._versions[label]
        begun = [version for version in versions if version.valid_from <= today]
        return (begun[-1] if begun else versions[0]).terms

    def granted_by(self, label: str, certifier_id: int) -> bool:
        """Whether a certifier grants a label, or ever did."""
        return any(certifier_id in version.terms.certifiers for version in self._versions[label])

    def __call__(self, label: str, on: date) -> Terms | None:
        """What a label asks on a day; None when it does not exist that day."""
        key = (label, on)
        if key not in self._found:
            found = version_on(self._versions.get(label, []), on)
            self._found[key] = found.terms if found else None
        return self._found[key]
