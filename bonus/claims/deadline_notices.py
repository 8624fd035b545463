"""Telling companies, three days before, the last day to file the invoices of their drafts (art. 5.5).

A run looks at what is: days without a run are made up for, up to the deadline itself, and each is told once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from bonus.audit.service import SERVICE, record
from bonus.calendar import add_months, civil_date, filing_deadline
from bonus.extensions import db
from bonus.regulation import Parameters, load_parameters

from .models import Claim, Invoice
from .notice_words import filing_deadline as words_of
from .notices import News, tell_all

REMIND = "remind_deadlines"
"""The kind of the outbox's message that asks for the reminders of a day."""

NOTICE_DAYS = 3
BATCH = 100
# A deadline falls up to five days after its month is over (a long week-end), or its month is shorter.
_SLACK = timedelta(days=12)


def remind(now: datetime, *, batch: int = BATCH) -> int:
    """Tell what is to be told on the day of ``now``, in batches, each one transaction; how many notices."""
    law, today = load_parameters(), civil_date(now)
    after: int | None = 0
    count = 0
    while after is not None:
        ids = _drafts(after, today, law, batch)
        told = tell_all([one for claim in _locked(ids) for one in _news(claim, today, law)], now)
        if told:
            record("claims.deadlines_told", f"day:{today.isoformat()}", SERVICE, now, count=told)
        db.session.commit()
        count += told
        after = ids[-1] if len(ids) == batch else None
    return count


def _drafts(after: int, today: date, law: Parameters, batch: int) -> Sequence[int]:
    """The drafts that follow ``after`` with an invoice whose deadline may be near."""
    months = [version.value for version in law["spend.filing_months"].versions]
    lengths = [value for value in months if isinstance(value, int)]
    earliest = add_months(today, -max(lengths)) - _SLACK
    latest = add_months(today + timedelta(days=NOTICE_DAYS), -min(lengths)) + _SLACK
    return db.session.scalars(
        select(Claim.id)
        .distinct()
        .join(Invoice, Invoice.claim_id == Claim.id)
        .where(
            Claim.id > after,
            Claim.status == "draft",
            Invoice.is_credit_note.is_(False),
            Invoice.issued_on.between(earliest, latest),
        )
        .order_by(Claim.id)
        .limit(batch)
    ).all()


def _locked(ids: Sequence[int]) -> Sequence[Claim]:
    """Those still drafts, locked: of two runs at once, the second finds what the first told."""
    claims = db.session.scalars(
        select(Claim)
        .where(Claim.id.in_(ids))
        .order_by(Claim.id)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    ).all()
    return [claim for claim in claims if claim.status == "draft"]


def _news(claim: Claim, today: date, law: Parameters) -> list[News]:
    """One notice for all the invoices of a draft that have one last day."""
    by_day: dict[date, list[str]] = defaultdict(list)
    for invoice in claim.invoices:
        if not invoice.is_credit_note:
            months = law.integer("spend.filing_months", invoice.issued_on)
            by_day[filing_deadline(invoice.issued_on, months)].append(invoice.number)
    return [
        News(claim.company_id, "filing_deadline", day.isoformat(), words_of(numbers, day), claim)
        for day, numbers in sorted(by_day.items())
        if today <= day <= today + timedelta(days=NOTICE_DAYS)
    ]
