"""Arts. 1, 5.3 and 5.5: is this purchase one the scheme may help, and was it filed in time?"""

from __future__ import annotations

from datetime import date

import numpy as np

from bonus.regulation.columns import NONE, Bool, Int, Portfolio
from bonus.regulation.days import add_months, next_working_days
from bonus.regulation.values import Dated, Parameters, to_day

_FOREVER = 2**31


def outside_period(issued_on: Int, parameters: Parameters) -> list[tuple[str, Bool]]:
    """Invoices dated before the first day of the scheme, or after its last one when it has one (art. 1)."""
    ends = parameters["period.end"].versions
    end = Dated(
        np.array([to_day(version.effective_from) for version in ends], dtype=np.int64),
        np.array([to_day(v.value) if isinstance(v.value, date) else _FOREVER for v in ends], dtype=np.int64),
    )
    return [
        ("purchase.before_scheme", np.asarray(issued_on < parameters.column("period.start").at(issued_on))),
        ("purchase.after_scheme", np.asarray(issued_on > end.at(issued_on))),
    ]


def deadlines(portfolio: Portfolio, parameters: Parameters) -> Int:
    """The last day each invoice may be filed (art. 5.5)."""
    issued_on = portfolio.invoices.issued_on
    return next_working_days(add_months(issued_on, parameters.column("spend.filing_months").at(issued_on)))


def intra_group(portfolio: Portfolio) -> Bool:
    """Lines whose seller, or whose solution's supplier, is the buyer or stands in its group or its single
    undertaking (art. 5.3)."""
    lines = portfolio.lines
    buyer = portfolio.beneficiaries.party[lines.beneficiary]
    seller = portfolio.invoices.seller[lines.invoice]
    # An unknown solution has no known supplier: the seller alone is looked at.
    known = lines.solution != NONE
    supplier = seller.copy()
    supplier[known] = portfolio.registry.supplier[lines.solution[known]]
    linked = np.zeros(len(buyer), dtype=np.bool_)
    for members in (portfolio.group, portfolio.undertaking):
        linked |= (members[seller] == members[buyer]) | (members[supplier] == members[buyer])
    return linked
