"""What an undue sum claims, kept from a later bonus of the same beneficiary (art. 14)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.payments.models import PaymentOrder
from bonus.recoveries.ending import cancel
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.offsets import offset, offsettable, open_titres_of
from bonus.recoveries.plans import set_plan
from bonus.recoveries.settlement_models import Settlement
from tests.support.bills import Item
from tests.support.recoveries import YEAR, drafted, granted
from tests.support.requests import at
from tests.support.settlements import CLAIMED, ISSUED, REASONS, titre, whole
from tests.support.words import plain
from tests.support.world import Dossier, World


def later(world: World, cents: int = 1_000_00) -> tuple[Dossier, PaymentOrder]:
    """A bonus of 45 % of so much, granted on the day the titre is issued, and to be paid."""
    dossier = granted(world, Item(cents, service=YEAR), paid=False, day=ISSUED)
    query = select(PaymentOrder).order_by(PaymentOrder.id.desc())
    order = db.session.scalars(query).first()
    assert order is not None
    return dossier, order


def entered(kind: str) -> list[int]:
    query = select(LedgerEntry.amount_cents).where(LedgerEntry.kind == kind).order_by(LedgerEntry.id)
    return list(db.session.scalars(query))


def test_a_bonus_below_the_titre_is_kept_whole(any_world: World, any_session: Session) -> None:
    one, (_, order) = titre(any_world), later(any_world)
    assert order.amount_cents == 450_00
    assert [row.number for row in offsettable(one, ISSUED)] == [order.number]
    assert [row.number for row in open_titres_of(one.recovery.claim.company_id)] == [one.number]
    offset(order.number, one.number, None, any_world.accounting_officer, at(ISSUED))
    assert (order.status, order.offset_cents, order.payable_cents) == ("offset", 450_00, 0)
    assert order.decision.bonus_cents == 450_00, "the bonus granted stays what it is"
    assert (one.remaining_cents, one.status) == (CLAIMED - 450_00, "open")
    assert entered("offset") == [450_00]
    assert whole(one)
    said = [
        plain(text)
        for text in db.session.scalars(select(Notice.sentence).where(Notice.kind == "undue_settled"))
    ]
    assert any(order.number in text and "Le bonus accordé ne change pas" in text for text in said)
    assert not offsettable(one, ISSUED)


def test_a_bonus_above_the_titre_is_paid_for_the_rest(any_world: World, any_session: Session) -> None:
    one, (_, order) = titre(any_world), later(any_world, 10_000_00)
    offset(order.number, one.number, 100_00, any_world.accounting_officer, at(ISSUED))
    assert (order.status, order.payable_cents) == ("to_pay", 4_400_00)
    offset(order.number, one.number, None, any_world.accounting_officer, at(ISSUED))
    assert (order.status, order.payable_cents) == ("to_pay", 4_500_00 - CLAIMED)
    assert (one.status, one.remaining_cents) == ("settled", 0)
    assert sum(entered("offset")) == CLAIMED
    assert whole(one)


def test_a_cent_more_than_both_allow_is_refused(world: World, session: Session) -> None:
    one, (_, order) = titre(world), later(world)
    for cents in (450_01, 0, -1):
        with pytest.raises(InvalidInput):
            offset(order.number, one.number, cents, world.accounting_officer, at(ISSUED))
        db.session.rollback()
    with pytest.raises(Forbidden):
        offset(order.number, one.number, None, world.other_officer, at(ISSUED))


def test_a_titre_that_is_disputed_or_paid_in_instalments_is_not_offset(
    world: World, session: Session
) -> None:
    dossier = granted(world)
    one, (_, order) = titre(world, dossier), later(world)
    plan = set_plan(one.number, 2, ISSUED, world.accounting_officer, at(ISSUED))
    with pytest.raises(Refusal) as refused:
        offset(order.number, one.number, None, world.accounting_officer, at(ISSUED))
    assert refused.value.code == "offset.instalments"
    db.session.rollback()
    plan.status, plan.ended_at = "broken", at(ISSUED)
    db.session.commit()
    drafted(world, dossier)
    with pytest.raises(Refusal) as refused:
        offset(order.number, one.number, None, world.accounting_officer, at(ISSUED))
    assert refused.value.code == "offset.disputed"


def test_what_is_paid_already_is_not_offset(world: World, session: Session) -> None:
    one = titre(world)
    paid = db.session.scalars(select(PaymentOrder)).first()
    assert paid is not None
    with pytest.raises(Refusal) as refused:
        offset(paid.number, one.number, None, world.accounting_officer, at(ISSUED))
    assert refused.value.code == "offset.not_due"


def test_nothing_is_offset_from_the_barring_day(world: World, session: Session) -> None:
    one, (_, order) = titre(world), later(world)
    barred = date(2031, 3, 16)
    with pytest.raises(Refusal) as refused:
        offset(order.number, one.number, None, world.accounting_officer, at(barred))
    assert refused.value.code == "settlement.barred"
    assert not offsettable(one, barred)


def test_what_was_offset_is_restored_when_the_titre_is_cancelled(
    any_world: World, any_session: Session
) -> None:
    one, (_, order) = titre(any_world), later(any_world)
    offset(order.number, one.number, None, any_world.accounting_officer, at(ISSUED))
    (restored,) = cancel(one.number, REASONS, any_world.other_officer, at(ISSUED))
    assert (restored.restores_id, restored.amount_cents, restored.status) == (order.id, 450_00, "to_pay")
    assert restored.decision_id == order.decision_id
    (settlement,) = db.session.scalars(select(Settlement).where(Settlement.kind == "offset")).all()
    assert settlement.undone_at is not None
    assert entered("restored") == [450_00]
    assert db.session.get_one(RecoveryOrder, one.id).status == "cancelled"
    assert whole(one)
