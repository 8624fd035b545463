"""What a file would change: its rows against what the registry holds. Nothing is read nor written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bonus.registry.files import CertificationRow, Fault, FileContent

from .cases import Case, Context, NewSolution, cases_of
from .held import Held
from .lives import tell_life
from .offers import find_solutions, note_names
from .places import refuse_overlaps

KINDS = ("added", "changed", "ended", "reinstated", "unchanged")
"""What a good row does: one of these, so that with the rows at fault they make up the file."""


@dataclass
class Plan:
    """What a file would change. ``faults`` are the reader's and the registry's, by line."""

    cases: list[Case]
    faults: list[Fault]
    held: Held
    rows: int
    faulty_rows: int

    @property
    def taken(self) -> list[Case]:
        """The certifications that can be taken, in the order of the file."""
        return [case for case in self.cases if case.fault is None]

    @property
    def news(self) -> list[Case]:
        """Those that change something."""
        return [case for case in self.cases if case.fault is None and case.changes]

    def counts(self) -> dict[str, int]:
        """How many rows do what, by kind."""
        counted = Counter(kind for _, _, kind in rows_of(self))
        return {kind: counted[kind] for kind in KINDS}

    def new_solutions(self) -> list[NewSolution]:
        """The offers that the registry would learn of, in the order of the file."""
        return list(
            dict.fromkeys(case.solution for case in self.taken if isinstance(case.solution, NewSolution))
        )

    def new_suppliers(self) -> dict[str, str]:
        """The suppliers it would learn of: name by identifier."""
        found: dict[str, str] = {}
        for solution in self.new_solutions():
            if solution.supplier_id not in self.held.suppliers:
                found.setdefault(solution.supplier_id, solution.supplier_name)
        return found


def plan_import(content: FileContent, held: Held, context: Context) -> Plan:
    """Compare a file with what the registry holds of it; see ``Plan``.

    What the registry has and the file does not speak of is left alone.
    """
    cases = cases_of(content.rows, content.spoiled)
    for case in cases:
        case.held = held.certifications.get(case.row.reference)
    find_solutions((case for case in cases if case.fault is None), held, context)
    for case in cases:
        if case.fault is None:
            tell_life(case, context)
    refuse_overlaps(cases, held, context)
    note_names(case for case in cases if case.fault is None)
    faults = [*content.faults, *(fault for case in cases for fault in case.faults())]
    faults.sort(key=lambda fault: fault.line)
    faulty = {fault.line for fault in content.faults}
    return Plan(
        cases,
        faults,
        held,
        rows=len(content.rows) + len(faulty),
        faulty_rows=len({fault.line for fault in faults}),
    )


def rows_of(plan: Plan) -> Iterator[tuple[Case, CertificationRow, str]]:
    """Every good row with its certification and what it does."""
    for case in plan.cases:
        if case.fault is None:
            for row in case.rows:
                yield case, row, _kind(case, row)


def _kind(case: Case, row: CertificationRow) -> str:
    if case.held is None:
        return "added"
    event = row.event if any(row is one for one in case.events) else None
    first = row is case.row
    if event in {"suspended", "withdrawn"} or (first and _brought_forward(case)):
        return "ended"
    if event == "reinstated":
        return "reinstated"
    changed = case.corrected is not None or case.names or case.product_reference is not None
    return "changed" if first and changed else "unchanged"


def _brought_forward(case: Case) -> bool:
    """Whether a correction ends the validity before the day it was known to end."""
    before = case.corrected.plain.valid_until if case.corrected else None
    return before is not None and case.row.valid_until < before
