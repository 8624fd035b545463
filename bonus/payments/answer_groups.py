"""What is said of a whole file, of a PmtInf, or by one entry for many transfers: pure, and nothing guessed.

The sum and the number must be those of what we sent; else nothing is applied and a person looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bonus.adapters.bank_messages import (
    ACCEPTED,
    EXECUTED,
    OTHER_CREDIT,
    PARTIAL,
    PENDING,
    REJECTED,
    RETURNED,
    REVERSED,
    VERIFIED,
    BankItem,
)

from . import kept_reasons as kept
from .answer_types import KEEP, Outcome, SentTransfer, note

ENTRY = {"DBIT", "CRDT"}
"""What an entry of the account bears for a status; a report bears the standard's codes."""
TWICE = {"DUPL", "AM05"}
"""The bank refuses a second arrival of what it has: it says nothing of the first."""


@dataclass(frozen=True, slots=True)
class GroupReading:
    """What an item that names no transfer comes to: outcomes of its own, or transfers to take one by one."""

    outcomes: Sequence[Outcome] = ()
    transfers: Sequence[SentTransfer] = ()


def read_group(item: BankItem, concerned: Sequence[SentTransfer], lines: Mapping[str, str]) -> GroupReading:
    """What such an item comes to. ``lines`` say, by order, what the same message says of a transfer by itself."""
    if item.said == PENDING and item.status in ENTRY:
        return GroupReading([note(item, None)])  # it comes again once booked
    if item.said in {REVERSED, OTHER_CREDIT, RETURNED}:
        return _kept(item, kept.REVERSAL if item.said == REVERSED else kept.UNEXPLAINED_CREDIT)
    if not concerned or item.level == "transfer":
        return _kept(item, _unknown(item))
    if item.said in {ACCEPTED, PENDING, PARTIAL, VERIFIED}:
        return GroupReading([note(item, None)])
    if item.said not in {EXECUTED, REJECTED}:
        return _kept(item, kept.UNKNOWN_STATUS)
    if item.said == REJECTED and item.reason in TWICE:
        return _kept(item, kept.SENT_TWICE)
    if any(lines.get(one.order, item.said) != item.said for one in concerned):
        return _kept(item, kept.GOES_BACK)
    return _booked(item, concerned) if item.status in ENTRY else _reported(item, concerned, lines)


def _unknown(item: BankItem) -> str:
    """Why nothing of ours is found: an order or a file we did not send, or a movement that names neither."""
    if item.level == "transfer":
        return kept.UNKNOWN_ORDER
    return kept.UNKNOWN_FILE if item.original_message_id or item.payment_id else kept.UNEXPLAINED_DEBIT


def _booked(item: BankItem, concerned: Sequence[SentTransfer]) -> GroupReading:
    """One debit for many: exactly the transfers that were not rejected, or a person looks."""
    standing = [one for one in concerned if one.state != "rejected"]
    if item.amount_cents != sum(one.amount_cents for one in standing) or item.count not in {
        None,
        len(standing),
    }:
        return _kept(item, kept.WRONG_SUM)
    return GroupReading(transfers=standing)


def _reported(item: BankItem, concerned: Sequence[SentTransfer], lines: Mapping[str, str]) -> GroupReading:
    """A file or a PmtInf executed or refused as a whole: what the bank read must be what we sent."""
    total = sum(one.amount_cents for one in concerned)
    if item.total_cents not in {None, total} or item.count not in {None, len(concerned)}:
        return _kept(item, kept.WRONG_SUM)
    return GroupReading(transfers=[one for one in concerned if one.order not in lines])


def _kept(item: BankItem, reason: str) -> GroupReading:
    amount = item.amount_cents if item.amount_cents is not None else item.total_cents
    return GroupReading([Outcome(KEEP, reason, item=item, amount_cents=amount)])
