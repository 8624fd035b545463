"""Art. 6: the rate of a line and its bonus before the ceilings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonus.money import BP_UNIT, half_up
from bonus.regulation.columns import Bool, Int, Portfolio
from bonus.regulation.values import Parameters


@dataclass(frozen=True)
class Rates:
    """In basis points: what makes the rate of each line, and the rate between its floor and its cap."""

    axis: Int
    size: Int
    replaces_foreign: Int
    two_labels: Int
    rate: Int


def rates(
    portfolio: Portfolio,
    rows: Int,
    *,
    issued_on: Int,
    category: Int,
    two_labels: Bool,
    parameters: Parameters,
) -> Rates:
    """The rate of the lines ``rows``, all of a known solution; the columns given are those of these lines."""
    solution = portfolio.lines.solution[rows]
    axis = parameters.grid("axis", "rate").at(issued_on, portfolio.registry.axis[solution])
    size = parameters.grid("size", "bonus").at(issued_on, category)
    foreign = np.where(
        portfolio.lines.replaces_foreign[rows], parameters.column("premium.replaces_foreign").at(issued_on), 0
    )
    labels = np.where(two_labels, parameters.column("premium.two_labels").at(issued_on), 0)
    rate = np.clip(
        axis + size + foreign + labels,
        parameters.column("bonus.rate_floor").at(issued_on),
        parameters.column("bonus.rate_cap").at(issued_on),
    )
    return Rates(axis, size, foreign, labels, rate)


def before_ceilings(base: Int, rate: Int) -> Int:
    """``half_up(base × rate / 10000)``, in cents."""
    return half_up(base * rate, BP_UNIT)
