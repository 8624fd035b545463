"""The working of art. 8 for one company, year after year, from the rules of the regulation: data that a certificate
states and freezes. Pure; amounts are integer cents, incentives whole euros, rates basis points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from bonus.calendar import add_years
from bonus.regulation import Parameters
from bonus.regulation.columns import FiscalYears, Int, bool_column, int_column
from bonus.regulation.tax import Tax, of_years
from bonus.regulation.trace_tax import steps_of
from bonus.regulation.values import from_day

_EPOCH = date(1970, 1, 1)
_DAY = timedelta(days=1)
_NOT_SAID = {"reduction": frozenset({"tax.deduction"}), "deduction": frozenset({"tax.reduction"})}
"""Of a year that gives nothing under the other regime, the trace says so; a certificate need not."""


@dataclass(frozen=True)
class Year:
    """A fiscal year, both ends included: what it adds up to, and what the company declared of it.

    ``declared``: False for a calendar year taken because the company declared none; its turnover is then 0 and its
    regime ``reduction``.
    """

    starts_on: date
    ends_on: date
    turnover_cents: int = 0
    regime: str = "reduction"
    declared: bool = True
    spend_cents: int = 0
    bonus_cents: int = 0


@dataclass(frozen=True)
class Use:
    """Base used in the year, out of its own or of one carried over, at the two rates of the year it comes from."""

    from_year_end: str
    below_cents: int
    below_rate_bp: int
    above_cents: int
    above_rate_bp: int


@dataclass(frozen=True)
class Fraction:
    """A fraction (``place`` of ``count``) of a year under ``deduction`` that falls in this one; ``lost_cents``: what of
    it exceeds the ceiling."""

    from_year_end: str
    place: int
    count: int
    amount_cents: int
    deducted_cents: int
    lost_cents: int


@dataclass(frozen=True)
class CarryOver:
    """What is left of a year's base at the end of this one, for ``years_left`` fiscal years yet, the last of which
    ends on ``until`` when they last twelve months; lost when none is left."""

    from_year_end: str
    cents: int
    years_left: int
    until: str | None


@dataclass(frozen=True)
class Working:
    """Art. 8 for one fiscal year."""

    regime: str
    turnover_cents: int
    declared: bool
    own_base_cents: int
    ceiling_cents: int
    base_used_cents: int
    reduction_euros: int
    deduction_euros: int
    uses: tuple[Use, ...]
    fractions: tuple[Fraction, ...]
    carried: tuple[CarryOver, ...]
    sentences: tuple[str, ...]

    @property
    def says_nothing(self) -> bool:
        """Whether the year has neither a base, nor anything of former years."""
        return not (self.own_base_cents or self.uses or self.fractions or self.carried)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Working:
        """The inverse of ``to_dict``. Raises KeyError or TypeError on another shape."""
        parts = {
            "uses": tuple(Use(**row) for row in data["uses"]),
            "fractions": tuple(Fraction(**row) for row in data["fractions"]),
            "carried": tuple(CarryOver(**row) for row in data["carried"]),
            "sentences": tuple(data["sentences"]),
        }
        return cls(**{**data, **parts})


def covering(declared: Iterable[Year], first: date, last: date) -> list[Year]:
    """The fiscal years from the calendar year of ``first`` to that of ``last``, in order: those declared, and where
    there is none, what the calendar year leaves."""
    own = sorted(declared, key=lambda year: year.starts_on)
    start = min([date(first.year, 1, 1), *(year.starts_on for year in own)])
    end = max([date(last.year, 12, 31), *(year.ends_on for year in own)])
    bounds = [start - _DAY, *(day for year in own for day in (year.starts_on, year.ends_on)), end + _DAY]
    gaps = [(bounds[rank] + _DAY, bounds[rank + 1] - _DAY) for rank in range(0, len(bounds), 2)]
    found = [*own, *(piece for gap in gaps for piece in _calendar(*gap))]
    return sorted(found, key=lambda year: year.starts_on)


def _calendar(first: date, last: date) -> Iterable[Year]:
    while first <= last:
        end = min(last, date(first.year, 12, 31))
        yield Year(first, end, declared=False)
        first = end + _DAY


def workings(years: Sequence[Year], parameters: Parameters) -> list[Working]:
    """Art. 8 applied to the fiscal years of one company, given in order. Raises ValueError when two overlap, and
    OverflowError on amounts out of bounds."""
    for before, after in pairwise(years):
        if after.starts_on <= before.ends_on:
            raise ValueError("two fiscal years overlap")
    columns = FiscalYears(
        beneficiary=int_column([0] * len(years)),
        start=int_column([_number(year.starts_on) for year in years]),
        end=int_column([_number(year.ends_on) for year in years]),
        turnover=int_column([year.turnover_cents for year in years]),
        deduction=bool_column([year.regime == "deduction" for year in years]),
    )
    spend = int_column([year.spend_cents for year in years])
    tax = of_years(columns, spend, int_column([year.bonus_cents for year in years]), parameters)
    reader = _Reader(years, columns, tax, parameters)
    return [reader.working(row) for row in range(len(years))]


def _number(day: date) -> int:
    return (day - _EPOCH).days


class _Reader:
    def __init__(self, years: Sequence[Year], columns: FiscalYears, tax: Tax, law: Parameters) -> None:
        self._years, self._columns, self._tax, self._law = years, columns, tax, law

    def working(self, row: int) -> Working:
        year, tax = self._years[row], self._tax
        hidden = _NOT_SAID[year.regime] if not self._gives_both(row) else frozenset()
        steps = steps_of(self._columns, tax, self._law, row)
        return Working(
            regime=year.regime,
            turnover_cents=year.turnover_cents,
            declared=year.declared,
            own_base_cents=int(tax.own_base[row]),
            ceiling_cents=int(tax.ceiling[row]),
            base_used_cents=int(tax.base_used[row]),
            reduction_euros=int(tax.reduction[row]),
            deduction_euros=int(tax.deduction[row]),
            uses=tuple(self._use(place) for place in _of(tax.uses.year, row)),
            fractions=tuple(self._fraction(place) for place in _of(tax.fractions.year, row)),
            carried=tuple(self._carried(row, place) for place in _of(tax.carried.year, row)),
            sentences=tuple(step["sentence"] for step in steps if step["code"] not in hidden),
        )

    def _gives_both(self, row: int) -> bool:
        other = self._tax.deduction if self._years[row].regime == "reduction" else self._tax.reduction
        return bool(other[row])

    def _end(self, row: int) -> date:
        return from_day(int(self._columns.end[row]))

    def _use(self, place: int) -> Use:
        uses = self._tax.uses
        end = self._end(int(uses.source[place]))
        below, above = (
            self._law.integer(key, end) for key in ("tax.reduction_rate", "tax.reduction_rate_above")
        )
        return Use(end.isoformat(), int(uses.below[place]), below, int(uses.above[place]), above)

    def _fraction(self, place: int) -> Fraction:
        table = self._tax.fractions
        end = self._end(int(table.source[place]))
        amount, deducted = int(table.amount[place]), int(table.deducted[place])
        count = self._law.integer("tax.deduction_fractions", end)
        return Fraction(end.isoformat(), int(table.place[place]), count, amount, deducted, amount - deducted)

    def _carried(self, row: int, place: int) -> CarryOver:
        table = self._tax.carried
        left = int(table.years_left[place])
        until = self._last_year(row, left).isoformat() if left else None
        return CarryOver(self._end(int(table.source[place])).isoformat(), int(table.base[place]), left, until)

    def _last_year(self, row: int, left: int) -> date:
        """The last day of the fiscal year so many ranks later; those not known yet last twelve months."""
        known = [year.ends_on for year in self._years[row:] if year.declared or year is self._years[row]]
        if left < len(known):
            return known[left]
        following = known[-1] + _DAY  # the first day of a month, most often: kept from year to year
        return add_years(following, left - len(known) + 1) - _DAY


def _of(column: Int, row: int) -> range:
    first, end = np.searchsorted(column, [row, row + 1])
    return range(int(first), int(end))
