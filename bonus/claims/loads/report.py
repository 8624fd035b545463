"""What is kept of a table that was read: its figures, every fault, every warning, the rows to correct."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonus.claims.tables.model import Left
from bonus.tables.blocks import Blocks, write_blocks
from bonus.tables.source import Fault

from .checking import Checked

BLOCK = 100
"""Faults that a page shows."""
FAULTS, WARNINGS, LEFT = "faults", "warnings", "left"


@dataclass(frozen=True)
class Summary:
    """What a table comes to: rows to take (``good``), that the draft has (``already``), given back (``faulty``)."""

    format: str
    ignored_columns: tuple[str, ...]
    rows: int
    good: int
    already: int
    faulty: int
    faults: int
    warnings: int
    invoices: int
    matched: int
    net_cents: int


def summary_of(checked: Checked) -> Summary:
    """The summary of a table that was checked."""
    content, rows = checked.content, checked.rows
    return Summary(
        content.format,
        content.ignored_columns,
        content.rows,
        len(rows),
        sum(len(bill.rows) for bill in checked.already),
        len(content.left),
        len(content.faults),
        len(content.warnings),
        len(content.bills),
        sum(checked.matches[row.line].solution_id is not None for row in rows),
        sum(row.net_cents for row in rows),
    )


def write_report(checked: Checked, summary: Summary) -> bytes:
    """The report of a table, to be kept."""
    return write_blocks(summary.__dict__, (FAULTS, WARNINGS, LEFT), _lines(checked), BLOCK)


def _lines(checked: Checked) -> Iterator[tuple[str, tuple[Any, ...]]]:
    content = checked.content
    for name, faults in ((FAULTS, content.faults), (WARNINGS, content.warnings)):
        for fault in faults:
            yield name, (fault.line, fault.column, fault.code, fault.reason)
    for line in sorted(content.left):
        left = content.left[line]
        yield LEFT, (left.line, left.cells, left.reasons)


class TableReport(Blocks):
    """A report that was kept."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError when it is not there."""
        super().__init__(path)
        self.summary = Summary(**self.head | {"ignored_columns": tuple(self.head["ignored_columns"])})

    def first(self, name: str) -> list[Fault]:
        """The first faults or warnings: at most ``BLOCK`` of them."""
        return [Fault(*line) for line in self.lines(name, 1)]

    def all_left(self) -> Iterator[Left]:
        """Every row to correct, a block at a time."""
        return (Left(*line) for line in self.all_lines(LEFT))
