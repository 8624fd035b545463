"""What a decision is sealed with: the registry as known that moment, a hash that holds, a replay that agrees."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.facts import build_facts, canonical_sha256
from bonus.companies.models import Company, CompanyLink
from bonus.demo.invoices import BUYER, SELLER
from bonus.extensions import db
from bonus.money import amount_string
from bonus.registry.service import enter_certification
from bonus.regulation import evaluate, load_parameters
from tests.claims.reading import claim_of, decision_of, expected, lines_of
from tests.support.bills import Item, bill, demo_files
from tests.support.registry import KEEPER, certification_of, disown, learn
from tests.support.world import CLOUD, NOW, ON, SUITE, World, decided, draft, filed

SUITE_ITEM = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
AFTER = NOW + timedelta(hours=2)
GRANTED, NEVER = ("eligible", None, "3500.00"), ("refused", "solution.never_certified", "0.00")


def withdraw(recorded_at: datetime, *, retroactive: bool = True) -> None:
    learn(certification_of(SUITE), "withdrawn", date(2026, 11, 1), recorded_at, retroactive=retroactive)


def test_what_the_registry_learns_later_is_left_out(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [bill(SUITE_ITEM)])
    withdraw(NOW + timedelta(microseconds=1))
    assert expected(dossier, NOW) == [GRANTED]
    [(status, reason, _)] = expected(dossier, NOW + timedelta(microseconds=1))
    assert (status, reason) == ("refused", "solution.certification_withdrawn")


def test_what_it_learns_at_that_very_moment_counts(world: World, session: Session) -> None:
    dossier = draft(world, [bill(SUITE_ITEM)])
    withdraw(NOW)
    assert expected(dossier, NOW)[0][1] == "solution.certification_withdrawn"


def test_a_certification_entered_later_was_not_known(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [bill(SUITE_ITEM)])
    certification = certification_of(SUITE)
    disown(certification.facts[0], NOW - timedelta(days=1))
    enter_certification(certification.solution, "NFG", "NFG-bis", date(2026, 1, 1), ON, KEEPER, AFTER)
    db.session.commit()
    assert expected(dossier, NOW) == [NEVER]
    assert expected(dossier, AFTER) == [GRANTED]


def test_events_of_one_day_are_told_in_the_order_entered(world: World, session: Session) -> None:
    dossier = draft(world, [bill(SUITE_ITEM)])
    certification = certification_of(SUITE)
    for kind in ("suspended", "reinstated"):
        learn(certification, kind, date(2026, 10, 1), NOW)
    [solution] = build_facts(claim_of(dossier), filed_at=NOW, grant_date=ON, known_at=NOW).facts["registry"][
        "solutions"
    ]
    events = solution["certifications"][0]["events"]
    assert [event["type"] for event in events] == ["suspended", "reinstated"]
    assert expected(dossier) == [GRANTED]


# ---------------------------------------------------------------- sealed


def test_the_stored_facts_give_the_stored_result_again(any_world: World, any_session: Session) -> None:
    """After a round trip through the database, and whatever became of the registry since."""
    files = [*demo_files(ON), bill(Item(1_000_00, "Chaise", "CH-1"), number="N° 2026/É 7")]
    dossier = decided(any_world, draft(any_world, files))
    withdraw(AFTER)
    any_session.expire_all()
    decision = decision_of(dossier)
    law = load_parameters()
    assert decision.parameters_version == law.version
    [again] = evaluate(decision.facts, law, trace=True)["claims"]
    assert again["lines"] == decision.result["lines"]
    assert (again["outcome"], again["bonus"]) == (decision.outcome, amount_string(decision.bonus_cents))
    assert canonical_sha256(decision.facts) == decision.facts_sha256
    assert sum(line.bonus_cents for line in decision.lines) == decision.bonus_cents
    assert [
        (
            line.status,
            line.reason,
            amount_string(line.base_cents),
            line.rate_bp,
            amount_string(line.bonus_cents),
        )
        for line in decision.lines
    ] == [(row["status"], row["reason"], row["base"], row["rate_bp"], row["bonus"]) for row in again["lines"]]


def test_a_decision_is_not_changed_by_what_is_learnt_later(world: World, session: Session) -> None:
    dossier = decided(world, draft(world, [bill(SUITE_ITEM)]))
    withdraw(AFTER)
    company = db.session.get_one(Company, world.company_id)
    company.headcount = 9_999
    db.session.commit()
    assert lines_of(dossier) == [("eligible", None, 3_500_00)]
    assert decision_of(dossier).facts["beneficiaries"][0]["headcount"] == 42


def test_the_reasons_name_each_line_with_its_article(world: World, session: Session) -> None:
    dossier = decided(world, draft(world, [bill(SUITE_ITEM, Item(1_000_00, "Chaise", "CH-1"), number="F-9")]))
    granted, refused = decision_of(dossier).reasons.splitlines()
    assert granted.startswith("Facture F-9, ligne 1\N{NO-BREAK SPACE}: ")
    assert refused.startswith("Facture F-9, ligne 2\N{NO-BREAK SPACE}: ")
    assert "art. 6" in granted
    assert "art. 4" in refused


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_the_hash_outlives_a_round_trip_and_another_order_of_keys(facts: dict[str, Any]) -> None:
    sealed = canonical_sha256(facts)
    assert canonical_sha256(json.loads(json.dumps(facts))) == sealed
    assert canonical_sha256(dict(reversed(facts.items()))) == sealed


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=5), JSON, min_size=1, max_size=5), st.data())
def test_the_hash_tells_any_change(facts: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(facts)))
    assert canonical_sha256(facts | {key: {"changed": facts[key]}}) != canonical_sha256(facts)


# ---------------------------------------------------------------- what the law is told


def test_credit_notes_are_deducted_and_named(any_world: World, any_session: Session) -> None:
    claim = claim_of(draft(any_world, demo_files(ON)))
    gathered = build_facts(claim, filed_at=NOW, grant_date=ON, known_at=NOW)
    bought, credit, other = claim.invoices
    assert gathered.applied_credit_notes == {credit.id: bought.id}
    invoices = gathered.facts["claims"][0]["invoices"]
    assert [invoice["number"] for invoice in invoices] == [bought.number, other.number]
    assert [line["net"] for line in invoices[0]["lines"]] == ["11400.00", "3192.00", "3515.00"]
    assert len(gathered.lines) == 5


def test_a_discount_line_is_no_purchase(world: World, session: Session) -> None:
    dossier = draft(world, [bill(SUITE_ITEM, Item(-1_000_00, "Remise fidélité", "REM"))])
    assert expected(dossier) == [("eligible", None, "3150.00")]


def test_an_unmatched_credit_note_is_refused_and_takes_nothing_from_others(
    world: World, session: Session
) -> None:
    dossier = draft(world, [bill(SUITE_ITEM), bill(Item(-5_000_00), corrects="INCONNUE")])
    assert expected(dossier) == [GRANTED, ("refused", "purchase.no_amount", "0.00")]


def test_dates_of_service_reach_the_law(world: World, session: Session) -> None:
    """Two years: 365 days of 730 (art. 5.2)."""
    service = (date(2026, 10, 1), date(2028, 9, 30))
    dossier = draft(world, [bill(Item(7_310_00, SUITE_ITEM.name, SUITE_ITEM.reference, service))])
    [line] = build_facts(claim_of(dossier), filed_at=NOW, grant_date=ON, known_at=NOW).facts["claims"][0][
        "invoices"
    ][0]["lines"]
    assert (line["service_start"], line["service_end"]) == ("2026-10-01", "2028-09-30")
    assert expected(dossier) == [("eligible", None, "1277.50")]  # 7 310 × 365/731 = 3 650; 35 %


@pytest.mark.parametrize("kind", ["group", "single_undertaking"])
@pytest.mark.parametrize("listed_by", ["buyer", "seller"])
def test_a_purchase_inside_the_group_whoever_lists_it(
    any_world: World, any_session: Session, kind: str, listed_by: str
) -> None:
    """Art. 7: the set is the same whichever side lists the link; art. 5.3 refuses the purchase."""
    lister, member = (BUYER.siren, SELLER.siren) if listed_by == "buyer" else (SELLER.siren, BUYER.siren)
    company = db.session.scalars(select(Company).where(Company.siren == lister)).one_or_none()
    if company is None:
        company = Company(
            siren=lister, name="Vendeur", naf="62.01Z", headcount=1, turnover_cents=0, balance_sheet_cents=0
        )
        company.created_at = NOW
        db.session.add(company)
    company.links.append(CompanyLink(kind=kind, member=member))
    db.session.commit()
    assert expected(draft(any_world, [bill(SUITE_ITEM)])) == [("refused", "purchase.intra_group", "0.00")]


def test_a_chain_of_links_through_an_absent_member(world: World, session: Session) -> None:
    buyer = db.session.get_one(Company, world.company_id)
    neighbour = db.session.get_one(Company, world.neighbour_id)
    buyer.links.append(CompanyLink(kind="group", member="DE136695976"))
    neighbour.links.append(CompanyLink(kind="group", member="DE136695976"))
    neighbour.links.append(CompanyLink(kind="group", member=SELLER.siren))
    db.session.commit()
    assert expected(draft(world, [bill(SUITE_ITEM)]))[0][1] == "purchase.intra_group"


def test_links_of_the_two_kinds_do_not_make_one_chain(world: World, session: Session) -> None:
    buyer = db.session.get_one(Company, world.company_id)
    neighbour = db.session.get_one(Company, world.neighbour_id)
    buyer.links.append(CompanyLink(kind="group", member=neighbour.siren))
    neighbour.links.append(CompanyLink(kind="single_undertaking", member=SELLER.siren))
    db.session.commit()
    assert expected(draft(world, [bill(SUITE_ITEM)])) == [GRANTED]


def test_a_filed_dossier_keeps_its_filing_time(world: World, session: Session) -> None:
    dossier = filed(world, draft(world, [bill(SUITE_ITEM)]))
    decided(world, dossier, now=AFTER)
    [claim] = decision_of(dossier).facts["claims"]
    assert (claim["filed_at"], claim["id"]) == (NOW.isoformat(), dossier.number)
    assert decision_of(dossier).facts["registry"]["solutions"][0]["id"] != CLOUD
