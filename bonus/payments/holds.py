"""What holds payment orders, and what frees them (art. 13): several reasons may stand at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bonus.audit.service import SERVICE, Actor
from bonus.claims.follow_models import Control
from bonus.claims.models import Decision
from bonus.extensions import db
from bonus.recoveries.models import Recovery
from bonus.recoveries.status import OPEN as OPEN_RECOVERY

from .models import PaymentHold, PaymentOrder
from .order_changes import move
from .order_status import REFUSED_BY_BANK, TABLE


def hold(
    orders: Sequence[PaymentOrder], reason: str, actor: Actor, now: datetime, words: str = ""
) -> list[PaymentOrder]:
    """Hold locked orders for a reason (``HOLD_REASONS``), in the caller's transaction; those that were not held for it
    already. What is with the bank, paid or ended cannot be held any more, and is passed over.

    Raises Forbidden for a role that may not.
    """
    held = []
    for order in orders:
        if (order.status, "hold") not in TABLE or _standing(order, reason) is not None:
            continue
        order.holds.append(PaymentHold(reason=reason, words=words, since=now, by_id=actor.person_id))
        db.session.flush()
        move(order, "hold", actor, now, why=words or reason)
        held.append(order)
    return held


def free(
    orders: Sequence[PaymentOrder], reason: str, actor: Actor, now: datetime, why: str = ""
) -> list[PaymentOrder]:
    """End a reason of locked orders, in the caller's transaction: those that nothing holds any more are to pay, and
    returned. One that the bank refused stays so: it is reopened by ``reopen`` alone.

    Raises Forbidden for a role that may not.
    """
    freed = []
    for order in orders:
        standing = _standing(order, reason)
        if standing is None:
            continue
        standing.freed_at, standing.freed_by_id, standing.freed_why = now, actor.person_id, why
        db.session.flush()
        if order.status == "held" and not order.standing_holds:
            move(order, "free", actor, now, why=why or reason)
            freed.append(order)
    return freed


def reopen(order: PaymentOrder, actor: Actor, now: datetime, why: str) -> None:
    """Have a locked order that the bank refused paid again, by a person or for a new account: in the caller's
    transaction. It is held when something holds it still, or began to while the bank had it. Raises Refusal when the
    bank has not refused it."""
    freed_by_a_person = {one.reason for one in order.holds if one.freed_by_id is not None}
    for reason in held_by_rule(order.decision):
        if reason not in freed_by_a_person:
            hold([order], reason, SERVICE, now)
    move(order, "reopen", actor, now, why=why)


def held_by_rule(decision: Decision) -> list[str]:
    """Why an order is held as soon as it is made, or is to be paid again, beside its account (reasons of
    ``HOLD_REASONS``)."""
    undue = select(Recovery.id).where(
        Recovery.claim_id == decision.claim_id, Recovery.status.in_(OPEN_RECOVERY)
    )
    control = select(Control.id).where(Control.claim_id == decision.claim_id, Control.status == "open")
    return [
        *(["revoked"] if decision.claim.status == "revoked" else []),
        *(["undue"] if db.session.scalars(undue.limit(1)).first() is not None else []),
        *(["control"] if db.session.scalars(control.limit(1)).first() is not None else []),
        *(["insolvency"] if decision.claim.company.in_liquidation else []),
    ]


def is_refused(order: PaymentOrder) -> bool:
    """Whether the money of an order came back, and nobody has reopened it yet."""
    return order.status in REFUSED_BY_BANK


def _standing(order: PaymentOrder, reason: str) -> PaymentHold | None:
    return next((one for one in order.standing_holds if one.reason == reason), None)
