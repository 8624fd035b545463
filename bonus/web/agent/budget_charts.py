"""The chart of an envelope: what is committed month after month, and where today's pace leads, in French."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bonus.budget.situation import Pace, Situation
from bonus.calendar import format_date
from bonus.charts import Chart, Series, lines
from bonus.money import NBSP, half_up
from bonus.regulation.wording import french

_SHORT = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
_CENTS = 100
_LARGE = 10_000_000 * _CENTS
"""From this on the scale counts in thousands of euros: the figures have no more room."""


@dataclass(frozen=True)
class MonthRow:
    """A month of the table beside the chart: what was committed in it, releases deducted, and at its end."""

    month: date
    added_cents: int
    committed_cents: int


def month_rows(situation: Situation) -> list[MonthRow]:
    """The months of the budget year up to this one."""
    rows, before = [], 0
    for place, cents in enumerate(situation.by_month, 1):
        rows.append(MonthRow(date(situation.year, place, 1), cents - before, cents))
        before = cents
    return rows


def envelope_chart(situation: Situation, today: date) -> Chart:
    """What is committed at the end of each month, then where the pace of the last 30 days leads, up to the envelope."""
    unit = 1000 * _CENTS if situation.authorised_cents >= _LARGE else _CENTS
    done = [max(0, half_up(cents, unit)) for cents in situation.by_month]
    missing = 12 - len(done)
    series = [Series("Engagé", [*done, *[None] * missing], "blue")]
    if situation.paces and missing:
        series.append(Series("Au rythme des 30 derniers jours", _projected(situation, today, unit), "brown"))
    series.append(Series("Enveloppe", [half_up(situation.authorised_cents, unit)] * 12, "grey"))
    return lines(
        french(f"Crédits engagés en {situation.year}, à la fin de chaque mois"),
        french(_said(situation)),
        _SHORT,
        series,
        unit="milliers d’euros" if unit > _CENTS else "euros",
    )


def _projected(situation: Situation, today: date, unit: int) -> list[int | None]:
    """From this month's point to December's, never above the envelope."""
    pace = situation.paces[0]
    values: list[int | None] = [None] * (today.month - 1)
    for month in range(today.month, 13):
        end = date(today.year, 12, 31) if month == 12 else date(today.year, month + 1, 1)
        days = 0 if month == today.month else (end - today).days
        cents = min(situation.authorised_cents, situation.committed_cents + days * pace.per_day_cents)
        values.append(max(0, half_up(cents, unit)))
    return values


def _said(situation: Situation) -> str:
    share = (
        half_up(situation.committed_cents * 100, situation.authorised_cents)
        if situation.authorised_cents
        else 0
    )
    told = [f"{share}{NBSP}% de l’enveloppe sont engagés."]
    if situation.paces and situation.committed_cents < situation.authorised_cents:
        told.append(exhausted_in_words(situation.paces[0], situation.year))
    return " ".join(told)


def exhausted_in_words(pace: Pace, year: int) -> str:
    """When the envelope will be used up at a pace."""
    over = f"Au rythme des {pace.days} derniers jours"
    if pace.exhausted_on is None:
        return f"{over}, l’enveloppe n’est pas épuisée au 31 décembre {year}."
    return f"{over}, l’enveloppe est épuisée le {format_date(pace.exhausted_on)}."
