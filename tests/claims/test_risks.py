"""Flags of real dossiers: found at filing, again each day, on what the database holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from bonus.claims.models import Claim
from bonus.claims.risk_facts import _covered_until
from bonus.claims.risk_models import RiskFlag
from bonus.claims.risks import flag, flag_open, flags_of
from bonus.companies.models import BankAccount, Company
from bonus.demo.invoices import BUYER, SELLER
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments.accounts import ask_for_change
from tests.support.bills import Item, bill
from tests.support.registry import certification_of, learn
from tests.support.space import account_input
from tests.support.words import plain
from tests.support.world import NOW, SUITE, Dossier, World, decided, draft, filed, proposed, run_jobs

DAY = timedelta(days=1)


def codes(dossier: Dossier) -> list[str]:
    db.session.expire_all()
    found = sorted(one.code for one in flags_of(dossier.id))
    claim = db.session.get_one(Claim, dossier.id)
    assert claim.risk_weight == sum(one.weight for one in flags_of(dossier.id))
    db.session.rollback()
    return found


def file(world: World, *files: tuple[str, bytes], company_id: int | None = None, later: int = 0) -> Dossier:
    now = NOW + later * timedelta(minutes=1)
    return filed(world, draft(world, files or None, company_id=company_id, now=now), now=now)


def test_a_plain_dossier_has_none(any_world: World, any_session: Session) -> None:
    assert codes(file(any_world)) == []


@pytest.mark.parametrize(("number", "reused"), [("F-2026/77", True), ("f202677", True), ("F-2026/78", False)])
def test_an_invoice_of_another_company(
    any_world: World, any_session: Session, number: str, *, reused: bool
) -> None:
    first = file(any_world, bill(number="F 2026-77"))
    with_it = file(any_world, bill(number=number), company_id=any_world.neighbour_id, later=1)
    assert codes(with_it) == (["invoice_reused"] if reused else [])
    assert codes(first) == []  # the earlier one holds it
    if reused:
        (one,) = flags_of(with_it.id)
        assert f"dossier {first.number}, d’une autre entreprise" in plain(one.sentence)


def test_of_another_seller_or_year_it_is_another(world: World, session: Session) -> None:
    file(world, bill(number="F-1"))
    other = replace(SELLER, name="Autre", siren="900400508", vat_number="FR50900400508")
    assert codes(file(world, bill(number="F1", seller=other), later=1)) == []


def test_what_was_given_up_or_refused_holds_nothing(world: World, session: Session) -> None:
    decided(
        world,
        draft(world, [bill(number="F-9")]),
        outcome="refuse",
        reasons="Pièce manquante : le règlement l’exige (art. 5).",
    )
    assert codes(file(world, bill(number="F9"), later=1)) == []


def test_an_account_asked_for_is_flagged_without_waiting_for_the_night(world: World) -> None:
    """The reviewer who has the dossier open an hour later sees it."""
    dossier = filed(world)
    with world.app.app_context():
        ask_for_change(world.company_id, account_input(), document_store(), world.owner, NOW)
    run_jobs(world, NOW + timedelta(hours=1))
    with world.app.app_context():
        assert "new_iban" in codes(dossier)
        (one,) = (each for each in flags_of(dossier.id) if each.code == "new_iban")
        assert one.found_at == NOW + timedelta(hours=1)


def test_a_new_iban(any_world: World, any_session: Session) -> None:
    dossier = file(any_world)
    account = db.session.scalars(
        select(BankAccount).where(BankAccount.company_id == any_world.company_id)
    ).one()
    account.ended_at = NOW
    db.session.flush()
    db.session.add(
        BankAccount(
            company_id=any_world.company_id, holder="X", iban="FR7630006000011234567890189", created_at=NOW
        )
    )
    db.session.commit()
    assert flag_open(NOW + DAY) == 1
    assert codes(dossier) == ["new_iban"]
    assert flag_open(NOW + 2 * DAY) == 0  # again: nothing changes
    (one,) = flags_of(dossier.id)
    assert one.found_at == NOW + DAY


def test_an_amount_far_from_the_usual_one(any_world: World, any_session: Session) -> None:
    file(any_world, *(bill(Item(1_000_00 + 10_00 * rank)) for rank in range(12)))
    usual = file(any_world, bill(Item(1_100_00)), company_id=any_world.neighbour_id, later=1)
    far = file(any_world, bill(Item(20_000_00)), company_id=any_world.neighbour_id, later=2)
    assert codes(usual) == []
    assert codes(far) == ["unusual_price"]


def test_a_label_that_another_follows_without_a_break_does_not_end() -> None:
    day, days = date(2026, 10, 15), [timedelta(days=count) for count in (5, 6, 7, 60)]
    first, next_day, a_day_later = (
        (day, day + days[0]),
        (day + days[1], day + days[3]),
        (day + days[2], day + days[3]),
    )
    assert _covered_until(day, [next_day, first]) == day + days[3]
    assert _covered_until(day, [first, a_day_later]) == day + days[0]
    assert _covered_until(day, [a_day_later]) is None


def test_a_label_withdrawn_soon_after(any_world: World, any_session: Session) -> None:
    learn(certification_of(SUITE), "withdrawn", date(2026, 11, 1), NOW - DAY)
    item = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
    assert codes(file(any_world, bill(item, issued_on=date(2026, 10, 15)))) == ["label_ending"]
    assert codes(file(any_world, bill(item, issued_on=date(2026, 9, 1)), later=1)) == []


def test_a_young_company(any_world: World, any_session: Session) -> None:
    company = db.session.get_one(Company, any_world.company_id)
    company.founded_on = date(2026, 11, 1)
    db.session.commit()
    assert codes(file(any_world)) == ["new_company"]


def test_three_dossiers_just_under_the_limit(any_world: World, any_session: Session) -> None:
    """A rate of 45 %: 11 000 € bought give 4 950 €."""
    first, second, third = (file(any_world, bill(Item(11_000_00)), later=rank) for rank in range(3))
    assert (codes(first), codes(second), codes(third)) == ([], [], ["under_limit"])


def test_seller_and_buyer_at_one_address(any_world: World, any_session: Session) -> None:
    seller = replace(SELLER, address=BUYER.address.upper(), postcode=BUYER.postcode)
    assert codes(file(any_world, bill(seller=seller))) == ["same_address"]


def test_once_decided_the_flags_stay_as_they_were(world: World, session: Session) -> None:
    seller = replace(SELLER, address=BUYER.address, postcode=BUYER.postcode)
    open_one, done = (
        proposed(world, draft(world, [bill(seller=seller)])),
        decided(world, draft(world, [bill(seller=seller)])),
    )
    company = db.session.get_one(Company, world.company_id)
    company.street = "1 rue d’ailleurs"
    db.session.commit()
    assert flag_open(NOW + DAY) == 1
    assert (codes(open_one), codes(done)) == ([], ["same_address"])


def test_a_flag_is_kept_once(any_world: World, any_session: Session) -> None:
    seller = replace(SELLER, address=BUYER.address, postcode=BUYER.postcode)
    dossier = file(any_world, bill(seller=seller))
    claim = db.session.get_one(Claim, dossier.id)
    flag(claim, NOW + DAY)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(RiskFlag)) == 1


@pytest.mark.parametrize("invoices", [2, 30])
def test_the_queries_do_not_grow_with_the_dossier(world: World, session: Session, invoices: int) -> None:
    for company_id in (world.company_id, world.neighbour_id):
        files = [bill(Item(100_00 + rank), number=f"N-{rank}") for rank in range(invoices)]
        dossier = file(world, *files, company_id=company_id, later=company_id)
    claim = db.session.get_one(Claim, dossier.id)
    assert claim.company.name
    asked: list[str] = []

    def count(*args: object) -> None:
        asked.append(str(args[2]))

    engine = db.session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    try:
        flag(claim, NOW)
        db.session.flush()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert codes(dossier) == ["invoice_reused"]
    assert len([statement for statement in asked if statement.startswith("SELECT")]) <= 9


def test_one_seller_at_two_addresses(world: World, session: Session) -> None:
    """Its invoices bear two places: both are looked at, in one order."""
    elsewhere = replace(SELLER, address="9 quai de l’Autre")
    dossier = draft(world, [bill(number="P-1"), bill(number="P-2", seller=elsewhere)])
    filed(world, dossier)
    assert [flag.code for flag in flags_of(dossier.id)] == []
