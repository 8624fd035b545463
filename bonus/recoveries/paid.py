"""What was paid of each decision, and what is not yet: the one place where undue sums look at payment orders.

Nothing is claimed back that did not leave: an order that the bank does not have is held while an undue sum is open
(art. 14), and what is too much in it is then not paid at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from bonus.accounts.acting import locked_company
from bonus.calendar import civil_date
from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from bonus.payments.accounts import NO_ACCOUNT, release
from bonus.payments.holding import REVOKED
from bonus.payments.models import PaymentOrder
from bonus.regulation.wording import french

PAID = frozenset({"in_batch", "sent", "executed", "offset"})
"""The statuses of orders whose money is with the bank, or has reached the company."""
HELD = french("Un indu est à l’étude sur ce dossier : rien n’est payé avant qu’il soit décidé (art. 14).")
NOTHING_LEFT = french("Rien de cet ordre n’est dû : l’indu est confirmé (art. 14).")


@dataclass(frozen=True)
class Paid:
    """What was paid of a decision, in cents, and the day of the payment; None when nothing was."""

    cents: int = 0
    on: date | None = None


def paid_of(claim_id: int) -> dict[int, Paid]:
    """What was paid of each decision of a dossier, by the decision's id."""
    found: dict[int, Paid] = {}
    for order in _orders(claim_id):
        if order.status in PAID:
            former = found.get(order.decision_id, Paid())
            on = min(filter(None, (former.on, _paid_on(order))), default=None)
            found[order.decision_id] = Paid(former.cents + order.amount_cents, on)
    return found


def _paid_on(order: PaymentOrder) -> date:
    return order.batch.execution_on if order.batch is not None else civil_date(order.created_at)


def hold_unpaid(claim: Claim) -> list[str]:
    """Hold what is to pay of a dossier, in the caller's transaction: the numbers of the orders. One that is held
    already keeps its own reason."""
    locked_company(claim.company_id)  # an order made at this moment is held too, or comes after
    orders = [order for order in _orders(claim.id, lock=True) if order.status == "to_pay"]
    for order in orders:
        order.status, order.held_reason = "held", HELD
    return [order.number for order in orders]


def free_unpaid(claim: Claim) -> list[str]:
    """Pay again what an undue sum held, in the caller's transaction: the numbers of the orders that are due again."""
    company = locked_company(claim.company_id)
    mine = [
        order
        for order in _orders(claim.id, lock=True)
        if order.status == "held" and order.held_reason == HELD
    ]
    for order in mine:
        order.held_reason = NO_ACCOUNT  # what ``release`` looks for
    db.session.flush()
    freed = set(release(company)) if mine else set()
    return [order.number for order in mine if order.number in freed]


def reduce_unpaid(decision_id: int, cents: int) -> PaymentOrder | None:
    """Take from what is not paid of a decision what should not have been granted, in cents, in the caller's
    transaction: the order that was reduced, or, when nothing is left of it, held for good (None)."""
    orders = select(PaymentOrder).where(
        PaymentOrder.decision_id == decision_id, PaymentOrder.status.not_in(PAID)
    )
    order = db.session.scalars(
        orders.with_for_update(of=PaymentOrder).execution_options(populate_existing=True)
    ).first()
    if order is None:
        return None
    if order.amount_cents <= cents:
        if order.held_reason != REVOKED:  # an appeal may still annul that withdrawal, and make it due again
            order.status, order.held_reason = "held", NOTHING_LEFT
        return None
    order.amount_cents -= cents
    return order


def _orders(claim_id: int, *, lock: bool = False) -> Sequence[PaymentOrder]:
    query = (
        select(PaymentOrder)
        .join(Decision, Decision.id == PaymentOrder.decision_id)
        .where(Decision.claim_id == claim_id)
        .order_by(PaymentOrder.id)
    )
    if lock:
        query = query.with_for_update(of=PaymentOrder).execution_options(populate_existing=True)
    return db.session.scalars(query).all()
