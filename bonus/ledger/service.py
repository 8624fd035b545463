"""Entering what happens to the money in the ledger, in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bonus.bulk import insert_rows
from bonus.calendar import civil_date

from .accounts import KINDS
from .models import LedgerEntry


@dataclass(frozen=True)
class Entry:
    """One thing to enter: its ``kind`` (``accounts.KINDS``), a positive amount in cents, the budget ``year`` of the
    commitment, and the ``piece`` that proves it. ``about`` tells apart what happens more than once to one piece."""

    kind: str
    piece: str
    amount_cents: int
    year: int
    decision_id: int | None = None
    about: str = ""

    @property
    def key(self) -> str:
        """What makes it unique."""
        return ":".join(filter(None, (self.kind, self.piece, self.about)))


def enter(entries: Iterable[Entry], now: datetime) -> None:
    """Enter these, in the caller's transaction, dated today in Paris.

    Raises KeyError for an unknown kind, ValueError for an amount that is not positive; IntegrityError, from the
    database, for what was entered already or falls in a closed month.
    """
    insert_rows(LedgerEntry, [_row(entry, now) for entry in entries])


def _row(entry: Entry, now: datetime) -> dict[str, object]:
    if entry.amount_cents <= 0:
        raise ValueError(f"an entry has a positive amount: {entry}")
    kind = KINDS[entry.kind]
    return {
        "key": entry.key,
        "kind": entry.kind,
        "on": civil_date(now),
        "at": now,
        "year": entry.year,
        "debit": kind.debit,
        "credit": kind.credit,
        "amount_cents": entry.amount_cents,
        "piece": entry.piece,
        "decision_id": entry.decision_id,
    }
