"""The money of the dossiers added: their credits, orders and entries in the ledger, as the services leave them.

Each budget year gets, by an act of its own, the credits that these decisions take: what was open before stays so. The
companies drawn have no bank account: their orders are held for want of one, and nothing is ever paid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Table, func, select

from bonus.accounts.models import Person
from bonus.audit.service import Actor
from bonus.budget.acts import begin_envelope, write_act
from bonus.budget.models import Commitment, EnvelopeAct
from bonus.budget.service import RESERVED_FOR, locked_envelope
from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.ledger.accounts import KINDS
from bonus.ledger.models import LedgerEntry
from bonus.numbering import Counter as Numbers
from bonus.payments.models import PaymentHold, PaymentOrder, PaymentOrderChange
from bonus.regulation import load_parameters

from .drawing import Companies, Dossiers
from .writing import Writer

TABLES: tuple[Table, ...] = tuple(
    model.__table__  # type: ignore[misc]
    for model in (Commitment, LedgerEntry, PaymentOrder, PaymentHold, PaymentOrderChange)
)
SERIES = "payment_orders"
_DECISION = "JOIN decisions n ON n.claim_id = d.id AND n.rank = 1"
_ORDERED = f"fill_dossiers d {_DECISION} JOIN payment_orders o ON o.decision_id = n.id"
_PAID = "d.order_number <> ''"
"""The dossiers that were granted something: their orders are numbered."""


def order_numbers(dossiers: Dossiers) -> list[str]:
    """The number of each dossier's order, in the order in which they were decided; empty when nothing is granted."""
    given = Counter(
        {one.year: one.last for one in db.session.scalars(select(Numbers).where(Numbers.series == SERIES))}
    )
    found = ["" for _ in dossiers.status]
    for rank in sorted(_granted(dossiers), key=dossiers.acted_on.__getitem__):
        year = dossiers.acted_on[rank].year
        given[year] += 1
        found[rank] = f"OP-{year}-{given[year]:06d}"
    return found


def pay_by(dossiers: Dossiers) -> dict[date, str]:
    """The last day to pay what was decided on each day (art. 13)."""
    law = load_parameters()
    return {
        day: (day + timedelta(days=law.integer("payment.days", day))).isoformat()
        for day in set(dossiers.acted_on)
    }


def open_credits(
    dossiers: Dossiers, companies: Companies, officer: int, now: datetime
) -> dict[int, tuple[int, int]]:
    """Open the credits that these decisions take, by an act of that officer on each budget year; committed. What they
    take of each year, in cents: in all, and for small companies."""
    taken: Counter[int] = Counter()
    small: Counter[int] = Counter()
    for rank in _granted(dossiers):
        year, cents = dossiers.acted_on[rank].year, sum(dossiers.bonuses[rank])
        taken[year] += cents
        small[year] += cents if companies.size[dossiers.company[rank]] in RESERVED_FOR else 0
    person = db.session.get_one(Person, officer)
    actor = Actor(person.name, person_id=officer, roles=frozenset({"authorising_officer"}))
    for year, cents in taken.items():
        acts = select(func.count()).select_from(EnvelopeAct).where(EnvelopeAct.year == year)
        reference = f"Démonstration, acte n° {int(db.session.scalar(acts) or 0) + 1}"
        envelope = locked_envelope(year)
        if envelope is None:
            begin_envelope(year, cents, reference, civil_date(now), actor, now)
        else:
            write_act(envelope, "amendment", cents, reference, civil_date(now), actor, now)
    db.session.commit()
    return {year: (cents, small[year]) for year, cents in taken.items()}


def copy_money(
    out: Writer, taken: dict[int, tuple[int, int]], numbers: list[str], now: datetime, moment: str
) -> None:
    """Commit what the decisions of the dossiers drawn take, make their orders, and enter both in the ledger today."""
    for year, (cents, small) in taken.items():
        out.run(
            f"UPDATE envelopes SET committed_cents = committed_cents + {cents:d}, "
            f"committed_sme_cents = committed_sme_cents + {small:d} WHERE year = {year:d}"
        )
    out.run(
        "INSERT INTO commitments (decision_id, year, amount_cents, size_category, committed_at) "
        f"SELECT n.id, d.budget_year, d.bonus_cents, d.size, d.acted_at FROM fill_dossiers d {_DECISION} "
        f"WHERE {_PAID} ORDER BY d.order_number"
    )
    out.run(
        "INSERT INTO payment_orders (number, decision_id, status, payee, amount_cents, offset_cents, attempts, "
        "created_at, due_on) SELECT d.order_number, n.id, 'held', substr(c.name, 1, 140), d.bonus_cents, 0, 0, "
        f"d.acted_at, d.pay_by FROM fill_dossiers d {_DECISION} JOIN companies c ON c.id = d.company_id "
        f"WHERE {_PAID} ORDER BY d.order_number"
    )
    out.run(
        "INSERT INTO payment_holds (order_id, reason, words, since) "
        f"SELECT o.id, 'no_account', '', d.acted_at FROM {_ORDERED} WHERE {_PAID} ORDER BY o.id"
    )
    out.run(
        "INSERT INTO payment_order_changes (order_id, at, action, old_status, new_status, why, message) "
        f"SELECT o.id, d.acted_at, 'order', '', 'held', 'no_account', '' FROM {_ORDERED} WHERE {_PAID} ORDER BY o.id"
    )
    postgresql = out.kind == "postgresql"
    on = f"{'DATE ' if postgresql else ''}'{civil_date(now)}'"
    at = f"{'TIMESTAMPTZ ' if postgresql else ''}'{moment}'"
    for entry in _entries(on, at):
        out.run(entry)
    out.counted(SERIES, filter(None, numbers))


def _entries(on: str, at: str) -> Iterator[str]:
    for kind in ("committed", "granted"):
        debit, credit = KINDS[kind].debit, KINDS[kind].credit
        yield (
            'INSERT INTO ledger_entries ("key", kind, "on", at, year, debit, credit, amount_cents, piece, decision_id) '
            f"SELECT '{kind}:decision:' || n.id, '{kind}', {on}, {at}, d.budget_year, "
            f"'{debit}', '{credit}', d.bonus_cents, 'decision:' || n.id, n.id "
            f"FROM fill_dossiers d {_DECISION} WHERE {_PAID} ORDER BY d.order_number"
        )


def _granted(dossiers: Dossiers) -> Iterator[int]:
    """The ranks of the dossiers that were granted something."""
    for rank, status in enumerate(dossiers.status):
        if status in ("granted", "partly_granted") and any(dossiers.bonuses[rank]):
            yield rank
