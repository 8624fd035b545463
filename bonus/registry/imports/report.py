"""A plan as it is kept for those who look at it: every row of it, every fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonus.registry.files import Fault
from bonus.tables.blocks import Blocks, write_blocks

from .entries import Entry, entries_of
from .plan import KINDS, Plan

BLOCK = 50
"""Lines in a block: what a page shows."""
FAULTS = "faults"


@dataclass(frozen=True)
class Summary:
    """What a plan comes to: ``counts`` are good rows by kind; a row of the ``faulty_rows`` has one fault or several."""

    format: str
    ignored_columns: tuple[str, ...]
    rows: int
    counts: dict[str, int]
    faulty_rows: int
    faults: int
    new_suppliers: int
    new_solutions: int

    @property
    def good_rows(self) -> int:
        """Rows that are not at fault."""
        return self.rows - self.faulty_rows

    @property
    def news(self) -> int:
        """Good rows that change something."""
        return self.good_rows - self.counts["unchanged"]


def summary_of(plan: Plan, file_format: str, ignored_columns: tuple[str, ...]) -> Summary:
    """The summary of a plan, made from a file of this format some columns of which mean nothing."""
    return Summary(
        file_format,
        ignored_columns,
        plan.rows,
        plan.counts(),
        plan.faulty_rows,
        len(plan.faults),
        len(plan.new_suppliers()),
        len(plan.new_solutions()),
    )


def write_report(plan: Plan, summary: Summary) -> bytes:
    """The report of a plan, to be kept."""
    return write_blocks(summary.__dict__, (*KINDS, FAULTS), _lines(plan), BLOCK)


def _lines(plan: Plan) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for entry in entries_of(plan):
        yield entry.kind, _line(entry)
    for fault in plan.faults:
        yield FAULTS, (fault.line, fault.column, fault.code, fault.reason)


class Report(Blocks):
    """A report that was kept."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError when it is not there."""
        super().__init__(path)
        self.summary = Summary(**self.head | {"ignored_columns": tuple(self.head["ignored_columns"])})

    def entries(self, kind: str, page: int) -> list[Entry]:
        """The rows of a page (from 1) of a kind."""
        return [_entry(kind, line) for line in self.lines(kind, page)]

    def faults(self, page: int) -> list[Fault]:
        """The faults of a page (from 1)."""
        return [Fault(*line) for line in self.lines(FAULTS, page)]

    def all_entries(self, kind: str) -> Iterator[Entry]:
        """Every row of a kind, a block at a time."""
        return (_entry(kind, line) for line in self.all_lines(kind))

    def all_faults(self) -> Iterator[Fault]:
        """Every fault, a block at a time."""
        return (Fault(*line) for line in self.all_lines(FAULTS))


def _line(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.line,
        entry.reference,
        entry.label,
        entry.supplier,
        entry.solution,
        entry.validity,
        entry.changes,
    )


def _entry(kind: str, line: list[Any]) -> Entry:
    *values, changes = line
    return Entry(*(kind, *values, tuple((what, before, after) for what, before, after in changes)))
