"""A table of purchase lines into invoices: rows of one supplier, number and date make one, taken whole or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import Any

from bonus.calendar import filing_deadline, format_date, short_date
from bonus.errors import InvalidInput
from bonus.money import amount_string
from bonus.regulation import Parameters
from bonus.regulation.wording import french
from bonus.tables.cells import quoted
from bonus.tables.opening import open_table
from bonus.tables.source import Fault, RawRow

from ..numbers import number_key
from .columns import COLUMNS, MAX_FILE_BYTES, MAX_ROWS
from .model import Bill, Key, Left, LineRow, TableContent
from .rows import RowReader, shown_cell

MAX_FAULTS = 200_000
_said = attrgetter(
    "name",
    "reference",
    "net_cents",
    "vat_cents",
    "service_start",
    "service_end",
    "solution",
    "other_public_aid_cents",
)
STEP = 1000
_SENTENCES = {
    "import.no_rows": "Ce tableau ne contient aucune ligne sous ses titres. Remplissez-le et chargez-le à nouveau.",
    "import.too_large": f"Ce fichier est trop volumineux : la limite est de {MAX_FILE_BYTES // 2**20}\u00a0Mo.",
    "import.too_many_rows": (
        f"Ce tableau contient plus de {MAX_ROWS // 1000}\u00a0000 lignes : découpez-le en plusieurs dossiers."
    ),
    "import.too_many_faults": (
        "Presque toutes les lignes de ce tableau sont fautives : il n’a sans doute pas la forme attendue. "
        "Partez du modèle, ou vérifiez d’abord quelques lignes."
    ),
}


def refusal(code: str) -> InvalidInput:
    """The refusal of a whole table of purchase lines, with its sentence."""
    return InvalidInput(code, french(_SENTENCES[code]))


def read_table(
    data: bytes, today: date, law: Parameters, *, on_progress: Callable[[int], None] | None = None
) -> TableContent:
    """Read a table of purchase lines: CSV or XLSX, told apart by what they hold. ``today``: civil day in Paris.

    ``on_progress`` is called with the number of rows read so far, now and then, and at the end.
    Raises InvalidInput (``import.…``) for a file that cannot be read at all; what is wrong with a row is a fault.
    """
    if len(data) > MAX_FILE_BYTES:
        raise refusal("import.too_large")
    source = open_table(data, COLUMNS)
    reading = _Reading(today, law)
    count = 0
    for count, raw in enumerate(source.rows, 1):
        if count > MAX_ROWS:
            raise refusal("import.too_many_rows")
        reading.take(raw)
        if on_progress is not None and count % STEP == 0:
            on_progress(count)
    if count == 0:
        raise refusal("import.no_rows")
    if on_progress is not None:
        on_progress(count)
    content = TableContent(
        source.format,
        count,
        reading.bills,
        reading.faults,
        reading.warnings,
        reading.left,
        tuple(source.ignored),
    )
    _leave_spoiled(content, reading.spoiled)
    content.warnings = [*_kept(content), *_repeated(content)]
    return content


class _Reading:
    """What was read so far of a table."""

    def __init__(self, today: date, law: Parameters) -> None:
        self.bills: dict[Key, Bill] = {}
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.left: dict[int, Left] = {}
        self.spoiled: dict[tuple[str, str], int] = {}
        self._today, self._law = today, law
        self._reader = RowReader(today)
        self._late: dict[date, str | None] = {}

    def take(self, raw: RawRow) -> None:
        """Read one more row. Raises InvalidInput when there is hardly anything but faults."""
        row = self._reader.read(raw)
        if isinstance(row, list):
            self._leave(raw, row)
            return
        key = (row.supplier_id, number_key(row.number), row.issued_on.year)
        bill = self.bills.setdefault(key, Bill(key, []))
        if bill.rows and bill.rows[0].issued_on != row.issued_on:
            first = bill.rows[0]
            reason = french(
                f"La facture {quoted(row.number)} est datée du {short_date(first.issued_on)} à la ligne {first.line} : "
                "une facture n’a qu’une date. Corrigez l’une des deux lignes."
            )
            self._leave(raw, [Fault(raw.line, self._title(raw, "issued_on"), "invoice.dates", reason)])
            return
        self._warn(raw, row)
        bill.rows.append(row)

    def _leave(self, raw: RawRow, faults: list[Fault]) -> None:
        self.faults += faults
        if len(self.faults) > MAX_FAULTS:
            raise refusal("import.too_many_faults")
        cells = {field: shown_cell(cell) for field, cell in raw.cells.items()}
        self.left[raw.line] = Left(raw.line, cells, [told(fault) for fault in faults])
        if (invoice := self._reader.invoice_of(raw)) is not None:
            self.spoiled.setdefault(invoice, raw.line)

    def _warn(self, raw: RawRow, row: LineRow) -> None:
        if (late := self._too_late(row.issued_on)) is not None:
            self.warnings.append(Fault(row.line, self._title(raw, "issued_on"), "invoice.late", late))

    def _too_late(self, issued_on: date) -> str | None:
        """Why invoices of a day would be refused for their date (arts. 1 and 5.5), asked once a day."""
        if issued_on not in self._late:
            self._late[issued_on] = _refused_for_date(issued_on, self._today, self._law)
        return self._late[issued_on]

    @staticmethod
    def _title(raw: RawRow, field: str) -> str:
        return raw.titles.get(field) or COLUMNS.by_field[field].header


def _refused_for_date(issued_on: date, today: date, law: Parameters) -> str | None:
    start = law.on("period.start", issued_on).value
    assert isinstance(start, date)
    if issued_on < start:
        return french(f"Facture antérieure au {format_date(start)} : elle sera refusée (art. 1).")
    last = filing_deadline(issued_on, law.integer("spend.filing_months", issued_on))
    if today > last:
        return french(
            f"Facture trop ancienne : elle devait être déposée au plus tard le {format_date(last)} (art. 5.5)."
        )
    return None


def leave_rows(content: TableContent, bill: Bill, faults: Mapping[int, Fault]) -> None:
    """Leave an invoice out of a table for the faults of some of its rows, by their lines: all are given back."""
    first = min(faults)
    for row in bill.rows:
        _give_back(content, row, faults.get(row.line) or _with_its_invoice(row, first))
    del content.bills[bill.key]


def leave_bill(content: TableContent, bill: Bill, code: str, reason: str) -> None:
    """Leave an invoice out of a table for what is wrong with the whole of it."""
    for row in bill.rows:
        _give_back(content, row, Fault(row.line, COLUMNS.by_field["number"].header, code, reason))
    del content.bills[bill.key]


def _give_back(content: TableContent, row: LineRow, fault: Fault) -> None:
    content.faults.append(fault)
    content.left[row.line] = Left(row.line, cells_of(row), [told(fault)])


def _leave_spoiled(content: TableContent, spoiled: dict[tuple[str, str], int]) -> None:
    """An invoice one row of which cannot be read is not known whole: its other rows wait for it."""
    for bill in list(content.bills.values()):
        if (line := spoiled.get(bill.key[:2])) is None:
            continue
        for row in bill.rows:
            _give_back(content, row, _with_its_invoice(row, line))
        del content.bills[bill.key]


def _kept(content: TableContent) -> Iterator[Fault]:
    """The warnings about rows that are not given back."""
    return (warning for warning in content.warnings if warning.line not in content.left)


def _repeated(content: TableContent) -> Iterator[Fault]:
    """A line twice on one invoice: it may be so, or a mistake."""
    for bill in content.bills.values():
        first: dict[object, int] = {}
        for row in bill.rows if len(bill.rows) > 1 else ():
            line = first.setdefault(_said(row), row.line)
            if line != row.line:
                sentence = french(f"Cette ligne répète la ligne {line} : si c’est le même achat, retirez-la.")
                yield Fault(row.line, None, "line.repeated", sentence)


def _with_its_invoice(row: LineRow, line: int) -> Fault:
    return Fault(
        row.line,
        None,
        "invoice.partial",
        french(
            f"La facture {quoted(row.number)} est prise entière ou pas du tout : corrigez sa ligne {line}. Celle-ci "
            "est bonne."
        ),
    )


def told(fault: Fault) -> str:
    """A fault in one text, as the rows given back bear it."""
    return f"{fault.column}\u00a0: {fault.reason}" if fault.column else fault.reason


def cells_of(row: LineRow) -> dict[str, str]:
    """A good row as a table would hold it."""
    values: dict[str, Any] = {field: getattr(row, field) for field in COLUMNS.by_field}
    for field in ("net_cents", "vat_cents", "other_public_aid_cents"):
        values[field] = amount_string(values[field]).replace(".", ",") if values[field] else ""
    values["replaces_foreign"] = "oui" if row.replaces_foreign else ""
    return {field: shown_cell(value) for field, value in values.items() if value not in (None, "")}
