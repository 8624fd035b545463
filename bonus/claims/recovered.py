"""What came back of bonuses, repaid or offset, and what will not be paid of them because it was not due: from that day
it counts no more (arts. 6, 7 and 14)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from bonus.companies.models import Company
from bonus.extensions import db
from bonus.recoveries.reduced import reduced_parts
from bonus.recoveries.settlement_models import FREEING, Settlement, SettlementShare
from bonus.registry.models import Solution

from .models import Claim, Decision, Invoice, PurchaseLine

GrantKey = tuple[str, str | None, date, date]
"""Of what was granted: SIREN, slug of the solution, day of the invoice, day of the grant."""


def _stands() -> ColumnElement[bool]:
    """What came back, and was not given back since: the titre that claimed it was not cancelled."""
    return and_(Settlement.kind.in_(FREEING), Settlement.undone_at.is_(None))


def recovered_grants(
    company: Company, members: Collection[str], judged_anew: Collection[int]
) -> dict[GrantKey, int]:
    """What came back of what a company, and the enterprises of its undertaking, were granted, in cents, grouped as
    prior grants are; of lines judged anew, which count for nothing already, it is left out."""
    what = (Company.siren, Solution.slug, Invoice.issued_on, Decision.decided_on)
    whose = or_(Company.id == company.id, and_(Company.siren.in_(members), Company.kind == "enterprise"))
    rows = db.session.execute(
        select(*what, SettlementShare.line_id, func.sum(SettlementShare.amount_cents))
        .select_from(SettlementShare)
        .join(Settlement, SettlementShare.settlement_id == Settlement.id)
        .join(Decision, SettlementShare.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(Company, Claim.company_id == Company.id)
        .join(PurchaseLine, SettlementShare.line_id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .outerjoin(Solution, PurchaseLine.solution_id == Solution.id)
        .where(
            whose,
            _stands(),
        )
        .group_by(*what, SettlementShare.line_id)
    )
    found: dict[GrantKey, int] = {}
    for siren, slug, issued_on, granted_on, line_id, cents in [*rows, *_reduced(whose)]:
        if line_id not in judged_anew:
            key = (siren, slug, issued_on, granted_on)
            found[key] = found.get(key, 0) + int(cents)
    return found


def recovered_of_year(company_id: int, year: int) -> int:
    """What came back of what a company was granted on invoices of a calendar year, in cents (art. 6)."""
    query = (
        select(func.coalesce(func.sum(SettlementShare.amount_cents), 0))
        .join(Settlement, SettlementShare.settlement_id == Settlement.id)
        .join(PurchaseLine, SettlementShare.line_id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .join(Claim, Invoice.claim_id == Claim.id)
        .where(
            Claim.company_id == company_id,
            Invoice.issued_on.between(date(year, 1, 1), date(year, 12, 31)),
            _stands(),
        )
    )
    lost = sum(
        cents for _, _, issued_on, _, _, cents in _reduced(Company.id == company_id) if issued_on.year == year
    )
    return int(db.session.scalar(query) or 0) + lost


def _reduced(whose: ColumnElement[bool]) -> list[tuple[str, str | None, date, date, int, int]]:
    """What orders lost before they were paid: the key of the grant, the line's id, and cents."""
    parts = reduced_parts(whose)
    if not parts:
        return []
    lines = (
        select(PurchaseLine.id, Solution.slug, Invoice.issued_on)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .outerjoin(Solution, PurchaseLine.solution_id == Solution.id)
    )
    grants = (
        select(Decision.id, Company.siren, Decision.decided_on)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(Company, Claim.company_id == Company.id)
    )
    line_ids, decision_ids = {part.line_id for part in parts}, {part.decision_id for part in parts}
    by_line = {row[0]: row[1:] for row in db.session.execute(lines.where(PurchaseLine.id.in_(line_ids)))}
    by_grant = {row[0]: row[1:] for row in db.session.execute(grants.where(Decision.id.in_(decision_ids)))}
    found: list[tuple[str, str | None, date, date, int, int]] = []
    for part in parts:
        (slug, issued_on), (siren, granted_on) = by_line[part.line_id], by_grant[part.decision_id]
        found.append((siren, slug, issued_on, granted_on, part.line_id, part.cents))
    return found
