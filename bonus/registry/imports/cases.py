"""The certifications of a file, each with all its rows: one is taken whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.registry.files import COLUMNS, CertificationRow, Fault
from bonus.registry.finding import name_key
from bonus.registry.history import Life
from bonus.registry.rules import Audit, Terms, invalid
from bonus.regulation.wording import french

from .held import HeldCertification, HeldFact, HeldSolution

MOST_ROWS = 200
"""Rows of one certification in a file: more events than that is no life, and each is weighed against the others."""

_TITLES = {column.field: column.header for column in COLUMNS}
# What a refusal of the registry names ``on`` or ``supplier`` has another title in a file.
_FIELDS = {"on": "event_on", "supplier": "supplier_id", "criteria": "criterion_1"}


@dataclass(frozen=True)
class Context:
    """Who sends the file, and when it is read. ``terms(label, day)``: what a label asks that day, None without it;
    ``axes``: their French names by code."""

    certifier_id: int
    certifier_name: str
    terms: Callable[[str, date], Terms | None]
    axes: Mapping[str, str]
    now: datetime

    @property
    def today(self) -> date:
        """The civil day in Paris."""
        return civil_date(self.now)


@dataclass(slots=True, eq=False)
class NewSolution:
    """An offer the registry does not have yet, as the first row that names it says."""

    supplier_id: str
    supplier_name: str
    name: str
    reference: str | None
    axis: str
    aliases: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def call(self, name: str) -> bool:
        """Note one more name of it; False when it is none, or known."""
        key = name_key(name)
        if not key or key in self.keys or key == name_key(self.name):
            return False
        self.keys.add(key)
        self.aliases.append(name)
        return True


@dataclass(slots=True, eq=False)
class Case:
    """One certification of the file: its rows, then what the registry would learn of it.

    ``held`` is None for a new one. ``corrected`` is the grant that a correction takes the place of, ``audit`` what
    it then says. ``events`` are the rows whose event is new; ``settled`` those told before, since corrected.
    ``life`` is what results, None when nothing changes it. ``names`` are other names of the offer.
    """

    rows: list[CertificationRow]
    held: HeldCertification | None = None
    solution: HeldSolution | NewSolution | None = None
    corrected: HeldFact | None = None
    audit: Audit | None = None
    events: list[CertificationRow] = field(default_factory=list)
    settled: list[CertificationRow] = field(default_factory=list)
    life: Life | None = None
    names: list[str] = field(default_factory=list)
    product_reference: str | None = None
    fault: Fault | None = None

    @property
    def row(self) -> CertificationRow:
        """Its first row: all but the events is the same on the others."""
        return self.rows[0]

    @property
    def changes(self) -> bool:
        """Whether the registry would learn something."""
        return self.life is not None or bool(self.names) or self.product_reference is not None

    def refuse(self, refusal: Refusal, line: int | None = None) -> None:
        """Note why it is not taken, at a line (its first row's when None)."""
        field_ = refusal.field and _FIELDS.get(refusal.field, refusal.field)
        self.fault = Fault(
            line or self.row.line,
            _TITLES.get(field_) if field_ else None,
            refusal.code,
            french(refusal.sentence),
        )

    def faults(self) -> list[Fault]:
        """Why none of its rows is taken; nothing when it is."""
        if self.fault is None:
            return []
        return [
            self.fault if row.line == self.fault.line else _together(row.line, self.fault.line)
            for row in self.rows
        ]


def cases_of(rows: Iterable[CertificationRow], spoiled: Mapping[str, int]) -> list[Case]:
    """The certifications of a file, in the order of their first rows.

    ``spoiled`` are the references some other row of which is at fault, with its line: they are refused.
    """
    cases: dict[str, Case] = {}
    for row in rows:
        case = cases.get(row.reference)
        if case is None:
            cases[row.reference] = Case([row])
        else:
            case.rows.append(row)
    for case in cases.values():
        line = spoiled.get(case.row.reference)
        if line is not None:
            case.fault = _together(case.row.line, line)
        elif len(case.rows) > MOST_ROWS:
            case.refuse(
                invalid(
                    "import.too_many_events",
                    f"Cette certification occupe {len(case.rows)} lignes : {MOST_ROWS} au plus. Vérifiez sa référence.",
                    "reference",
                )
            )
    return list(cases.values())


def _together(line: int, other: int) -> Fault:
    return Fault(
        line,
        None,
        "import.together",
        french(
            f"La ligne {other}, de la même certification, est fautive : une certification est prise entière."
        ),
    )
