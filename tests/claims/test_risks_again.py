"""Flags are found again with what changes a dossier: its answer, the registry, an annulment; not at night alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bonus.claims.follow import follow_change
from bonus.claims.models import Claim
from bonus.claims.risks import flags_of
from bonus.companies.models import Company
from bonus.demo.invoices import BUYER, SELLER
from bonus.extensions import db
from tests.support.appeals import REASONS, answered, appealed
from tests.support.bills import Item, bill
from tests.support.registry import certification_of, learn
from tests.support.requests import RECEIVED, asked
from tests.support.requests import answered as sent
from tests.support.world import NOW, SUITE, Dossier, World, decided, draft, filed, run_jobs

DAY = timedelta(days=1)


def codes(dossier: Dossier) -> list[str]:
    db.session.expire_all()
    found = sorted(one.code for one in flags_of(dossier.id))
    weight = sum(one.weight for one in flags_of(dossier.id))
    assert db.session.get_one(Claim, dossier.id).risk_weight == weight
    db.session.rollback()
    return found


def moves_in_with_its_seller(world: World) -> None:
    company = db.session.get_one(Company, world.company_id)
    company.street, company.postcode = SELLER.address, SELLER.postcode
    db.session.commit()


def test_with_the_answer_to_a_request(any_world: World, any_session: Session) -> None:
    dossier = asked(any_world)
    assert codes(dossier) == []
    moves_in_with_its_seller(any_world)
    assert codes(dossier) == []
    sent(any_world, dossier, day=RECEIVED)
    assert codes(dossier) == ["same_address"]


def test_with_a_change_of_the_registry(any_world: World, any_session: Session) -> None:
    item = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
    files = [bill(item, issued_on=date(2026, 10, 15))]
    open_one = filed(any_world, draft(any_world, files))
    fact = learn(certification_of(SUITE), "withdrawn", date(2026, 11, 1), NOW + DAY)
    assert codes(open_one) == []
    follow_change(fact.change_id, NOW + DAY)
    run_jobs(any_world, NOW + DAY)
    assert codes(open_one) == ["label_ending"]


def test_not_of_what_is_decided(world: World, session: Session) -> None:
    item = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
    dossier = decided(world, draft(world, [bill(item, issued_on=date(2026, 10, 15))]))
    fact = learn(certification_of(SUITE), "withdrawn", date(2026, 11, 1), NOW + DAY)
    follow_change(fact.change_id, NOW + DAY)
    run_jobs(world, NOW + DAY)
    assert codes(dossier) == []


def test_with_an_annulment(world: World, session: Session) -> None:
    seller = replace(SELLER, address=BUYER.address, postcode=BUYER.postcode)
    dossier = decided(world, draft(world, [bill(seller=seller)]), outcome="refuse", reasons=REASONS)
    company = db.session.get_one(Company, world.company_id)
    company.street = "1 rue d’ailleurs"
    db.session.commit()
    assert codes(dossier) == ["same_address"]
    answered(world, appealed(world, dossier), "annul")
    assert codes(dossier) == []
