"""Changing the status of payment orders: the step is kept, and the ledger has its entry, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import inspect

from bonus.audit.service import Actor
from bonus.bulk import insert_rows, update_rows
from bonus.extensions import db
from bonus.ledger.service import Entry, enter

from .models import PaymentOrder, PaymentOrderChange
from .order_status import SERVICE_ROLE, next_status

ENTERED = {
    "send": "sent",
    "execute": "executed",
    "reject": "rejected",
    "return": "returned",
    "cancel": "cancelled",
}
"""Action → the kind of the ledger's entry."""


@dataclass(frozen=True)
class OrderRow:
    """What a change needs to know of an order, when they come by thousands: ``payable_cents`` what is to be sent,
    ``year`` the budget year of its commitment."""

    id: int
    number: str
    status: str
    payable_cents: int
    attempts: int
    decision_id: int
    year: int


def roles_of(actor: Actor) -> Collection[str]:
    """The roles in which someone acts; a part of the service acts as itself."""
    return actor.roles if actor.person_id is not None else {SERVICE_ROLE}


def move(
    order: PaymentOrder,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    why: str = "",
    message: str = "",
    result: str | None = None,
) -> None:
    """Change the status of a locked order, in the caller's transaction.

    ``why``: the bank's code or a person's words; ``message``: the file that carried it, which tells a second attempt
    from the first in the ledger. A batch is given or taken by the caller, before for ``batch``.
    Raises Refusal when the status does not allow the action, Forbidden when the role does not.
    """
    new = next_status(order.status, action, roles_of(actor), result or _natural(order, action))
    row = row_of(order)
    order.status = new
    if action == "send":
        order.attempts += 1
    if action in ("unbatch", "reopen", "cancel", "offset"):
        order.batch_id = None
    db.session.flush()
    _keep([(row, new)], action, actor, now, why, message)
    # A history already read would not show the step.
    if "changes" not in inspect(order).unloaded:
        db.session.expire(order, ["changes"])


def move_rows(
    rows: Sequence[OrderRow],
    action: str,
    actor: Actor,
    now: datetime,
    *,
    columns: dict[str, Any] | None = None,
    why: str = "",
    message: str = "",
    result: str | None = None,
) -> None:
    """The same of many locked orders, without making objects of them; ``columns`` are written on each beside its
    status. What the session holds of these orders is to be read again."""
    moved = []
    for row in rows:
        natural = waiting_status(row.attempts) if action in ("unbatch", "free") else None
        moved.append((row, next_status(row.status, action, roles_of(actor), result or natural)))
    update_rows(
        PaymentOrder,
        (
            {
                "of": row.id,
                "status": new,
                "attempts": row.attempts + (action == "send"),
                **(columns or {}),
            }
            for row, new in moved
        ),
    )
    _keep(moved, action, actor, now, why, message)


def row_of(order: PaymentOrder) -> OrderRow:
    """An order as a row. A decision is dated on the day its credits are committed: its year is the budget's."""
    return OrderRow(
        order.id,
        order.number,
        order.status,
        order.payable_cents,
        order.attempts,
        order.decision_id,
        order.decision.decided_on.year,
    )


def waiting_status(attempts: int) -> str:
    """The status of an order that nothing holds: to pay, or to pay again when the bank had it before."""
    return "to_pay_again" if attempts else "to_pay"


def _natural(order: PaymentOrder, action: str) -> str | None:
    """Where an action leads by itself when it may lead to several places."""
    if action not in ("free", "unbatch", "reopen"):
        return None
    return "held" if action != "free" and order.standing_holds else waiting_status(order.attempts)


def _keep(
    moved: Iterable[tuple[OrderRow, str]], action: str, actor: Actor, now: datetime, why: str, message: str
) -> None:
    moved = list(moved)
    insert_rows(
        PaymentOrderChange,
        (
            {
                "order_id": row.id,
                "at": now,
                "action": action,
                "old_status": row.status,
                "new_status": new,
                "person_id": actor.person_id,
                "why": why,
                "message": message,
            }
            for row, new in moved
        ),
    )
    kind = ENTERED.get(action)
    if kind is not None:
        enter(
            (
                Entry(kind, f"order:{row.number}", row.payable_cents, row.year, row.decision_id, message)
                for row, _ in moved
                if row.payable_cents
            ),
            now,
        )
