"""One row being read: what its cells say, and every fault met."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .cells import Cell, Wrong
from .columns import Columns
from .source import Fault, RawRow

_NBSP = "\u00a0"
T = TypeVar("T")


class RowCells:
    """One row being read, and the faults met so far."""

    __slots__ = ("_columns", "cells", "faults", "line", "titles")

    def __init__(self, raw: RawRow, columns: Columns) -> None:
        self._columns = columns.by_field
        self.line, self.cells, self.titles = raw.line, raw.cells, raw.titles
        self.faults: list[Fault] = []

    def value(self, field: str, read: Callable[[Cell], T | Wrong]) -> T | None:
        """What a cell says; None when it is empty, or faulty (its fault is then noted)."""
        cell = self.cells.get(field)
        if cell is None:
            return None
        found = read(cell)
        if isinstance(found, Wrong):
            self.fault(field, found.code, found.reason)
            return None
        return found

    def required(self, field: str, read: Callable[[Cell], T | Wrong]) -> T | None:
        """The same; an empty cell is a fault."""
        if field not in self.cells:
            self.fault(
                field, "required", f"Cette cellule est vide{_NBSP}: indiquez {self._columns[field].what}."
            )
            return None
        return self.value(field, read)

    def note(self, faults: list[tuple[str, Wrong]]) -> None:
        """Note what is wrong with several fields."""
        for field, wrong in faults:
            self.fault(field, wrong.code, wrong.reason)

    def fault(self, field: str, code: str, reason: str) -> None:
        """Note what is wrong with a field."""
        column = self.titles.get(field) or self._columns[field].header
        self.faults.append(Fault(self.line, column, code, reason))
