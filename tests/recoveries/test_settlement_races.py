"""Two payments at once, an offset while the batch is made, a job killed: nothing twice, nothing lost (art. 14)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.payments.batches import make_batch
from bonus.payments.models import PaymentBatch, PaymentOrder
from bonus.recoveries.bars import bar_what_is
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.offsets import offset
from bonus.recoveries.repayments import repay
from bonus.recoveries.settlement_models import Overpayment, Settlement
from tests.recoveries.test_offsets import later
from tests.support.crew import Crew, Refused
from tests.support.requests import at
from tests.support.settlements import CLAIMED, ISSUED, titre, whole
from tests.support.world import World

pytestmark = pytest.mark.slow


def pay(number: str, cents: int, reference: str, officer: Actor) -> bool:
    return repay(number, cents, reference, ISSUED, officer, at(ISSUED)).overpayment is None


def pay_or_offset(order: str, number: str, officer: Actor, which: str) -> str:
    if which == "batch":
        return make_batch(ISSUED, ISSUED, officer, at(ISSUED)).number
    return offset(order, number, None, officer, at(ISSUED)).reference


def bar(year: int) -> int:
    return bar_what_is(at(ISSUED.replace(year=year)))


def test_payments_at_once_never_take_a_titre_below_zero(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        number = titre(any_world).number
        db.session.rollback()
    officer = any_world.accounting_officer
    # Three of 1 000 €, one of them told twice: 2 268.49 are claimed.
    acts = [(number, 1_000_00, f"VIR {rank % 3}", officer) for rank in range(4)]
    results = crew.race(any_world.app, pay, acts)
    assert [one.code for one in results if isinstance(one, Refused)] == ["settlement.reference_known"]
    with any_world.app.app_context():
        one = db.session.scalars(select(RecoveryOrder)).one()
        assert (one.status, one.remaining_cents) == ("settled", 0)
        assert whole(one)
        kept = db.session.scalar(select(func.sum(Overpayment.amount_cents)))
        assert int(kept or 0) == 3_000_00 - CLAIMED
        entered = select(func.sum(LedgerEntry.amount_cents)).where(LedgerEntry.kind == "repaid")
        assert int(db.session.scalar(entered) or 0) == CLAIMED
        db.session.rollback()


def test_an_order_is_offset_or_batched_never_both(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        number = titre(any_world).number
        order = later(any_world)[1].number
        db.session.rollback()
    officers = (any_world.accounting_officer, any_world.other_accounting_officer)
    acts = [(order, number, officers[rank % 2], which) for rank, which in enumerate(["batch", "offset"] * 2)]
    results = crew.race(any_world.app, pay_or_offset, acts)
    assert len([one for one in results if not isinstance(one, Refused)]) == 1
    with any_world.app.app_context():
        found = db.session.scalars(select(PaymentOrder).where(PaymentOrder.number == order)).one()
        batched = db.session.scalars(
            select(PaymentBatch).where(PaymentBatch.id == found.batch_id)
        ).one_or_none()
        one = db.session.scalars(select(RecoveryOrder)).one()
        if found.status == "offset":
            assert (batched, one.remaining_cents) == (None, CLAIMED - found.amount_cents)
        else:
            assert (found.status, found.offset_cents, one.remaining_cents) == ("in_batch", 0, CLAIMED)
        assert whole(one)
        db.session.rollback()


def test_time_bars_once_whatever_runs(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        titre(any_world)
        db.session.rollback()
    assert sum(crew.race(any_world.app, bar, [(2032,)] * 3)) == 1
    with any_world.app.app_context():
        (settlement,) = db.session.scalars(select(Settlement)).all()
        assert (settlement.kind, settlement.amount_cents) == ("barred", CLAIMED)
        db.session.rollback()
