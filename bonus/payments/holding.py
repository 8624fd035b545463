"""What happens to payment orders of a decision that is taken back: those not sent are held for good (art. 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bonus.claims.models import Decision
from bonus.extensions import db

from .models import PaymentOrder

REVOKED = "La décision a été retirée (art. 11) : rien n’est payé."


@dataclass(frozen=True)
class Stopped:
    """The orders held, and those that are with the bank already: numbers, and what these come to, in cents."""

    held: Sequence[str]
    sent: Sequence[str]
    sent_cents: int


def stop_orders(claim_id: int) -> Stopped:
    """Hold what is not sent of a dossier's orders, in the caller's transaction, its company locked; an order made
    later is held from the start (``payments.service``)."""
    orders = db.session.scalars(
        select(PaymentOrder)
        .join(Decision, Decision.id == PaymentOrder.decision_id)
        .where(Decision.claim_id == claim_id)
        .order_by(PaymentOrder.id)
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    ).all()
    unsent = [order for order in orders if order.status != "in_batch"]
    for order in unsent:
        order.status, order.held_reason = "held", REVOKED
    sent = [order for order in orders if order.status == "in_batch"]
    return Stopped(
        [order.number for order in unsent],
        [order.number for order in sent],
        sum(order.amount_cents for order in sent),
    )
