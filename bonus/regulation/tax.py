"""Art. 8: the tax incentive, per company and fiscal year, all companies together.

A year depends on the years before it (what is carried over, fractions), so years are taken by their rank:
the first one of every company, then the second one… The rows of one company follow each other, so what
comes from ``age`` years before stands ``age`` rows above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bonus.money import BP_UNIT, half_up
from bonus.regulation.columns import NONE, Bool, FiscalYears, Int, Portfolio, product, total
from bonus.regulation.values import Parameters

# A beneficiary's row and a day in one sortable number.
_SPAN, _SHIFT = 1 << 22, 719_163
_CENTS = 100


@dataclass(frozen=True)
class Uses:
    """Base used in ``year`` out of the base of ``source`` (the same year, or one whose base was carried
    over): cents at the rate below the threshold and above it, both of the source's own year."""

    year: Int
    source: Int
    below: Int
    above: Int


@dataclass(frozen=True)
class Fractions:
    """The fraction of ``source`` that falls in ``year``: its place (1 for the first), its amount and
    what of it is deducted; the rest is lost."""

    year: Int
    source: Int
    place: Int
    amount: Int
    deducted: Int


@dataclass(frozen=True)
class Carried:
    """What is left at the end of ``year`` of the base of ``source``, and for how many years yet: none
    means lost."""

    year: Int
    source: Int
    base: Int
    years_left: Int


@dataclass(frozen=True)
class Tax:
    """One row per fiscal year (rows of ``Portfolio.fiscal_years``; a public body's hold nothing): cents,
    but ``reduction`` and ``deduction`` in whole euros. The three tables are in the order of ``year``."""

    spend: Int
    bonus: Int
    own_base: Int
    ceiling: Int
    base_used: Int
    reduction: Int
    deduction: Int
    uses: Uses
    fractions: Fractions
    carried: Carried


def incentive(portfolio: Portfolio, eligible: Bool, base: Int, bonus: Int, parameters: Parameters) -> Tax:
    """The incentive of every fiscal year. ``eligible``, ``base`` and ``bonus`` are those of all lines.

    The base of a line is its eligible base less the bonus awarded on it; its fiscal year is the one that
    contains the invoice date, and a line in none of them counts nowhere. Raises OverflowError.
    """
    spend, awarded = _own(portfolio, eligible, base, bonus)
    return of_years(portfolio.fiscal_years, spend, awarded, parameters)


def of_years(years: FiscalYears, spend: Int, awarded: Int, parameters: Parameters) -> Tax:
    """The same from what each fiscal year adds up to: its eligible bases (``spend``) and the bonuses ``awarded``.
    Raises OverflowError."""
    ceiling = np.maximum(
        half_up(product(years.turnover, parameters.column("tax.ceiling_rate").at(years.end)), BP_UNIT),
        parameters.column("tax.ceiling_floor").at(years.end),
    )
    ledger = _Ledger(years, spend - awarded, ceiling, parameters)
    for rows, rank in ledger.ranks():
        ledger.use(rows, rank)
        ledger.deduct(rows, rank)
        ledger.carry(rows, rank)
    return Tax(
        spend=spend,
        bonus=awarded,
        own_base=spend - awarded,
        ceiling=ceiling,
        base_used=ledger.used,
        reduction=half_up(ledger.reduction, BP_UNIT * _CENTS),
        deduction=half_up(ledger.deducted, _CENTS),
        uses=Uses(*_table(ledger.uses, 4)),
        fractions=Fractions(*_table(ledger.fractions, 5)),
        carried=Carried(*_table(ledger.carried, 4)),
    )


def fiscal_year_of(years: FiscalYears, beneficiary: Int, day: Int) -> Int:
    """The fiscal year (row) of each beneficiary (row) that contains each day, NONE without one."""
    if not len(years.start):
        return np.full(len(day), NONE, dtype=np.int64)
    starts = years.beneficiary * _SPAN + years.start + _SHIFT
    row = np.searchsorted(starts, beneficiary * _SPAN + day + _SHIFT, side="right") - 1
    inside = (row >= 0) & (years.beneficiary[row] == beneficiary) & (day <= years.end[row])
    return np.where(inside, row, NONE)


def _own(portfolio: Portfolio, eligible: Bool, base: Int, bonus: Int) -> tuple[Int, Int]:
    """Per fiscal year of an enterprise, the eligible bases and the bonuses awarded on them."""
    lines, years = portfolio.lines, portfolio.fiscal_years
    chosen = np.flatnonzero(eligible & ~portfolio.beneficiaries.public_body[lines.beneficiary])
    issued_on = portfolio.invoices.issued_on[lines.invoice[chosen]]
    row = fiscal_year_of(years, lines.beneficiary[chosen], issued_on)
    chosen, row = chosen[row != NONE], row[row != NONE]
    found = []
    for column in (base, bonus):
        total(column[chosen])
        summed = np.zeros(len(years.start), dtype=np.int64)
        np.add.at(summed, row, column[chosen])
        found.append(summed)
    return found[0], found[1]


def _table(parts: list[tuple[Int, ...]], width: int) -> list[Int]:
    """The pieces of a table put together, in the order of their first column (the year)."""
    if not parts:
        return [np.zeros(0, dtype=np.int64)] * width
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return [column[order] for column in columns]


class _Ledger:
    """What each year has left, while the years go by. ``below`` and ``above``: what is left of the own base
    of a ``reduction`` year under and over the threshold; ``room``: what is left under a year's ceiling."""

    def __init__(self, years: FiscalYears, own: Int, ceiling: Int, parameters: Parameters) -> None:
        def read(name: str) -> Int:
            return np.asarray(parameters.column(f"tax.{name}").at(years.end))

        reducing = np.where(years.deduction, 0, own)
        self.below = np.minimum(reducing, read("reduction_threshold"))
        self.above = reducing - self.below
        self._rates = read("reduction_rate"), read("reduction_rate_above")
        self._duration = read("carry_over_years")
        self._count = np.where(years.deduction, read("deduction_fractions"), 0)
        self._share = np.where(years.deduction, own, 0) // np.maximum(self._count, 1)
        self._last = np.where(years.deduction, own, 0) - self._share * np.maximum(self._count - 1, 0)
        self.room = ceiling.copy()
        product(ceiling, np.full(len(ceiling), BP_UNIT))  # what is used under a ceiling, at any rate, fits
        self.used, self.reduction, self.deducted = (np.zeros_like(own) for _ in range(3))
        self.uses: list[tuple[Int, ...]] = []
        self.fractions: list[tuple[Int, ...]] = []
        self.carried: list[tuple[Int, ...]] = []
        # Only the companies that have a base somewhere; the rank of a year is its place in its company.
        size = len(own)
        starts = np.flatnonzero(np.diff(years.beneficiary, prepend=NONE))
        lengths = np.diff(starts, append=size)
        self._rank = np.arange(size) - np.repeat(starts, lengths)
        busy = np.add.reduceat(own, starts) != 0 if size else np.zeros(0, dtype=np.bool_)
        self._busy = np.flatnonzero(np.repeat(busy, lengths))

    def ranks(self) -> Iterator[tuple[Int, int]]:
        """The rows of each rank, in order."""
        rows = self._busy[np.argsort(self._rank[self._busy], kind="stable")]
        counts = np.bincount(self._rank[rows])
        for rank, end in enumerate(np.cumsum(counts).tolist()):
            yield rows[end - int(counts[rank]) : end], rank

    def use(self, rows: Int, rank: int) -> None:
        """The year's own base first, then what was carried over, oldest first, within the ceiling."""
        for age in (0, *range(min(rank, int(self._duration.max())), 0, -1)):
            source = rows - age
            open_ = ((self.below[source] + self.above[source]) > 0) & (self._duration[source] >= age)
            if not open_.any():
                continue
            year, source = rows[open_], source[open_]
            below = np.minimum(self.below[source], self.room[year])
            above = np.minimum(self.above[source], self.room[year] - below)
            self.below[source] -= below
            self.above[source] -= above
            self.room[year] -= below + above
            self.used[year] += below + above
            self.reduction[year] += below * self._rates[0][source] + above * self._rates[1][source]
            some = below + above > 0
            self.uses.append((year[some], source[some], below[some], above[some]))

    def deduct(self, rows: Int, rank: int) -> None:
        """Fractions, oldest first, within what the base used has left of the ceiling; the rest is lost."""
        for age in range(min(rank, int(self._count.max()) - 1), -1, -1):
            source = rows - age
            amount = np.where(self._count[source] == age + 1, self._last[source], self._share[source])
            due = (self._count[source] > age) & (amount > 0)
            if not due.any():
                continue
            year, source, amount = rows[due], source[due], amount[due]
            deducted = np.minimum(amount, self.room[year])
            self.room[year] -= deducted
            self.deducted[year] += deducted
            self.fractions.append((year, source, np.full(len(year), age + 1), amount, deducted))

    def carry(self, rows: Int, rank: int) -> None:
        """What is left at the end of the year, oldest first; it serves until its duration is over."""
        for age in range(min(rank, int(self._duration.max())), -1, -1):
            source = rows - age
            left = self.below[source] + self.above[source]
            kept = (left > 0) & (self._duration[source] >= age)
            if not kept.any():
                continue
            source = source[kept]
            self.carried.append((rows[kept], source, left[kept], self._duration[source] - age))
