"""The simulator's service: who buys does not exist, each ceiling is said, and a draft keeps what was asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.intake import new_draft
from bonus.claims.models import Claim
from bonus.claims.simulated_purchase import Purchase, check_purchase, facts_for
from bonus.claims.simulation import kept, simulate
from bonus.companies.models import Company
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.registry.models import Solution
from bonus.regulation import load_parameters
from tests.support.world import CLOUD, NOW, World

CLOUD_AT_AN_SME = Purchase(10_000_00, "sme", "cloud")


def cloud() -> Solution:
    return db.session.scalars(select(Solution).where(Solution.slug == CLOUD)).one()


@pytest.mark.parametrize("siren", ["900900010", "900900028"])
def test_the_buyer_is_never_the_supplier(world: World, session: Session, siren: str) -> None:
    solution = cloud()
    solution.supplier.identifier = siren
    purchase = Purchase(10_000_00, "sme", "cloud", solution)
    facts = facts_for(purchase, NOW, load_parameters())
    assert siren not in [one["siren"] for one in facts["beneficiaries"]]
    assert simulate(purchase, NOW).bonus_cents == 4_500_00
    db.session.rollback()


def test_one_buyer_a_regime_and_one_in_all_for_a_public_body() -> None:
    law = load_parameters()
    assert [
        one["fiscal_years"][0]["regime"] for one in facts_for(CLOUD_AT_AN_SME, NOW, law)["beneficiaries"]
    ] == [
        "reduction",
        "deduction",
    ]
    public = facts_for(Purchase(10_000_00, "public", "cloud"), NOW, law)
    assert [one["kind"] for one in public["beneficiaries"]] == ["public_body"]


def test_every_axis_can_be_simulated_without_a_solution() -> None:
    law = load_parameters()
    for axis in law.codes("axis"):
        found = simulate(Purchase(1_000_00, "mid_cap", axis), NOW)
        rate = law.integer(f"axis.{axis}.rate", found.on)
        assert (found.status, found.rate_bp, found.bonus_cents) == ("eligible", rate, rate * 10)


def test_each_ceiling_counts_what_was_received_and_the_bonus() -> None:
    found = simulate(
        Purchase(
            10_000_00,
            "sme",
            "cloud",
            received_cents=20_000_00,
            received_for_solution_cents=5_000_00,
            de_minimis_cents=1_000_00,
        ),
        NOW,
    )
    assert [
        (limit.code, limit.ceiling_cents, limit.taken_cents, limit.cut_cents) for limit in found.limits
    ] == [
        ("art6.solution", 60_000_00, 9_000_00, 0),
        ("art6.annual", 150_000_00, 24_000_00, 0),
        ("art7.de_minimis", 300_000_00, 25_000_00, 0),
    ]
    assert found.cuts == []


def test_what_exceeds_the_tax_ceiling_is_carried_over_under_one_regime_and_lost_under_the_other() -> None:
    found = simulate(Purchase(1_000_000_00, "large", "cloud", received_cents=300_000_00), NOW)
    reduction, deduction = found.incentives
    assert found.bonus_cents == 0
    # 20 000 € of base a year at 60 %, over the year and the five that follow; then lost.
    assert [(year.year, year.euros) for year in reduction.years] == [(2026 + n, 12_000) for n in range(6)]
    assert "perdus : la durée du report est écoulée" in reduction.years[-1].why[-1].replace("\u00a0", " ")
    assert [(year.year, year.euros) for year in deduction.years] == [(2026 + n, 20_000) for n in range(5)]
    assert (reduction.total_euros, deduction.total_euros) == (72_000, 100_000)
    assert "Déduction" not in " ".join(sentence for year in reduction.years for sentence in year.why)
    assert "Réduction d’impôt de l’exercice" not in " ".join(deduction.years[0].why)


def test_the_day_is_that_of_paris() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    found = simulate(CLOUD_AT_AN_SME, late)
    assert found.on.isoformat() == "2027-01-01"
    assert found.incentives[0].years[0].year == 2027


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"net_cents": 0}, "montant"),
        ({"size": "huge"}, "taille"),
        ({"axis": "astrology"}, "usage"),
        ({"service_months": 0}, "duree"),
        ({"service_months": 121}, "duree"),
        ({"other_public_aid_cents": -1}, "aide"),
        ({"received_cents": 100_000_000_01}, "recu"),
        ({"received_for_solution_cents": 1}, "recu_solution"),
        ({"de_minimis_cents": -1}, "minimis"),
        ({"turnover_cents": 1_000_000_000_000_01}, "ca"),
    ],
)
def test_what_cannot_be_simulated_names_its_field(change: dict[str, object], field: str) -> None:
    asked = {"net_cents": 10_000_00, "size": "sme", "axis": "cloud"} | change
    with pytest.raises(InvalidInput) as refused:
        check_purchase(Purchase(**asked), load_parameters())  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_draft_keeps_it_and_one_made_otherwise_keeps_nothing(
    any_world: World, any_session: Session
) -> None:
    company = db.session.get_one(Company, any_world.company_id)
    remembered = kept(simulate(Purchase(10_000_00, "sme", "cloud", cloud(), service_months=24), NOW))
    assert json.loads(json.dumps(remembered)) == remembered, "plain data"
    made = new_draft(company, any_world.owner, NOW, simulated=remembered).id
    plain = new_draft(company, any_world.owner, NOW).id
    db.session.expire_all()
    assert db.session.get_one(Claim, made).simulated == remembered
    assert remembered["solution"]["slug"] == CLOUD
    assert db.session.get_one(Claim, plain).simulated is None
