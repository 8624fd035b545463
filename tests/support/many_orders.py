"""Orders by the hundred: one that was really decided, and its copies, each of a company of its own."""

from __future__ import annotations

from sqlalchemy import func, select

from bonus.adapters.sepa import french_iban
from bonus.extensions import db
from bonus.payments.models import PaymentOrder

from .answers import due
from .multiplied import dossiers_like, multiplied
from .world import World

MODEL_CENTS = 4_500_00


def many_due(world: World, count: int) -> None:
    """``count`` orders to pay, each of another amount, to another account, of another company; committed."""
    held = select(PaymentOrder).order_by(PaymentOrder.id)
    model = db.session.scalars(held).first()
    begun = count
    if model is None:
        model, begun = due(world), count - 1
    made = dossiers_like(model.decision.claim_id, int(world.reviewer.person_id or 0), begun)
    first = 1 + (db.session.scalar(select(func.max(PaymentOrder.id))) or 0)
    ranks = range(first, first + begun)
    multiplied(
        PaymentOrder,
        model.id,
        begun,
        number=[f"OP-2026-{rank:06d}" for rank in ranks],
        decision_id=made.decisions,
        status="to_pay",
        batch_id=None,
        attempts=0,
        iban=[iban_of(rank) for rank in ranks],
        amount_cents=[MODEL_CENTS + rank for rank in ranks],
    )
    db.session.commit()


def iban_of(rank: int) -> str:
    """The account of a copied order, by its id."""
    return french_iban("30001", "00794", f"{rank:011d}")
