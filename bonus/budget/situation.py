"""Where an envelope stands: open, committed, paid, waiting, and when it will be exhausted at today's pace (art. 10).

Amounts are cents. What is committed by month and what is paid are read in the ledger, so that the page and the proofs
say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.money import BP_UNIT, half_up
from bonus.regulation import Parameters

from .models import Envelope, EnvelopeAct, WaitingEntry
from .service import open_cents
from .waiting import one_queue

WINDOWS = (30, 90)
"""The days of commitments from which a pace is taken, today included."""
_SIGNS = {"committed": 1, "released": -1, "released_late": -1}


@dataclass(frozen=True)
class Pace:
    """What was committed over the last ``days``, less what was released; ``exhausted_on`` is the day on which what is
    open is used up at that pace, None when it is not within the budget year."""

    days: int
    committed_cents: int
    per_day_cents: int
    exhausted_on: date | None


@dataclass(frozen=True)
class Situation:
    """The envelope of a budget year on a day. ``by_month``: what was committed at the end of each month, up to this
    one. ``reserve_left_cents``: of the part reserved to ``micro`` and ``sme``, what they have not committed yet."""

    year: int
    authorised_cents: int
    committed_cents: int
    committed_sme_cents: int
    open_small_cents: int
    open_others_cents: int
    reserve_cents: int
    reserve_left_cents: int
    paid_cents: int
    by_month: Sequence[int]
    paces: Sequence[Pace]

    @property
    def open_cents(self) -> int:
        """What is not committed."""
        return self.authorised_cents - self.committed_cents


@dataclass(frozen=True)
class Waiting:
    """Those who wait, the first of each queue first: each entry with its rank. ``totals``: dossiers and cents by
    queue (``all``, or ``reserved`` and ``others``)."""

    rows: Sequence[tuple[int, str, WaitingEntry]]
    totals: Mapping[str, tuple[int, int]]


def years_known(today: date) -> list[int]:
    """The budget years to show: those that have an envelope, this one and the next, the latest first."""
    found = db.session.scalars(select(Envelope.year))
    return sorted({*found, today.year, today.year + 1}, reverse=True)


def situation_of(year: int, today: date, law: Parameters) -> Situation | None:
    """Where the envelope of a year stands today; None when it is not open."""
    envelope = db.session.get(Envelope, year)
    if envelope is None:
        return None
    day = min(max(today, date(year, 1, 1)), date(year, 12, 31))
    by_day = _committed_by_day(year)
    reserve = half_up(envelope.authorised_cents * law.integer("budget.sme_reserve", day), BP_UNIT)
    return Situation(
        year,
        envelope.authorised_cents,
        envelope.committed_cents,
        envelope.committed_sme_cents,
        open_cents(envelope, "sme", day, law),
        open_cents(envelope, "large", day, law),
        reserve,
        0 if one_queue(day, law) else max(0, reserve - envelope.committed_sme_cents),
        _paid(year),
        _by_month(by_day, year, today),
        [_pace(by_day, envelope, window, today) for window in WINDOWS] if today.year == year else [],
    )


def acts_with_totals(year: int) -> list[tuple[EnvelopeAct, int]]:
    """The acts on an envelope, in the order they were entered, each with what was authorised after it."""
    query = select(EnvelopeAct).where(EnvelopeAct.year == year).options(joinedload(EnvelopeAct.recorded_by))
    rows, total = [], 0
    for act in db.session.scalars(query.order_by(EnvelopeAct.id)):
        total += act.delta_cents
        rows.append((act, total))
    return rows


def waiting_on(day: date, law: Parameters) -> Waiting:
    """Those who wait on a day, with their ranks."""
    query = (
        select(WaitingEntry)
        .where(WaitingEntry.left_at.is_(None))
        .options(joinedload(WaitingEntry.claim))
        .order_by(WaitingEntry.complete_at, WaitingEntry.claim_id)
    )
    together = one_queue(day, law)
    ranks: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    rows = []
    for entry in db.session.scalars(query):
        queue = "all" if together else "reserved" if entry.reserved else "others"
        ranks[queue] += 1
        cents[queue] += entry.amount_cents
        rows.append((ranks[queue], queue, entry))
    rows.sort(key=lambda row: row[1], reverse=True)  # "reserved" before "others"; stable within a queue
    return Waiting(rows, {queue: (ranks[queue], cents[queue]) for queue in ranks})


def _committed_by_day(year: int) -> dict[date, int]:
    rows = db.session.execute(
        select(LedgerEntry.on, LedgerEntry.kind, func.sum(LedgerEntry.amount_cents))
        .where(LedgerEntry.year == year, LedgerEntry.kind.in_(_SIGNS))
        .group_by(LedgerEntry.on, LedgerEntry.kind)
    )
    found: Counter[date] = Counter()
    for on, kind, cents in rows:
        found[on] += _SIGNS[kind] * int(cents)
    return dict(found)


def _by_month(by_day: Mapping[date, int], year: int, today: date) -> list[int]:
    """Nothing of a year to come; what is released after the year counts in its last month."""
    months = 12 if today.year > year else today.month if today.year == year else 0
    return [
        sum(
            cents
            for on, cents in by_day.items()
            if on.year < year or (on.year == year and on.month <= month) or (on.year > year and month == 12)
        )
        for month in range(1, months + 1)
    ]


def _pace(by_day: Mapping[date, int], envelope: Envelope, window: int, today: date) -> Pace:
    """A year that has just begun has fewer days than the window: its own are counted."""
    days = min(window, (today - date(today.year, 1, 1)).days + 1)
    first = today - timedelta(days=days - 1)
    cents = sum(amount for on, amount in by_day.items() if first <= on <= today)
    left = envelope.authorised_cents - envelope.committed_cents
    exhausted = today if left <= 0 else None
    if left > 0 and cents > 0:
        needed = -(-left * days // cents)  # the day on which the last cent goes
        if needed <= (date(today.year, 12, 31) - today).days:
            exhausted = today + timedelta(days=needed)
    return Pace(window, cents, half_up(max(cents, 0), days), exhausted)


def _paid(year: int) -> int:
    """What left the bank account for decisions of a budget year, less what came back from the payees' banks."""
    executed = select(func.coalesce(func.sum(LedgerEntry.amount_cents), 0)).where(LedgerEntry.year == year)
    out = db.session.scalar(executed.where(LedgerEntry.credit == "bank"))
    back = db.session.scalar(executed.where(LedgerEntry.kind == "returned"))
    return int(out or 0) - int(back or 0)
