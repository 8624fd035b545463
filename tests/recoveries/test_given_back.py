"""What a cancelled titre gives back, when another undue sum of the same decision follows (art. 14): what is not due is
not paid, what the ledger enters is what each order lost, and nothing is claimed twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.service import SERVICE
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.outbox import OutboxMessage
from bonus.payments.models import PaymentOrder
from bonus.payments.order_changes import move
from bonus.recoveries.deciding import confirm
from bonus.recoveries.ending import cancel
from bonus.recoveries.finding_forms import Found
from bonus.recoveries.models import Recovery
from bonus.recoveries.notifying import notify
from bonus.recoveries.offsets import offset
from bonus.recoveries.paid import paid_of
from bonus.recoveries.repayments import repay
from tests.support.bills import Item, bill
from tests.support.ledger import wrong
from tests.support.recoveries import DECIDED, WHY, YEAR, claim_of, drafted, granted, lines_of, pay, told
from tests.support.requests import at
from tests.support.settlements import DAY, ISSUED, REASONS, titre
from tests.support.world import Dossier, World, decided, draft

SAID = "Une partie de la facture n’ouvre pas droit au bonus."
NOTIFIED = ISSUED + DAY
CONFIRMED = NOTIFIED + timedelta(days=31)


def decided_again(world: World, dossier: Dossier, net_cents: int | None, day: date = NOTIFIED) -> Recovery:
    """Another undue sum of a dossier: so much of its line counts, or nothing of it; told to its company."""
    line_id = lines_of(dossier)[0].id
    if net_cents is None:
        recovery = drafted(world, dossier, Found("refused", line_id, said=SAID), origin="false_statement")
    else:
        recovery = drafted(world, dossier, Found("retained", line_id, said=SAID, net_cents=net_cents))
    notify(recovery.id, world.reviewer, at(day))
    return recovery


def kept_cents(dossier: Dossier) -> int:
    """What was paid of the dossier's decision and not given back."""
    paid = paid_of(dossier.id).get(claim_of(dossier).decisions[0].id)
    return paid.cents if paid is not None else 0


def order_of(dossier: Dossier) -> PaymentOrder:
    query = select(PaymentOrder).where(PaymentOrder.decision_id == claim_of(dossier).decisions[0].id)
    return db.session.scalars(query.where(PaymentOrder.restores_id.is_(None))).one()


def repaid_then_cancelled(world: World) -> tuple[Dossier, PaymentOrder]:
    """4 500 € paid, 1 000 € repaid on a titre that is cancelled: an order gives them back."""
    dossier = granted(world)
    one = titre(world, dossier)
    repay(one.number, 1_000_00, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    (restored,) = cancel(one.number, REASONS, world.other_officer, at(ISSUED))
    return dossier, restored


def test_what_was_repaid_is_not_given_back_when_nothing_is_due(
    any_world: World, any_session: Session
) -> None:
    dossier, restored = repaid_then_cancelled(any_world)
    recovery = decided_again(any_world, dossier, None)
    assert (recovery.amount_cents, recovery.unpaid_cents) == (3_500_00, 1_000_00)
    confirm(recovery.id, WHY, any_world.other_officer, at(CONFIRMED))
    assert restored.status == "cancelled"
    assert kept_cents(dossier) == 3_500_00, "the company has no more of it"
    assert wrong() == []


def test_a_part_of_what_was_repaid_is_not_given_back(any_world: World, any_session: Session) -> None:
    dossier, restored = repaid_then_cancelled(any_world)
    recovery = decided_again(any_world, dossier, 9_000_00)  # 45 % of them are due: 450 € less
    assert (recovery.amount_cents, recovery.unpaid_cents) == (0, 450_00)
    confirm(recovery.id, WHY, any_world.other_officer, at(CONFIRMED))
    assert (restored.status, restored.amount_cents) == ("to_pay", 550_00)
    assert kept_cents(dossier) == 3_500_00, "nothing more left"
    pay(any_world, CONFIRMED)
    assert kept_cents(dossier) == 4_050_00
    assert wrong() == []


def test_what_was_not_given_back_is_not_claimed_by_the_next(world: World, session: Session) -> None:
    dossier, _ = repaid_then_cancelled(world)
    confirm(decided_again(world, dossier, 9_000_00).id, WHY, world.other_officer, at(CONFIRMED))
    pay(world, CONFIRMED)
    last = decided_again(world, dossier, 8_000_00, CONFIRMED)
    assert (last.amount_cents, last.unpaid_cents) == (450_00, 0)
    confirm(last.id, WHY, world.other_officer, at(CONFIRMED + 31 * DAY))
    assert wrong() == []


def offset_then_cancelled(world: World) -> tuple[Dossier, PaymentOrder, PaymentOrder]:
    """4 500 € to pay, 1 000 € of them kept for a titre that is cancelled: an order gives them back beside the rest."""
    one = titre(world)
    dossier = granted(world, Item(10_000_00, service=YEAR), paid=False, day=ISSUED)
    order = order_of(dossier)
    offset(order.number, one.number, 1_000_00, world.accounting_officer, at(ISSUED))
    (restored,) = cancel(one.number, REASONS, world.other_officer, at(ISSUED))
    return dossier, order, restored


def test_each_order_loses_what_it_would_have_paid(any_world: World, any_session: Session) -> None:
    dossier, order, restored = offset_then_cancelled(any_world)
    recovery = decided_again(any_world, dossier, None)
    assert (recovery.amount_cents, recovery.unpaid_cents) == (0, 4_500_00)
    confirm(recovery.id, WHY, any_world.other_officer, at(CONFIRMED))
    assert (order.status, order.payable_cents) == ("offset", 0)
    assert restored.status == "cancelled"
    lost = select(LedgerEntry.amount_cents).where(LedgerEntry.kind == "cancelled")
    assert sorted(db.session.scalars(lost)) == [1_000_00, 3_500_00]
    assert kept_cents(dossier) == 0
    assert wrong() == []


def test_what_exceeds_the_first_order_is_taken_from_the_next(any_world: World, any_session: Session) -> None:
    dossier, order, restored = offset_then_cancelled(any_world)
    recovery = decided_again(any_world, dossier, 1_000_00)  # 450 € are due: 4 050 € less
    confirm(recovery.id, WHY, any_world.other_officer, at(CONFIRMED))
    assert (order.status, order.payable_cents) == ("offset", 0)
    assert (restored.status, restored.amount_cents) == ("to_pay", 450_00)
    assert wrong() == []


def test_an_undue_sum_waits_for_the_order_it_is_taken_from(world: World, session: Session) -> None:
    """An order that its job has not made yet would be made whole, after what was not due was decided."""
    bills = [bill(issued_on=DECIDED - 18 * DAY)]
    dossier = decided(world, draft(world, bills, now=at(DECIDED)), now=at(DECIDED))
    recovery = told(world, dossier, Found("refused", lines_of(dossier)[0].id, said=SAID), origin="control")
    pending = select(OutboxMessage).where(OutboxMessage.kind == "pay", OutboxMessage.done_at.is_(None))
    assert db.session.scalars(pending).one().subject_id == claim_of(dossier).decisions[0].id
    with pytest.raises(Refusal) as refusal:
        confirm(recovery.id, WHY, world.other_officer, at(ISSUED))
    assert refusal.value.code == "recovery.no_order_yet"


@pytest.mark.parametrize("kept", [5_000_00, None])
def test_a_transfer_that_came_back_after_it_was_repaid(
    kept: int | None, any_world: World, any_session: Session
) -> None:
    """Repaid, then returned by the bank, then the titre cancelled: both sums are owed, and what is undue is taken off
    them once."""
    dossier, back = repaid_then_cancelled(any_world)
    order = order_of(dossier)
    for action in ("execute", "return"):
        move(order, action, SERVICE, at(NOTIFIED), why="MS03", message="BK-1")
    db.session.commit()
    assert kept_cents(dossier) == -back.amount_cents
    recovery = decided_again(any_world, dossier, kept)
    due = 0 if kept is None else 2_250_00
    assert (recovery.amount_cents, recovery.unpaid_cents) == (0, 4_500_00 - due)
    confirm(recovery.id, WHY, any_world.other_officer, at(CONFIRMED))
    left = [one.payable_cents for one in (order, back) if one.status != "cancelled"]
    assert sum(left) == due + 1_000_00, "what was granted and is due, and what was repaid for nothing"
    assert wrong() == []
