"""What was paid of each decision, and what is not yet: the one place where undue sums look at payment orders.

Nothing is claimed back that did not leave: an order that the bank does not have is held while an undue sum is open
(art. 14), and what is too much in it is then not paid at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from bonus.accounts.acting import locked_company
from bonus.audit.service import SERVICE
from bonus.calendar import civil_date
from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from bonus.payments.holding import orders_of_claim
from bonus.payments.holds import free, hold
from bonus.payments.models import PaymentOrder
from bonus.payments.order_changes import move

PAID = frozenset({"in_batch", "sent", "executed", "offset"})
"""The statuses of orders whose money is with the bank, has reached the company, or was kept for what it owes."""
ENDED = frozenset({"cancelled"})
UNDUE = "undue"
"""Why an order is held while an undue sum is open."""


@dataclass(frozen=True)
class Paid:
    """What was paid of a decision, in cents, and the day of the payment; None when nothing was."""

    cents: int = 0
    on: date | None = None


def paid_of(claim_id: int) -> dict[int, Paid]:
    """What was paid of each decision of a dossier, by the decision's id. What an order gives back, of what was taken
    from another, was not paid until it is."""
    found: dict[int, Paid] = {}
    query = (
        select(PaymentOrder)
        .join(Decision, Decision.id == PaymentOrder.decision_id)
        .where(Decision.claim_id == claim_id)
        .order_by(PaymentOrder.id)
    )
    for order in db.session.scalars(query):
        former = found.get(order.decision_id, Paid())
        is_paid, gives_back = order.status in PAID, order.restores_id is not None
        if is_paid and not gives_back:
            on = min(filter(None, (former.on, _paid_on(order))), default=None)
            found[order.decision_id] = Paid(former.cents + order.amount_cents, on)
        elif gives_back and not is_paid and order.status != "cancelled":
            found[order.decision_id] = Paid(former.cents - order.amount_cents, former.on)
    return found


def _paid_on(order: PaymentOrder) -> date:
    return order.batch.execution_on if order.batch is not None else civil_date(order.created_at)


def hold_unpaid(claim: Claim, now: datetime) -> list[str]:
    """Hold what is to pay of a dossier, in the caller's transaction: the numbers of the orders."""
    locked_company(claim.company_id)  # an order made at this moment is held too, or comes after
    waiting = [order for order in orders_of_claim(claim.id) if order.status not in (*PAID, *ENDED)]
    return [order.number for order in hold(waiting, UNDUE, SERVICE, now)]


def free_unpaid(claim: Claim, now: datetime) -> list[str]:
    """End what an undue sum held, in the caller's transaction: the numbers of the orders that are due again."""
    locked_company(claim.company_id)
    return [order.number for order in free(orders_of_claim(claim.id), UNDUE, SERVICE, now)]


def reduce_unpaid(decision_id: int, cents: int, now: datetime) -> PaymentOrder | None:
    """Take from what is not paid of a decision what should not have been granted, in cents, in the caller's
    transaction: the order that was reduced or, when nothing is left of it, cancelled; None when nothing was taken."""
    orders = select(PaymentOrder).where(
        PaymentOrder.decision_id == decision_id,
        PaymentOrder.status.not_in((*PAID, *ENDED)),
        PaymentOrder.restores_id.is_(None),
    )
    order = db.session.scalars(
        orders.with_for_update(of=PaymentOrder).execution_options(populate_existing=True)
    ).first()
    if order is None:
        return None
    if order.payable_cents <= cents:
        # An appeal may still annul a withdrawal, and make it due again: it stays held for that.
        if any(one.reason == "revoked" for one in order.standing_holds) or order.offset_cents:
            return None
        move(order, "cancel", SERVICE, now, why=UNDUE)
        return order
    order.amount_cents -= cents
    return order
