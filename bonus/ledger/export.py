"""The entries of a period, to keep: as they are, or as the lines of a FEC, a few thousand at a time in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.spreadsheet import Euros

from .accounts import account_words, kind_words
from .fec import COLUMNS, Written, fec_lines
from .models import LedgerEntry

_BLOCK = 2_000
_TITLES = (
    "Écriture",
    "Date",
    "Exercice",
    "Nature",
    "Compte débité",
    "Compte crédité",
    "Montant",
    "Pièce",
    "Décision",
    "Clé",
)

Row = Sequence[object]


@dataclass(frozen=True)
class Form:
    """A form of export: what people read, its titles, and the lines an entry makes."""

    words: str
    titles: Sequence[str]
    lines: Callable[[Written], Iterator[Row]]


def _as_it_is(entry: Written) -> Iterator[Row]:
    yield (
        entry.number,
        entry.on,
        entry.year,
        kind_words(entry.kind),
        account_words(entry.debit),
        account_words(entry.credit),
        Euros(entry.cents),
        entry.piece,
        entry.decision_id,
        entry.key,
    )


FORMS = {
    "grand-livre": Form("Grand livre, une ligne par écriture", _TITLES, _as_it_is),
    "fec": Form("Journal comptable (colonnes du FEC), deux lignes par écriture", COLUMNS, fec_lines),
}
"""Name in addresses and commands → the form."""


def rows_of(form: str, first: date, last: date) -> Iterator[Row]:
    """The lines of the entries of a period, both days included, in their order; read as they are asked for.

    Raises KeyError for a form nobody knows, InvalidInput for a period that ends before it begins.
    """
    if last < first:
        raise InvalidInput("ledger.period", "La période finit avant de commencer.", field="last")
    return _rows(FORMS[form], first, last)


def _rows(form: Form, first: date, last: date) -> Iterator[Row]:
    # Rows, not models: a session would keep them all.
    query = (
        select(
            LedgerEntry.id,
            LedgerEntry.on,
            LedgerEntry.year,
            LedgerEntry.kind,
            LedgerEntry.debit,
            LedgerEntry.credit,
            LedgerEntry.amount_cents,
            LedgerEntry.piece,
            LedgerEntry.decision_id,
            LedgerEntry.key,
        )
        .where(LedgerEntry.on.between(first, last))
        .order_by(LedgerEntry.on, LedgerEntry.id)
        .execution_options(yield_per=_BLOCK)
    )
    for row in db.session.execute(query):
        cells: list[Any] = list(row)
        yield from form.lines(Written(*cells))
