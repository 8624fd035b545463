"""A debt of the State is barred four years after 31 December of its year (art. 14): warned of, then set aside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.budget.models import Commitment, CreditRelease
from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.payments.acts import hold_order, reopen_order
from bonus.payments.batches import make_batch, sign_batch
from bonus.payments.debts import barred_from, is_near, note_claim, set_aside_barred, soon_barred
from bonus.payments.models import PaymentOrder
from bonus.payments.order_changes import move
from bonus.recoveries.ending import cancel
from bonus.recoveries.offsets import offset, offsettable
from bonus.recoveries.repayments import repay
from tests.support.ledger import wrong
from tests.support.payments import sent_batch
from tests.support.recoveries import granted
from tests.support.requests import at
from tests.support.settlements import ISSUED, REASONS, titre
from tests.support.words import plain
from tests.support.world import World

DAY = timedelta(days=1)
LAST, BARRED = date(2030, 12, 31), date(2031, 1, 1)
"""Of a debt of 2026."""


def unpaid(world: World) -> PaymentOrder:
    granted(world, paid=False)
    return db.session.scalars(select(PaymentOrder)).one()


def again(order: PaymentOrder) -> PaymentOrder:
    return db.session.scalars(select(PaymentOrder).where(PaymentOrder.number == order.number)).one()


def test_on_31_december_it_is_paid_and_on_1_january_it_is_set_aside(
    any_world: World, any_session: Session
) -> None:
    order = unpaid(any_world)
    assert barred_from(order) == BARRED
    assert set_aside_barred(at(LAST)) == 0
    assert set_aside_barred(at(BARRED)) == 1
    order = again(order)
    assert (order.status, order.changes[-1].why) == ("cancelled", "prescription quadriennale")
    entry = db.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "cancelled")).one()
    assert entry.amount_cents == 4_500_00
    release = db.session.scalars(select(CreditRelease)).one()
    assert (release.kind, release.amount_cents) == ("released_late", 4_500_00), "nothing comes back"
    commitment = db.session.scalars(select(Commitment)).one()
    assert commitment.released_cents == 4_500_00
    said = db.session.scalars(select(Notice.sentence).where(Notice.kind == "debt_barred")).one()
    assert "4 500,00 € de votre bonus" in plain(said)
    assert set_aside_barred(at(BARRED)) == 0
    assert wrong() == []


@pytest.mark.parametrize(("day", "taken"), [(LAST, True), (BARRED, False)])
def test_a_batch_takes_it_until_the_last_day(world: World, session: Session, day: date, taken: bool) -> None:
    order = unpaid(world)
    if taken:
        make_batch(day, day, world.accounting_officer, at(day))
        assert again(order).status == "in_batch"
        return
    with pytest.raises(Refusal, match=r"payment\.nothing_due"):
        make_batch(day, day, world.accounting_officer, at(day))


def test_a_batch_made_in_time_leaves_no_more(world: World, session: Session) -> None:
    order = unpaid(world)
    batch = make_batch(LAST, LAST, world.accounting_officer, at(LAST))
    assert set_aside_barred(at(BARRED)) == 0, "its batch is dismissed first"
    with pytest.raises(Refusal) as refused:
        sign_batch(batch.number, world.other_accounting_officer, at(BARRED))
    assert (refused.value.code, order.number in refused.value.sentence) == ("payment.barred_in_batch", True)


def test_held_or_refused_by_the_bank_it_is_barred_too(world: World, session: Session) -> None:
    order = unpaid(world)
    hold_order(order.number, "by_hand", "Le compte indiqué est contesté.", world.accounting_officer, at(LAST))
    assert again(order).status == "held"
    assert set_aside_barred(at(BARRED)) == 1
    assert wrong() == []


def test_a_transfer_handed_to_the_bank_begins_four_years_anew(world: World, session: Session) -> None:
    """Law of 31 December 1968, art. 2: from the first day of the year after."""
    order, day = unpaid(world), date(2028, 5, 2)
    sent_batch(day, day, world.accounting_officer, at(day))
    move(again(order), "reject", world.accounting_officer, at(day), why="AC04", message="X")
    db.session.commit()
    assert barred_from(again(order)) == date(2033, 1, 1)
    assert set_aside_barred(at(date(2032, 12, 31))) == 0
    reopen_order(
        order.number, "Le compte est de nouveau ouvert.", world.accounting_officer, at(date(2032, 12, 31))
    )
    assert set_aside_barred(at(date(2033, 1, 1))) == 1
    assert wrong() == []


def test_a_written_claim_begins_them_anew(world: World, session: Session) -> None:
    order, officer = unpaid(world), world.accounting_officer
    with pytest.raises(InvalidInput):
        note_claim(order.number, "LR", LAST, officer, at(LAST))
    db.session.rollback()
    with pytest.raises(InvalidInput):
        note_claim(order.number, "LRAR 12", LAST + DAY, officer, at(LAST))
    db.session.rollback()
    with pytest.raises(Forbidden):
        note_claim(order.number, "LRAR 12", LAST, world.officer, at(LAST))
    db.session.rollback()
    with pytest.raises(Refusal):
        note_claim(order.number, "LRAR 12", BARRED, officer, at(BARRED))
    db.session.rollback()
    # Made in time, it counts though it is noted the day after.
    note_claim(order.number, " LRAR  12 ", LAST, officer, at(BARRED))
    assert barred_from(again(order)) == date(2035, 1, 1)
    assert set_aside_barred(at(date(2034, 12, 31))) == 0
    assert set_aside_barred(at(date(2035, 1, 1))) == 1


def test_it_is_said_in_the_last_year(world: World, session: Session) -> None:
    order = unpaid(world)
    before, first = date(2029, 12, 31), date(2030, 1, 1)
    assert (soon_barred(before), is_near(order, before)) == (([], 0), False)
    assert (soon_barred(first), is_near(order, first)) == (([order], 1), True)


def test_what_gives_back_a_cancelled_titre_is_of_the_year_of_the_cancellation(
    world: World, session: Session
) -> None:
    one, day = titre(world), date(2026, 12, 31)
    repay(one.number, 100_00, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    (order,) = cancel(one.number, REASONS, world.other_officer, at(day))
    assert barred_from(order) == BARRED
    db.session.rollback()


def test_nothing_barred_is_kept_for_a_titre(world: World, session: Session) -> None:
    one = titre(world)
    day = date(2026, 6, 5)
    granted(world, paid=False, day=day)
    [order] = offsettable(one, LAST)
    assert offsettable(one, BARRED) == []
    with pytest.raises(Refusal) as refused:
        offset(order.number, one.number, None, world.accounting_officer, at(BARRED))
    assert refused.value.code == "offset.debt_barred"
