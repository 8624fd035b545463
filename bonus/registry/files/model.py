"""What is read from a certifier's file: good rows, faults, and what the reader must know to tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bonus.tables.source import Fault

MAX_FILE_BYTES = 60 * 1024 * 1024
MAX_ROWS = 250_000
MAX_CRITERIA = 9
MAX_ALIASES = 50
REFERENCE_LENGTH, NAME_LENGTH = 80, 200

EVENTS = {"suspended": "suspension", "reinstated": "rétablissement", "withdrawn": "retrait"}
"""What may happen to a certification (art. 4): its code, and the word that files write."""

EXAMPLE_REFERENCE = "EXEMPLE-2026-001"
"""The certification of the form's example row: refused, so that nobody certifies it by leaving it there."""


@dataclass(frozen=True, slots=True)
class CertificationRow:
    """One good row. ``line`` is where it stands: a CSV's physical line where the row begins, the row of a
    sheet, the index (from 1) in JSON.

    ``reference`` is the certifier's own for the certification (the key that makes an import repeatable),
    ``product_reference`` the supplier's for the offer. ``criteria`` follows the label's, and is empty when it has none.
    """

    line: int
    reference: str
    label: str
    supplier_id: str
    supplier_name: str
    solution: str
    product_reference: str | None
    axis: str
    valid_from: date
    valid_until: date
    criteria: tuple[bool, ...]
    audited_on: date | None
    evidence: str | None
    event: str | None
    event_on: date | None
    retroactive: bool
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class LabelRule:
    """A label as the caller knows it: the names of its criteria, and whether this certifier grants it (``mine``)."""

    code: str
    name: str
    criteria: tuple[str, ...]
    mine: bool


@dataclass(frozen=True)
class FileRules:
    """What the caller knows: labels by code, axes (code → French name), and the civil day in Paris.

    ``label_on`` says what a label asks of a validity that begins on a day, when that is not always the same.
    """

    labels: Mapping[str, LabelRule]
    axes: Mapping[str, str]
    today: date
    label_on: Callable[[str, date], LabelRule | None] | None = None


@dataclass(frozen=True)
class FileContent:
    """A file that could be read: every row is in ``rows`` or has its faults in ``faults``, in the order of the file.

    ``spoiled`` are the certifications, by reference, that a faulty row is about, with the first such line: what
    their other rows say may not be the whole of it. A row that only repeats another spoils nothing.
    """

    rows: list[CertificationRow]
    faults: list[Fault]
    format: str
    ignored_columns: tuple[str, ...]
    spoiled: Mapping[str, int] = field(default_factory=dict)
