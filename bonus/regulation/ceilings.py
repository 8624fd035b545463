"""Art. 6: the two ceilings, line by line in the order of the grants.

What is granted consumes the ceilings, so a line depends on those granted before it. Most companies
never come near a ceiling: sums alone prove it, and their lines are granted whole without any loop.
The lines of the others are taken one by one, in order, each through art. 6 and art. 7 before the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bonus.regulation.columns import Bool, Int, Portfolio, total
from bonus.regulation.days import years


@dataclass(frozen=True)
class Granted:
    """Cents for each line asked: what is granted and what each ceiling cut."""

    bonus: Int
    solution_cut: Int
    annual_cut: Int


def grant(
    portfolio: Portfolio,
    rows: Int,
    requested: Int,
    *,
    issued_on: Int,
    solution_ceiling: Int,
    annual_ceiling: Int,
) -> Granted:
    """Bring each line's ``requested`` bonus (≥ 0) under the ceilings of art. 6.

    ``rows`` are lines of a known solution; the other columns are theirs. Each ceiling is the one read on
    the line's own invoice date. Earlier grants (``portfolio.prior``) are consumed first.
    """
    solution_key, annual_key, prior_solution, prior_annual = _keys(portfolio, rows, issued_on)
    prior = portfolio.prior.amount
    contested = _may_pass(solution_key, requested, solution_ceiling, prior_solution, prior)
    contested |= _may_pass(annual_key, requested, annual_ceiling, prior_annual, prior)
    # A solution may be contested in a year that is not: its cuts only leave more under the year's ceiling.

    bonus, solution_cut, annual_cut = requested.copy(), np.zeros_like(requested), np.zeros_like(requested)
    chosen = np.flatnonzero(contested)
    if len(chosen):
        chosen = chosen[np.argsort(grant_order(portfolio, rows[chosen]))]
        used_solution = _consumed(prior_solution, prior)
        used_annual = _consumed(prior_annual, prior)
        columns = (requested, solution_key, annual_key, solution_ceiling, annual_ceiling)
        lines = zip(*(column[chosen].tolist() for column in columns), strict=True)
        cuts = _in_order(lines, used_solution, used_annual)
        bonus[chosen], solution_cut[chosen], annual_cut[chosen] = cuts
    return Granted(bonus, solution_cut, annual_cut)


def grant_order(portfolio: Portfolio, rows: Int) -> Int:
    """The place of each line among ``rows`` in the order of the grants: grant date (the claim's, or its
    own when it waited), then the claim's filing time and id, then the place in the claim."""
    lines = portfolio.lines
    order = np.lexsort((rows, portfolio.claims.rank[lines.claim[rows]], lines.grant_date[rows]))
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = np.arange(len(rows))
    return place


def _in_order(
    lines: Iterable[tuple[int, ...]], used_solution: dict[int, int], used_annual: dict[int, int]
) -> tuple[list[int], list[int], list[int]]:
    """One line after the other, in grant order: what is granted, cut by solution, cut by year.

    Each line is (asked, solution key, annual key, solution ceiling, annual ceiling). The ``used_…``
    counters are consumed on the way.
    """
    granted, solution_cuts, annual_cuts = [], [], []
    for asked, solution, annual, solution_most, annual_most in lines:
        spent_solution, spent_annual = used_solution.get(solution, 0), used_annual.get(annual, 0)
        under_solution = min(asked, max(0, solution_most - spent_solution))
        amount = min(under_solution, max(0, annual_most - spent_annual))
        annual_cuts.append(under_solution - amount)
        # Art. 7 stands here: it brings `amount` down to the headroom left to the single undertaking,
        # and only what remains after it is granted and consumes the ceilings.
        used_solution[solution] = spent_solution + amount
        used_annual[annual] = spent_annual + amount
        granted.append(amount)
        solution_cuts.append(asked - under_solution)
    return granted, solution_cuts, annual_cuts


def _keys(portfolio: Portfolio, rows: Int, issued_on: Int) -> tuple[Int, Int, Int, Int]:
    """One number per (beneficiary, solution, year) and per (beneficiary, year), lines then earlier grants."""
    lines, prior = portfolio.lines, portfolio.prior
    party = np.concatenate((portfolio.beneficiaries.party[lines.beneficiary[rows]], prior.beneficiary))
    solution = np.concatenate((lines.solution[rows], prior.solution))
    year = years(np.concatenate((issued_on, prior.issued_on)))
    annual = party * 10_000 + year
    _, annual = np.unique(annual, return_inverse=True)
    _, both = np.unique(annual * (int(solution.max(initial=0)) + 1) + solution, return_inverse=True)
    return both[: len(rows)], annual[: len(rows)], both[len(rows) :], annual[len(rows) :]


def _may_pass(key: Int, requested: Int, ceiling: Int, prior_key: Int, prior: Int) -> Bool:
    """Lines whose ceiling might be passed: the whole sum under their key exceeds its lowest ceiling."""
    size = int(max(key.max(initial=-1), prior_key.max(initial=-1))) + 1
    total(requested)
    total(prior)
    asked = np.zeros(size, dtype=np.int64)
    np.add.at(asked, key, requested)
    np.add.at(asked, prior_key, prior)
    lowest = np.full(size, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(lowest, key, ceiling)
    return np.asarray(asked[key] > lowest[key])


def _consumed(key: Int, amount: Int) -> dict[int, int]:
    used: dict[int, int] = {}
    for number, cents in zip(key.tolist(), amount.tolist(), strict=True):
        used[number] = used.get(number, 0) + cents
    return used
