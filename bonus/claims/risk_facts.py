"""What the rules of risk look at, gathered in a bounded number of queries, however large the dossier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import and_, extract, func, or_, select, union_all
from sqlalchemy.orm import aliased

from bonus.calendar import civil_date
from bonus.companies.models import BankAccount
from bonus.extensions import db
from bonus.registry.models import InForcePeriod, Solution
from bonus.regulation import Parameters

from .duplicates import wholly_refused
from .models import Claim, Invoice, PurchaseLine
from .risk_rules import Labelled, Place, Priced, Reused, RiskFacts

MOST_TWINS = 50
"""Invoices reused that are looked at: a sentence names three."""
MOST_SOLUTIONS = 50
"""Solutions of one dossier whose prices are compared: those it spends most on."""
MOST_PRICES = 500
"""The latest lines of a solution that make its usual price."""
MOST_SELLERS = 500
"""Distinct addresses of sellers that are compared."""


@dataclass(frozen=True)
class _Line:
    solution_id: int
    solution: str
    net_cents: int
    issued_on: date


def gather(claim: Claim, now: datetime, law: Parameters) -> RiskFacts:
    """The facts of a filed dossier as known now."""
    filed_at = claim.filed_at or now
    filed_on = civil_date(filed_at)
    lines = _lines(claim.id)
    company = claim.company
    return RiskFacts(
        filed_on=filed_on,
        reused=_reused(claim, filed_at),
        iban_changed_on=_iban_changed_on(company.id),
        priced=_priced(claim.id, lines),
        labelled=_labelled(lines),
        founded_on=company.founded_on,
        recent_bonuses=_recent_bonuses(
            company.id, filed_on, law.integer("risk.under_limit.days", filed_on), filed_at
        ),
        buyer=Place(company.street, company.postcode),
        sellers=_sellers(claim.id),
    )


def _reused(claim: Claim, filed_at: datetime) -> list[Reused]:
    """Invoices that the same supplier's earlier filing holds under the same number bare of punctuation, in the year
    of art. 5.3; a dossier given up holds nothing, nor one whose every line of that invoice was refused."""
    mine, other = aliased(Invoice), aliased(Invoice)
    earlier = or_(Claim.filed_at < filed_at, and_(Claim.filed_at == filed_at, Claim.id < claim.id))
    rows = db.session.execute(
        select(
            mine.number,
            other.id.label("other_id"),
            other.claim_id,
            Claim.number.label("claim_number"),
            Claim.company_id,
            Claim.status,
        )
        .join(
            other,
            and_(
                other.number_bare == mine.number_bare,
                other.supplier_identifier == mine.supplier_identifier,
                other.is_credit_note == mine.is_credit_note,
                extract("year", other.issued_on) == extract("year", mine.issued_on),
                other.id != mine.id,
            ),
        )
        .join(Claim, Claim.id == other.claim_id)
        .where(
            mine.claim_id == claim.id,
            or_(
                and_(other.claim_id == claim.id, other.id < mine.id),
                and_(other.claim_id != claim.id, Claim.status != "abandoned", earlier),
            ),
        )
        .order_by(mine.id, other.id)
        .limit(MOST_TWINS)
    ).all()
    elsewhere = [row.other_id for row in rows if row.claim_id != claim.id and row.status != "filed"]
    freed = wholly_refused(elsewhere) if elsewhere else set()
    return list(
        dict.fromkeys(
            Reused(
                row.number,
                None if row.claim_id == claim.id else row.claim_number,
                own=row.company_id == claim.company_id,
            )
            for row in rows
            if row.other_id not in freed
        )
    )


def _iban_changed_on(company_id: int) -> date | None:
    """The day the latest account was asked for, when it takes the place of another; a refused one changes nothing."""
    asked = db.session.scalars(
        select(BankAccount.created_at)
        .where(BankAccount.company_id == company_id, BankAccount.refused_reason.is_(None))
        .order_by(BankAccount.id.desc())
        .limit(2)
    ).all()
    return civil_date(asked[0]) if len(asked) == 2 else None


def _lines(claim_id: int) -> list[_Line]:
    """The lines of a dossier that name a solution, credit notes apart."""
    rows = db.session.execute(
        select(PurchaseLine.solution_id, Solution.name, PurchaseLine.net_cents, Invoice.issued_on)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .join(Solution, PurchaseLine.solution_id == Solution.id)
        .where(Invoice.claim_id == claim_id, Invoice.is_credit_note.is_(False))
        .order_by(PurchaseLine.id)
    )
    return [_Line(row[0], row[1], row[2], row[3]) for row in rows if row[0] is not None]


def _priced(claim_id: int, lines: Sequence[_Line]) -> list[Priced]:
    spent: dict[int, int] = {}
    for line in lines:
        spent[line.solution_id] = spent.get(line.solution_id, 0) + line.net_cents
    compared = sorted(spent, key=lambda solution: (-spent[solution], solution))[:MOST_SOLUTIONS]
    usual = _usual(claim_id, compared)
    return [
        Priced(line.solution, line.net_cents, usual[line.solution_id])
        for line in lines
        if usual.get(line.solution_id)
    ]


def _usual(claim_id: int, solutions: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The net amounts of the latest lines of each solution in other filed dossiers: one query, which reads no more than
    ``MOST_PRICES`` lines of each."""
    if not solutions:
        return {}
    latest = union_all(
        *(
            select(
                select(PurchaseLine.id)
                .where(PurchaseLine.solution_id == solution)
                .order_by(PurchaseLine.id.desc())
                .limit(MOST_PRICES)
                .subquery()
            )
            for solution in solutions
        )
    ).subquery()
    rows = db.session.execute(
        select(PurchaseLine.solution_id, PurchaseLine.net_cents)
        .join(latest, latest.c.id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .join(Claim, Invoice.claim_id == Claim.id)
        .where(
            Claim.id != claim_id,
            Claim.filed_at.is_not(None),
            Claim.status != "abandoned",
            Invoice.is_credit_note.is_(False),
            PurchaseLine.net_cents > 0,
        )
    )
    found: dict[int, list[int]] = {}
    for solution_id, net_cents in rows:
        assert solution_id is not None
        found.setdefault(solution_id, []).append(net_cents)
    return {solution: tuple(amounts) for solution, amounts in found.items()}


def _labelled(lines: Sequence[_Line]) -> list[Labelled]:
    """For each line whose solution counts on its invoice's day, the last day on which some label of it counts without
    a break, as known now."""
    periods: dict[int, list[tuple[date, date]]] = {}
    if lines:
        rows = db.session.execute(
            select(InForcePeriod.solution_id, InForcePeriod.starts_on, InForcePeriod.ends_on).where(
                InForcePeriod.solution_id.in_({line.solution_id for line in lines})
            )
        )
        for solution_id, starts_on, ends_on in rows:
            periods.setdefault(solution_id, []).append((starts_on, ends_on))
    found = []
    for line in lines:
        last = _covered_until(line.issued_on, periods.get(line.solution_id, ()))
        if last is not None:
            found.append(Labelled(line.solution, line.issued_on, last))
    return list(dict.fromkeys(found))


def _covered_until(day: date, periods: Iterable[tuple[date, date]]) -> date | None:
    until: date | None = None
    for starts_on, ends_on in sorted(periods):
        if until is None and starts_on <= day <= ends_on:
            until = ends_on
        elif until is not None and starts_on <= until + timedelta(days=1):
            until = max(until, ends_on)
    return until


def _recent_bonuses(company_id: int, filed_on: date, days: int, filed_at: datetime) -> list[tuple[date, int]]:
    """The day and the bonus expected at filing of the company's dossiers filed up to this one, over the period."""
    since = datetime.combine(filed_on - timedelta(days=days + 1), datetime.min.time(), UTC)
    expected = func.coalesce(Claim.acknowledgement["expected_bonus_cents"].as_integer(), 0)
    rows = db.session.execute(
        select(Claim.filed_at, expected).where(
            Claim.company_id == company_id,
            Claim.filed_at.between(since, filed_at),
            Claim.status != "abandoned",
        )
    )
    return [(civil_date(at), cents) for at, cents in rows if at is not None]


def _sellers(claim_id: int) -> list[tuple[str, Place]]:
    """Who sells and where, as the structured invoices say; asked of the database, which holds all their terms."""
    seller = Invoice.terms["BG-4"]
    street, postcode = seller["addr_l1"].as_string(), seller["postcode"].as_string()
    rows = db.session.execute(
        select(Invoice.supplier_name, street, postcode)
        .where(Invoice.claim_id == claim_id, Invoice.source == "structured")
        .distinct()
        .limit(MOST_SELLERS)
    )
    return sorted((name, Place(one or "", two or "")) for name, one, two in rows)
