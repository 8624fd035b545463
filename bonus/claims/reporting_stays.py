"""How long dossiers stay in each queue, and how old is what each holds at the end of a month: counted from their steps.

A stay begins with the step that puts a dossier into a queue and ends with the one that takes it out. What waits for a
second reviewer is counted in what is to be decided, of which it is a part here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, Subquery, case, cast, extract, func, select

from bonus.calendar import add_months

from .card_models import ClaimCard
from .card_queues import QUEUE_OF
from .change_models import StatusChange
from .reporting_counts import all_of, axis_of, by_axis, month_of
from .reporting_figures import STOCK, age_class
from .reporting_models import ALL

_A_DAY = 24 * 3600
_STATUSES = tuple(status for status, queue in QUEUE_OF.items() if queue in STOCK)
Stays = Counter[tuple[date, str, str, str, int]]


def stays(months: Sequence[date]) -> Stays:
    """How many stays ended, by month of their end, region, axis, queue and days: whole days of 24 hours."""
    found: Stays = Counter()
    steps = _steps()
    lasted = cast(extract("epoch", steps.c.left_at), BigInteger) - cast(
        extract("epoch", steps.c.at), BigInteger
    )
    place: Any = month_of(steps.c.left_at, months).label("rank_of_month")
    days: Any = (lasted // _A_DAY).label("days_stayed")
    columns: list[Any] = [place, steps.c.new_status, days, ClaimCard.region]
    query = _in_queues(steps, columns).where(steps.c.left_at.is_not(None))
    for axis, counted in by_axis(query.group_by(*columns)):
        for rank, status, stayed, region, *key, dossiers in all_of(counted):
            for where in (region, ALL):
                found[months[rank], where, axis_of(axis, key), QUEUE_OF[status], max(0, stayed)] += dossiers
    return found


def ages(months: Sequence[date], today: date) -> Stays:
    """How many dossiers each queue held at the end of each month, by region, axis and class of age (a place in
    ``AGES``), counted from the filing; of the present month, today."""
    found: Stays = Counter()
    steps = _steps()
    entered: Any = month_of(steps.c.at, months).label("rank_entered")
    left: Any = _left(steps, months).label("rank_left")
    columns: list[Any] = [entered, left, steps.c.new_status, ClaimCard.filed_on, ClaimCard.region]
    query = _in_queues(steps, columns).where(entered < left)
    for axis, counted in by_axis(query.group_by(*columns)):
        for first, end, status, filed_on, region, *key, dossiers in all_of(counted):
            for rank in range(first, end):
                day = min(add_months(months[rank], 1) - timedelta(days=1), today)
                age = age_class((day - filed_on).days)
                for where in (region, ALL):
                    found[months[rank], where, axis_of(axis, key), QUEUE_OF[status], age] += dossiers
    return found


def _left(steps: Subquery, months: Sequence[date]) -> Any:
    """The place of the month a stay ended in; one beyond the last while it lasts."""
    return case((steps.c.left_at.is_(None), len(months)), else_=month_of(steps.c.left_at, months))


def _steps() -> Subquery:
    """The steps that change a dossier's status, each with the moment of the one after, if any."""
    after = func.lead(StatusChange.at).over(partition_by=StatusChange.claim_id, order_by=StatusChange.id)
    return (
        select(StatusChange.claim_id, StatusChange.new_status, StatusChange.at, after.label("left_at"))
        .where(StatusChange.old_status != StatusChange.new_status)
        .subquery("steps")
    )


def _in_queues(steps: Subquery, columns: Sequence[Any]) -> Select[Any]:
    cards = select(*columns).select_from(steps).join(ClaimCard, ClaimCard.claim_id == steps.c.claim_id)
    return cards.where(steps.c.new_status.in_(_STATUSES))
