"""A country's portfolio as columns: 20 lines a company, 3 companies a group, certifications with a history."""

from __future__ import annotations

from datetime import date

import numpy as np

from bonus.regulation.columns import (
    NO_DAY,
    Beneficiaries,
    Claims,
    FiscalYears,
    Int,
    Invoices,
    Lines,
    OtherAids,
    Portfolio,
    PriorGrants,
    Registry,
)
from bonus.regulation.values import Parameters, to_day

LINES_A_COMPANY = 20
COMPANIES_A_GROUP = 3
SOLUTIONS = 400
START = to_day(date(2026, 1, 1))
EMPTY: Int = np.zeros(0, dtype=np.int64)


def country(lines: int, law: Parameters, *, biggest_group: float = 0.0) -> Portfolio:
    """``lines`` purchase lines, five an invoice, two invoices a claim, two claims a company.

    ``biggest_group``: the part of all lines that one group, controlled by one company, holds.
    """
    random = np.random.default_rng(lines)
    companies, claims, invoices = lines // LINES_A_COMPANY, lines // 10, lines // 5
    suppliers = 50
    group = np.arange(companies) // COMPANIES_A_GROUP
    group[: int(companies * biggest_group)] = 0
    _, first = np.unique(group, return_index=True)
    party_group = np.concatenate(
        (first[np.unique(group, return_inverse=True)[1]], companies + np.arange(suppliers))
    )
    supplier = companies + random.integers(0, suppliers, SOLUTIONS)
    issued_on = START + random.integers(0, 700, claims).repeat(2)
    filed_on = issued_on[::2] + random.integers(0, 200, claims)
    granted = filed_on + random.integers(10, 60, claims)
    net = np.exp(random.uniform(np.log(200_00), np.log(60_000_00), lines)).astype(np.int64)
    long = random.random(lines) < 0.2
    line_issued = issued_on.repeat(5)
    return Portfolio(
        registry=_registry(random, supplier, law),
        beneficiaries=_beneficiaries(random, companies),
        parties=[str(number) for number in range(companies + suppliers)],
        group=party_group,
        undertaking=party_group,
        claims=Claims(
            decided_base=np.zeros(claims, dtype=np.int64),
            ids=[str(number) for number in range(claims)],
            beneficiary=np.arange(claims) // 2,
            filed_on=filed_on,
            rank=np.argsort(np.argsort(filed_on, kind="stable")),
            grant_date=granted,
            first_line=np.arange(0, lines + 1, 10),
        ),
        invoices=Invoices(
            numbers=[str(number) for number in range(invoices)],
            claim=np.arange(invoices) // 2,
            seller=companies + random.integers(0, suppliers, invoices),
            issued_on=issued_on,
            # One invoice in two hundred was presented before.
            key=np.where(random.random(invoices) < 0.005, np.arange(invoices) // 8, np.arange(invoices)),
            held=np.zeros(invoices, dtype=np.bool_),
        ),
        lines=Lines(
            numbers=list(range(lines)),
            invoice=np.arange(lines) // 5,
            claim=np.arange(lines) // 10,
            beneficiary=np.arange(lines) // LINES_A_COMPANY,
            solution=random.integers(0, SOLUTIONS, lines),
            net=net,
            vat=net // 5,
            other_public_aid=np.where(random.random(lines) < 0.05, 100_00, 0),
            service_start=np.where(long, line_issued, NO_DAY),
            service_end=np.where(long, line_issued + random.integers(300, 1100, lines), NO_DAY),
            replaces_foreign=random.random(lines) < 0.2,
            grant_date=granted.repeat(10),
        ),
        prior=PriorGrants(EMPTY, EMPTY, EMPTY, EMPTY, EMPTY),
        other_aids=_other_aids(random, companies),
        fiscal_years=_fiscal_years(random, companies),
    )


def _registry(random: np.random.Generator, supplier: Int, law: Parameters) -> Registry:
    """Two certifications a solution, one in ten of them suspended, then reinstated."""
    count = 2 * SOLUTIONS
    suspended = random.random(count) < 0.1
    first_event = np.concatenate(([0], np.cumsum(2 * suspended)))
    events = int(first_event[-1]) // 2
    labels = law.codes("label")
    label = random.integers(0, len(labels), count)
    valid_from = START - random.integers(0, 400, count)
    return Registry(
        ids=[str(number) for number in range(SOLUTIONS)],
        axis=random.integers(0, len(law.codes("axis")), SOLUTIONS),
        supplier=supplier,
        first_certification=np.arange(0, count + 1, 2),
        label=label,
        label_names=[labels[number] for number in label.tolist()],
        valid_from=valid_from,
        valid_until=valid_from + 1095,
        first_event=first_event,
        event_type=np.tile([0, 1], events),
        event_on=np.tile([START + 200, START + 260], events),
        event_retroactive=np.zeros(2 * events, dtype=np.bool_),
    )


def _beneficiaries(random: np.random.Generator, companies: int) -> Beneficiaries:
    return Beneficiaries(
        siren=[str(number) for number in range(companies)],
        siren_valid=np.ones(companies, dtype=np.bool_),
        party=np.arange(companies),
        public_body=random.random(companies) < 0.05,
        headcount=random.choice([3, 40, 120, 900, 6000], companies),
        turnover=random.integers(100_000_00, 80_000_000_00, companies),
        balance_sheet=random.integers(100_000_00, 80_000_000_00, companies),
        naf_division=(random.random(companies) < 0.03).astype(np.int64),
        naf_names=["62", "01"],
        ceased_on=np.where(random.random(companies) < 0.02, START + 300, NO_DAY),
        in_liquidation=random.random(companies) < 0.01,
        vat_recoverable=random.random(companies) < 0.5,
    )


def _other_aids(random: np.random.Generator, companies: int) -> OtherAids:
    party = np.arange(0, companies, 4)
    granted_on = START - 400 + random.integers(0, 900, len(party))
    return OtherAids(party, granted_on, random.integers(1_000_00, 80_000_00, len(party)))


def _fiscal_years(random: np.random.Generator, companies: int) -> FiscalYears:
    """Four calendar years, from 2026 on."""
    starts = np.array([to_day(date(year, 1, 1)) for year in range(2026, 2031)])
    return FiscalYears(
        beneficiary=np.arange(companies).repeat(4),
        start=np.tile(starts[:-1], companies),
        end=np.tile(starts[1:] - 1, companies),
        turnover=random.integers(100_000_00, 80_000_000_00, 4 * companies),
        deduction=random.random(4 * companies) < 0.3,
    )
