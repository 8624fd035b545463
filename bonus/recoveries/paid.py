"""What was paid of each decision, and what is not yet: the one place where undue sums look at payment orders.

Nothing is claimed back that did not leave: an order that the bank does not have is held while an undue sum is open
(art. 14), and what is too much in it is then not paid at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from bonus.accounts.acting import locked_company
from bonus.audit.service import SERVICE
from bonus.claims.models import Claim, Decision
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.payments.holding import orders_of_claim
from bonus.payments.holds import free, hold
from bonus.payments.models import PaymentOrder
from bonus.payments.order_changes import move
from bonus.regulation.wording import french

from .settlement_models import Settlement

WITH_THE_BANK = frozenset({"sent", "executed"})
"""The statuses of orders whose money left."""
NOT_PAID_ANY_MORE = frozenset({*WITH_THE_BANK, "cancelled", "offset"})
"""Those of which nothing is to be paid."""
UNDUE = "undue"
"""Why an order is held while an undue sum is open."""


@dataclass(frozen=True)
class Paid:
    """What was paid of a decision, in cents, and the day of the payment; None when nothing was."""

    cents: int = 0
    on: date | None = None


def paid_of(claim_id: int) -> dict[int, Paid]:
    """What was paid of each decision of a dossier, by the decision's id: by transfer, or by taking it off what its
    company owed. What an order gives back of the latter is no longer paid so."""
    found: dict[int, Paid] = {}
    query = select(PaymentOrder).join(Decision, Decision.id == PaymentOrder.decision_id)
    for order in db.session.scalars(query.where(Decision.claim_id == claim_id).order_by(PaymentOrder.id)):
        gives_back = order.restores_id is not None and order.status != "cancelled"
        cents = order.offset_cents - (order.amount_cents if gives_back else 0)
        if order.status in WITH_THE_BANK:
            cents += order.payable_cents
        former = found.get(order.decision_id, Paid())
        on = min(filter(None, (former.on, *_paid_on(order))), default=None)
        found[order.decision_id] = Paid(former.cents + cents, on)
    return {decision_id: paid for decision_id, paid in found.items() if paid.cents > 0}


def _paid_on(order: PaymentOrder) -> Iterator[date]:
    """The days on which something of an order was paid, for good: that of its transfer, those of its offsets."""
    if order.status in WITH_THE_BANK and order.payable_cents and order.batch is not None:
        yield order.batch.execution_on
    if order.offset_cents:
        query = select(Settlement.received_on).where(Settlement.payment_order_id == order.id)
        yield from db.session.scalars(query.where(Settlement.undone_at.is_(None)))


def to_pay_of(claim_id: int) -> dict[int, int]:
    """What is still to be paid of each decision of a dossier that has an order, in cents, by the decision's id."""
    rows = db.session.execute(
        select(
            PaymentOrder.decision_id,
            PaymentOrder.status,
            PaymentOrder.amount_cents,
            PaymentOrder.offset_cents,
        )
        .join(Decision, Decision.id == PaymentOrder.decision_id)
        .where(Decision.claim_id == claim_id)
    )
    found: dict[int, int] = {}
    for decision_id, status, amount, taken in rows:
        left = 0 if status in NOT_PAID_ANY_MORE else amount - taken
        found[decision_id] = found.get(decision_id, 0) + left
    return found


def hold_unpaid(claim: Claim, now: datetime) -> list[str]:
    """Hold what is to pay of a dossier, in the caller's transaction: the numbers of the orders."""
    locked_company(claim.company_id)  # an order made at this moment is held too, or comes after
    waiting = [order for order in orders_of_claim(claim.id) if order.status not in NOT_PAID_ANY_MORE]
    return [order.number for order in hold(waiting, UNDUE, SERVICE, now)]


def free_unpaid(claim: Claim, now: datetime) -> list[str]:
    """End what an undue sum held, in the caller's transaction: the numbers of the orders that are due again."""
    locked_company(claim.company_id)
    return [order.number for order in free(orders_of_claim(claim.id), UNDUE, SERVICE, now)]


def reduce_unpaid(decision_id: int, cents: int, now: datetime) -> PaymentOrder | None:
    """Take from what is not paid of a decision what should not have been granted, in cents, in the caller's
    transaction: the order that was reduced or, when nothing is left of it, cancelled; None when nothing was taken.

    Raises Refusal while that order is in a batch, which was made for another sum.
    """
    orders = select(PaymentOrder).where(
        PaymentOrder.decision_id == decision_id,
        PaymentOrder.status.not_in(NOT_PAID_ANY_MORE),
        PaymentOrder.restores_id.is_(None),
    )
    order = db.session.scalars(
        orders.with_for_update(of=PaymentOrder).execution_options(populate_existing=True)
    ).first()
    if order is None:
        return None
    if order.status == "in_batch":
        raise Refusal(
            "recovery.in_batch",
            french(
                f"L’ordre {order.number} est dans un lot : un agent comptable doit d’abord écarter ce lot."
            ),
        )
    if order.payable_cents <= cents:
        # An appeal may still annul a withdrawal, and make it due again: it stays held for that.
        if any(one.reason == "revoked" for one in order.standing_holds):
            return None
        if order.offset_cents:  # what was offset stays so, and is all that is left of it
            order.amount_cents = order.offset_cents
            move(order, "offset", SERVICE, now, why=UNDUE)
            return order
        move(order, "cancel", SERVICE, now, why=UNDUE)
        return order
    order.amount_cents -= cents
    return order
