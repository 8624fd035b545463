"""What is left to a company under its ceiling of the year (art. 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from bonus.companies.models import Company
from bonus.extensions import db
from bonus.money import amount_string
from bonus.regulation import load_parameters, size_category

from .models import Claim, DecidedLine, Decision, Invoice, PurchaseLine
from .recovered import recovered_of_year


@dataclass(frozen=True)
class AnnualRoom:
    """The ceiling of invoices of ``year`` for a company of that size, and what is granted under it, in cents."""

    year: int
    size: str
    ceiling_cents: int
    granted_cents: int


def annual_room(company: Company, on: date) -> AnnualRoom:
    """The room of the calendar year of a day. ``size`` is a French word, the category of art. 3 on that day."""
    law = load_parameters()
    size = size_category(
        {
            "kind": company.kind,
            "headcount": company.headcount,
            "turnover": amount_string(company.turnover_cents),
            "balance_sheet": amount_string(company.balance_sheet_cents),
        },
        on,
        law,
    )
    granted = db.session.scalar(
        select(func.coalesce(func.sum(DecidedLine.bonus_cents - DecidedLine.former_cents), 0))
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(PurchaseLine, DecidedLine.line_id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(
            Claim.company_id == company.id,
            Invoice.issued_on.between(date(on.year, 1, 1), date(on.year, 12, 31)),
        )
    )
    return AnnualRoom(
        year=on.year,
        size=law.name_of("size", size).name,
        ceiling_cents=law.integer(f"size.{size}.annual_ceiling", on),
        # PostgreSQL sums big integers into a decimal; what came back counts no more (art. 14).
        granted_cents=int(granted or 0) - recovered_of_year(company.id, on.year),
    )
