"""How figures, dates and identifiers are written in the pages: French, with no-break spaces."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from stdnum import iban as stdnum_iban

from bonus import calendar
from bonus.adapters.einvoice.rule_words import rule_warnings
from bonus.calendar import PARIS, civil_date, format_date
from bonus.money import NBSP, format_euros, format_rate
from bonus.regulation.wording import grouped
from bonus.siren import spaced_siren

from .exports import exports_of
from .fields import control_attributes, form_errors

Moment = date | datetime


def _civil_day(value: Moment) -> date:
    return civil_date(value) if isinstance(value, datetime) else value


def long_date(value: Moment) -> str:
    """``2026-11-01`` → ``"1er novembre 2026"``; of a moment, its day in Paris (ValueError when naive)."""
    return format_date(_civil_day(value))


def short_date(value: Moment) -> str:
    """``2026-11-22`` → ``"22/11/2026"``, for tables; of a moment, its day in Paris."""
    return calendar.short_date(_civil_day(value))


def datetime_paris(value: datetime) -> str:
    """A moment, on Paris clocks: ``"22 novembre 2026 à 14 h 05"``. Raises ValueError when naive."""
    day = long_date(value)
    moment = value.astimezone(PARIS)
    return f"{day} à {moment.hour}{NBSP}h{NBSP}{moment.minute:02d}"


def iban(value: str) -> str:
    """An IBAN in groups of four, as on paper; what is no IBAN is shown as it came."""
    compact = stdnum_iban.compact(value)
    return NBSP.join(compact[start : start + 4] for start in range(0, len(compact), 4))


def masked_iban(value: str) -> str:
    """An IBAN of which only the country, the key and the last four characters are shown."""
    compact = stdnum_iban.compact(value)
    return NBSP.join((compact[:4], "••••", "••••", compact[-4:]))


def register_filters(app: Flask) -> None:
    """Give templates the filters, what the field macros of ``templates/_dsfr`` call, and the links of exports."""
    app.jinja_env.filters.update(
        euros=format_euros,
        rate=format_rate,
        date=long_date,
        short_date=short_date,
        datetime_paris=datetime_paris,
        iban=iban,
        masked_iban=masked_iban,
        siren=spaced_siren,
        number=grouped,
        rule_warnings=rule_warnings,
    )
    app.jinja_env.globals.update(
        control_attributes=control_attributes, form_errors=form_errors, exports_of=exports_of
    )
