"""Legal dates: each boundary as the day before and the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    PARIS,
    add_months,
    add_working_days,
    add_years,
    appeal_deadline,
    civil_date,
    decision_deadline,
    eve_of_anniversary,
    filing_deadline,
    format_date,
    is_working_day,
    next_working_day,
    public_holidays,
    short_date,
)
from bonus.regulation import load_parameters

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


# ---------------------------------------------------------------- the civil day in Paris


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-07-01T21:59:59+00:00", "2026-07-01"),
        ("2026-07-01T22:00:00+00:00", "2026-07-02"),  # summer: two hours ahead
        ("2026-12-01T22:59:59+00:00", "2026-12-01"),
        ("2026-12-01T23:00:00+00:00", "2026-12-02"),  # winter: one hour ahead
        ("2026-03-29T00:30:00+00:00", "2026-03-29"),  # the night the clocks change
        ("2026-10-24T22:30:00+00:00", "2026-10-25"),
        ("2026-01-01T00:00:00+12:00", "2025-12-31"),
    ],
)
def test_civil_date(instant: str, expected: str) -> None:
    assert civil_date(datetime.fromisoformat(instant)) == day(expected)


def test_an_instant_without_time_zone_has_no_civil_date() -> None:
    with pytest.raises(ValueError, match="time zone"):
        civil_date(datetime(2026, 1, 1, 12))  # noqa: DTZ001 - that is the point


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)), st.integers(-14, 14))  # noqa: DTZ001
def test_the_civil_date_does_not_depend_on_the_offset_an_instant_is_written_with(
    naive: datetime, hours: int
) -> None:
    instant = naive.replace(tzinfo=UTC)
    assert civil_date(instant) == civil_date(instant.astimezone(timezone(timedelta(hours=hours))))
    assert civil_date(instant) == instant.astimezone(PARIS).date()


# ---------------------------------------------------------------- months and years


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2027-08-30", 6, "2028-02-29"),
        ("2027-08-29", 6, "2028-02-29"),
        ("2027-08-28", 6, "2028-02-28"),
        ("2026-04-30", 6, "2026-10-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-05-12", 0, "2026-05-12"),
    ],
)
def test_add_months(start: str, months: int, expected: str) -> None:
    assert add_months(day(start), months) == day(expected)


def test_add_months_past_the_calendar() -> None:
    with pytest.raises(ValueError, match="year"):
        add_months(date(9999, 12, 1), 1)


@given(DAYS, st.integers(-600, 600))
def test_add_months_lands_in_the_right_month_on_the_same_day_or_its_last(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("start", "years", "expected"),
    [
        ("2028-02-29", 1, "2029-02-28"),
        ("2028-02-29", 4, "2032-02-29"),
        ("2028-02-29", -3, "2025-02-28"),
        ("2027-02-28", 1, "2028-02-28"),
        ("2027-03-01", 1, "2028-03-01"),
    ],
)
def test_add_years(start: str, years: int, expected: str) -> None:
    assert add_years(day(start), years) == day(expected)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-01-01", "2026-12-31"),
        ("2026-03-01", "2027-02-28"),
        ("2027-03-01", "2028-02-29"),
        ("2028-02-29", "2029-02-27"),
        ("2027-02-28", "2028-02-27"),
    ],
)
def test_the_first_twelve_months_end_on_the_eve_of_the_anniversary(start: str, expected: str) -> None:
    assert eve_of_anniversary(day(start)) == day(expected)


# ---------------------------------------------------------------- working days


def test_the_eleven_public_holidays_of_2027() -> None:
    found = public_holidays(2027)
    assert sorted(found) == [
        day(text)
        for text in (
            "2027-01-01",
            "2027-03-29",  # lundi de Pâques
            "2027-05-01",
            "2027-05-06",  # Ascension
            "2027-05-08",
            "2027-05-17",  # lundi de Pentecôte
            "2027-07-14",
            "2027-08-15",
            "2027-11-01",
            "2027-11-11",
            "2027-12-25",
        )
    ]
    assert found[day("2027-03-29")] == "Lundi de Pâques"


@pytest.mark.parametrize("year", range(2026, LAST_YEAR + 1))
def test_every_year_of_the_scheme_has_its_eleven_days(year: int) -> None:
    days = public_holidays(year)
    # Ascension can fall on 1 or 8 May: two holidays, one day.
    movable = next(when for when, name in days.items() if "Pâques" in name) + timedelta(days=38)
    assert movable in days
    assert len(days) == 11 - (movable in {date(year, 5, 1), date(year, 5, 8)})


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1])
def test_no_holiday_is_made_up_for_a_year_nobody_knows(year: int) -> None:
    with pytest.raises(ValueError, match="public holidays are known"):
        public_holidays(year)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-20", "2026-11-20"),  # a Friday
        ("2026-11-21", "2026-11-23"),  # Saturday
        ("2026-11-22", "2026-11-23"),  # Sunday
        ("2026-11-11", "2026-11-12"),  # Wednesday, armistice
        ("2027-03-27", "2027-03-30"),  # Saturday before Easter Monday
        ("2027-05-01", "2027-05-03"),  # 1 May, a Saturday
        ("2027-10-30", "2027-11-02"),  # Saturday, Sunday, All Saints on Monday
        ("2027-12-31", "2027-12-31"),
        ("2028-01-01", "2028-01-03"),  # a Saturday
    ],
)
def test_next_working_day(start: str, expected: str) -> None:
    assert next_working_day(day(start)) == day(expected)


@given(DAYS)
def test_the_next_working_day_is_the_first_that_is_one(start: date) -> None:
    found = next_working_day(start)
    assert is_working_day(found)
    assert not any(is_working_day(start + timedelta(days=n)) for n in range((found - start).days))
    assert next_working_day(found) == found


def test_working_days_are_counted_from_the_day_after() -> None:
    assert add_working_days(day("2026-11-20"), 0) == day("2026-11-20")
    assert add_working_days(day("2026-11-20"), 1) == day("2026-11-23")
    assert add_working_days(day("2026-12-23"), 2) == day("2026-12-28")  # Christmas and a weekend between
    with pytest.raises(ValueError, match="negative"):
        add_working_days(day("2026-11-20"), -1)


# ---------------------------------------------------------------- the regulation's time limits


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        ("2026-03-10", "2026-09-10"),
        ("2026-04-30", "2026-10-30"),
        ("2027-04-30", "2027-11-02"),
        ("2026-08-31", "2027-03-01"),
        ("2027-08-31", "2028-02-29"),
        ("2026-09-29", "2027-03-30"),
        ("2026-11-01", "2027-05-03"),
    ],
)
def test_filing_deadline(invoice: str, expected: str) -> None:
    assert filing_deadline(day(invoice)) == day(expected)


@given(DAYS.filter(lambda start: start < date(2099, 6, 1)))
def test_the_filing_deadline_never_goes_back_and_is_worked(invoice: date) -> None:
    deadline = filing_deadline(invoice)
    assert is_working_day(deadline)
    assert timedelta(0) <= deadline - add_months(invoice, 6) <= timedelta(days=4)
    assert deadline <= filing_deadline(invoice + timedelta(days=1))


@pytest.mark.parametrize(
    ("filed", "suspended", "expected"),
    [
        ("2026-03-10", 0, "2026-05-10"),  # a Sunday: weekends do not move it
        ("2026-03-10", 10, "2026-05-20"),
        ("2026-12-31", 0, "2027-02-28"),
        ("2026-03-01", 0, "2026-05-01"),  # a public holiday does not either
    ],
)
def test_decision_deadline(filed: str, suspended: int, expected: str) -> None:
    assert decision_deadline(day(filed), suspended) == day(expected)


def test_a_clock_is_not_suspended_backwards() -> None:
    with pytest.raises(ValueError, match="negative"):
        decision_deadline(day("2026-03-10"), -1)


@pytest.mark.parametrize(
    ("notified", "expected"),
    [
        ("2026-03-10", "2026-05-11"),  # clear months: until 11 May included
        ("2026-12-31", "2027-03-01"),
        ("2026-03-07", "2026-05-11"),  # 8 May is a holiday and a Friday, then the weekend
        ("2026-09-10", "2026-11-12"),  # 11 November is a holiday
    ],
)
def test_appeal_deadline(notified: str, expected: str) -> None:
    assert appeal_deadline(day(notified)) == day(expected)


def test_the_lengths_by_default_are_those_of_the_regulation() -> None:
    """A caller that names no length gets the 2026 text; a change of the YAML must be passed on by callers."""
    law, on = load_parameters(), day("2026-03-10")
    assert filing_deadline(on) == filing_deadline(on, law.integer("spend.filing_months", on))
    assert decision_deadline(on) == decision_deadline(
        on, months=law.integer("examination.decision_months", on)
    )
    assert appeal_deadline(on) == appeal_deadline(on, law.integer("appeal.months", on))
    assert eve_of_anniversary(on) == eve_of_anniversary(on, law.integer("spend.service_months", on))


# ---------------------------------------------------------------- what people read


def test_dates_in_french() -> None:
    assert format_date(day("2026-11-22")) == "22 novembre 2026"
    assert format_date(day("2026-08-01")) == "1er août 2026"
    assert format_date(day("2026-02-11")) == "11 février 2026"
    assert short_date(day("2026-02-01")) == "01/02/2026"
