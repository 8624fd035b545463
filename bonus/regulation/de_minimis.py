"""Art. 7: the aids a single undertaking was granted over the years that end on the grant date.

Only enterprises: a public body's bonus is not limited, and what it received does not count. What a bonus
counts as is its legal basis on the day it was granted; every parameter here is read on that day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bonus.regulation.columns import NONE, Bool, Int, Portfolio, total
from bonus.regulation.days import add_months
from bonus.regulation.values import Parameters

# A day and the number of an undertaking in one sortable number: every day of years 1 to 9999 fits in 22 bits
# once shifted, and so does the first day of a window of a hundred years that ends in year 1.
_SPAN, _SHIFT = 1 << 22, 800_000


@dataclass(frozen=True)
class Limits:
    """For each line asked: its undertaking (NONE where art. 7 does not apply), its grant date, the first
    day of the window that ends on it, and the ceiling in cents."""

    undertaking: Int
    granted_on: Int
    window_start: Int
    ceiling: Int


@dataclass(frozen=True)
class Aids:
    """What counts besides the lines, in the order of undertakings and days (cents)."""

    undertaking: Int
    granted_on: Int
    amount: Int


def limits(portfolio: Portfolio, rows: Int, parameters: Parameters) -> Limits:
    """What art. 7 holds each of the lines ``rows`` to."""
    buyer = portfolio.lines.beneficiary[rows]
    granted_on = portfolio.lines.grant_date[rows]
    applies = ~portfolio.beneficiaries.public_body[buyer] & parameters.de_minimis.at(granted_on)
    undertaking = portfolio.undertaking[portfolio.beneficiaries.party[buyer]]
    return Limits(
        undertaking=np.where(applies, undertaking, NONE),
        granted_on=granted_on,
        window_start=window_start(granted_on, parameters),
        ceiling=parameters.column("de_minimis.ceiling").at(granted_on),
    )


def outside_aids(portfolio: Portfolio, parameters: Parameters) -> Aids:
    """The bonuses of earlier decisions and the other aids, public bodies' left out."""
    return aids_and_sources(portfolio, parameters)[0]


def aids_and_sources(portfolio: Portfolio, parameters: Parameters) -> tuple[Aids, Int]:
    """What counts besides the lines, and where each comes from: a row of ``portfolio.prior`` or, after the last
    of these, of ``portfolio.other_aids``."""
    prior, other = portfolio.prior, portfolio.other_aids
    public = np.zeros(len(portfolio.parties), dtype=np.bool_)
    public[portfolio.beneficiaries.party[portfolio.beneficiaries.public_body]] = True
    party = np.concatenate((prior.beneficiary, other.party))
    granted_on = np.concatenate((prior.granted_on, other.granted_on))
    amount = np.concatenate((prior.amount, other.amount))
    counts = ~public[party]
    counts[: len(prior.amount)] &= parameters.de_minimis.at(prior.granted_on)
    undertaking = portfolio.undertaking[party]
    order = np.lexsort((granted_on, undertaking))
    order = order[counts[order]]
    return Aids(undertaking[order], granted_on[order], amount[order]), order


def may_pass(limited: Limits, asked: Int, aids: Aids, undertakings: int) -> Bool:
    """Lines whose ceiling might be passed: all that their undertaking asks and was granted, whatever the
    window, exceeds its lowest ceiling. ``undertakings``: how many numbers there may be."""
    found = np.zeros(len(asked), dtype=np.bool_)
    concerned = np.flatnonzero(limited.undertaking != NONE)
    if not len(concerned):
        return found
    total(asked)
    total(aids.amount)
    number = limited.undertaking[concerned]
    sought = np.zeros(undertakings, dtype=np.int64)
    np.add.at(sought, number, asked[concerned])
    np.add.at(sought, aids.undertaking, aids.amount)
    lowest = np.full(undertakings, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(lowest, number, limited.ceiling[concerned])
    found[concerned] = sought[number] > lowest[number]
    return found


class Window:
    """What counts for one undertaking, met in the order of the grants; the aids from outside join on
    their day. Each aid enters and leaves once, however many lines there are."""

    def __init__(self, aids: Iterator[tuple[int, int]]) -> None:
        self._waiting = list(aids)
        self._next = 0
        self._days: list[int] = []
        self._amounts: list[int] = []
        self._first = 0
        self._sum = 0

    def room(self, day: int, start: int, ceiling: int) -> int:
        """What may still be granted on ``day``, the aids since ``start`` and up to that day counted."""
        while self._next < len(self._waiting) and self._waiting[self._next][0] <= day:
            self.add(*self._waiting[self._next])
            self._next += 1
        days, first = self._days, self._first
        while first < len(days) and days[first] < start:
            self._sum -= self._amounts[first]
            first += 1
        # A window made longer by a later version of the parameter takes back what had left it.
        while first and days[first - 1] >= start:
            first -= 1
            self._sum += self._amounts[first]
        self._first = first
        return max(0, ceiling - self._sum)

    def add(self, day: int, amount: int) -> None:
        """Count an aid granted on ``day``, which is never before the last one counted."""
        if amount:
            self._days.append(day)
            self._amounts.append(amount)
            self._sum += amount


class Windows:
    """The window of each undertaking, the lines of one undertaking following each other."""

    def __init__(self, aids: Aids) -> None:
        self._numbers = aids.undertaking.tolist()
        self._aids = list(zip(aids.granted_on.tolist(), aids.amount.tolist(), strict=True))

    def of(self, undertaking: int) -> Window:
        """A window with the aids from outside of one undertaking."""
        first = bisect_left(self._numbers, undertaking)
        return Window(iter(self._aids[first : bisect_left(self._numbers, undertaking + 1)]))


def granted_before(limited: Limits, order: Int, bonus: Int, aids: Aids) -> Int:
    """For each line, the aids that counted when it came up (cents), its own bonus left out.

    ``order``: the place of each line in the order of the grants. Prefix sums alone, for the explanations:
    it does not go through ``Window``, and a test holds the two equal.
    """
    found = np.zeros(len(bonus), dtype=np.int64)
    concerned = np.flatnonzero(limited.undertaking != NONE)
    concerned = concerned[np.lexsort((order[concerned], limited.undertaking[concerned]))]
    scope = limited.undertaking[concerned] * _SPAN + _SHIFT
    start, day = scope + limited.window_start[concerned], scope + limited.granted_on[concerned]
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(bonus[concerned])))
    lines = before[:-1] - before[np.searchsorted(day, start)]
    received = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(aids.amount)))
    aid_day = aids.undertaking * _SPAN + _SHIFT + aids.granted_on
    others = received[np.searchsorted(aid_day, day, side="right")] - received[np.searchsorted(aid_day, start)]
    found[concerned] = lines + others
    return found


def window_start(granted_on: Int, parameters: Parameters) -> Int:
    """The first day of the window that ends on each grant date: years earlier, 29 February → 28 February."""
    return add_months(granted_on, -12 * parameters.column("de_minimis.window_years").at(granted_on))
