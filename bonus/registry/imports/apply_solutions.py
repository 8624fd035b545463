"""Writing the suppliers and solutions that a plan brings, and what else known solutions are called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bonus.bulk import Row, insert_rows, new_ids, update_rows
from bonus.registry.finding import name_key
from bonus.registry.models import Solution, SolutionAlias, Supplier
from bonus.registry.service import search_text

from .cases import Case, NewSolution
from .held import HeldSolution
from .plan import Plan
from .slugs import free_slugs


def write_solutions(plan: Plan, now: datetime) -> dict[NewSolution, int]:
    """Enter the new suppliers and solutions; the ids of the latter."""
    sellers = {
        identifier: Supplier(id=held.id, identifier=identifier, name=held.name)
        for identifier, held in plan.held.suppliers.items()
    }
    new = plan.new_suppliers()
    numbers = dict(zip(new, new_ids(Supplier, len(new)), strict=True))
    insert_rows(
        Supplier,
        (
            {"id": number, "identifier": identifier, "name": new[identifier], "created_at": now}
            for identifier, number in numbers.items()
        ),
    )
    sellers |= {
        identifier: Supplier(id=number, identifier=identifier, name=new[identifier])
        for identifier, number in numbers.items()
    }
    solutions = plan.new_solutions()
    ids = dict(zip(solutions, new_ids(Solution, len(solutions)), strict=True))
    slugs = free_slugs([solution.name for solution in solutions])
    insert_rows(
        Solution,
        (
            {
                "id": ids[solution],
                "slug": slug,
                "name": solution.name,
                "reference": solution.reference,
                "axis": solution.axis,
                "supplier_id": sellers[solution.supplier_id].id,
                "created_at": now,
                "search_text": search_text(
                    solution.name, sellers[solution.supplier_id], solution.reference, solution.aliases
                ),
            }
            for solution, slug in zip(solutions, slugs, strict=True)
        ),
    )
    insert_rows(
        SolutionAlias,
        (_alias(ids[solution], name, now) for solution in solutions for name in solution.aliases),
    )
    return ids


def write_names(news: Iterable[Case], now: datetime) -> None:
    """What else the solutions that the registry has are called."""
    named: dict[HeldSolution, list[str]] = {}
    for case in news:
        if isinstance(case.solution, HeldSolution) and (case.names or case.product_reference):
            named.setdefault(case.solution, []).extend(case.names)
    insert_rows(
        SolutionAlias,
        (_alias(solution.id, name, now) for solution, names in named.items() for name in names),
    )
    update_rows(
        Solution,
        (
            {
                "of": solution.id,
                "reference": solution.reference,
                "search_text": search_text(
                    solution.name,
                    Supplier(identifier=solution.supplier.identifier, name=solution.supplier.name),
                    solution.reference,
                    [text for _, text in solution.aliases],
                ),
            }
            for solution in named
        ),
    )


def _alias(solution_id: int, name: str, now: datetime) -> Row:
    return {
        "solution_id": solution_id,
        "kind": "name",
        "text": name.strip()[:200],
        "key": name_key(name),
        "source": "certifier",
        "recorded_at": now,
    }
