"""The steps of art. 8 for one fiscal year: the base, its ceiling, what is used, deducted, carried over, lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from bonus.calendar import format_date
from bonus.money import NBSP, amount_string, format_euros, format_rate
from bonus.regulation.columns import FiscalYears, Int
from bonus.regulation.steps import Step, Words, Writer, step_on
from bonus.regulation.tax import Tax
from bonus.regulation.values import Parameters, from_day
from bonus.regulation.wording import grouped

_REGIMES = ("de la réduction d’impôt", "de la déduction")


def steps(writer: Writer, year: int) -> list[Step]:
    """All the steps of a fiscal year (a row of ``Portfolio.fiscal_years``)."""
    return steps_of(writer.portfolio.fiscal_years, writer.outcome.tax, writer.parameters, year)


def steps_of(years: FiscalYears, tax: Tax, parameters: Parameters, year: int) -> list[Step]:
    """The same from the fiscal years alone."""
    words = _Year(years, tax, parameters, year)
    return [
        words.own_base(),
        words.ceiling(),
        *words.uses(),
        words.reduction(),
        *words.fractions(),
        words.deduction(),
        *words.carried(),
    ]


def _of(column: Int, year: int) -> range:
    """The rows of a table in the order of ``year`` that are of this one."""
    first, end = np.searchsorted(column, [year, year + 1])
    return range(int(first), int(end))


class _Year:
    def __init__(self, years: FiscalYears, tax: Tax, parameters: Parameters, year: int) -> None:
        self._years, self._tax, self._parameters, self._row = years, tax, parameters, year
        self._end = self._end_of(year)

    def _end_of(self, row: int) -> date:
        return from_day(int(self._years.end[row]))

    def _step(self, code: str, words: Words, result: object) -> Step:
        said = Words(f"{words.sentence} (art. 8).", words.inputs, words.parameter)
        return step_on(self._parameters, words.on or self._end, code, "art. 8", said, result)

    def own_base(self) -> Step:
        """The regime, and the eligible bases less the bonuses."""
        start, deduction = from_day(int(self._years.start[self._row])), bool(self._years.deduction[self._row])
        spend, bonus, own = (
            int(column[self._row]) for column in (self._tax.spend, self._tax.bonus, self._tax.own_base)
        )
        words = Words(
            f"Exercice du {format_date(start)} au {format_date(self._end)}, régime {_REGIMES[deduction]} : "
            f"base propre de {format_euros(spend)} de dépenses retenues − {format_euros(bonus)} de bonus "
            f"= {format_euros(own)}",
            {
                "start": start.isoformat(),
                "end": self._end.isoformat(),
                "regime": "deduction" if deduction else "reduction",
                "eligible_bases": amount_string(spend),
                "bonuses": amount_string(bonus),
            },
        )
        return self._step("tax.own_base", words, amount_string(own))

    def ceiling(self) -> Step:
        """The greater of a floor and a part of the turnover."""
        ceiling, turnover = int(self._tax.ceiling[self._row]), int(self._years.turnover[self._row])
        law = self._parameters
        rate, floor = law.integer("tax.ceiling_rate", self._end), law.integer("tax.ceiling_floor", self._end)
        key = "tax.ceiling_floor" if ceiling == floor else "tax.ceiling_rate"
        words = Words(
            f"Plafond de la base : {format_euros(ceiling)}, le plus élevé de {format_euros(floor)} et de "
            f"{format_rate(rate)} du chiffre d’affaires de l’exercice, {format_euros(turnover)}",
            {"turnover": amount_string(turnover), "floor": amount_string(floor), "rate_bp": rate},
            key,
        )
        return self._step("tax.ceiling", words, amount_string(ceiling))

    def uses(self) -> Iterator[Step]:
        """What is used of the year's own base, then of each base carried over."""
        uses, law = self._tax.uses, self._parameters
        for use in _of(uses.year, self._row):
            source, below, above = int(uses.source[use]), int(uses.below[use]), int(uses.above[use])
            end = self._end_of(source)
            rates = (law.integer(key, end) for key in ("tax.reduction_rate", "tax.reduction_rate_above"))
            parts = [(amount, rate) for amount, rate in zip((below, above), rates, strict=True) if amount]
            own = source == self._row
            what = (
                "Base propre utilisée" if own else f"Report de l’exercice clos le {format_date(end)} utilisé"
            )
            key = "tax.reduction_rate" if below else "tax.reduction_rate_above"
            words = Words(
                f"{what} : " + " et ".join(f"{format_euros(a)} à {format_rate(bp)}" for a, bp in parts),
                {
                    "from_fiscal_year_end": end.isoformat(),
                    "parts": [{"base": amount_string(a), "rate_bp": bp} for a, bp in parts],
                },
                key,
                end,  # what is carried over keeps the rates of its own year
            )
            code = "tax.own_base_used" if own else "tax.carry_over_used"
            yield self._step(code, words, amount_string(below + above))

    def reduction(self) -> Step:
        """The tax reduction, in whole euros."""
        used, reduction = int(self._tax.base_used[self._row]), int(self._tax.reduction[self._row])
        words = Words(
            f"Réduction d’impôt de l’exercice, sur {format_euros(used)} de base utilisée : "
            f"{_whole_euros(reduction)}, arrondie à l’euro le plus proche",
            {"base_used": amount_string(used)},
        )
        return self._step("tax.reduction", words, str(reduction))

    def fractions(self) -> Iterator[Step]:
        """Each fraction that falls in the year, what of it is deducted and what is lost."""
        table = self._tax.fractions
        for row in _of(table.year, self._row):
            end = self._end_of(int(table.source[row]))
            place, amount, deducted = (
                int(column[row]) for column in (table.place, table.amount, table.deducted)
            )
            count = self._parameters.integer("tax.deduction_fractions", end)
            lost = (
                ""
                if deducted == amount
                else f" ; {format_euros(amount - deducted)} au-delà du plafond, perdus"
            )
            words = Words(
                f"Fraction {place} sur {count} de la base de l’exercice clos le {format_date(end)} : "
                f"{format_euros(amount)}, dont {format_euros(deducted)} déduits{lost}",
                {
                    "from_fiscal_year_end": end.isoformat(),
                    "fraction": place,
                    "amount": amount_string(amount),
                    "lost": amount_string(amount - deducted),
                },
                "tax.deduction_fractions",
                end,
            )
            yield self._step("tax.fraction", words, amount_string(deducted))

    def deduction(self) -> Step:
        """The sum deducted from the taxable income, in whole euros."""
        deduction = int(self._tax.deduction[self._row])
        words = Words(
            f"Déduction du résultat imposable de l’exercice : {_whole_euros(deduction)}, arrondie à l’euro "
            "le plus proche",
            {},
        )
        return self._step("tax.deduction", words, str(deduction))

    def carried(self) -> Iterator[Step]:
        """What later years may still use, and what can serve no more."""
        table = self._tax.carried
        for row in _of(table.year, self._row):
            end = self._end_of(int(table.source[row]))
            base, left = int(table.base[row]), int(table.years_left[row])
            inputs: dict[str, Any] = {"from_fiscal_year_end": end.isoformat(), "fiscal_years_left": left}
            what = f"de la base de l’exercice clos le {format_date(end)}"
            if left:
                years = "l’exercice suivant" if left == 1 else f"les {left} exercices suivants"
                said = f"Reste {format_euros(base)} {what}, à utiliser sur {years}"
            else:
                said = f"Reste {format_euros(base)} {what}, perdus : la durée du report est écoulée"
            code = "tax.carried_over" if left else "tax.carry_over_lost"
            words = Words(said, inputs, "tax.carry_over_years", end)
            yield self._step(code, words, amount_string(base))


def _whole_euros(euros: int) -> str:
    return f"{grouped(euros)}{NBSP}€"
