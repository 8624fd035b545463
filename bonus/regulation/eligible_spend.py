"""Arts. 5.1 and 5.2: the amount a line is helped on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonus.money import half_up
from bonus.regulation.columns import NO_DAY, Bool, Int, Portfolio
from bonus.regulation.days import add_months
from bonus.regulation.values import Parameters


@dataclass(frozen=True)
class Spend:
    """``amount`` of art. 5.1, ``base`` after art. 5.2, in cents; ``days`` of the service and ``counted``
    ones (both 0 when the service is not cut); ``with_vat`` where VAT is counted in."""

    amount: Int
    base: Int
    days: Int
    counted: Int
    with_vat: Bool
    empty: Bool


def spend(portfolio: Portfolio, issued_on: Int, parameters: Parameters) -> Spend:
    """The eligible base of every line; ``empty`` where `net − other_public_aid` ≤ 0 (art. 5.3).

    A service longer than 12 months counts for its first 12 months:
    ``half_up(amount × days_12 / days)``, both ends included.
    """
    lines, who = portfolio.lines, portfolio.beneficiaries
    left = lines.net - lines.other_public_aid
    with_vat = who.public_body[lines.beneficiary] & ~who.vat_recoverable[lines.beneficiary]
    amount = left + np.where(with_vat, lines.vat, 0)
    base = amount.copy()
    days = np.zeros(len(base), dtype=np.int64)
    counted = np.zeros(len(base), dtype=np.int64)

    served = np.flatnonzero(lines.service_start != NO_DAY)
    if len(served):
        start, end = lines.service_start[served], lines.service_end[served]
        months = parameters.column("spend.service_months").at(issued_on[served])
        following = add_months(start, months)
        long = end >= following
        served, start, end, following = served[long], start[long], end[long], following[long]
        days[served] = end - start + 1
        counted[served] = following - start
        base[served] = _share(amount[served], following - start, end - start + 1)
    return Spend(amount, np.maximum(base, 0), days, counted, with_vat, left <= 0)


def _share(amount: Int, counted: Int, days: Int) -> Int:
    """``half_up(amount × counted / days)`` where each row has its own denominator."""
    share = np.empty(len(amount), dtype=np.int64)
    for length in np.unique(days).tolist():
        chosen = days == length
        share[chosen] = half_up(amount[chosen] * counted[chosen], length)
    return share
