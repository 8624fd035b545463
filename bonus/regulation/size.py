"""Art. 3: the size category, on the figures of the whole group (décret n° 2008-1354)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from bonus.money import parse_amount
from bonus.regulation.columns import Bool, Int, Portfolio
from bonus.regulation.schema import LARGE, PUBLIC
from bonus.regulation.values import Parameters, to_day


def categories(portfolio: Portfolio, issued_on: Int, parameters: Parameters) -> Int:
    """The category of each line's beneficiary on the invoice date: a row of ``parameters.codes("size")``."""
    who = portfolio.beneficiaries
    row = portfolio.lines.beneficiary
    figures = who.headcount[row], who.turnover[row], who.balance_sheet[row]
    return _categories(figures, who.public_body[row], issued_on, parameters)


def size_category(beneficiary: Mapping[str, Any], on: date, parameters: Parameters) -> str:
    """The category on a day of one beneficiary in the form of the facts: ``micro``, ``sme``… or ``public``.

    Raises ValueError when an amount is not one with two decimals.
    """
    figures = (
        np.array([beneficiary["headcount"]], dtype=np.int64),
        np.array([parse_amount(beneficiary["turnover"])], dtype=np.int64),
        np.array([parse_amount(beneficiary["balance_sheet"])], dtype=np.int64),
    )
    public_body = np.array([beneficiary["kind"] == "public_body"])
    found = _categories(figures, public_body, np.array([to_day(on)], dtype=np.int64), parameters)
    return parameters.codes("size")[int(found[0])]


def _categories(figures: tuple[Int, Int, Int], public_body: Bool, days: Int, parameters: Parameters) -> Int:
    """The first category whose headcount limit is not reached and one of whose two financial limits is not
    passed; `large` otherwise; `public` for every public body."""
    headcount, turnover, balance_sheet = figures
    codes = parameters.codes("size")
    found = np.full(len(days), codes.index(LARGE), dtype=np.int64)
    # From the last category to the first, so that the first one that fits stays.
    for code in reversed(range(len(codes))):
        if codes[code] in {LARGE, PUBLIC}:
            continue
        fits = (headcount < parameters.grid("size", "headcount_below").at(days, code)) & (
            (turnover <= parameters.grid("size", "turnover_max").at(days, code))
            | (balance_sheet <= parameters.grid("size", "balance_sheet_max").at(days, code))
        )
        found[fits] = code
    found[public_body] = codes.index(PUBLIC)
    return found


def size_categories(
    figures: tuple[Int, Int, Int], public_body: Bool, days: Int, parameters: Parameters
) -> list[str]:
    """The same for many: ``figures`` are headcounts (of the group), turnovers and balance sheets in cents, ``days``
    whole days since 1970-01-01 (art. 3)."""
    codes = parameters.codes("size")
    return [codes[int(found)] for found in _categories(figures, public_body, days, parameters)]
