"""What is known of the transfers a message of the bank is about: every attempt of each order it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from bonus.adapters.bank_messages import BankMessage
from bonus.bulk import chunks
from bonus.extensions import db

from .answer_models import BankFile, BankFinding
from .answer_types import SentTransfer
from .models import PaymentFile, PaymentOrder, PaymentOrderChange, PaymentTransfer

_STATES = {"execute": "executed", "reject": "rejected", "return": "returned"}
PAYMENT_SUFFIX = "-001"
"""A file has one PmtInf, of one execution date: its identifier is the file's and this."""


@dataclass
class _Attempt:
    """What became of one attempt, and the bank's words of it."""

    state: str = "sent"
    said_at: datetime | None = None
    debits: set[tuple[str, str]] = field(default_factory=set)


def known_transfers(message: BankMessage) -> list[SentTransfer]:
    """The attempts of the orders a message names, and of those of the files it answers as a whole.

    Reads alone: who applies an answer locks the orders and looks again.
    """
    numbers = {item.end_to_end_id for item in message.items if item.end_to_end_id}
    files = {
        item.original_message_id or item.payment_id.removesuffix(PAYMENT_SUFFIX)
        for item in message.items
        if item.level != "transfer"
    }
    orders = _order_ids(numbers, files - {""})
    attempts = _attempts(orders)
    return [transfer for part in chunks(orders) for transfer in _transfers(part, attempts)]


def _order_ids(numbers: Collection[str], files: Collection[str]) -> list[int]:
    found: set[int] = set()
    for part in chunks(sorted(numbers)):
        query = select(PaymentTransfer.order_id).where(PaymentTransfer.end_to_end_id.in_(part))
        found |= set(db.session.scalars(query))
    for part in chunks(sorted(files)):
        query = select(PaymentTransfer.order_id).join(PaymentFile).where(PaymentFile.message_id.in_(part))
        found |= set(db.session.scalars(query))
    return sorted(found)


def _attempts(orders: Sequence[int]) -> dict[tuple[int, str], _Attempt]:
    """Each attempt by order and file, from the steps of the orders and from what the bank said before."""
    found: dict[tuple[int, str], _Attempt] = defaultdict(_Attempt)
    for part in chunks(orders):
        _from_changes(part, found)
        _from_findings(part, found)
    return found


def _from_changes(orders: Iterable[int], found: dict[tuple[int, str], _Attempt]) -> None:
    change = PaymentOrderChange
    query = (
        select(change.order_id, change.action, change.message, change.at)
        .where(change.order_id.in_(orders), change.action.in_(("send", *_STATES)))
        .order_by(change.id)
    )
    current: dict[int, str] = {}
    for order_id, action, sent_in, at in db.session.execute(query):
        if action == "send":
            current[order_id] = sent_in
        elif order_id in current:
            attempt = found[order_id, current[order_id]]
            attempt.state, attempt.said_at = _STATES[action], at


def _from_findings(orders: Iterable[int], found: dict[tuple[int, str], _Attempt]) -> None:
    """The bank's own time of what it said, and its references of the debits."""
    said_of = BankFinding
    columns = (said_of.order_id, said_of.attempt, said_of.kind, said_of.said, said_of.reference)
    query = (
        select(*columns, BankFile.kind, BankFile.said_at)
        .join(BankFile, BankFile.id == said_of.file_id)
        .where(said_of.order_id.in_(orders), said_of.kind != "keep")
        .order_by(said_of.id)
    )
    for order_id, attempt_of, kind, said, reference, file_kind, said_at in db.session.execute(query):
        assert order_id is not None
        attempt = found[order_id, attempt_of]
        if said == "executed" and reference:
            attempt.debits.add((file_kind, reference))
        if _STATES.get(kind) == attempt.state:
            attempt.said_at = said_at


def _transfers(orders: Sequence[int], attempts: dict[tuple[int, str], _Attempt]) -> list[SentTransfer]:
    query = (
        select(
            PaymentOrder.id,
            PaymentOrder.number,
            PaymentOrder.status,
            PaymentFile.message_id,
            PaymentTransfer.amount_cents,
            PaymentTransfer.iban,
        )
        .join(PaymentTransfer, PaymentTransfer.order_id == PaymentOrder.id)
        .join(PaymentFile, PaymentFile.id == PaymentTransfer.file_id)
        .where(PaymentOrder.id.in_(orders))
        .order_by(PaymentTransfer.id)
    )
    rows = db.session.execute(query).all()
    last = {row.id: row.message_id for row in rows}
    return [
        SentTransfer(
            order=row.number,
            message_id=row.message_id,
            payment_id=row.message_id + PAYMENT_SUFFIX,
            amount_cents=row.amount_cents,
            iban=row.iban,
            state=attempts[row.id, row.message_id].state,
            order_status=row.status,
            latest=last[row.id] == row.message_id,
            said_at=attempts[row.id, row.message_id].said_at,
            debits=frozenset(attempts[row.id, row.message_id].debits),
        )
        for row in rows
    ]
