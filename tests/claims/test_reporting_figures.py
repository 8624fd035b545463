"""What the report's figures mean: percentiles by nearest rank, classes of age, weeks, months, days of the clock."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.claims.reporting_figures import (
    age_class,
    days_taken,
    limit_days,
    months_asked,
    nearest_rank,
    weeks_from,
)

DAYS = st.lists(st.integers(0, 90), min_size=1, max_size=200)


@given(DAYS, st.integers(1, 100))
def test_the_percentile_is_numpys_by_inverted_distribution(days: list[int], percent: int) -> None:
    expected = np.percentile(days, percent, method="inverted_cdf")
    assert nearest_rank(Counter(days), percent) == expected


@given(DAYS)
def test_the_median_is_a_delay_that_exists(days: list[int]) -> None:
    assert nearest_rank(Counter(days), 50) == statistics.median_low(days)


def test_of_ten_the_ninth_and_of_eleven_the_tenth() -> None:
    assert nearest_rank(Counter(range(1, 11)), 90) == 9
    assert nearest_rank(Counter(range(1, 12)), 90) == 10
    assert nearest_rank({7: 1}, 90) == nearest_rank({7: 1}, 50) == 7


def test_of_nothing_there_is_none() -> None:
    assert nearest_rank({}, 50) is None
    assert nearest_rank({3: 0}, 90) is None


@pytest.mark.parametrize("percent", [0, -1, 101])
def test_what_is_no_percentile(percent: int) -> None:
    with pytest.raises(ValueError, match="percentile"):
        nearest_rank({1: 1}, percent)


@pytest.mark.parametrize(
    ("days", "place"), [(0, 0), (14, 0), (15, 1), (29, 1), (30, 2), (59, 2), (60, 3), (400, 3), (-1, 0)]
)
def test_classes_of_age(days: int, place: int) -> None:
    assert age_class(days) == place


def test_weeks_begin_today_then_on_mondays() -> None:
    weeks = weeks_from(date(2026, 11, 26))  # a Thursday
    assert weeks[:2] == [
        (date(2026, 11, 26), date(2026, 11, 29)),
        (date(2026, 11, 30), date(2026, 12, 6)),
    ]
    assert (len(weeks), weeks[-1][1]) == (10, date(2027, 1, 31))
    assert weeks_from(date(2026, 11, 29))[0] == (date(2026, 11, 29), date(2026, 11, 29))


def test_the_last_twelve_months_or_a_year() -> None:
    last = months_asked(None, date(2027, 2, 3))
    assert (len(last), last[0], last[-1]) == (12, date(2026, 3, 1), date(2027, 2, 1))
    assert len(months_asked(2026, date(2027, 2, 3))) == 12
    assert months_asked(2027, date(2027, 2, 3)) == [date(2027, 1, 1), date(2027, 2, 1)]


def test_the_clock_stands_still_from_the_request_to_the_answer() -> None:
    """The regulation's own example: filed 10 March, asked on the 20th, received on the 30th: due on 20 May."""
    stopped = [(date(2026, 3, 20), date(2026, 3, 30))]
    assert days_taken(date(2026, 3, 10), date(2026, 5, 10)) == 61
    assert days_taken(date(2026, 3, 10), date(2026, 5, 20), stopped) == 61
    assert days_taken(date(2026, 3, 10), date(2026, 3, 10)) == 0


def test_two_months_last_59_to_62_days() -> None:
    assert limit_days(2) == (59, 62)
    assert limit_days(1) == (28, 31)
