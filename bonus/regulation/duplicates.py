"""Art. 5.3, an invoice counts once: ``purchase.already_claimed``.

Whether an earlier claim holds an invoice depends on the status of its lines there, which depends on
what still earlier claims hold. The claims that share an invoice are therefore taken one by one in
the order of filing; all the others never enter the loop.
"""

from __future__ import annotations

import numpy as np

from bonus.regulation.columns import NONE, Bool, Int, Portfolio

SAME_CLAIM = -2
HELD_ELSEWHERE = -3


def holders(portfolio: Portfolio, alive: Bool, base: Int, minimum: Int) -> Int:
    """For each invoice, what makes it already claimed: the row of an earlier claim, SAME_CLAIM,
    HELD_ELSEWHERE (a claim outside these facts), or NONE.

    ``alive``: lines eligible or pending but for this reason and art. 5.4; ``base``: the bases of all
    lines; ``minimum``: that of art. 5.4, per claim.
    """
    invoices = portfolio.invoices
    found = np.where(invoices.held, HELD_ELSEWHERE, NONE)
    first = _first_in_claim(invoices.claim, invoices.key)
    repeated = first != np.arange(len(first))
    found[repeated & ~invoices.held] = SAME_CLAIM

    shared = _shared_keys(invoices.claim, invoices.key)
    if not len(shared):
        return found
    concerned = np.unique(invoices.claim[np.isin(invoices.key, shared)])
    _in_filing_order(portfolio, concerned, found, standing=np.where(alive, base, NONE), minimum=minimum)
    return found


def _first_in_claim(claim: Int, key: Int) -> Int:
    """For each invoice, the first one of its claim with the same key."""
    order = np.lexsort((np.arange(len(key)), key, claim))
    starts = np.ones(len(key), dtype=np.bool_)
    starts[1:] = (claim[order][1:] != claim[order][:-1]) | (key[order][1:] != key[order][:-1])
    first = np.empty(len(key), dtype=np.int64)
    first[order] = order[np.flatnonzero(starts)[np.cumsum(starts) - 1]]
    return first


def _shared_keys(claim: Int, key: Int) -> Int:
    """The keys that stand in more than one claim."""
    order = np.lexsort((claim, key))
    key, claim = key[order], claim[order]
    return np.unique(key[1:][(key[1:] == key[:-1]) & (claim[1:] != claim[:-1])])


def _in_filing_order(
    portfolio: Portfolio, concerned: Int, found: Int, *, standing: Int, minimum: Int
) -> None:
    """Complete ``found`` for the claims ``concerned``, taken in the order of filing.

    ``standing`` is the base of each line that is eligible or pending but for these reasons, else NONE.
    """
    first_line, rank = portfolio.claims.first_line, portfolio.claims.rank
    holder: dict[int, int] = {}
    for claim in concerned[np.argsort(rank[concerned])].tolist():
        lines = slice(int(first_line[claim]), int(first_line[claim + 1]))
        invoices = portfolio.lines.invoice[lines]
        for invoice in np.unique(invoices).tolist():
            key = int(portfolio.invoices.key[invoice])
            if found[invoice] == NONE and key in holder:
                found[invoice] = holder[key]
        kept = (standing[lines] != NONE) & (found[invoices] == NONE)
        if int(standing[lines][kept].sum()) < int(minimum[claim]):
            continue  # art. 5.4 refuses every line: this claim holds nothing
        for key in np.unique(portfolio.invoices.key[invoices[kept]]).tolist():
            holder[key] = claim
