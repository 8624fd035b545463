"""Noting that the files of a batch are with the bank: its orders are on their way, and each company is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bonus.audit.service import Actor, record
from bonus.claims.models import Decision
from bonus.claims.notice_words import paid
from bonus.claims.notices import News, tell_all
from bonus.extensions import db

from .models import PaymentBatch, PaymentFile, PaymentOrder, PaymentTransfer
from .order_changes import move_rows, row_of


def send_some(batch: PaymentBatch, actor: Actor, size: int, now: datetime) -> None:
    """Note it of the next ``size`` orders of a locked batch; after the last ones the batch is ``sent``. In the caller's
    transaction."""
    query = (
        select(PaymentOrder, PaymentFile.message_id)
        .join(PaymentTransfer, PaymentTransfer.order_id == PaymentOrder.id)
        .join(PaymentFile, PaymentTransfer.file_id == PaymentFile.id)
        .where(
            PaymentFile.batch_id == batch.id,
            PaymentOrder.batch_id == batch.id,
            PaymentOrder.status == "in_batch",
        )
        .order_by(PaymentOrder.number)
        .limit(size)
        .options(joinedload(PaymentOrder.decision).joinedload(Decision.claim))
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(query).all()
    orders: dict[str, list[PaymentOrder]] = {}
    for order, message_id in found:
        orders.setdefault(message_id, []).append(order)
    tell_all([_news(order, batch) for order, _ in found], now)
    for message_id, mine in orders.items():
        move_rows([row_of(order) for order in mine], "send", actor, now, message=message_id)
    batch.progress_done += len(found)
    if len(found) == size:
        return
    batch.work, batch.status, batch.sent_at = None, "sent", now
    record("payment.sent", f"batch:{batch.number}", actor, now, total_cents=batch.total_cents)


def _news(order: PaymentOrder, batch: PaymentBatch) -> News:
    claim = order.decision.claim
    about = order.number if not order.attempts else f"{order.number}:{batch.number}"
    return News(claim.company_id, "paid", about, paid(str(claim.number), batch.execution_on), claim)
