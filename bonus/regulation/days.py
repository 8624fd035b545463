"""The legal dates of ``bonus.calendar`` over columns of days; a test holds the two equal, day by day."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bonus.calendar import FIRST_YEAR, LAST_YEAR, public_holidays
from bonus.regulation.columns import Int


def _dates(days: Int) -> npt.NDArray[np.datetime64]:
    return days.astype("datetime64[D]")


def years(days: Int) -> Int:
    """The calendar year of each day."""
    since_1970: Int = _dates(days).astype("datetime64[Y]").astype(np.int64)
    return since_1970 + 1970


def add_months(days: Int, months: Int) -> Int:
    """``calendar.add_months`` on columns: the month's last day stands in for a missing day (art. 5.5)."""
    dates = _dates(days)
    first = dates.astype("datetime64[M]")
    target = first + months.astype("timedelta64[M]")
    same_day = target.astype("datetime64[D]") + (dates - first.astype("datetime64[D]"))
    last_day = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    found: Int = np.minimum(same_day, last_day).astype(np.int64)
    return found


@lru_cache(maxsize=64)
def _working_calendar(first: int, last: int) -> np.busdaycalendar:
    found = [day for year in range(first, last + 1) for day in public_holidays(year)]
    return np.busdaycalendar(holidays=np.array(found, dtype="datetime64[D]"))


def next_working_days(days: Int) -> Int:
    """``calendar.next_working_day`` on columns. Raises ValueError outside the years with known holidays."""
    if not len(days):
        return days
    found = years(np.array([days.min(), days.max()], dtype=np.int64))
    first, last = int(found[0]), int(found[1])
    if first < FIRST_YEAR or last > LAST_YEAR:
        raise ValueError(f"public holidays are known from {FIRST_YEAR} to {LAST_YEAR}")
    # Whole decades, so that a few calendars serve every table.
    table = _working_calendar(max(first // 10 * 10, FIRST_YEAR), min(last // 10 * 10 + 10, LAST_YEAR))
    return np.busday_offset(_dates(days), 0, roll="forward", busdaycal=table).astype(np.int64)
