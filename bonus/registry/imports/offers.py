"""Which solution each certification of a file is about: one the registry has, or a new one (``finding`` has the rule).

Rows that give a product's reference are read first, so that the order of a file decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bonus.errors import Refusal
from bonus.registry.finding import Offers
from bonus.registry.rules import invalid

from .cases import Case, Context, NewSolution
from .held import Held, HeldCertification, HeldSolution


def find_solutions(cases: Iterable[Case], held: Held, context: Context) -> None:
    """Give each case its solution; those for which that cannot be are refused."""
    by_supplier: dict[str, list[Case]] = {}
    for case in cases:
        by_supplier.setdefault(case.row.supplier_id, []).append(case)
    for identifier, own in by_supplier.items():
        shelf = _Shelf(context)
        for solution in held.offers_of(identifier):
            shelf.hold(solution)
        for case in sorted(own, key=lambda case: (case.row.product_reference is None, case.row.line)):
            try:
                case.solution = shelf.find(case)
            except Refusal as refusal:
                case.refuse(refusal)


def note_names(cases: Iterable[Case]) -> None:
    """What else each solution is called, in the cases that are taken: what is new of it is noted in them."""
    for case in cases:
        solution, row = case.solution, case.row
        assert solution is not None  # of a case that is taken
        case.names = [
            name for name in (row.solution, *row.aliases) if name != solution.name and solution.call(name)
        ]
        if isinstance(solution, HeldSolution) and row.product_reference and not solution.has_reference:
            solution.reference = case.product_reference = row.product_reference


@dataclass
class _Shelf:
    """The solutions of one supplier while a file is read; a new one has a number below zero."""

    context: Context
    offers: Offers = field(default_factory=Offers)
    solutions: dict[int, HeldSolution | NewSolution] = field(default_factory=dict)

    def hold(self, solution: HeldSolution) -> None:
        self.solutions[solution.id] = solution
        _note(self.offers, solution)

    def find(self, case: Case) -> HeldSolution | NewSolution:
        """The solution of a case. Raises Refusal when two answer, or it is not what the registry has."""
        row = case.row
        if case.held is not None:
            return self._again(case, case.held)
        number = self.offers.find(row.solution, row.product_reference)
        if number is None:
            number = -1 - len(self.solutions)
            self.solutions[number] = NewSolution(
                row.supplier_id, row.supplier_name, row.solution, row.product_reference, row.axis
            )
            self.offers.note(number, row.solution, row.product_reference)
            return self.solutions[number]
        solution = self.solutions[number]
        self._check_axis(solution, row.axis)
        self._note_reference(number, solution, row.product_reference)
        return solution

    def _again(self, case: Case, known: HeldCertification) -> HeldSolution:
        """The solution of a certification that is known: a reference never changes what it is about."""
        row, solution = case.row, known.solution
        if known.label != row.label:
            raise _another(row.reference, "label", f"le label {known.label}")
        if solution.supplier.identifier != row.supplier_id:
            supplier = solution.supplier
            raise _another(
                row.reference, "supplier", f"le fournisseur {supplier.identifier} ({supplier.name})"
            )
        if self._meant(case) != solution.id:
            raise _another(row.reference, "solution", f"l’offre « {solution.name} »")
        self._check_axis(solution, row.axis)
        self._note_reference(solution.id, solution, row.product_reference)
        return solution

    def _meant(self, case: Case) -> int | None:
        row = case.row
        try:
            return self.offers.find(row.solution, row.product_reference)
        except Refusal:
            # Two offers of that name: the certification tells which is meant, unless a reference says otherwise.
            if row.product_reference or case.held is None:
                raise
            alone = Offers()
            _note(alone, case.held.solution)
            return alone.find(row.solution, None)

    def _note_reference(
        self, number: int, solution: HeldSolution | NewSolution, reference: str | None
    ) -> None:
        """Found by its name, it had no reference: it now has one, which another row may give too."""
        if not reference:
            return
        if isinstance(solution, NewSolution) and solution.reference is None:
            solution.reference = reference
        self.offers.note(number, solution.name, reference)

    def _check_axis(self, solution: HeldSolution | NewSolution, axis: str) -> None:
        if solution.axis == axis:
            return
        where = "au registre" if isinstance(solution, HeldSolution) else "ailleurs dans ce fichier"
        name = self.context.axes.get(solution.axis, solution.axis)
        raise invalid(
            "registry.another_axis",
            f"L’offre « {solution.name} » est {where} pour l’usage « {name} » ({solution.axis}) : vérifiez l’usage.",
            "axis",
        )


def _note(offers: Offers, solution: HeldSolution) -> None:
    offers.note(
        solution.id,
        solution.name,
        solution.reference,
        [text for kind, text in solution.aliases if kind == "name"],
        [text for kind, text in solution.aliases if kind == "reference"],
    )


def _another(reference: str, field_: str, what: str) -> Refusal:
    return invalid(
        f"registry.another_{field_}",
        f"La référence {reference} est celle d’une certification qui porte sur {what} : une référence ne change pas "
        "d’objet. Employez-en une autre.",
        field_,
    )
