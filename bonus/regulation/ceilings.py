"""Arts. 6 and 7: the ceilings, line by line in the order of the grants.

What is granted consumes the ceilings, so a line depends on those granted before it. Most companies
never come near a ceiling: sums alone prove it, and their lines are granted whole without any loop.
The lines of the others are taken one by one, in order, each through art. 6 and art. 7 before the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bonus.regulation import de_minimis
from bonus.regulation.columns import NONE, Bool, Int, Portfolio, total
from bonus.regulation.days import years
from bonus.regulation.values import Parameters


@dataclass(frozen=True)
class Granted:
    """Cents for each line asked: what is granted and what each ceiling cut; and what art. 7 looked at."""

    bonus: Int
    solution_cut: Int
    annual_cut: Int
    de_minimis_cut: Int
    limits: de_minimis.Limits
    aids: de_minimis.Aids


@dataclass(frozen=True)
class _Keys:
    """One number per (beneficiary, solution, year) and per (beneficiary, year): of the lines, and what
    earlier grants (``portfolio.prior``) have consumed under each."""

    solution: Int
    annual: Int
    used_solution: Int
    used_annual: Int


def grant(
    portfolio: Portfolio,
    rows: Int,
    requested: Int,
    *,
    issued_on: Int,
    solution_ceiling: Int,
    annual_ceiling: Int,
    parameters: Parameters,
) -> Granted:
    """Bring each line's ``requested`` bonus (≥ 0) under the ceilings of arts. 6 and 7.

    ``rows`` are lines of a known solution; the other columns are theirs. Each ceiling of art. 6 is the one
    read on the line's own invoice date, those of art. 7 on its grant date. Earlier grants
    (``portfolio.prior``) are consumed first under art. 6; under art. 7 each counts from its day.
    """
    keys = _keys(portfolio, rows, issued_on)
    total(requested)
    total(portfolio.prior.amount)
    limited = de_minimis.limits(portfolio, rows, parameters)
    aids = de_minimis.outside_aids(portfolio, parameters)
    # A solution may be contested in a year that is not: its cuts only leave more under the year's ceiling,
    # and under that of the undertaking. An undertaking that is contested brings all its lines in.
    watched = de_minimis.may_pass(limited, requested, aids, len(portfolio.parties))
    contested = watched | _may_pass(keys.solution, requested, solution_ceiling, keys.used_solution)
    contested |= _may_pass(keys.annual, requested, annual_ceiling, keys.used_annual)

    bonus = requested.copy()
    cuts = [np.zeros_like(requested) for _ in range(3)]
    chosen = np.flatnonzero(contested)
    if len(chosen):
        undertaking = np.where(watched, limited.undertaking, NONE)[chosen]
        order = np.lexsort((grant_order(portfolio, rows[chosen]), undertaking))
        chosen, undertaking = chosen[order], undertaking[order]
        columns = [requested, keys.solution, keys.annual, solution_ceiling, annual_ceiling]
        columns += [limited.granted_on, limited.window_start, limited.ceiling]
        lines = zip(undertaking.tolist(), *(column[chosen].tolist() for column in columns), strict=True)
        used = keys.used_solution.tolist(), keys.used_annual.tolist()
        bonus[chosen], *found = _in_order(lines, *used, de_minimis.Windows(aids))
        for cut, values in zip(cuts, found, strict=True):
            cut[chosen] = values
    return Granted(bonus, cuts[0], cuts[1], cuts[2], limited, aids)


def grant_order(portfolio: Portfolio, rows: Int) -> Int:
    """The place of each line among ``rows`` in the order of the grants: grant date (the claim's, or its
    own when it waited), then the claim's filing time and id, then the place in the claim."""
    lines = portfolio.lines
    order = np.lexsort((rows, portfolio.claims.rank[lines.claim[rows]], lines.grant_date[rows]))
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = np.arange(len(rows))
    return place


def _in_order(
    lines: Iterable[tuple[int, ...]],
    used_solution: list[int],
    used_annual: list[int],
    windows: de_minimis.Windows,
) -> tuple[list[int], list[int], list[int], list[int]]:
    """One line after the other, in grant order: what is granted, cut by solution, by year, by de minimis.

    Each line is (undertaking, asked, solution key, annual key, solution ceiling, annual ceiling, grant
    date, first day of the window, de minimis ceiling); those of one undertaking follow each other, NONE
    standing for all that art. 7 cannot cut. The ``used_…`` counters are consumed on the way.
    """
    granted, solution_cuts, annual_cuts, de_minimis_cuts = [], [], [], []
    current, window = NONE, windows.of(NONE)
    for undertaking, asked, solution, annual, solution_most, annual_most, day, start, most in lines:
        amount = under_solution = min(asked, max(0, solution_most - used_solution[solution]))
        amount = under_year = min(amount, max(0, annual_most - used_annual[annual]))
        if undertaking != NONE:
            if undertaking != current:
                current, window = undertaking, windows.of(undertaking)
            amount = min(amount, window.room(day, start, most))
            window.add(day, amount)
        # What is granted, and only that, consumes the ceilings of art. 6.
        used_solution[solution] += amount
        used_annual[annual] += amount
        granted.append(amount)
        solution_cuts.append(asked - under_solution)
        annual_cuts.append(under_solution - under_year)
        de_minimis_cuts.append(under_year - amount)
    return granted, solution_cuts, annual_cuts, de_minimis_cuts


def _keys(portfolio: Portfolio, rows: Int, issued_on: Int) -> _Keys:
    lines, prior = portfolio.lines, portfolio.prior
    party = np.concatenate((portfolio.beneficiaries.party[lines.beneficiary[rows]], prior.beneficiary))
    solution = np.concatenate((lines.solution[rows], prior.solution))
    year = years(np.concatenate((issued_on, prior.issued_on)))
    _, annual = np.unique(party * 10_000 + year, return_inverse=True)
    _, both = np.unique(annual * (int(solution.max(initial=0)) + 1) + solution, return_inverse=True)
    count = len(rows)
    return _Keys(
        both[:count],
        annual[:count],
        _consumed(both[count:], prior.amount, int(both.max(initial=-1)) + 1),
        _consumed(annual[count:], prior.amount, int(annual.max(initial=-1)) + 1),
    )


def _may_pass(key: Int, requested: Int, ceiling: Int, used: Int) -> Bool:
    """Lines whose ceiling might be passed: the whole sum under their key exceeds its lowest ceiling."""
    asked = used.copy()
    np.add.at(asked, key, requested)
    lowest = np.full(len(used), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(lowest, key, ceiling)
    return np.asarray(asked[key] > lowest[key])


def _consumed(key: Int, amount: Int, size: int) -> Int:
    used = np.zeros(size, dtype=np.int64)
    np.add.at(used, key, amount)
    return used
