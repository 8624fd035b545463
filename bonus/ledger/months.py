"""The months of the ledger: those that are closed, what each is sealed with, and those to close."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from sqlalchemy import func, select

from bonus.calendar import add_months
from bonus.extensions import db

from .models import LedgerEntry, LedgerMonth
from .proof import Measured, Offence

GENESIS = "0" * 64
"""What stands for the former month's SHA-256 in the first one."""
_BLOCK = 5_000


@dataclass(frozen=True)
class Digest:
    """What a month is made of: how many entries, their total in cents, and their SHA-256 after the former month's."""

    entries: int
    total_cents: int
    sha256: str


def first_of_month(day: date) -> date:
    """The first day of the month of a day."""
    return day.replace(day=1)


def last_of_month(month: date) -> date:
    """The last day of the month that begins on this one."""
    return add_months(month, 1) - timedelta(days=1)


def digest_of(month: date, former_sha256: str) -> Digest:
    """Read a month's entries in their order, a few thousand at a time, and sum them up."""
    query = (
        select(
            LedgerEntry.id,
            LedgerEntry.key,
            LedgerEntry.kind,
            LedgerEntry.on,
            LedgerEntry.at,
            LedgerEntry.year,
            LedgerEntry.debit,
            LedgerEntry.credit,
            LedgerEntry.amount_cents,
            LedgerEntry.piece,
            LedgerEntry.decision_id,
        )
        .where(LedgerEntry.on.between(month, last_of_month(month)))
        .order_by(LedgerEntry.on, LedgerEntry.id)
    )
    sha256 = hashlib.sha256(f"{former_sha256}\n{month.isoformat()}\n".encode())
    count = total = 0
    for _, key, kind, on, at, *rest in db.session.execute(query.execution_options(yield_per=_BLOCK)):
        row = [key, kind, on.isoformat(), at.astimezone(UTC).isoformat(), *rest]
        sha256.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        count, total = count + 1, total + rest[3]
    return Digest(count, total, sha256.hexdigest())


def closed_months() -> Sequence[LedgerMonth]:
    """The months closed, in their order."""
    return db.session.scalars(select(LedgerMonth).order_by(LedgerMonth.month)).all()


def months_to_close(today: date) -> list[date]:
    """The first days of the past months that are not closed, in the order in which they may be."""
    last = db.session.scalar(select(func.max(LedgerMonth.month)))
    first = db.session.scalar(select(func.min(LedgerEntry.on)))
    if last is not None:
        month = add_months(last, 1)
    elif first is not None:
        month = first_of_month(first)
    else:
        return []
    months = []
    while month < first_of_month(today):
        months.append(month)
        month = add_months(month, 1)
    return months


def measure_months(most: int) -> Measured:
    """Read the closed months again: their totals as written and as found; a month whose SHA-256, entries or total are
    not what was written offends, as does one that does not follow the former."""
    former, previous = GENESIS, None
    written = found = 0
    offences = []
    for month in closed_months():
        digest = digest_of(month.month, former)
        written, found = written + month.total_cents, found + digest.total_cents
        follows = previous is None or month.month == add_months(previous, 1)
        same = Digest(month.entries_count, month.total_cents, month.sha256) == digest
        if not (same and follows):
            offences.append(Offence(f"month:{month.month:%Y-%m}", month.total_cents, digest.total_cents))
        # As written: a month that was changed is named alone, not with all that follow it.
        former, previous = month.sha256, month.month
    return Measured(written, found, len(offences), tuple(offences[:most]))
