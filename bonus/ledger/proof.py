"""What a proof of the accounts is: two sums made piece by piece, which must agree on each of them.

A proof is one query: both databases add up each piece's two amounts, then say the totals and the first pieces that
differ. So it takes little memory however many decisions there are, and sees one moment of a database that is written
to meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    String,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from bonus.extensions import db

from .models import LedgerEntry

MOST_PIECES = 10
"""Pieces named by a proof that does not hold; the others are counted."""

Amounts = Select[Any, Any]
"""A query of (key of the piece, cents): a key may come several times, its cents are added."""


@dataclass(frozen=True)
class Offence:
    """A piece whose two sums differ, in cents."""

    piece: str
    left_cents: int
    right_cents: int

    @property
    def gap_cents(self) -> int:
        """What the first sum has more than the second."""
        return self.left_cents - self.right_cents


@dataclass(frozen=True)
class Measured:
    """Both sums in cents, how many pieces differ, and the first of them."""

    left_cents: int
    right_cents: int
    pieces: int
    first: tuple[Offence, ...]


@dataclass(frozen=True)
class Proof:
    """One thing that the accounts must satisfy: what it says and what its two sums are, in French, and the article.

    ``measure`` takes how many pieces to name at most.
    """

    code: str
    words: str
    left: str
    right: str
    article: str
    measure: Callable[[int], Measured]


@dataclass(frozen=True)
class Outcome:
    """A proof and what was found."""

    proof: Proof
    measured: Measured

    @property
    def holds(self) -> bool:
        """Whether every piece agrees, to the cent: totals may agree while two pieces are wrong."""
        return self.measured.pieces == 0


def by_piece(named: str, sides: Callable[[], tuple[Amounts, Amounts]]) -> Callable[[int], Measured]:
    """Compare two queries piece by piece. ``named`` makes a piece's name from its key: ``"decision:{}"``."""

    @cache
    def query(most: int) -> CompoundSelect[Any]:
        # Made once: what a query is costs more to say than a small database takes to answer it.
        left, right = (side.subquery() for side in sides())
        (left_key, left_cents), (right_key, right_cents) = left.c, right.c
        both = union_all(
            select(left_key.label("piece"), left_cents.label("one"), literal(0).label("other")),
            select(right_key, literal(0), right_cents),
        ).subquery()
        pairs = (
            select(both.c.piece, func.sum(both.c.one).label("one"), func.sum(both.c.other).label("other"))
            .group_by(both.c.piece)
            .cte("pairs")
        )
        differs = pairs.c.one != pairs.c.other
        first = select(pairs).where(differs).order_by(pairs.c.piece).limit(most).subquery()
        whole = select(
            cast(null(), String).label("piece"),
            func.coalesce(func.sum(pairs.c.one), 0),
            func.coalesce(func.sum(pairs.c.other), 0),
            func.coalesce(func.sum(case((differs, 1), else_=0)), 0),
        )
        # Of a piece without a name (an entry about no decision) the key is empty.
        named_ones = select(
            func.coalesce(cast(first.c.piece, String), "?"), first.c.one, first.c.other, literal(-1)
        )
        return union_all(whole, named_ones)

    def measure(most: int) -> Measured:
        rows = db.session.execute(query(most)).all()
        # PostgreSQL sums big integers into decimals.
        totals = next(row for row in rows if row[3] >= 0)
        return Measured(
            int(totals[1]),
            int(totals[2]),
            int(totals[3]),
            tuple(Offence(named.format(row[0]), int(row[1]), int(row[2])) for row in rows if row[3] < 0),
        )

    return measure


def both(*queries: Amounts) -> Amounts:
    """The rows of several queries together."""
    key, cents = union_all(*queries).subquery().c
    return select(key, cents)


def entered(plus: tuple[str, ...], minus: tuple[str, ...] = (), *, by: SQLColumnExpression[Any]) -> Amounts:
    """What the entries of some kinds come to, less those of others, by a column of the ledger."""
    signed = case((LedgerEntry.kind.in_(plus), LedgerEntry.amount_cents), else_=-LedgerEntry.amount_cents)
    return select(by, signed).where(LedgerEntry.kind.in_((*plus, *minus)))


def credit_balance(account: str, *, by: SQLColumnExpression[Any], without: tuple[str, ...] = ()) -> Amounts:
    """What an account holds, credits less debits, by a column of the ledger; entries of some kinds left out."""
    return _balance(account, LedgerEntry.credit == account, by, without)


def debit_balance(account: str, *, by: SQLColumnExpression[Any], without: tuple[str, ...] = ()) -> Amounts:
    """What an account holds, debits less credits, by a column of the ledger; entries of some kinds left out."""
    return _balance(account, LedgerEntry.debit == account, by, without)


def _balance(
    account: str, adds: ColumnElement[bool], by: SQLColumnExpression[Any], without: tuple[str, ...]
) -> Amounts:
    signed = case((adds, LedgerEntry.amount_cents), else_=-LedgerEntry.amount_cents)
    of_account = or_(LedgerEntry.debit == account, LedgerEntry.credit == account)
    return select(by, signed).where(of_account, LedgerEntry.kind.not_in(without))
