"""The simulator and the decision give the same cents, whatever is bought: 1,000 random cases, then real decisions."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.models import Person
from bonus.calendar import eve_of_anniversary
from bonus.claims.facts import build_facts
from bonus.claims.models import Claim, DecidedLine, Decision, Document, Invoice, PurchaseLine
from bonus.claims.simulated_purchase import Purchase
from bonus.claims.simulation import Simulation, simulate
from bonus.companies.models import Company, FiscalYear
from bonus.extensions import db
from bonus.money import amount_string
from bonus.registry.models import Solution
from bonus.regulation import evaluate, load_parameters
from tests.support.bills import Item, bill
from tests.support.world import AUDIT, CLOUD, NOW, ON, SUITE, World, decided, draft

CASES = 1_000
LAST_YEAR = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
# With each size, what the cases must come to, at least five times.
EXPECTED = (
    "art6.solution",
    "art6.annual",
    "art7.de_minimis",
    "eligible",
    "pending",
    "incentive",
    "claim.below_minimum",
    "solution.certification_expired",
    "solution.certification_withdrawn",
    "purchase.no_amount",
)
SIZES = ("micro", "sme", "mid_cap", "large", "public")
# Headcount, turnover and balance sheet (euros) below which someone is of the size, and none of the former.
FIGURES = {
    "micro": (1, 9, 100_000, 2_000_000),
    "sme": (10, 249, 2_000_001, 50_000_000),
    "mid_cap": (250, 4_999, 50_000_001, 1_500_000_000),
    "large": (5_000, 90_000, 1_500_000_001, 9_000_000_000),
    "public": (1, 90_000, 0, 9_000_000_000),
}


@pytest.mark.slow
def test_the_simulator_gives_the_cents_of_a_dossier_a_thousand_times(world: World, session: Session) -> None:
    dice, law = random.Random(20261122), load_parameters()
    solutions = list(db.session.scalars(select(Solution).order_by(Solution.id)))
    simple = [one for one in solutions if has_one_label(one)]
    reviewer, officer = (db.session.get_one(Person, one.person_id) for one in (world.reviewer, world.officer))
    cases = []
    for number in range(CASES):
        purchase, bought = drawn(dice, solutions, simple)
        other = next(one for one in solutions if one is not bought)
        regime = dice.choice(("reduction", "deduction"))
        claim = dossier(purchase, (bought, other), regime, number, dice, (reviewer, officer))
        cases.append((purchase, regime, claim))
    db.session.add_all(claim for _, _, claim in cases)
    db.session.flush()  # of all at once: one by one, it costs more than what is compared
    met: Counter[str] = Counter()
    for purchase, regime, claim in cases:
        simulation = simulate(purchase, NOW)
        gathered = build_facts(claim, filed_at=NOW, grant_date=ON, known_at=NOW)
        real = evaluate(gathered.facts, law)
        (line,) = real["claims"][0]["lines"]
        said = {
            "status": simulation.status,
            "reason": simulation.code or None,
            "base": amount_string(simulation.base_cents),
            "rate_bp": simulation.rate_bp,
            "bonus": amount_string(simulation.bonus_cents),
            "cuts": {limit.code: amount_string(limit.cut_cents) for limit in simulation.cuts},
        }
        granted = {name: line[name] for name in ("status", "reason", "base", "rate_bp", "bonus")}
        granted["cuts"] = {cut["article"]: cut["amount"] for cut in line["reductions"]}
        assert said == granted, purchase
        assert taxes(simulation, regime) == real_taxes(real["tax"], regime), purchase
        met.update(
            (purchase.size, simulation.status, simulation.code, *(limit.code for limit in simulation.cuts))
        )
        met.update(["incentive"] * bool(taxes(simulation, regime)))
    # The cases are not all alike: each ceiling bites, and each answer is given.
    assert min(met[one] for one in (*SIZES, *EXPECTED)) >= 5, met


def drawn(
    dice: random.Random, solutions: list[Solution], simple: list[Solution]
) -> tuple[Purchase, Solution]:
    """A purchase to simulate, and the solution of the real dossier: of an axis alone, one that holds one label."""
    bought = dice.choice(solutions)
    by_axis = dice.random() < 0.3
    if by_axis:
        bought = dice.choice(simple)
    months = dice.choice((None, None, 1, 12, 13, 18, 36, 120))
    net = dice.choice((dice.randint(1, 600_00), dice.randint(1, 50_000_00), dice.randint(1, 900_000_00)))
    received = dice.choice((0, 0, 1, dice.randint(1, 400_000_00)))
    same = 0 if by_axis else dice.choice((0, received, dice.randint(0, received)))
    return (
        Purchase(
            net_cents=net,
            size=dice.choice(SIZES),
            axis=bought.axis,
            solution=None if by_axis else bought,
            replaces_foreign=dice.random() < 0.3,
            service_months=months,
            other_public_aid_cents=dice.choice((0, 0, 0, dice.randint(1, 50_000_00))),
            received_cents=received,
            received_for_solution_cents=same,
            de_minimis_cents=dice.choice((0, 0, dice.randint(1, 320_000_00), 300_000_00)),
            turnover_cents=dice.choice((0, 6_000_000_00, dice.randint(1, 2_000_000_000_00))),
        ),
        bought,
    )


def has_one_label(solution: Solution) -> bool:
    return (
        len(solution.certifications) == 1
        and simulate(Purchase(1_000_00, "sme", solution.axis, solution), NOW).status == "eligible"
    )


def dossier(
    purchase: Purchase,
    solutions: tuple[Solution, Solution],
    regime: str,
    number: int,
    dice: random.Random,
    people: tuple[Person, Person],
) -> Claim:
    """The same purchase, of the first solution, by a real company which was granted the same before."""
    bought, other = solutions
    least, most, low, high = FIGURES[purchase.size]
    money = dice.randint(low, high) * 100
    company = Company(
        siren=siren(number),
        name=f"Entreprise {number}",
        kind="public_body" if purchase.size == "public" else "enterprise",
        naf="62.01Z",
        headcount=dice.randint(least, most),
        turnover_cents=money,
        balance_sheet_cents=money * 2,
        created_at=NOW,
    )
    company.fiscal_years = [
        FiscalYear(
            starts_on=date(year, 1, 1),
            ends_on=date(year, 12, 31),
            turnover_cents=purchase.turnover_cents,
            regime=regime,
        )
        for year in range(ON.year, ON.year + 6)
    ]
    same, received = purchase.received_for_solution_cents, purchase.received_cents
    for rank, (cents, solution, at) in enumerate(
        ((same, bought, NOW), (received - same, other, NOW), (purchase.de_minimis_cents, other, LAST_YEAR))
    ):
        if cents:
            granted(company, cents, solution, at, f"{number}-{rank}", people)
    claim = Claim(reference=f"reference-{number}", company=company, created_at=NOW)
    end = eve_of_anniversary(ON, purchase.service_months) if purchase.service_months else None
    line = purchase_line(bought, purchase.net_cents)
    line.replaces_foreign = purchase.replaces_foreign
    line.other_public_aid_cents = purchase.other_public_aid_cents
    line.service_start, line.service_end = (ON, end) if end else (None, None)
    claim.invoices = [invoice(claim, bought.supplier.identifier, ON, line, f"{number}")]
    return claim


def granted(
    company: Company, cents: int, solution: Solution, at: datetime, key: str, people: tuple[Person, Person]
) -> None:
    """A dossier decided before, that granted so much for one line."""
    claim = Claim(
        reference=f"before-{key}",
        number=f"BS-{key}",
        company=company,
        status="granted",
        created_at=at,
        filed_at=at,
    )
    line = purchase_line(solution, cents)
    claim.invoices = [invoice(claim, "900900903", at.date(), line, f"before-{key}")]
    reviewer, officer = people
    row = DecidedLine(line=line, status="eligible", base_cents=cents, rate_bp=5000, bonus_cents=cents)
    db.session.add(
        Decision(
            claim=claim,
            decided_at=at,
            decided_on=at.date(),
            decided_by=officer,
            proposed_by=reviewer,
            outcome="granted",
            bonus_cents=cents,
            reasons="art. 6",
            facts={},
            facts_sha256="0" * 64,
            parameters_version="test",
            result={},
            lines=[row],
        )
    )


def purchase_line(solution: Solution, cents: int) -> PurchaseLine:
    return PurchaseLine(
        position=1,
        name="Achat",
        net_cents=cents,
        vat_cents=0,
        solution=solution,
        replaces_foreign=False,
        other_public_aid_cents=0,
    )


def invoice(claim: Claim, supplier: str, day: date, line: PurchaseLine, key: str) -> Invoice:
    document = Document(
        reference=f"d-{key}",
        claim=claim,
        original_name="facture.xml",
        media_type="application/xml",
        size=1,
        sha256="0" * 64,
        stored_as=f"s-{key}",
        added_at=NOW,
    )
    return Invoice(
        document=document,
        syntax="cii",
        profile="en16931",
        supplier_identifier=supplier,
        supplier_name="Vendeur",
        buyer_identifier="",
        buyer_name="",
        number=f"F-{key}",
        number_key=f"f-{key}",
        issued_on=day,
        corrects=[],
        net_cents=line.net_cents,
        vat_cents=0,
        gross_cents=line.net_cents,
        warnings=[],
        terms={},
        lines=[line],
    )


def siren(number: int) -> str:
    """A SIREN that nobody of the world has: Luhn's key on eight digits."""
    digits = f"{80000000 + number:08d}"
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits)]
    return f"{digits}{-sum(sum(divmod(value, 10)) for value in doubled) % 10}"


def taxes(simulation: Simulation, regime: str) -> dict[int, int]:
    """What each year gives, in euros, those that give nothing left out."""
    found = [one for one in simulation.incentives if one.regime == regime]
    return {year.year: year.euros for one in found for year in one.years if year.euros}


def real_taxes(rows: list[dict[str, Any]], regime: str) -> dict[int, int]:
    years = {int(row["fiscal_year_end"][:4]): int(row[regime]) for row in rows}
    return {year: euros for year, euros in years.items() if euros}


# ---------------------------------------------------------------- through the whole decision


OFFERS = (
    (CLOUD, "Hébergement cloud qualifié", "CLOUD-24"),
    (SUITE, "Suite bureautique collaborative", "SUITE-1AN"),
    (AUDIT, "Audit de cybersécurité", "AUDIT-JOUR"),
)


def test_real_decisions_grant_what_was_simulated_the_same_day(world: World, session: Session) -> None:
    dice = random.Random(7)
    received: dict[str, int] = {}
    bitten = set()
    for _ in range(15):
        slug, name, reference = dice.choice(OFFERS)
        months = dice.choice((None, 24))
        net = dice.randint(500_00, 90_000_00)
        solution = db.session.scalars(select(Solution).where(Solution.slug == slug)).one()
        simulation = simulate(
            Purchase(
                net_cents=net,
                size="sme",
                axis=solution.axis,
                solution=solution,
                service_months=months,
                received_cents=sum(received.values()),
                received_for_solution_cents=received.get(slug, 0),
            ),
            NOW,
        )
        db.session.rollback()
        service = (ON, eve_of_anniversary(ON, months)) if months else None
        one = decided(world, draft(world, [bill(Item(net, name, reference, service), issued_on=ON)]))
        decision = db.session.scalars(select(Decision).where(Decision.claim_id == one.id)).one()
        assert decision.bonus_cents == simulation.bonus_cents
        assert simulation.bonus_cents or simulation.cuts
        received[slug] = received.get(slug, 0) + decision.bonus_cents
        bitten |= {limit.code for limit in simulation.cuts}
        db.session.rollback()
    assert bitten == {"art6.solution", "art6.annual"}


def test_another_amount_is_another_answer(session: Session) -> None:
    """So that the comparison above cannot pass by comparing nothing."""
    purchase = Purchase(10_000_00, "sme", "cloud")
    assert simulate(purchase, NOW).bonus_cents == 4_000_00
    assert simulate(replace(purchase, net_cents=10_000_01), NOW).bonus_cents == 4_000_00
    assert simulate(replace(purchase, net_cents=10_000_02), NOW).bonus_cents == 4_000_01
    assert simulate(replace(purchase, size="micro"), NOW).bonus_cents == 4_500_00
