"""A plan as it is kept for those who look at it: any page of any part of it is read without reading the rest.

One line of JSON that says where everything is, then blocks of lines, each a list of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonus.registry.files import Fault

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
    pending: dict[str, list[Any]] = {name: [] for name in (*KINDS, FAULTS)}
    places: dict[str, list[tuple[int, int]]] = {name: [] for name in pending}
    blocks: list[bytes] = []
    written = 0

    def put(name: str) -> None:
        nonlocal written
        block = json.dumps(pending[name], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        places[name].append((written, len(block)))
        blocks.append(block)
        written += len(block)
        pending[name] = []

    def add(name: str, line: tuple[Any, ...]) -> None:
        pending[name].append(line)
        if len(pending[name]) == BLOCK:
            put(name)

    for entry in entries_of(plan):
        add(entry.kind, _line(entry))
    for fault in plan.faults:
        add(FAULTS, (fault.line, fault.column, fault.code, fault.reason))
    for name, rest in pending.items():
        if rest:
            put(name)
    head = {"summary": summary.__dict__, "places": places}
    return b"".join([json.dumps(head, ensure_ascii=False).encode(), b"\n", *blocks])


class Report:
    """A report that was kept. Each question opens its file, and reads what it needs of it."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError when it is not there."""
        self._path = path
        with path.open("rb") as file:
            head = json.loads(file.readline())
            self._start = file.tell()
        self.summary = Summary(
            **head["summary"] | {"ignored_columns": tuple(head["summary"]["ignored_columns"])}
        )
        self._places: dict[str, list[tuple[int, int]]] = head["places"]

    def pages(self, name: str) -> int:
        """How many blocks a part has: a kind of ``plan.KINDS``, or FAULTS."""
        return len(self._places[name])

    def entries(self, kind: str, page: int) -> list[Entry]:
        """The rows of a page (from 1) of a kind."""
        return [_entry(kind, line) for line in self._block(kind, page)]

    def faults(self, page: int) -> list[Fault]:
        """The faults of a page (from 1)."""
        return [Fault(*line) for line in self._block(FAULTS, page)]

    def all_entries(self, kind: str) -> Iterator[Entry]:
        """Every row of a kind, a block at a time."""
        for page in range(1, self.pages(kind) + 1):
            yield from self.entries(kind, page)

    def all_faults(self) -> Iterator[Fault]:
        """Every fault, a block at a time."""
        for page in range(1, self.pages(FAULTS) + 1):
            yield from self.faults(page)

    def _block(self, name: str, page: int) -> list[Any]:
        if not 1 <= page <= self.pages(name):
            return []
        offset, length = self._places[name][page - 1]
        with self._path.open("rb") as file:
            file.seek(self._start + offset)
            found: list[Any] = json.loads(file.read(length))
        return found


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
