"""Files of Bureau Veritas, and what the registry then says, without numbers of rows nor moments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, true

from bonus.extensions import db
from bonus.registry.imports.command import Outcome, import_file
from bonus.registry.models import Certification, RegistryChange, Solution, Supplier
from tests.registry.files.samples import as_csv

CERTIFIER = "bureau-veritas"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

# A label without criteria; NFG has three, with an audit.
PLAIN: dict[str, Any] = {
    "certification": "SFG-1",
    "label": "SFG",
    "fournisseur": "900100207",
    "nom_fournisseur": "Bureau Souverain",
    "solution": "Bureau Clair",
    "axe": "workplace",
    "valable_du": "2026-03-01",
    "valable_au": "2028-02-29",
}
AUDITED: dict[str, Any] = PLAIN | {
    "certification": "NFG-1",
    "label": "NFG",
    "audit_le": "2026-02-10",
    "preuve": "Rapport 14",
    "critere_1": "oui",
    "critere_2": "oui",
    "critere_3": "oui",
}
SUSPENDED = {"evenement": "suspension", "evenement_le": "2026-04-01"}
REINSTATED = {"evenement": "rétablissement", "evenement_le": "2026-05-01"}
WITHDRAWN = {"evenement": "retrait", "evenement_le": "2026-06-01"}
FRAUD = WITHDRAWN | {"retroactif": "oui"}


def brought(*rows: Mapping[str, Any], now: datetime = NOW, **options: Any) -> Outcome:
    """Import a file of these rows."""
    return import_file("fichier.csv", as_csv(rows), CERTIFIER, lambda: now, **options)


def taken(*rows: Mapping[str, Any], now: datetime = NOW) -> Outcome:
    """The same; it must have no fault."""
    outcome = brought(*rows, now=now)
    assert outcome.faults == []
    return outcome


def counts(outcome: Outcome) -> dict[str, int]:
    """How many rows do what, those that are some."""
    found = outcome.summary.counts | {"faulty": outcome.summary.faulty_rows}
    return {kind: count for kind, count in found.items() if count}


def codes(outcome: Outcome) -> list[tuple[int, str | None, str]]:
    """The faults: line, column, code."""
    return [(fault.line, fault.column, fault.code) for fault in outcome.faults]


def registry(of: Collection[str] = ()) -> dict[str, Any]:
    """All that the registry says, by names and references; of these suppliers, or of every one."""
    db.session.expire_all()
    mine = Supplier.identifier.in_(of) if of else true()
    suppliers = db.session.scalars(select(Supplier).where(mine).order_by(Supplier.identifier))
    solutions = db.session.scalars(select(Solution).join(Supplier).where(mine).order_by(Solution.slug))
    certifications = db.session.scalars(
        select(Certification).join(Solution).join(Supplier).where(mine).order_by(Certification.reference)
    )
    found = {
        "suppliers": [(supplier.identifier, supplier.name) for supplier in suppliers],
        "solutions": [_solution(solution) for solution in solutions],
        "certifications": {one.reference: _certification(one) for one in certifications},
    }
    db.session.rollback()
    return found


def _solution(solution: Solution) -> tuple[Any, ...]:
    return (
        solution.slug,
        solution.name,
        solution.reference,
        solution.axis,
        solution.supplier.identifier,
        solution.search_text,
        [(alias.kind, alias.text, alias.key, alias.source) for alias in solution.aliases],
    )


def _certification(found: Certification) -> dict[str, Any]:
    numbers = {fact.id: rank for rank, fact in enumerate(found.facts)}
    return {
        "of": (found.certifier.slug, found.label, found.solution.slug),
        "days": (found.valid_from, found.valid_until, found.covers_until),
        "periods": [
            (period.starts_on, period.ends_on, period.label, period.solution_id == found.solution_id)
            for period in found.periods
        ],
        "facts": [
            (
                fact.kind, fact.valid_from, fact.valid_until, fact.happened_on, fact.retroactive, fact.criteria,
                fact.audited_on, fact.evidence, fact.void,
                None if fact.corrects_id is None else numbers[fact.corrects_id],
            )
            for fact in found.facts
        ],
    }  # fmt: skip


def certification(reference: str) -> Certification:
    """The certification of that reference."""
    return db.session.scalars(select(Certification).where(Certification.reference == reference)).one()


def changes() -> int:
    """How many acts brought facts."""
    return db.session.scalar(select(func.count()).select_from(RegistryChange)) or 0
