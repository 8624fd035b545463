"""What the decisions of a company come to, fiscal year after fiscal year: what its certificates state (arts. 8, 15).

Read from decisions, never from drafts: each line as last decided, and as undue sums confirmed since left it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from bonus.claims.models import Claim, DecidedLine, Invoice, PurchaseLine
from bonus.claims.status import OPEN, TAKEN_BACK
from bonus.companies.models import Company, FiscalYear
from bonus.extensions import db
from bonus.recoveries.corrected import corrected_lines
from bonus.recoveries.models import Recovery
from bonus.regulation import load_parameters

from .content import CertifiedPurchase
from .held import certificate_in_force
from .working import Working, Year, covering, workings

_UNDECIDED = (*sorted(OPEN), "waiting_list", "pending")


@dataclass(frozen=True)
class StatedLine:
    """An eligible line as it stands today, amounts in cents."""

    decided_id: int
    decision_id: int
    issued_on: date
    base_cents: int
    bonus_cents: int


@dataclass(frozen=True)
class YearStated:
    """One fiscal year: its lines, art. 8 worked out, the dossiers still open, and all that this came from."""

    year: Year
    working: Working
    lines: tuple[StatedLine, ...]
    open_claims: tuple[str, ...]
    inputs: dict[str, Any]
    last_decision_id: int | None
    """Of those it comes from; None when there is none left."""

    @property
    def says_nothing(self) -> bool:
        return self.working.says_nothing


def declared_years(company: Company) -> list[Year]:
    """The fiscal years a company declared."""
    return [_declared(year) for year in company.fiscal_years]


def _declared(year: FiscalYear) -> Year:
    return Year(year.starts_on, year.ends_on, year.turnover_cents, year.regime)


def fiscal_year_of(company: Company, day: date) -> tuple[date, date]:
    """The fiscal year that contains a day: the company's own, else what is left of the calendar year."""
    years = covering(declared_years(company), day, day)
    return next((year.starts_on, year.ends_on) for year in years if year.starts_on <= day <= year.ends_on)


def askable_years(company: Company, today: date) -> list[tuple[date, date]]:
    """The closed fiscal years of an enterprise, since its first purchase that was helped, without a certificate."""
    first = db.session.scalar(
        select(func.min(Invoice.issued_on))
        .join(Claim, Invoice.claim_id == Claim.id)
        .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .join(DecidedLine, DecidedLine.line_id == PurchaseLine.id)
        .where(
            Claim.company_id == company.id,
            Claim.status.not_in(TAKEN_BACK),
            DecidedLine.status == "eligible",
        )
    )
    if first is None or company.kind != "enterprise":
        return []
    years = covering(declared_years(company), first, today)
    return [
        (year.starts_on, year.ends_on)
        for year in years
        if first <= year.ends_on < today and certificate_in_force(company.id, year.ends_on) is None
    ]


def stated_years(company: Company, *also: date) -> list[YearStated]:
    """Every fiscal year of an enterprise from its first purchase to its last, those of the days ``also`` included; none
    of a public body (art. 8)."""
    if company.kind != "enterprise":
        return []
    lines = _lines(company)
    days = [*also, *(line.issued_on for line in lines)]
    years = covering(declared_years(company), min(days), max(days))
    by_year = [_within(lines, year) for year in years]
    years = [
        replace(
            year,
            spend_cents=sum(line.base_cents for line in own),
            bonus_cents=sum(line.bonus_cents for line in own),
        )
        for year, own in zip(years, by_year, strict=True)
    ]
    law = load_parameters()
    worked = workings(years, law)
    found = []
    for rank, (year, own) in enumerate(zip(years, by_year, strict=True)):
        decisions = [line.decision_id for some in by_year[: rank + 1] for line in some]
        open_claims = _open_claims(company, year)
        inputs = _inputs(years[: rank + 1], own, open_claims) | {"parameters": law.version}
        last = max(decisions, default=None)
        found.append(YearStated(year, worked[rank], own, open_claims, inputs, last))
    return found


def same_inputs(one: dict[str, Any] | None, other: dict[str, Any]) -> bool:
    """Whether two certificates would state the same: a text that changed for other years makes no difference."""
    if one is None:
        return False
    return {**one, "parameters": ""} == {**other, "parameters": ""}


def _inputs(years: list[Year], lines: Iterable[StatedLine], open_claims: Iterable[str]) -> dict[str, Any]:
    first = next((rank for rank, year in enumerate(years) if year.spend_cents), len(years) - 1)
    return {
        "years": [
            {
                "start": year.starts_on.isoformat(),
                "end": year.ends_on.isoformat(),
                "turnover_cents": year.turnover_cents,
                "regime": year.regime,
                "declared": year.declared,
                "spend_cents": year.spend_cents,
                "bonus_cents": year.bonus_cents,
            }
            for year in years[first:]
        ],
        "lines": [[line.decided_id, line.base_cents, line.bonus_cents] for line in lines],
        "open_claims": list(open_claims),
    }


def _within(lines: Iterable[StatedLine], year: Year) -> tuple[StatedLine, ...]:
    return tuple(line for line in lines if year.starts_on <= line.issued_on <= year.ends_on)


def _lines(company: Company) -> list[StatedLine]:
    later = aliased(DecidedLine)  # a line decided anew, on appeal, is certified as last decided
    rows = db.session.execute(
        select(
            DecidedLine.id,
            DecidedLine.decision_id,
            DecidedLine.line_id,
            Invoice.issued_on,
            DecidedLine.base_cents,
            DecidedLine.bonus_cents,
        )
        .join(PurchaseLine, DecidedLine.line_id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .join(Claim, Invoice.claim_id == Claim.id)
        .where(
            Claim.company_id == company.id,
            Claim.status.not_in(TAKEN_BACK),
            DecidedLine.status == "eligible",
            ~exists().where(later.line_id == DecidedLine.line_id, later.id > DecidedLine.id),
        )
        .order_by(Invoice.issued_on, Invoice.id, PurchaseLine.position)
    ).all()
    corrected = _corrected(company)
    found = []
    for row in rows:
        base, bonus = corrected.get(row.line_id, (row.base_cents, row.bonus_cents))
        if base:
            found.append(StatedLine(row.id, row.decision_id, row.issued_on, base, bonus))
    return found


def _corrected(company: Company) -> dict[int, tuple[int, int]]:
    claims = db.session.scalars(
        select(Claim)
        .where(
            Claim.company_id == company.id,
            Claim.status.not_in(TAKEN_BACK),
            select(Recovery.id).where(Recovery.claim_id == Claim.id, Recovery.status == "confirmed").exists(),
        )
        .order_by(Claim.id)
    )
    return {line_id: amounts for claim in claims for line_id, amounts in corrected_lines(claim).items()}


def purchases_of(stated: YearStated) -> list[CertifiedPurchase]:
    """The purchases of a year, as a certificate lists them."""
    rows = {
        row.id: row
        for row in db.session.scalars(
            select(DecidedLine).where(DecidedLine.id.in_([line.decided_id for line in stated.lines]))
        )
    }
    return [_purchase(rows[line.decided_id], line) for line in stated.lines]


def _purchase(row: DecidedLine, line: StatedLine) -> CertifiedPurchase:
    invoice, solution, decision = row.line.invoice, row.line.solution, row.decision
    return CertifiedPurchase(
        solution=solution.name if solution else row.line.name,
        supplier_name=invoice.supplier_name,
        supplier_id=invoice.supplier_identifier,
        invoice_number=invoice.number,
        invoice_date=invoice.issued_on,
        claim_number=str(decision.claim.number),
        decision_date=decision.decided_on,
        eligible_base_cents=line.base_cents,
        bonus_cents=line.bonus_cents,
        incentive_base_cents=line.base_cents - line.bonus_cents,
    )


def _open_claims(company: Company, year: Year) -> tuple[str, ...]:
    """The dossiers of a fiscal year still open, which art. 15 wants named."""
    numbers = db.session.scalars(
        select(Claim.number)
        .join(Invoice, Invoice.claim_id == Claim.id)
        .where(
            Claim.company_id == company.id,
            Claim.status.in_(_UNDECIDED),
            Invoice.issued_on.between(year.starts_on, year.ends_on),
        )
        .distinct()
        .order_by(Claim.number)
    )
    return tuple(number for number in numbers if number)
