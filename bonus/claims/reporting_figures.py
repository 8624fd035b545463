"""The definitions of the service's report: percentiles, ages, weeks and months. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bonus.calendar import add_months, decision_deadline

from .card_queues import OPEN, TO_READ

WAITING = "liste-d-attente"
STOCK = (*OPEN, WAITING)
"""The queues of dossiers that are not decided yet; on the waiting list, the clock of art. 11 is over."""
COUNTED = tuple(queue for queue in STOCK if queue != TO_READ)
"""The queues whose stays and ages are counted by month: what waits for a second reviewer is a part of what is to be
decided."""
AGES = (0, 15, 30, 60)
"""The least number of days since the filing, of each class of age."""
NEAR, SOON = 7, 15
WEEKS = 10
MONTHS = 12


def nearest_rank(counts: Mapping[int, int], percent: int) -> int | None:
    """The percentile by nearest rank: the least value that at least ``percent`` % of what is counted do not exceed.

    ``counts``: value → how many have it. It is always a value that exists, never one between two: of 1 and 2 the median
    is 1. None of nothing. Raises ValueError unless 0 < percent <= 100.
    """
    if not 0 < percent <= 100:
        raise ValueError(f"not a percentile: {percent}")
    total = sum(counts.values())
    if not total:
        return None
    rank, seen = -(-total * percent // 100), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank:
            return value
    raise AssertionError("a rank is never above the count")


def age_class(days: int) -> int:
    """The place in AGES of a dossier filed so many days ago."""
    return max(place for place, least in enumerate(AGES) if days >= least or place == 0)


def first_of_month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def months_from(first: date, last: date) -> list[date]:
    """The first days of the months from one to another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first_of_month(first), rank) for rank in range(count)]


def months_asked(year: int | None, today: date) -> list[date]:
    """The months of a year, none to come, or when none is asked the last twelve, the present one included."""
    present = first_of_month(today)
    if year is None:
        return months_from(add_months(present, 1 - MONTHS), present)
    return months_from(date(year, 1, 1), min(date(year, 12, 1), present))


def weeks_from(today: date) -> list[tuple[date, date]]:
    """The coming weeks, first and last day: the present one from today on, then from Monday to Sunday."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday + timedelta(weeks=rank) for rank in range(WEEKS)]
    return [(max(start, today), start + timedelta(days=6)) for start in starts]


def days_taken(filed_on: date, decided_on: date, stopped: Sequence[tuple[date, date]] = ()) -> int:
    """The days of the clock of art. 11 from the filing to the decision, without those it stood still.

    ``stopped``: from the day of a request for documents to the day its answer came, or was to come at the latest. The
    clock never runs backwards: 0 at least.
    """
    still = sum((end - start).days for start, end in stopped)
    return max(0, (decided_on - filed_on).days - still)


def limit_days(months: int) -> tuple[int, int]:
    """The least and the most days that so many calendar months last (art. 11): two months last 59 to 62 days."""
    first = date(2023, 1, 1)
    starts = [first + timedelta(days=rank) for rank in range(4 * 365 + 1)]
    lengths = [(decision_deadline(start, months=months) - start).days for start in starts]
    return min(lengths), max(lengths)
