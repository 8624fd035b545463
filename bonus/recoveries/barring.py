"""When what is owed can no longer be claimed (art. 14): the State's claims, and its debts. Pure.

Of a titre, the years run from the payment. A company that asks in its space to pay it in instalments acknowledges the
debt: the service keeps that act by itself (``plans.ask_plan``), and says so to the company beforehand. Any other act is
kept by an accounting officer, with what proves it (``bars.interrupt``): a payment received says how much was paid, not
that its author owes the rest, and may be another's. Before the titre, nothing interrupts: what a company replies to a
notice is read by whoever decides, and the titre itself counts from the payment.
"""

from __future__ import annotations

from datetime import date, timedelta

from bonus.calendar import add_years

STATE_DEBT_YEARS = 4
"""A debt of the State: four years after 31 December of its year (art. 14, law of 31 December 1968, art. 1)."""

INTERRUPTIONS: dict[str, str] = {
    "acknowledged": "Reconnaissance de la dette par l’entreprise",
    "enforcement": "Acte d’exécution forcée",
    "court": "Demande en justice",
}
"""Acts from which the time runs anew, whole (Code civil, arts. 2231, 2240, 2241 and 2244): code → what people read."""


def barred_on(from_on: date, years: int) -> date:
    """The first day on which a claim can no longer be made, ``years`` years after a payment or an act that interrupts.

    Paid on 15 March 2026: the last day is 15 March 2031, and it is barred on the 16th. Paid on 29 February: the years
    end on 28 February, where there is no 29th.
    """
    return add_years(from_on, years) + timedelta(days=1)


def debt_barred_on(year: int) -> date:
    """The first day on which a debt of the State born in a year is barred: 2026 → 1 January 2031."""
    return date(year + STATE_DEBT_YEARS + 1, 1, 1)
