"""The rules of one row: from the cells of a file to a certification, or to everything that is wrong with it."""

from __future__ import annotations

from datetime import date

from bonus.calendar import add_years
from bonus.tables.cells import Remembered, quoted, read_day, read_flag, text_reader
from bonus.tables.row import RowCells
from bonus.tables.source import Fault, RawRow
from bonus.tables.suppliers import read_supplier_id

from .aliases import read_aliases
from .columns import BY_FIELD, COLUMNS, CRITERIA
from .model import (
    EXAMPLE_REFERENCE,
    NAME_LENGTH,
    REFERENCE_LENGTH,
    CertificationRow,
    FileRules,
    LabelRule,
)
from .row_dates import Dates, event_faults, validity_faults
from .words import axis_reader, event_reader, label_reader

_NBSP = "\u00a0"


class RowReader:
    """Reads the rows of one file; values that repeat are checked once."""

    def __init__(self, rules: FileRules) -> None:
        """Raises ValueError when a label has more criteria than a file has columns for them."""
        if any(len(label.criteria) > len(CRITERIA) for label in rules.labels.values()):
            raise ValueError(f"a label has more than {len(CRITERIA)} criteria")
        self._rules = rules
        self._today = rules.today
        self._latest_start = add_years(rules.today, 1)
        self._reference = text_reader(REFERENCE_LENGTH)
        self._name = text_reader(NAME_LENGTH)
        self._label = Remembered(label_reader(rules.labels))
        self._axis = Remembered(axis_reader(rules.axes))
        self._supplier_id = Remembered(read_supplier_id)
        self._supplier_name = Remembered(text_reader(NAME_LENGTH))
        self._day = Remembered(read_day)
        self._flag = Remembered(read_flag)
        self._event = Remembered(event_reader())

    def read(self, raw: RawRow) -> CertificationRow | list[Fault]:
        """The certification of a row, or all its faults."""
        if raw.wrong:
            return [Fault(raw.line, column, wrong.code, wrong.reason) for column, wrong in raw.wrong]
        row = RowCells(raw, COLUMNS)
        reference = row.required("reference", self._reference)
        label = row.required("label", self._label)
        supplier_id = row.required("supplier_id", self._supplier_id)
        supplier_name = row.required("supplier_name", self._supplier_name)
        solution = row.required("solution", self._name)
        product_reference = row.value("product_reference", self._reference)
        axis = row.required("axis", self._axis)
        valid_from = row.required("valid_from", self._day)
        valid_until = row.required("valid_until", self._day)
        audited_on = row.value("audited_on", self._day)
        evidence = row.value("evidence", self._name)
        criteria = self._criteria(row, self._label_on(label, valid_from))
        event = row.value("event", self._event)
        event_on = row.value("event_on", self._day)
        retroactive = row.value("retroactive", self._flag) or False
        aliases = row.value("aliases", read_aliases) or ()
        dates = Dates(valid_from, valid_until, audited_on, event, event_on, retroactive=retroactive)
        row.note(validity_faults(dates, self._today, self._latest_start))
        row.note(event_faults(dates, self._today, raw.cells))
        if reference == EXAMPLE_REFERENCE:
            row.fault("reference", "example", f"Cette ligne est l’exemple du modèle{_NBSP}: supprimez-la.")
        if row.faults:
            return row.faults
        # Each is there: what is required and was not read has its fault.
        assert reference is not None
        assert label is not None
        assert supplier_id is not None
        assert supplier_name is not None
        assert solution is not None
        assert axis is not None
        assert valid_from is not None
        assert valid_until is not None
        return CertificationRow(
            raw.line,
            reference,
            label.code,
            supplier_id,
            supplier_name,
            solution,
            product_reference,
            axis,
            valid_from,
            valid_until,
            criteria,
            audited_on,
            evidence,
            event,
            event_on,
            retroactive,
            aliases,
        )

    def reference_of(self, raw: RawRow) -> str | None:
        """The certification that a row is about, whatever else is wrong with it; None when that cannot be read."""
        cell = raw.cells.get("reference")
        found = None if cell is None else self._reference(cell)
        return found if isinstance(found, str) else None

    def _label_on(self, label: LabelRule | None, on: date | None) -> LabelRule | None:
        """The label as it was when the validity begins, when that is known to matter."""
        if label is None or on is None or self._rules.label_on is None:
            return label
        return self._rules.label_on(label.code, on) or label

    def _criteria(self, row: RowCells, label: LabelRule | None) -> tuple[bool, ...]:
        """What the audit found, criterion by criterion: a label is granted when all are met."""
        if label is None:
            return ()  # nobody knows what it asks
        for rank, (field, name) in enumerate(zip(CRITERIA, label.criteria, strict=False), 1):
            if field not in row.cells:
                row.fault(
                    field,
                    "criteria.missing",
                    f"Le label {label.name} demande que le critère {rank} soit rempli ({quoted(name)})"
                    f"{_NBSP}: inscrivez «{_NBSP}oui{_NBSP}» si l’audit le constate.",
                )
            elif row.value(field, self._flag) is False:
                row.fault(
                    field,
                    "criteria.unmet",
                    f"Le critère {rank} n’est pas rempli ({quoted(name)}{_NBSP}: {quoted(row.cells[field])})"
                    f"{_NBSP}: le label {label.name} ne peut pas être délivré. Retirez cette ligne.",
                )
        for field in CRITERIA[len(label.criteria) :]:
            if field in row.cells:
                row.fault(
                    field,
                    "criteria.unexpected",
                    f"Le label {label.name} n’a pas ce critère{_NBSP}: videz cette cellule "
                    f"({quoted(row.cells[field])}).",
                )
        if label.criteria:
            for field in ("audited_on", "evidence"):
                if field not in row.cells:
                    row.fault(
                        field,
                        "criteria.audit",
                        f"Le label {label.name} a des critères{_NBSP}: indiquez {BY_FIELD[field].what}.",
                    )
        return (True,) * len(label.criteria)
