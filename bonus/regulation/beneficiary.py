"""Art. 2: who may benefit."""

from __future__ import annotations

import numpy as np

from bonus.regulation.columns import NO_DAY, Bool, Int, Portfolio
from bonus.regulation.values import Dated, Parameters, to_day


def refusals(portfolio: Portfolio, issued_on: Int, parameters: Parameters) -> list[tuple[str, Bool]]:
    """Each reason of art. 2 with the lines it holds for, in the order tested.

    ``issued_on`` is the invoice date of each line. Public bodies are not concerned by art. 2.3.
    """
    who = portfolio.beneficiaries
    row = portfolio.lines.beneficiary
    ceased_on = who.ceased_on[row]
    return [
        ("beneficiary.invalid_siren", ~who.siren_valid[row]),
        ("beneficiary.not_active", (ceased_on != NO_DAY) & (ceased_on <= issued_on)),
        ("beneficiary.in_liquidation", who.in_liquidation[row]),
        (
            "beneficiary.excluded_activity",
            ~who.public_body[row] & _excluded(portfolio, issued_on, parameters),
        ),
    ]


def _excluded(portfolio: Portfolio, issued_on: Int, parameters: Parameters) -> Bool:
    who = portfolio.beneficiaries
    versions = parameters["beneficiary.excluded_naf_divisions"].versions
    table = np.array(
        [[isinstance(v.value, tuple) and name in v.value for name in who.naf_names] for v in versions],
        dtype=np.bool_,
    ).reshape(len(versions), len(who.naf_names))
    starts = np.array([to_day(version.effective_from) for version in versions], dtype=np.int64)
    return np.asarray(Dated(starts, table).at(issued_on, who.naf_division[portfolio.lines.beneficiary]))
