"""What happens to payment orders of a decision that is taken back: those not sent are held for good (art. 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bonus.audit.service import SERVICE
from bonus.claims.models import Decision
from bonus.extensions import db

from .holds import hold
from .models import PaymentOrder


@dataclass(frozen=True)
class Stopped:
    """The orders held, and those that are with the bank already or paid: numbers, and what these come to, in cents."""

    held: Sequence[str]
    sent: Sequence[str]
    sent_cents: int


def stop_orders(claim_id: int, now: datetime) -> Stopped:
    """Hold what is not sent of a dossier's orders, in the caller's transaction, its company locked; an order made
    later is held from the start (``payments.service``). One in a batch that is not sent keeps that batch from being."""
    orders = orders_of_claim(claim_id)
    sent = [order for order in orders if order.status in ("sent", "executed")]
    unsent = [order for order in orders if order.status not in ("sent", "executed", "cancelled", "offset")]
    hold(unsent, "revoked", SERVICE, now)
    return Stopped(
        [order.number for order in unsent],
        [order.number for order in sent],
        sum(order.payable_cents for order in sent),
    )


def orders_of_claim(claim_id: int) -> Sequence[PaymentOrder]:
    """A dossier's orders, the oldest first, locked until the transaction ends."""
    return db.session.scalars(
        select(PaymentOrder)
        .join(Decision, Decision.id == PaymentOrder.decision_id)
        .where(Decision.claim_id == claim_id)
        .order_by(PaymentOrder.id)
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    ).all()
