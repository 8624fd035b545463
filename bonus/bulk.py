"""Rows by thousands: asked for, and written in the caller's transaction."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Table, bindparam, func, insert, select, text, update

from bonus.extensions import db

Row = dict[str, Any]
BATCH = 5_000
"""Values asked for, or rows entered, at once: both databases take more in one statement."""

T = TypeVar("T")


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """A list in parts that one statement takes."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def new_ids(model: type[Any], count: int) -> list[int]:
    """Numbers for rows that refer to each other, before they are written: the sequence's, or on SQLite, which
    has one writer, those that follow."""
    table: Table = model.__table__
    if db.session.get_bind().dialect.name == "postgresql":
        query = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
        return list(db.session.scalars(query, {"table": table.name, "count": count}))
    last = db.session.scalar(select(func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def insert_rows(model: type[Any], rows: Iterable[Row]) -> None:
    """Enter rows by hundreds a statement: each statement that meets a trigger has its price."""
    table: Table = model.__table__
    statement = insert(table).returning(table.c.id)
    for batch in _batches(rows):
        db.session.connection().execute(statement, batch).close()


def update_rows(model: type[Any], rows: Iterable[Row]) -> None:
    """Write columns of the rows whose id is under ``of``."""
    table: Table = model.__table__
    statement = update(table).where(table.c.id == bindparam("of"))
    for batch in _batches(rows):
        db.session.connection().execute(statement, batch)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


@contextmanager
def uncollected() -> Iterator[None]:
    """Make hundreds of thousands of small things without the collector looking through them as they come: it takes
    a third of the time, and there is nothing to free yet."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Stopped(Exception):
    """A long work is no longer at its step: someone abandoned it, or another run of the job went on."""


def progress_of(model: type[Any], row_id: int, status: str, total: int) -> Callable[[int], None]:
    """What a long reading calls now and then with how far it is: written on its row and committed at once.

    The function raises Stopped when the row is no longer at ``status``.
    """

    def tell(done: int) -> None:
        here = update(model).where(model.id == row_id, model.status == status)
        changed: CursorResult[()] = db.session.execute(  # type: ignore[assignment]
            here.values(progress_done=done, progress_total=max(total, done))
        )
        db.session.commit()
        if not changed.rowcount:
            raise Stopped

    return tell
