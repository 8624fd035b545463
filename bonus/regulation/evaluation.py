"""The one flow of the rules, arts. 1 to 8, over columns.

Filing, simulation, decision and replay all come through here. Eligibility runs in the order of
filing, ceilings in the order of the grants; a line keeps the first reason that holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonus.regulation import (
    beneficiary,
    bonus,
    ceilings,
    certification,
    de_minimis,
    duplicates,
    eligible_spend,
    purchase,
    size,
    tax,
)
from bonus.regulation.columns import NONE, Bool, Int, Portfolio, sums
from bonus.regulation.reasons import NUMBER
from bonus.regulation.values import Parameters

ELIGIBLE, PENDING, REFUSED = 0, 1, 2


@dataclass(frozen=True)
class Workings:
    """What the rules found on the way, kept for the explanations.

    Per line: ``issued_on``, ``category`` (row of the size codes), ``certification`` (row, NONE when not
    reached), ``two_labels``, and the rates in basis points. Per invoice: ``deadline``, ``holder``. Per
    claim: ``claim_base`` (cents of art. 5.4) and ``minimum``. For art. 7: the rows of the ``eligible`` lines,
    the ``limits`` of these, and the ``aids`` that count besides them.
    """

    issued_on: Int
    category: Int
    certification: Int
    two_labels: Bool
    spend: eligible_spend.Spend
    rates: bonus.Rates
    deadline: Int
    holder: Int
    claim_base: Int
    minimum: Int
    eligible: Int
    limits: de_minimis.Limits
    aids: de_minimis.Aids


@dataclass(frozen=True)
class Outcome:
    """The result per line, in cents and basis points; ``reason`` is a number of ``reasons.CODES``."""

    status: Int
    reason: Int
    base: Int
    rate: Int
    before_ceilings: Int
    solution_cut: Int
    annual_cut: Int
    de_minimis_cut: Int
    bonus: Int
    tax: tax.Tax
    workings: Workings


def evaluate_columns(portfolio: Portfolio, parameters: Parameters) -> Outcome:
    """Apply arts. 1 to 8 to every line. Raises ValueError or OverflowError on amounts out of bounds."""
    portfolio.check_bounds()
    lines, invoices, claims = portfolio.lines, portfolio.invoices, portfolio.claims
    issued_on = invoices.issued_on[lines.invoice]

    # Arts. 2, 1 and 5.5: reasons that depend on nothing but the line itself.
    early = np.zeros(len(issued_on), dtype=np.int64)
    deadline = purchase.deadlines(portfolio, parameters)
    late = (claims.filed_on[invoices.claim] > deadline)[lines.invoice]
    for code, holds in (
        *beneficiary.refusals(portfolio, issued_on, parameters),
        *purchase.outside_period(issued_on, parameters),
        ("claim.late", late),
    ):
        early[(early == 0) & holds] = NUMBER[code]

    # Art. 5.3, but for invoices already claimed, then art. 4.
    spend = eligible_spend.spend(portfolio, issued_on, parameters)
    other = np.zeros_like(early)
    other[purchase.intra_group(portfolio)] = NUMBER["purchase.intra_group"]
    other[(other == 0) & spend.empty] = NUMBER["purchase.no_amount"]
    reached = np.flatnonzero((early == 0) & (other == 0))
    tested = certification.assess(portfolio, reached, issued_on[reached], parameters)
    other[reached] = tested.reason
    decisive, two_labels = np.full_like(early, NONE), np.zeros(len(early), dtype=np.bool_)
    decisive[reached], two_labels[reached] = tested.decisive, tested.two_labels

    # Art. 5.3, already claimed: in the order of filing, since each claim depends on the earlier ones.
    suspended = NUMBER["solution.certification_suspended"]
    alive = (early == 0) & ((other == 0) | (other == suspended))
    minimum = np.asarray(parameters.column("spend.minimum_claim").at(claims.filed_on))
    holder = duplicates.holders(portfolio, alive, spend.base, minimum - claims.decided_base)
    reason = early
    reason[(reason == 0) & (holder != NONE)[lines.invoice]] = NUMBER["purchase.already_claimed"]
    reason = np.where(reason == 0, other, reason)

    # Art. 5.4, last: on the bases that are left.
    standing = (reason == 0) | (reason == suspended)
    claim_base = sums(np.where(standing, spend.base, 0), claims.first_line) + claims.decided_base
    reason[standing & (claim_base < minimum)[lines.claim]] = NUMBER["claim.below_minimum"]
    status = np.where(reason == 0, ELIGIBLE, np.where(reason == suspended, PENDING, REFUSED))

    # Arts. 3 and 6: the rate, the bonus, then the ceilings (and art. 7 inside them) in grant order.
    category = size.categories(portfolio, issued_on, parameters)
    chosen = np.flatnonzero(status == ELIGIBLE)
    dated = issued_on[chosen]
    rates = bonus.rates(
        portfolio,
        chosen,
        issued_on=dated,
        category=category[chosen],
        two_labels=two_labels[chosen],
        parameters=parameters,
    )
    requested = bonus.before_ceilings(spend.base[chosen], rates.rate)
    granted = ceilings.grant(
        portfolio,
        chosen,
        requested,
        issued_on=dated,
        solution_ceiling=parameters.column("ceiling.solution").at(dated),
        annual_ceiling=parameters.grid("size", "annual_ceiling").at(dated, category[chosen]),
        parameters=parameters,
    )

    def spread(column: Int) -> Int:
        """A column of the eligible lines over all lines, 0 elsewhere."""
        whole = np.zeros(len(issued_on), dtype=np.int64)
        whole[chosen] = column
        return whole

    awarded = spread(granted.bonus)
    return Outcome(
        status=status,
        reason=reason,
        base=np.where(status == REFUSED, 0, spend.base),
        rate=spread(rates.rate),
        before_ceilings=spread(requested),
        solution_cut=spread(granted.solution_cut),
        annual_cut=spread(granted.annual_cut),
        de_minimis_cut=spread(granted.de_minimis_cut),
        bonus=awarded,
        tax=tax.incentive(portfolio, status == ELIGIBLE, spend.base, awarded, parameters),
        workings=Workings(
            issued_on=issued_on,
            category=category,
            certification=decisive,
            two_labels=two_labels,
            spend=spend,
            rates=bonus.Rates(
                spread(rates.axis),
                spread(rates.size),
                spread(rates.replaces_foreign),
                spread(rates.two_labels),
                spread(rates.rate),
            ),
            deadline=deadline,
            holder=holder,
            claim_base=claim_base,
            minimum=minimum,
            eligible=chosen,
            limits=granted.limits,
            aids=granted.aids,
        ),
    )
