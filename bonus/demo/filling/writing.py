"""Whole tables written at once: what the driver of each database does fastest, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, DropIndex

from bonus.extensions import db

Cells = Sequence[Any]
_TYPES = {"sqlite": {"moment": "TEXT", "day": "TEXT"}, "postgresql": {"moment": "timestamptz", "day": "date"}}


class Writer:
    """One transaction on a connection of its own; cells are numbers and texts, days and moments as texts."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self.kind = dialect.name

    def rows(self, table: str, columns: Sequence[str], rows: Iterable[Cells]) -> None:
        """Enter rows."""
        names = ", ".join(f'"{name}"' for name in columns)
        cursor = self._connection.cursor()
        if self.kind == "sqlite":
            marks = ", ".join("?" for _ in columns)
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        else:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        cursor.close()

    def run(self, statement: str) -> None:
        """Run a statement of ours."""
        self._connection.cursor().execute(statement)

    def temporary(self, name: str, columns: dict[str, str]) -> None:
        """Make a table that this connection alone sees; ``moment`` and ``day`` are types of columns too."""
        types = _TYPES[self.kind]
        listed = ", ".join(f"{column} {types.get(type_, type_)}" for column, type_ in columns.items())
        self.run(f"DROP TABLE IF EXISTS {name}")
        self.run(f"CREATE TEMPORARY TABLE {name} ({listed})")

    @contextmanager
    def unindexed(self, tables: Sequence[Table]) -> Iterator[None]:
        """Write these tables without their indexes, made again at the end: a tenth of the time for many rows."""
        indexes = [index for table in tables for index in table.indexes if not index.unique]
        for index in indexes:
            self.run(str(DropIndex(index).compile(dialect=self._dialect)))
        yield
        for index in indexes:
            self.run(str(CreateIndex(index).compile(dialect=self._dialect)))

    def counted(self, series: str, numbers: Iterable[str]) -> None:
        """Say which numbers of a series (``BS-2026-000001``) were given here, so that the next ones follow."""
        for year, last in sorted({int(one[3:7]): int(one[8:]) for one in sorted(numbers)}.items()):
            self.run(f"DELETE FROM counters WHERE series = '{series}' AND year = {year:d}")
            self.run(f"INSERT INTO counters (series, year, last) VALUES ('{series}', {year:d}, {last:d})")

    def numbered(self, tables: Sequence[Table]) -> None:
        """Tell PostgreSQL's sequences the numbers that were given here."""
        if self.kind != "postgresql":
            return
        for table in tables:
            self.run(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"
            )


@contextmanager
def writer() -> Iterator[Writer]:
    """A writer on the application's database, committed at the end; nothing is written when something fails."""
    sqlite = db.engine.dialect.name == "sqlite"
    db.session.remove()
    db.engine.dispose()  # SQLite changes its journal when nobody else looks
    pooled = db.engine.raw_connection()
    connection: Any = pooled.driver_connection
    try:
        if sqlite:
            _hurry(connection)
            connection.execute("BEGIN IMMEDIATE")
        yield Writer(connection, db.engine.dialect)
        connection.commit()
    finally:
        connection.rollback()
        if sqlite:
            connection.execute("PRAGMA journal_mode=WAL")
        pooled.invalidate()  # its settings are not those of a request


def _hurry(connection: Any) -> None:
    """A journal of what was there before, which is little, in place of one of all that is written."""
    for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-262144", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    with suppress(sqlite3.OperationalError):  # somebody looks: it takes longer, and comes to the same
        connection.execute("PRAGMA journal_mode=TRUNCATE")
