"""The solution of each row of a table: the one it names, else the one its words or its reference designate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy import or_, select

from bonus.bulk import chunks
from bonus.claims.tables.columns import COLUMNS
from bonus.claims.tables.model import LineRow, TableContent
from bonus.claims.tables.reading import leave_rows
from bonus.extensions import db
from bonus.registry.finding import name_key
from bonus.registry.matching import Candidate, match_line
from bonus.registry.models import Solution, SolutionAlias, Supplier
from bonus.regulation.wording import french
from bonus.tables.cells import quoted
from bonus.tables.source import Fault

_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Matched:
    """The solution of a line (its id, or None), why, and whether the company named it itself."""

    solution_id: int | None
    reason: str
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class _Offer:
    """A solution that a row may name."""

    id: int
    slug: str
    supplier_id: str
    supplier_name: str


@dataclass
class _Shelf:
    """The solutions of one supplier."""

    candidates: list[Candidate] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    named: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))


def match_rows(content: TableContent) -> dict[int, Matched]:
    """The solution of each row by its line; an invoice that names one the registry does not have is left out."""
    rows = [row for bill in content.bills.values() for row in bill.rows]
    shelves = _shelves({row.supplier_id for row in rows})
    named = _named({row.solution for row in rows if row.solution})
    memory: dict[tuple[str, ...], Matched | Fault] = {}
    matches: dict[int, Matched] = {}
    for bill in list(content.bills.values()):
        found = {row.line: _match(row, shelves[row.supplier_id], named, memory) for row in bill.rows}
        faults = {line: replace(one, line=line) for line, one in found.items() if isinstance(one, Fault)}
        if faults:
            leave_rows(content, bill, faults)
        else:
            matches.update((line, one) for line, one in found.items() if isinstance(one, Matched))
    return matches


def _match(
    row: LineRow,
    shelf: _Shelf,
    named: dict[str, list[_Offer]],
    memory: dict[tuple[str, ...], Matched | Fault],
) -> Matched | Fault:
    """The answer depends on what the row says alone, and rows repeat."""
    asked: tuple[str, ...] = (row.supplier_id, row.solution or "", row.name, row.reference or "")
    if row.solution:
        asked = (row.supplier_id, row.solution, row.supplier_name)
    found = memory.get(asked)
    if found is None:
        found = memory[asked] = _chosen(row, shelf, named) if row.solution else _guessed(row, shelf)
    return found


def _guessed(row: LineRow, shelf: _Shelf) -> Matched:
    found = match_line(row.name, row.reference, shelf.candidates)
    return Matched(shelf.ids.get(found.slug or ""), found.reason)


def _chosen(row: LineRow, shelf: _Shelf, named: dict[str, list[_Offer]]) -> Matched | Fault:
    """The solution that a row names: its supplier's first; another's is said to who examines."""
    said = row.solution or ""
    own = {shelf.ids[_slug(said)]} if _slug(said) in shelf.ids else shelf.named.get(name_key(said), set())
    if len(own) == 1:
        return Matched(next(iter(own)), french("Solution indiquée dans le tableau."), by_person=True)
    offers = [] if own else named.get(said, [])
    if len(offers) == 1:
        reason = french(
            f"Solution indiquée dans le tableau : elle est de {offers[0].supplier_name}, alors que le vendeur est "
            f"{row.supplier_name}. Vérifiez qu’il la revend."
        )
        return Matched(offers[0].id, reason[:_REASON_LENGTH], by_person=True)
    title = COLUMNS.by_field["solution"].header
    if own or offers:
        return Fault(
            row.line,
            title,
            "solution.ambiguous",
            french(
                f"Plusieurs solutions répondent à {quoted(said)} : recopiez la fin de l’adresse de la bonne page du "
                "registre."
            ),
        )
    return Fault(
        row.line,
        title,
        "solution.unknown",
        french(
            f"{quoted(said)} n’est pas au registre : corrigez ce nom, ou videz la cellule pour que nous cherchions."
        ),
    )


def _slug(said: str) -> str:
    """The slug that a text may be: people also paste the address of the solution's page."""
    return said.rstrip("/").rpartition("/")[2].lower()


def _shelves(identifiers: set[str]) -> dict[str, _Shelf]:
    """The solutions of these suppliers, with all they are called, in three queries a thousand suppliers."""
    shelves: dict[str, _Shelf] = defaultdict(_Shelf)
    for some in chunks(sorted(identifiers)):
        other: dict[int, dict[str, list[str]]] = defaultdict(lambda: {"name": [], "reference": []})
        aliases = (
            select(SolutionAlias.solution_id, SolutionAlias.kind, SolutionAlias.text)
            .join(Solution, Solution.id == SolutionAlias.solution_id)
            .join(Supplier, Supplier.id == Solution.supplier_id)
            .where(Supplier.identifier.in_(some))
            .order_by(SolutionAlias.id)
        )
        for number, kind, text in db.session.execute(aliases):
            other[number][kind].append(text)
        solutions = (
            select(Supplier.identifier, Solution.id, Solution.slug, Solution.name, Solution.reference)
            .join(Supplier, Supplier.id == Solution.supplier_id)
            .where(Supplier.identifier.in_(some))
            .order_by(Solution.name, Solution.id)
        )
        for identifier, number, slug, name, reference in db.session.execute(solutions):
            names, references = other[number]["name"], other[number]["reference"]
            shelf = shelves[identifier]
            shelf.candidates.append(Candidate(slug, name, reference, tuple(names), tuple(references)))
            shelf.ids[slug] = number
            for called in (name, *names):
                shelf.named[name_key(called)].add(number)
    return shelves


def _named(texts: Iterable[str]) -> dict[str, list[_Offer]]:
    """The solutions of the whole registry that these texts name, by slug or by their exact name."""
    found: dict[str, list[_Offer]] = defaultdict(list)
    for some in chunks(sorted(texts)):
        slugs: dict[str, list[str]] = defaultdict(list)
        for text in some:
            slugs[_slug(text)].append(text)
        query = (
            select(Solution.name, Solution.id, Solution.slug, Supplier.identifier, Supplier.name)
            .join(Supplier, Supplier.id == Solution.supplier_id)
            .where(or_(Solution.slug.in_(list(slugs)), Solution.name.in_(some)))
            .order_by(Solution.id)
        )
        wanted = set(some)
        for name, number, slug, identifier, supplier in db.session.execute(query):
            one = _Offer(number, slug, identifier, supplier)
            for text in {*slugs.get(one.slug, []), *({name} & wanted)}:
                found[text].append(one)
    return found
