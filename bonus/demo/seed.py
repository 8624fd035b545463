"""What the demonstration's database starts with, entered through the same services as the real one."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from bonus.accounts.demo_factors import enrol
from bonus.accounts.models import AccountingFirm
from bonus.accounts.service import add_person
from bonus.adapters.bank_details import french_iban
from bonus.audit.service import Actor
from bonus.budget.acts import begin_envelope
from bonus.calendar import PARIS, add_years
from bonus.companies.models import BankAccount, Company, FiscalYear, Mandate
from bonus.extensions import db
from bonus.registry.labels import scheme_on
from bonus.registry.rules import LATEST, Audit
from bonus.registry.service import enter_certification, enter_solution, enter_supplier
from bonus.registry.writing import Source, add_event, change

from .cast import CAST, FIRM, PASSWORD, SOLUTIONS, DemoSolution
from .invoices import BUYER, DemoParty

SEEDER = Actor("service:demo")
ENVELOPE_CENTS = 50_000_000_00


def seed(on: date, now: datetime) -> None:
    """Enter registry, budget, company, firm and people, as of a day."""
    enter_registry(on, now)
    for year in (on.year, on.year + 1):
        begin_envelope(year, ENVELOPE_CENTS, f"Loi de finances fictive pour {year}", now.date(), SEEDER, now)
    company = fictitious_company(BUYER, now)
    add_fiscal_years(company, on)
    firm = AccountingFirm(siren=FIRM[0], name=FIRM[1])
    db.session.add(firm)
    db.session.flush()
    db.session.add(
        Mandate(
            company_id=company.id, firm_id=firm.id, valid_from=on, valid_until=on + timedelta(days=3 * 365)
        )
    )
    for member in CAST:
        person = add_person(
            member.email,
            member.name,
            PASSWORD,
            now,
            agent_roles=member.grants,
            company_id=company.id if member.of_company else None,
            firm_id=firm.id if member.of_firm else None,
        )
        if member.grants:
            enrol(person, now)
    db.session.commit()


def enter_registry(on: date, now: datetime) -> None:
    """The registry's solutions, certified around a day."""
    for solution in SOLUTIONS:
        enter_offer(solution, on, now)


def enter_offer(demo: DemoSolution, on: date, now: datetime) -> None:
    """A solution of the demonstration, its supplier and its certifications around a day."""
    supplier = enter_supplier(*demo.supplier, SEEDER, now)
    solution = enter_solution(supplier, demo.name, demo.axis, SEEDER, now, reference=demo.reference)
    start = date(on.year - 1, 1, 1)
    end = on - timedelta(days=60) if demo.state == "expired" else min(date(on.year + 2, 12, 31), LATEST)
    for label in demo.labels:
        reference = f"{label}-{solution.slug[:40]}"
        criteria = scheme_on(label, start).criteria
        audit = (
            Audit((True,) * len(criteria), start - timedelta(days=40), f"RA-{reference}")
            if criteria
            else Audit()
        )
        certification = enter_certification(solution, label, reference, start, end, SEEDER, now, audit=audit)
        if demo.state in ("suspended", "withdrawn"):
            happened = on - timedelta(days=90)
            learned = max(now, datetime.combine(happened, time(9), PARIS))
            with change(Source("service", SEEDER), learned) as made:
                add_event(certification, demo.state, happened, made, learned)


def fictitious_company(party: DemoParty, now: datetime, *, siren: str | None = None) -> Company:
    """An ``sme`` that does not exist, with a test IBAN already checked."""
    company = Company(
        siren=siren or party.siren,
        name=party.name,
        naf="62.01Z",
        headcount=42,
        turnover_cents=6_000_000_00,
        balance_sheet_cents=4_000_000_00,
        street=party.address,
        postcode=party.postcode,
        town=party.city,
        fictitious=True,
        created_at=now,
        figures_set_at=now,
        proven_at=now,
        proven_by="agent",
    )
    company.bank_accounts = [
        BankAccount(
            holder=party.name[:140],
            iban=french_iban("30006", "00001", re.sub("[^0-9]", "0", company.siren).rjust(11, "0")),
            created_at=now,
            checked_at=now,
            checked_by="service:demo",
        )
    ]
    db.session.add(company)
    db.session.flush()
    return company


def close_fiscal_years(today: date) -> None:
    """Have the companies' fiscal years end yesterday, so that certificates can be asked for at once (art. 15)."""
    for company in db.session.scalars(select(Company)):
        for year, shift in zip(company.fiscal_years, (-2, -1, 0), strict=True):
            year.starts_on = add_years(today, shift)
            year.ends_on = add_years(today, shift + 1) - timedelta(days=1)
    db.session.commit()


def add_fiscal_years(company: Company, on: date) -> None:
    """Calendar fiscal years: the one before a day, its own and the next."""
    company.fiscal_years = [
        FiscalYear(
            starts_on=date(year, 1, 1), ends_on=date(year, 12, 31), turnover_cents=company.turnover_cents
        )
        for year in (on.year - 1, on.year, on.year + 1)
    ]
