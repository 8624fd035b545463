"""What is read from a table of purchase lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bonus.tables.source import Fault

Key = tuple[str, str, int]
"""An invoice as art. 5.3 knows it: supplier identifier, number without case and spaces, year."""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One good row; amounts in cents. ``solution`` is what the table says, before the registry is asked."""

    line: int
    number: str
    issued_on: date
    supplier_id: str
    supplier_name: str
    name: str
    reference: str | None
    net_cents: int
    vat_cents: int
    service_start: date | None
    service_end: date | None
    solution: str | None
    replaces_foreign: bool
    other_public_aid_cents: int


@dataclass(slots=True)
class Bill:
    """The rows of one invoice."""

    key: Key
    rows: list[LineRow]


@dataclass(slots=True)
class Left:
    """A row given back to be corrected: where it stood, its cells by field, and what is to be done."""

    line: int
    cells: dict[str, str]
    reasons: list[str] = field(default_factory=list)


@dataclass
class TableContent:
    """A table that was read: each row is in one of ``bills`` or ``left``, and then has its ``faults``."""

    format: str
    rows: int
    bills: dict[Key, Bill]
    faults: list[Fault]
    warnings: list[Fault]
    left: dict[int, Left]
    ignored_columns: tuple[str, ...]
