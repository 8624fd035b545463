"""Which solutions a line may have bought: its supplier's, those most like it, what the person searches for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bonus.extensions import db
from bonus.registry.matching import Candidate, Match, match_line
from bonus.registry.models import Solution, Supplier
from bonus.registry.search import suggest
from bonus.registry.service import add_alias

from .models import DecidedLine, Decision, Invoice, PurchaseLine

MOST_OWN = 200
"""A supplier's solutions offered as choices; beyond that, one searches."""
MOST_FOUND = 8
MOST_LEARNT = 500
"""Names and references that one decision may teach."""


@dataclass(frozen=True)
class Offer:
    """A solution as a choice: its slug, its name, who sells it."""

    slug: str
    name: str
    supplier: str


@dataclass(frozen=True)
class LineOffers:
    """The choices of one line: the likeliest, the rest of its supplier's, what was searched for and found, and the
    one chosen before when it is none of these."""

    suggested: list[Offer] = field(default_factory=list)
    own: list[Offer] = field(default_factory=list)
    found: list[Offer] = field(default_factory=list)
    chosen: list[Offer] = field(default_factory=list)


def solutions_of(identifier: str) -> list[Solution]:
    """The solutions of the supplier with this SIREN or VAT number, by name, their other names loaded."""
    query = (
        select(Solution)
        .join(Supplier, Solution.supplier_id == Supplier.id)
        .where(Supplier.identifier == identifier)
        .order_by(Solution.name, Solution.id)
        .options(selectinload(Solution.aliases))
    )
    return list(db.session.scalars(query))


def candidate(solution: Solution) -> Candidate:
    """A solution as ``registry.matching`` compares it, with the names and references it goes by."""
    by_kind = {
        kind: tuple(alias.text for alias in solution.aliases if alias.kind == kind)
        for kind in ("name", "reference")
    }
    return Candidate(solution.slug, solution.name, solution.reference, by_kind["name"], by_kind["reference"])


def match(name: str, reference: str | None, description: str, solutions: Sequence[Solution]) -> Match:
    """Match a line to one of its supplier's solutions, or to none, with the reason and what to suggest."""
    return match_line(
        name, reference, [candidate(solution) for solution in solutions], description=description
    )


def offers_for(lines: Sequence[PurchaseLine], searches: Mapping[int, str]) -> dict[int, LineOffers]:
    """The choices of each line, by its id; ``searches`` are the words typed to find another solution."""
    by_supplier = {
        identifier: solutions_of(identifier)
        for identifier in {line.invoice.supplier_identifier for line in lines}
    }
    return {
        line.id: _offers(line, by_supplier[line.invoice.supplier_identifier], searches.get(line.id, ""))
        for line in lines
    }


def _offers(line: PurchaseLine, own: Sequence[Solution], search: str) -> LineOffers:
    found = [Offer(hit.slug, hit.name, hit.supplier) for hit in suggest(search, MOST_FOUND)]
    by_slug = {solution.slug: _offer(solution) for solution in own}
    for offer in found:
        by_slug.pop(offer.slug, None)
    suggested = () if line.solution else match(line.name, line.reference, "", own).suggestions
    likely = [slug for slug in suggested if slug in by_slug]
    rest = [offer for slug, offer in by_slug.items() if slug not in likely][:MOST_OWN]
    shown = {*likely, *(offer.slug for offer in [*rest, *found])}
    chosen = [_offer(line.solution)] if line.solution and line.solution.slug not in shown else []
    return LineOffers([by_slug[slug] for slug in likely], rest, found, chosen)


def _offer(solution: Solution) -> Offer:
    return Offer(solution.slug, solution.name, solution.supplier.name)


def remember_matches(decision: Decision, now: datetime) -> None:
    """Learn from a decision how suppliers name their offers on invoices, in the caller's transaction.

    Only what a company chose, two agents examined and the law granted is learnt; and only of the solution's own
    supplier: what a reseller writes names nobody's offer. A table of thousands of names teaches no more than the
    first ``MOST_LEARNT``: they would make the offer unfindable.
    """
    found = (
        select(Solution, PurchaseLine.reference, PurchaseLine.name)
        .join(PurchaseLine, PurchaseLine.solution_id == Solution.id)
        .join(DecidedLine, DecidedLine.line_id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .join(Supplier, Solution.supplier_id == Supplier.id)
        .where(
            DecidedLine.decision_id == decision.id,
            DecidedLine.status == "eligible",
            PurchaseLine.matched_by_person.is_(True),
            Supplier.identifier == Invoice.supplier_identifier,
        )
        .order_by(DecidedLine.id)
    )
    texts: dict[tuple[Solution, str, str], None] = {}
    for solution, reference, name in db.session.execute(found):
        if reference and reference != solution.reference:
            texts[solution, "reference", reference] = None
        texts[solution, "name", name] = None
    for solution, kind, text in islice(texts, MOST_LEARNT):
        add_alias(solution, kind, text, "confirmed", now)
