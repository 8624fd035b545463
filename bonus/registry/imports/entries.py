"""What a person reads of each row of a plan: what it does, with each thing before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bonus.calendar import short_date
from bonus.registry.files import CertificationRow
from bonus.registry.rules import EVENT_WORDS

from .cases import Case, NewSolution
from .plan import Plan, rows_of

NONE = "—"
SETTLED = "déjà inscrit, corrigé ou annulé depuis\u00a0: rien ne change"

Change = tuple[str, str, str]
"""What changes, before, after."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file: ``kind`` is what it does (``plan.KINDS``)."""

    kind: str
    line: int
    reference: str
    label: str
    supplier: str
    solution: str
    validity: str
    changes: tuple[Change, ...]


def entries_of(plan: Plan) -> Iterator[Entry]:
    """Every good row of a plan, certification by certification, in the order of the file."""
    named: set[str] = set()
    for case, row, kind in rows_of(plan):
        yield _entry(case, row, kind, plan, named)


def _entry(case: Case, row: CertificationRow, kind: str, plan: Plan, named: set[str]) -> Entry:
    """``named`` are the new suppliers and solutions already told of: each is told once."""
    solution = case.solution
    assert solution is not None  # of a case that is taken
    changes: list[Change] = []
    if isinstance(solution, NewSolution):
        supplier = solution.supplier_name
        if solution.supplier_id not in plan.held.suppliers and solution.supplier_id not in named:
            named.add(solution.supplier_id)
            changes.append(("Nouveau fournisseur", NONE, f"{supplier} ({solution.supplier_id})"))
        key = f"{id(solution)}"
        if key not in named:
            named.add(key)
            changes.append(("Nouvelle solution", NONE, solution.name))
    else:
        supplier = solution.supplier.name
    if row is case.row:
        changes += _of_the_grant(case)
    changes += _of_the_event(case, row)
    return Entry(
        kind,
        row.line,
        row.reference,
        row.label,
        supplier,
        solution.name,
        f"{short_date(row.valid_from)} – {short_date(row.valid_until)}",
        tuple(changes),
    )


def _of_the_grant(case: Case) -> Iterator[Change]:
    """What the first row of a certification changes of its validity, its audit, and what its offer is called."""
    row, corrected, audit = case.row, case.corrected, case.audit
    if corrected is not None and audit is not None:
        by_hand = " (inscrit à la main)" if corrected.by_hand else ""
        criteria = ["oui" if met else "non" for met in audit.criteria]
        known = ["oui" if met else "non" for met in corrected.criteria]
        for what, before, after in (
            ("Début de validité", _day(corrected.plain.valid_from), _day(row.valid_from)),
            ("Fin de validité", _day(corrected.plain.valid_until), _day(row.valid_until)),
            ("Critères", ", ".join(known) or NONE, ", ".join(criteria) or NONE),
            ("Audit", _day(corrected.audited_on), _day(audit.audited_on)),
            ("Preuve", corrected.evidence or NONE, audit.evidence or NONE),
        ):
            if before != after:
                yield what, f"{before}{by_hand}", after
    if case.product_reference is not None:
        yield "Référence de l’offre", NONE, case.product_reference
    for name in case.names:
        yield "Autre nom de l’offre", NONE, name


def _of_the_event(case: Case, row: CertificationRow) -> Iterator[Change]:
    if row.event is None:
        return
    what = f"{EVENT_WORDS[row.event]}{' rétroactif' if row.retroactive else ''}, le {_day(row.event_on)}"
    if any(row is one for one in case.events):
        yield "Événement", NONE, what
    elif any(row is one for one in case.settled):
        yield "Événement", what, SETTLED


def _day(day: date | None) -> str:
    return short_date(day) if day else NONE
