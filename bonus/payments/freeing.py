"""What happens to payment orders that a withdrawal held, once it is annulled: they are due again (art. 11)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bonus.claims.models import Decision
from bonus.companies.models import Company
from bonus.extensions import db

from .accounts import NO_ACCOUNT, release
from .holding import REVOKED
from .models import PaymentOrder


def free_orders(claim_id: int, company: Company) -> Sequence[str]:
    """Pay again what was held of a dossier because its decision was taken back, in the caller's transaction, its
    company locked: the orders' numbers, without those that still wait for an account. Their due day stays as it was."""
    orders = db.session.scalars(
        select(PaymentOrder)
        .join(Decision, Decision.id == PaymentOrder.decision_id)
        .where(
            Decision.claim_id == claim_id,
            PaymentOrder.status == "held",
            PaymentOrder.held_reason == REVOKED,
        )
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    ).all()
    mine = {order.number for order in orders}
    for order in orders:
        order.held_reason = NO_ACCOUNT  # what ``release`` looks for
    db.session.flush()
    return [number for number in release(company) if number in mine]
