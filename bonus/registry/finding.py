"""Which solution a certifier means: among its supplier's, by product reference, else by name or other name.

One rule for the API, the files and the keeper. A wrong match would lend a label to another offer: in doubt, a refusal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import select

from bonus.errors import Refusal
from bonus.extensions import db

from .models import Solution, SolutionAlias, Supplier
from .service import fold
from .words import same_reference


@lru_cache(maxsize=16_384)
def name_key(name: str) -> str:
    """Two names are one offer's when this is equal; empty for a name without letter or digit."""
    return fold(name)[:200]


@dataclass
class Offers:
    """The solutions of one supplier, by what they are called. ``note`` each, then ``find``.

    Built once for a supplier, it serves a whole file; ``find_solution`` builds it for one question.
    """

    _references: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _names: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _aliases: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _referenced: set[int] = field(default_factory=set)

    def note(
        self,
        solution_id: int,
        name: str,
        reference: str | None,
        names: Iterable[str] = (),
        references: Iterable[str] = (),
    ) -> None:
        """Add a solution, or what else it is called: ``names`` and ``references`` are its aliases."""
        self._names[name_key(name)].add(solution_id)
        for alias in names:
            self._aliases[name_key(alias)].add(solution_id)
        for one in (reference, *references):
            if key := same_reference(one):
                self._references[key].add(solution_id)
                self._referenced.add(solution_id)

    def find(self, name: str, product_reference: str | None) -> int | None:
        """The id of the solution meant, or None when it is a new one.

        A name says nothing of an offer whose reference is another: it then is a new offer of that name.
        Raises Refusal (``registry.ambiguous_solution``) when two offers answer.
        """
        called, key = name_key(name), same_reference(product_reference)
        named = (self._names.get(called) or self._aliases.get(called) or set()) if called else set()
        if not key:
            return _one(named, name)
        referenced = self._references.get(key, set())
        if not referenced:
            return _one(named - self._referenced, name)
        if named and not referenced & named:
            raise _ambiguous(
                f"La référence « {product_reference} » est celle d’une offre de ce fournisseur, le nom « {name} » "
                "celui d’une autre : vérifiez l’une et l’autre."
            )
        return _one(referenced & named or referenced, name)


def _one(found: set[int], name: str) -> int | None:
    if len(found) > 1:
        raise _ambiguous(
            f"Plusieurs offres de ce fournisseur répondent au nom « {name} » : indiquez la référence de l’offre."
        )
    return next(iter(found), None)


def _ambiguous(sentence: str) -> Refusal:
    return Refusal("registry.ambiguous_solution", sentence, field="solution")


def offers_of(supplier_id: int) -> Offers:
    """The solutions of the supplier with this id, with all they are called."""
    offers = Offers()
    aliases: dict[int, dict[str, list[str]]] = defaultdict(lambda: {"name": [], "reference": []})
    rows = db.session.execute(
        select(SolutionAlias.solution_id, SolutionAlias.kind, SolutionAlias.text)
        .join(Solution, Solution.id == SolutionAlias.solution_id)
        .where(Solution.supplier_id == supplier_id)
    )
    for solution_id, kind, text in rows:
        aliases[solution_id][kind].append(text)
    for solution_id, name, reference in db.session.execute(
        select(Solution.id, Solution.name, Solution.reference).where(Solution.supplier_id == supplier_id)
    ):
        other = aliases[solution_id]
        offers.note(solution_id, name, reference, other["name"], other["reference"])
    return offers


def find_solution(supplier_id: str, name: str, product_reference: str | None) -> Solution | None:
    """The solution that a certifier means, or None when it is new.

    ``supplier_id`` is the supplier's identifier (SIREN, or VAT number elsewhere in the EEA).
    Raises Refusal (``registry.ambiguous_solution``) when two offers answer.
    """
    supplier = db.session.scalars(select(Supplier.id).where(Supplier.identifier == supplier_id)).one_or_none()
    found = offers_of(supplier).find(name, product_reference) if supplier is not None else None
    return db.session.get_one(Solution, found) if found is not None else None
