"""The ``tax`` part of an outcome: one entry per enterprise and fiscal year."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonus.money import amount_string
from bonus.regulation import trace_tax
from bonus.regulation.columns import Portfolio
from bonus.regulation.evaluation import Outcome
from bonus.regulation.facts_years import REGIMES
from bonus.regulation.steps import Writer
from bonus.regulation.values import from_day


def entries(portfolio: Portfolio, outcome: Outcome, writer: Writer | None) -> list[dict[str, Any]]:
    """Enterprises in the order given, every fiscal year by end date. ``carried_over``: what later years
    may still use, oldest first. Each entry gets its ``trace`` when there is a writer."""
    years, tax = portfolio.fiscal_years, outcome.tax
    end = [from_day(day).isoformat() for day in years.end.tolist()]
    usable = np.flatnonzero(tax.carried.years_left > 0)
    carried: dict[int, list[dict[str, str]]] = {}
    for year, source, base in zip(
        *(column[usable].tolist() for column in (tax.carried.year, tax.carried.source, tax.carried.base)),
        strict=True,
    ):
        carried.setdefault(year, []).append(
            {"from_fiscal_year_end": end[source], "base": amount_string(base)}
        )
    found = []
    for row in np.flatnonzero(~portfolio.beneficiaries.public_body[years.beneficiary]).tolist():
        entry: dict[str, Any] = {
            "siren": portfolio.beneficiaries.siren[int(years.beneficiary[row])],
            "fiscal_year_end": end[row],
            "regime": REGIMES[int(years.deduction[row])],
            "own_base": amount_string(int(tax.own_base[row])),
            "ceiling": amount_string(int(tax.ceiling[row])),
            "reduction_base_used": amount_string(int(tax.base_used[row])),
            "reduction": str(int(tax.reduction[row])),
            "deduction": str(int(tax.deduction[row])),
            "carried_over": carried.get(row, []),
        }
        if writer is not None:
            entry["trace"] = trace_tax.steps(writer, row)
        found.append(entry)
    return found
