"""A titre de perception, and what settles it, as far as a test wants."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, or_, select

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.recoveries.deciding import confirm
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.settlement_models import Settlement

from .recoveries import FOUND, WHY, granted, told
from .requests import at
from .world import Dossier, World

DAY = timedelta(days=1)
ISSUED = FOUND + 31 * DAY
"""The day the titre is issued, and the first on which something may settle it."""
CLAIMED = 2_268_49
"""4 500 € granted, 2 231,51 € due."""
REASONS = "La dette est réduite, car la société a cessé toute activité depuis."


def titre(world: World, dossier: Dossier | None = None) -> RecoveryOrder:
    """The titre of a dossier whose service ended before its time."""
    recovery = told(world, dossier or granted(world))
    confirm(recovery.id, WHY, world.other_officer, at(ISSUED))
    assert recovery.order is not None
    return recovery.order


def accountant(world: World) -> Actor:
    return world.accounting_officer


def settled_cents(one: RecoveryOrder) -> int:
    """What its settlements come to, in cents."""
    query = select(func.coalesce(func.sum(Settlement.amount_cents), 0)).where(
        Settlement.order_id == one.id,
        or_(Settlement.kind != "barred", Settlement.undone_at.is_(None)),
    )
    return int(db.session.scalar(query) or 0)


def whole(one: RecoveryOrder) -> bool:
    """Whether what is left and what is settled make what was claimed."""
    db.session.refresh(one)
    return one.remaining_cents + settled_cents(one) == one.amount_cents
