"""Reading the ledger: what each account holds, and the entries of a piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from bonus.accounts.models import Person
from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from bonus.payments.models import PaymentOrder

from .accounts import ACCOUNTS, account_words
from .models import LedgerEntry, LedgerMonth

MOST_ENTRIES = 200
"""Entries shown of one piece; an order that was sent again ten times has some thirty."""


@dataclass(frozen=True)
class Balance:
    """What an account was debited and credited in all, in cents."""

    account: str
    debit_cents: int
    credit_cents: int

    @property
    def words(self) -> str:
        """Its name, in French."""
        return account_words(self.account)

    @property
    def cents(self) -> int:
        """Its balance: positive for a debit, negative for a credit."""
        return self.debit_cents - self.credit_cents


def balances() -> list[Balance]:
    """Every account with what it holds, in the order of the plan; an account that no plan names comes last."""
    cents = func.sum(LedgerEntry.amount_cents)
    query = select(LedgerEntry.debit, LedgerEntry.credit, cents).group_by(
        LedgerEntry.debit, LedgerEntry.credit
    )
    debited: dict[str, int] = dict.fromkeys(ACCOUNTS, 0)
    credited = dict(debited)
    for debit, credit, total in db.session.execute(query):
        for side, account in ((debited, debit), (credited, credit)):
            side[account] = side.get(account, 0) + int(total)
    names = [*ACCOUNTS, *sorted((debited.keys() | credited.keys()) - ACCOUNTS.keys())]
    return [Balance(name, debited.get(name, 0), credited.get(name, 0)) for name in names]


def entries_about(asked: str) -> Sequence[LedgerEntry]:
    """The entries of what a person names: a piece (``order:OP-2026-000001``, ``decision:12``), the number of an order,
    of a titre, or of a dossier, with those of its decisions; in their order, ``MOST_ENTRIES`` at most."""
    asked = asked.strip()
    if not asked:
        return []
    decisions = (
        select(Decision.id)
        .join(Claim, Claim.id == Decision.claim_id)
        .outerjoin(PaymentOrder, PaymentOrder.decision_id == Decision.id)
        .where(or_(Claim.number == asked.upper(), PaymentOrder.number == asked.upper()))
    )
    pieces = [asked, *(f"{kind}:{asked.upper()}" for kind in ("order", "titre"))]
    found: list[ColumnElement[bool]] = [
        LedgerEntry.piece.in_(pieces),
        LedgerEntry.decision_id.in_(decisions),
    ]
    if asked.startswith("decision:") and asked.removeprefix("decision:").isdecimal():
        number = int(asked.removeprefix("decision:"))
        if number < 2**31:
            found.append(LedgerEntry.decision_id == number)
    query = select(LedgerEntry).where(or_(*found)).order_by(LedgerEntry.id).limit(MOST_ENTRIES)
    return db.session.scalars(query).all()


def months_closed() -> list[tuple[LedgerMonth, str]]:
    """The months closed, the last first, each with the name of who closed it."""
    query = (
        select(LedgerMonth, Person.name)
        .join(Person, Person.id == LedgerMonth.closed_by_id)
        .order_by(LedgerMonth.month.desc())
    )
    return [(month, name) for month, name in db.session.execute(query)]
