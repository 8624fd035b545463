"""Reading a filed dossier that may have 50,000 lines: a page of them, found by their invoice, or those to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import contains_eager

from bonus.companies.models import Company
from bonus.extensions import db

from .draft_lines import PAGE
from .models import Claim, Invoice, PurchaseLine
from .numbers import bare_number


@dataclass(frozen=True)
class DossierPage:
    """One page (from 1) of a dossier's lines, those of credit notes too, in the order of their invoices.

    ``total`` counts the lines of the dossier, ``attention`` those to be looked at, ``found`` those that this page
    and its neighbours show.
    """

    lines: list[PurchaseLine]
    page: int
    pages: int
    total: int
    attention: int
    found: int
    by_invoice: list[tuple[Invoice, list[PurchaseLine]]] = field(default_factory=list)


@dataclass(frozen=True)
class DossierTotals:
    """How many invoices a dossier has, what they come to in cents excluding VAT, and whether one was typed by hand."""

    invoices: int
    net_cents: int
    by_hand: bool


def totals_of(claim_ids: Collection[int]) -> dict[int, DossierTotals]:
    """The totals of each of these dossiers, counted by the database in one query."""
    rows = db.session.execute(
        select(
            Invoice.claim_id,
            func.count(Invoice.id),
            func.sum(Invoice.net_cents),
            func.count(Invoice.id).filter(Invoice.source == "hand"),
        )
        .where(Invoice.claim_id.in_(claim_ids))
        .group_by(Invoice.claim_id)
    )
    found = {
        claim_id: DossierTotals(count, int(cents), by_hand > 0) for claim_id, count, cents, by_hand in rows
    }
    return {claim_id: found.get(claim_id, DossierTotals(0, 0, False)) for claim_id in claim_ids}


def dossier_page(
    claim: Claim,
    page: int,
    statuses: Mapping[int, str],
    *,
    search: str = "",
    attention_only: bool = False,
) -> DossierPage:
    """A page of a dossier's lines; beyond the last, the last.

    ``statuses``: what each line gets, by its id; ``search``: a part of an invoice's number, without regard to case,
    spaces and punctuation; ``attention_only``: those that are not eligible, or of which the invoice or the company
    says what must be looked at.
    """
    everyone, attention, wanted = chosen_lines(claim, statuses, search=search, attention_only=attention_only)
    pages = max(1, -(-len(wanted) // PAGE))
    page = min(max(page, 1), pages)
    lines = _read(wanted[(page - 1) * PAGE : page * PAGE])
    by_invoice: dict[Invoice, list[PurchaseLine]] = {}
    for line in lines:
        by_invoice.setdefault(line.invoice, []).append(line)
    return DossierPage(
        lines, page, pages, len(everyone), len(attention), len(wanted), list(by_invoice.items())
    )


def chosen_lines(
    claim: Claim, statuses: Mapping[int, str], *, search: str = "", attention_only: bool = False
) -> tuple[list[int], list[int], list[int]]:
    """The ids of all the lines of a dossier, of those to be looked at, of those asked for (see ``dossier_page``)."""
    everyone = _ids(claim.id)
    doubtful = set(_ids(claim.id, _doubtful(claim.company)))
    attention = [one for one in everyone if one in doubtful or statuses.get(one, "eligible") != "eligible"]
    wanted = attention if attention_only else everyone
    if search.strip():
        named = set(_ids(claim.id, Invoice.number_bare.contains(bare_number(search), autoescape=True)))
        wanted = [one for one in wanted if one in named]
    return everyone, attention, wanted


def _doubtful(company: Company) -> ColumnElement[bool]:
    """What the reading of an invoice, or what a person did, asks to be looked at."""
    return or_(
        cast(Invoice.warnings, String) != "[]",
        Invoice.buyer_identifier != company.siren,
        Invoice.source == "hand",
        Invoice.lines_entered.is_(True),
        PurchaseLine.matched_by_person.is_(True),
    )


def _ids(claim_id: int, *conditions: ColumnElement[bool]) -> list[int]:
    query = (
        select(PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(Invoice.claim_id == claim_id, *conditions)
        .order_by(Invoice.id, PurchaseLine.position)
    )
    return list(db.session.scalars(query))


def _read(ids: list[int]) -> list[PurchaseLine]:
    # Not the other lines of their invoices: one invoice may have thousands.
    query = (
        select(PurchaseLine)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(PurchaseLine.id.in_(ids))
        .options(contains_eager(PurchaseLine.invoice).lazyload(Invoice.lines))
        .order_by(Invoice.id, PurchaseLine.position)
    )
    return list(db.session.scalars(query))
