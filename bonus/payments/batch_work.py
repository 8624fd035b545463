"""What goes through all the orders of a batch: making it, writing its files, noting that they are handed over, taking
its orders out again. By slices, so that 100,000 orders need no more memory than some thousands.

A batch of few orders is done at once, in the transaction of the act: all or nothing. One of many is done by a job, each
slice in a transaction of its own: killed, it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bonus import outbox
from bonus.accounts.models import Person
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.claims.models import Decision
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.outbox import OutboxMessage

from .batch_checks import locked_batch_of, note_who_pays
from .debts import not_barred
from .due import PAYABLE_CENTS, kept_out_of
from .handing_over import send_some
from .models import PaymentBatch, PaymentHold, PaymentOrder
from .order_changes import OrderRow, move_rows
from .order_status import PAYABLE
from .writing import write_part

WORK = "batch_work"
"""Kind of the outbox's message: its subject is the batch."""
AT_ONCE = 1_000
"""Orders that an act takes at once, at most."""
SLICE = 2_000
"""Orders taken in one transaction."""
EMPTY = "Aucun ordre n’était plus à payer au moment de le constituer."


def begin(batch: PaymentBatch, work: str, total: int, now: datetime) -> PaymentBatch:
    """Begin a work on a locked batch (``make``, ``write``, ``send``, ``dismiss``) that has ``total`` orders, and do it
    at once when they are few. Commits. Raises what the work raises, then: nothing is changed."""
    batch.work, batch.progress_done, batch.progress_total = work, 0, total
    db.session.add(batch)
    db.session.flush()
    if total <= AT_ONCE:
        while batch.work is not None:
            _STEPS[work](batch, now)
    else:
        asked = select(func.count()).where(OutboxMessage.kind == WORK, OutboxMessage.subject_id == batch.id)
        outbox.post(WORK, batch.id, now, part=(db.session.scalar(asked) or 0) + 1)
    db.session.commit()
    db.session.expire_all()
    return batch


def carry_on(batch_id: int, now: datetime) -> None:
    """Do what is left of the work under way on a batch; safe to run twice. The job of ``WORK``.

    Raises Refusal when the batch cannot be written as it is, or has nothing in it: the work is then given up, the batch
    stays as it was, and one that was never made is dismissed.
    """
    try:
        while _step(batch_id, now):
            pass
    except Refusal:
        db.session.rollback()
        batch = locked_batch_of(batch_id)
        if batch is not None:
            batch.work = None
            if batch.status == "making":
                batch.status, batch.dismissed_at, batch.dismissed_by_id = (
                    "dismissed",
                    now,
                    batch.created_by_id,
                )
                batch.dismissed_why = EMPTY
        db.session.commit()
        raise


def _step(batch_id: int, now: datetime) -> bool:
    """One slice, committed; whether there is more."""
    batch = locked_batch_of(batch_id)
    if batch is None or batch.work is None:
        db.session.rollback()
        return False
    _STEPS[batch.work](batch, now)
    more = batch.work is not None
    db.session.commit()
    db.session.expunge_all()
    return more


def _make(batch: PaymentBatch, now: datetime) -> None:
    actor = _officer(batch.created_by_id)
    query = _rows().where(
        PaymentOrder.status.in_(PAYABLE),
        PaymentOrder.created_at <= batch.created_at,
        ~kept_out_of(actor),
        not_barred(civil_date(now)),
    )
    query = query.order_by(PaymentOrder.due_on, PaymentOrder.id).limit(SLICE)
    found = db.session.execute(query.with_for_update(of=PaymentOrder)).all()
    if found:
        rows = [_row(one) for one in found]
        move_rows(rows, "batch", actor, now, columns={"batch_id": batch.id}, message=batch.number)
        note_who_pays([one.claim_id for one in found], actor, now)
        cents = sum(row.payable_cents for row in rows)
        batch.orders_count, batch.total_cents = batch.orders_count + len(rows), batch.total_cents + cents
        record(
            "payment.batched",
            f"batch:{batch.number}",
            actor,
            now,
            orders=[row.number for row in rows],
            total_cents=cents,
        )
    batch.progress_done = batch.orders_count
    if len(found) == SLICE:
        return
    if not batch.orders_count:  # all were offset, held or batched a moment ago
        raise Refusal("payment.nothing_due", "Aucun ordre n’est à payer pour le moment.")
    batch.work, batch.status = None, "made"


def _dismiss(batch: PaymentBatch, now: datetime) -> None:
    actor = _officer(batch.dismissed_by_id)
    query = _rows().where(PaymentOrder.batch_id == batch.id, PaymentOrder.status == "in_batch")
    query = query.order_by(PaymentOrder.number).limit(SLICE).with_for_update(of=PaymentOrder)
    rows = [_row(one) for one in db.session.execute(query)]
    standing = select(PaymentHold.order_id).where(
        PaymentHold.order_id.in_([row.id for row in rows]), PaymentHold.freed_at.is_(None)
    )
    held = set(db.session.scalars(standing))
    out = {"batch_id": None}
    free_ones, held_ones = (
        [one for one in rows if one.id not in held],
        [one for one in rows if one.id in held],
    )
    move_rows(free_ones, "unbatch", actor, now, columns=out, message=batch.number)
    move_rows(held_ones, "unbatch", actor, now, columns=out, message=batch.number, result="held")
    batch.progress_done += len(rows)
    if len(rows) == SLICE:
        return
    batch.work, batch.status, batch.dismissed_at = None, "dismissed", now
    record(
        "payment.batch_dismissed",
        f"batch:{batch.number}",
        actor,
        now,
        reasons=batch.dismissed_why,
        orders=batch.progress_done,
    )


def _send(batch: PaymentBatch, now: datetime) -> None:
    send_some(batch, _officer(batch.sent_by_id), SLICE, now)


_STEPS: dict[str, Callable[[PaymentBatch, datetime], None]] = {
    "make": _make,
    "write": write_part,
    "send": _send,
    "dismiss": _dismiss,
}


def _rows() -> Any:
    """What ``OrderRow`` holds, and the dossier's id, of orders to be chosen and locked."""
    columns = (
        PaymentOrder.id,
        PaymentOrder.number,
        PaymentOrder.status,
        PAYABLE_CENTS.label("cents"),
        PaymentOrder.attempts,
        PaymentOrder.decision_id,
        Decision.decided_on,
        Decision.claim_id,
    )
    return select(*columns).join(PaymentOrder.decision).join(Decision.claim)


def _row(found: Any) -> OrderRow:
    """A decision is dated on the day its credits are committed: its year is the budget's."""
    return OrderRow(
        id=found.id,
        number=found.number,
        status=found.status,
        payable_cents=found.cents,
        attempts=found.attempts,
        decision_id=found.decision_id,
        year=found.decided_on.year,
    )


def _officer(person_id: int | None) -> Actor:
    """Who asked for the work: the role was checked when they did."""
    person = db.session.get_one(Person, person_id)
    return Actor(person.name, person_id=person.id, roles=frozenset({"accounting_officer"}))
