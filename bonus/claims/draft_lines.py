"""Looking at a dossier that may have 50,000 lines: a page of them, what it has without loading it all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, selectinload

from bonus.extensions import db

from .models import Invoice, PurchaseLine

PAGE = 100
"""Lines that a page shows."""


@dataclass(frozen=True)
class LinesPage:
    """One page (from 1) of the lines that buy something, in the order of their invoices, which ``invoices`` lists
    once each. ``total`` and ``unmatched`` (without a solution) count those of the whole dossier."""

    lines: list[PurchaseLine]
    page: int
    pages: int
    total: int
    unmatched: int

    @property
    def invoices(self) -> list[Invoice]:
        """The invoices of the page's lines."""
        return list(dict.fromkeys(line.invoice for line in self.lines))


def lines_page(claim_id: int, page: int, *, unmatched_only: bool = False) -> LinesPage:
    """A page of a dossier's lines; beyond the last, the last. ``unmatched_only``: those without a solution."""
    bought = _bought(claim_id)
    with_solution = func.count(PurchaseLine.solution_id)
    total, matched = db.session.execute(
        bought.with_only_columns(func.count(PurchaseLine.id), with_solution)
    ).one()
    unmatched = total - matched
    without = bought.where(PurchaseLine.solution_id.is_(None))
    wanted, many = (without, unmatched) if unmatched_only else (bought, total)
    pages = max(1, -(-many // PAGE))
    page = min(max(page, 1), pages)
    lines = db.session.scalars(
        wanted.options(selectinload(PurchaseLine.invoice).selectinload(Invoice.lines))
        .order_by(Invoice.id, PurchaseLine.position)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return LinesPage(list(lines), page, pages, total, unmatched)


def _bought(claim_id: int) -> Select[PurchaseLine]:
    return (
        select(PurchaseLine)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(Invoice.claim_id == claim_id, Invoice.is_credit_note.is_(False))
    )


def first_lines(claim_id: int) -> list[PurchaseLine]:
    """The first lines of a dossier, credit notes' too: a page's worth."""
    query = (
        select(PurchaseLine)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(Invoice.claim_id == claim_id)
        .options(contains_eager(PurchaseLine.invoice).lazyload(Invoice.lines))
        .order_by(Invoice.id, PurchaseLine.position)
        .limit(PAGE)
    )
    return list(db.session.scalars(query))


def has_invoices(claim_id: int) -> bool:
    """Whether a dossier has an invoice."""
    return (
        db.session.scalars(select(Invoice.id).where(Invoice.claim_id == claim_id).limit(1)).first()
        is not None
    )


def oldest_invoices(claim_id: int) -> dict[int, date]:
    """The day of the oldest invoice of each document of a dossier, by the document's id."""
    query = (
        select(Invoice.document_id, func.min(Invoice.issued_on).label("oldest"))
        .where(Invoice.claim_id == claim_id)
        .group_by(Invoice.document_id)
    )
    return {row.document_id: row.oldest for row in db.session.execute(query)}


def invoices_apart(claim_id: int) -> list[Invoice]:
    """The invoices of a dossier that no table brought: they are few."""
    return list(
        db.session.scalars(
            select(Invoice)
            .where(Invoice.claim_id == claim_id, Invoice.source != "table")
            .order_by(Invoice.id)
        )
    )
