"""What matching takes and gives: a transfer as we sent it, and what an answer does to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bonus.adapters.bank_messages import BankItem

from . import kept_reasons as kept

EXECUTE, REJECT, RETURN, NOTE, KEEP = "execute", "reject", "return", "note", "keep"


@dataclass(frozen=True, slots=True)
class SentTransfer:
    """One attempt to pay an order. ``order`` is its number and end-to-end identifier; ``message_id`` and
    ``payment_id`` those of the file and PmtInf it left in.

    ``state`` is what became of this attempt (sent, executed, rejected, returned), said by the bank at ``said_at``;
    ``order_status`` that of the order today, and ``latest`` whether this is its last attempt. ``debits`` are the
    bank's references of the debits seen, with the kind of message that told each.
    """

    order: str
    message_id: str
    payment_id: str
    amount_cents: int
    iban: str
    state: str = "sent"
    order_status: str = "sent"
    latest: bool = True
    said_at: datetime | None = None
    debits: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an item does. ``kind`` is EXECUTE, REJECT, RETURN (``steps`` to take, in order), NOTE (nothing changes) or
    KEEP (a person decides); ``why`` is a key of ``kept_reasons`` for what is kept, "" or one for what is noted."""

    kind: str
    why: str = ""
    item: BankItem | None = None
    transfer: SentTransfer | None = None
    steps: tuple[str, ...] = ()
    amount_cents: int | None = None
    words: str = ""


def note(item: BankItem, one: SentTransfer | None) -> Outcome:
    """Something worth keeping that changes nothing."""
    return Outcome(NOTE, item=item, transfer=one, amount_cents=one.amount_cents if one else item.total_cents)


def late(item: BankItem, one: SentTransfer) -> Outcome:
    """What was true before, and is told after."""
    return Outcome(NOTE, kept.LATE, item=item, transfer=one, amount_cents=one.amount_cents)
