"""What pages show of a titre: what settled it, what was too much, what interrupts its time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bonus.extensions import db

from .models import RecoveryOrder
from .settlement_models import Interruption, Overpayment, Settlement


def settlements_of(titre: RecoveryOrder) -> Sequence[Settlement]:
    """What settled a titre, in its order."""
    query = select(Settlement).where(Settlement.order_id == titre.id).order_by(Settlement.id)
    return db.session.scalars(query.options(joinedload(Settlement.by))).all()


def overpayments_of(titre: RecoveryOrder) -> Sequence[Overpayment]:
    """What was received for it beyond what it claimed."""
    query = select(Overpayment).where(Overpayment.order_id == titre.id).order_by(Overpayment.id)
    return db.session.scalars(query).all()


def interruptions_of(titre: RecoveryOrder) -> Sequence[Interruption]:
    """The acts from which its time ran anew."""
    query = select(Interruption).where(Interruption.order_id == titre.id).order_by(Interruption.id)
    return db.session.scalars(query.options(joinedload(Interruption.by))).all()
