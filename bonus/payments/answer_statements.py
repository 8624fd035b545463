"""The balances of the account from one statement to the next: each opens where the former closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from bonus.adapters.bank_messages import BankMessage
from bonus.bulk import insert_rows
from bonus.extensions import db
from bonus.money import format_euros
from bonus.regulation.wording import french

from . import kept_reasons as kept
from .answer_models import BankFile, BankStatement
from .answer_types import KEEP, Outcome

_Row = tuple[str, int, int]
"""Of a statement: its number, the cents it opens and closes with."""


def breaks(message: BankMessage, file: BankFile, account: str) -> list[Outcome]:
    """What is kept for a person: each statement of our account that does not open with the balance the former one
    closed with. The first of all opens with what it says. One that was sent again breaks nothing."""
    return [
        Outcome(KEEP, kept.CONTINUITY, amount_cents=abs(opening - closed), words=words)
        for opening, closed, words in _breaks(list(_told(message, file.id, account)))
    ]


def _breaks(rows: Sequence[BankStatement]) -> Iterator[tuple[int, int, str]]:
    for row in rows:
        former = _former(row, rows)
        if former and row.opening_cents not in {closing for _, _, closing in former}:
            number, _, closing = former[0]
            words = (
                f"Relevé {row.number} : ouvert à {format_euros(row.opening_cents)}, alors que le relevé {number} "
                f"s’est clos à {format_euros(closing)}."
            )
            yield row.opening_cents, closing, french(words)[:500]


def _former(row: BankStatement, same_message: Sequence[BankStatement]) -> list[_Row]:
    """The statements one may follow: those of the last day before its own, and the others of its own day."""
    query = select(BankStatement).where(
        BankStatement.account == row.account,
        BankStatement.closing_on <= row.closing_on,
        BankStatement.file_id != row.file_id,
    )
    found = list(
        db.session.scalars(query.order_by(BankStatement.closing_on.desc(), BankStatement.id.desc()).limit(50))
    )
    found = [*(one for one in same_message if one.closing_on <= row.closing_on and one is not row), *found]
    if any(_said(one) == _said(row) and one.closing_on == row.closing_on for one in found):
        return []
    before = [one.closing_on for one in found if one.closing_on < row.closing_on]
    days = {row.closing_on, max(before, default=row.closing_on)}
    found.sort(key=lambda one: one.closing_on, reverse=True)
    return [_said(one) for one in found if one.closing_on in days]


def _said(row: BankStatement) -> _Row:
    return row.number, row.opening_cents, row.closing_cents


def keep_statements(message: BankMessage, file: BankFile, account: str) -> None:
    """Keep the balances of a file's statements, in the transaction that ends its application."""
    insert_rows(
        BankStatement,
        [
            {
                "file_id": row.file_id,
                "account": row.account,
                "number": row.number,
                "opening_cents": row.opening_cents,
                "closing_cents": row.closing_cents,
                "closing_on": row.closing_on,
            }
            for row in _told(message, file.id, account)
        ],
    )


def _told(message: BankMessage, file_id: int, account: str) -> Iterator[BankStatement]:
    """The statements of our account that give both balances and the day of the last."""
    for one in message.statements:
        if one.account != account or one.opening is None or one.closing is None or one.closing.on is None:
            continue
        yield BankStatement(
            file_id=file_id,
            account=account,
            number=one.number,
            opening_cents=one.opening.cents,
            closing_cents=one.closing.cents,
            closing_on=one.closing.on,
        )
