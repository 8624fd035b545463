"""Legal dates: civil days in Paris, calendar months, French public holidays, time limits.

Pure: no function reads the clock; "today" is always an argument. Lengths of time come from the
caller (they are dated parameters of the regulation); the defaults are those of the 2026 text.
"""

from __future__ import annotations

import calendar as _calendar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

PARIS = ZoneInfo("Europe/Paris")

# Outside these years the holiday tables are silent: an answer would be wrong without a sign.
FIRST_YEAR = 1900
LAST_YEAR = 2100

SATURDAY = 5
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def civil_date(instant: datetime) -> date:
    """The civil day in Paris of an aware instant. Raises ValueError when it has no time zone."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(PARIS).date()


def add_months(day: date, months: int) -> date:
    """The same day ``months`` calendar months later, or the month's last day when it has none.

    31 August + 6 → 28 February (29 in a leap year) (art. 5.5). Raises ValueError past year 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    last = _calendar.monthrange(year, month)[1]
    return date(year, month, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """The same day ``years`` years later; 29 February gives 28 February in a common year (arts. 5.2, 7)."""
    return add_months(day, 12 * years)


def eve_of_anniversary(start: date, months: int = 12) -> date:
    """The last day of a period of ``months`` months that starts on ``start`` (art. 5.2).

    12 months from 1 March 2026 end on 28 February 2027; from 29 February 2028, on 27 February 2029,
    the anniversary being 28 February.
    """
    return add_months(start, months) - timedelta(days=1)


@lru_cache(maxsize=256)
def public_holidays(year: int) -> dict[date, str]:
    """The national public holidays of a year with their French names (eleven since 1982).

    Raises ValueError outside FIRST_YEAR … LAST_YEAR, where the library would answer "none".
    Source: code du travail, art. L. 3133-1. The days proper to Alsace-Moselle or overseas are not national.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"public holidays are known from {FIRST_YEAR} to {LAST_YEAR}, not for {year}")
    table = holidays.country_holidays("FR", years=year, language="fr")
    return {day: table[day] for day in sorted(table)}


def is_working_day(day: date) -> bool:
    """True unless the day is a Saturday, a Sunday or a national public holiday."""
    return day.weekday() < SATURDAY and day not in public_holidays(day.year)


def next_working_day(day: date) -> date:
    """The day itself when it is a working day, else the first one after it (arts. 5.5, 11)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``, which itself is not counted (art. 7: register)."""
    if count < 0:
        raise ValueError("a number of working days cannot be negative")
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1))
    return day


def filing_deadline(invoice_date: date, months: int = 6) -> date:
    """The last day a claim for this invoice may be filed (art. 5.5).

    ``months`` calendar months after the invoice date; when that day is a Saturday, a Sunday or a
    public holiday, the next working day. The day itself is still in time.
    """
    return next_working_day(add_months(invoice_date, months))


def decision_deadline(filed_on: date, days_suspended: int = 0, months: int = 2) -> date:
    """The last day to decide before silence is a refusal (art. 11; CRPA L231-4, L114-5).

    ``months`` calendar months after filing plus the days the clock stood still; weekends and public
    holidays do not move it. Filed 10 March, suspended 10 days: 20 May.
    """
    if days_suspended < 0:
        raise ValueError("a clock cannot have been suspended for a negative number of days")
    return add_months(filed_on, months) + timedelta(days=days_suspended)


def silence_day(decision_due_on: date) -> date:
    """The civil day on which silence becomes a refusal: the one that follows the last day to decide (art. 11).

    Due on 20 May, a decision may still be taken until the end of 20 May in Paris; refused on 21 May, from midnight.
    """
    return decision_due_on + timedelta(days=1)


def start_of_day(day: date) -> datetime:
    """The instant a civil day begins in Paris, in UTC: 23:00 of its eve in winter, 22:00 in summer."""
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)


def answer_deadline(asked_on: date, days: int = 30) -> date:
    """The last day to send the documents asked for, included (art. 11; CRPA L114-5)."""
    return asked_on + timedelta(days=days)


def pending_until(decided_on: date, months: int = 12) -> date:
    """The day from which a line that waits for its label need not wait any longer (art. 11: at most 12 months)."""
    return add_months(decided_on, months)


def reasons_deadline(asked_on: date, months: int = 1) -> date:
    """The last day to give the reasons of a refusal by silence to who asks for them (art. 11; CRPA L232-4)."""
    return add_months(asked_on, months)


def appeal_answer_deadline(filed_on: date, months: int = 2) -> date:
    """The last day to answer an appeal before silence rejects it (art. 11; CRPA L411-7)."""
    return add_months(filed_on, months)


def revocation_until(decided_on: date, months: int = 4) -> date:
    """The last day to take back an unlawful decision (art. 11; CRPA L242-1): four months after it was taken."""
    return add_months(decided_on, months)


def appeal_deadline(notified_on: date, months: int = 2) -> date:
    """The last day of the time limit to appeal (art. 11: two clear months, then the next working day).

    Clear months count neither the day of notification nor the last one: notified 10 March, until
    11 May included.
    """
    return next_working_day(add_months(notified_on, months) + timedelta(days=1))


def format_date(day: date) -> str:
    """Write a date in a French text: ``22 novembre 2026``, ``1er mars 2026``."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Write a date in a French table: ``22/11/2026``."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"
