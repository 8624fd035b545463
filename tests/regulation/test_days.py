"""Dates on columns are those of the calendar, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from bonus import calendar
from bonus.regulation.days import add_months, next_working_days, years
from bonus.regulation.values import from_day, to_day

FIRST = date(2025, 12, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(4 * 366)]
COLUMN = np.array([to_day(day) for day in DAYS], dtype=np.int64)


def test_a_day_is_read_back() -> None:
    assert to_day(date(1970, 1, 1)) == 0
    assert [from_day(number) for number in COLUMN] == DAYS


@pytest.mark.parametrize("months", [1, 6, 12, 36])
def test_add_months(months: int) -> None:
    found = add_months(COLUMN, np.array(months))
    assert [from_day(number) for number in found] == [calendar.add_months(day, months) for day in DAYS]


def test_each_row_may_have_its_own_number_of_months() -> None:
    found = add_months(COLUMN[:3], np.array([1, 2, 3]))
    assert [from_day(n) for n in found] == [calendar.add_months(DAYS[i], i + 1) for i in range(3)]


def test_next_working_days() -> None:
    found = next_working_days(COLUMN)
    assert [from_day(number) for number in found] == [calendar.next_working_day(day) for day in DAYS]


def test_across_decades_and_to_the_last_known_year() -> None:
    days = [date(1999, 12, 31), date(2029, 12, 30), date(2030, 1, 1), date(2039, 12, 31), date(2100, 12, 25)]
    column = np.array([to_day(day) for day in days], dtype=np.int64)
    expected = [calendar.next_working_day(day) for day in days]
    assert [from_day(number) for number in next_working_days(column)] == expected
    for day, wanted in zip(days, expected, strict=True):
        assert from_day(int(next_working_days(np.array([to_day(day)]))[0])) == wanted


@pytest.mark.parametrize("year", [1899, 2101])
def test_no_working_day_is_made_up(year: int) -> None:
    with pytest.raises(ValueError, match="public holidays are known"):
        next_working_days(np.array([to_day(date(year, 6, 1))]))


def test_an_empty_column() -> None:
    empty = np.zeros(0, dtype=np.int64)
    assert next_working_days(empty).tolist() == []
    assert add_months(empty, np.array(6)).tolist() == []


def test_years() -> None:
    days = [date(1969, 12, 31), date(1970, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert years(np.array([to_day(day) for day in days])).tolist() == [1969, 1970, 2026, 2027]
