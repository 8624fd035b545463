"""The rules of one row: from the cells of a table to a purchase line, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bonus.adapters.einvoice.party import siren_is_valid, siret_is_valid, vat_is_valid
from bonus.calendar import short_date
from bonus.regulation.wording import french
from bonus.spreadsheet import plain_text
from bonus.tables.cells import Cell, Number, Remembered, Wrong, quoted, read_day, read_flag, text_reader
from bonus.tables.row import RowCells
from bonus.tables.source import Fault, RawRow
from bonus.tables.suppliers import read_supplier_id

from ..numbers import number_key
from .amounts import read_amount
from .columns import COLUMNS, EXAMPLE_NUMBER, LINE_LENGTH, NAME_LENGTH, NUMBER_LENGTH
from .model import LineRow

_SEPARATORS = re.compile(r"[\s.\-\u00a0\u202f]")


class RowReader:
    """Reads the rows of one table; values that repeat are checked once. ``today`` is a civil day in Paris."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._number = _text_reader(NUMBER_LENGTH)
        self._name = _text_reader(LINE_LENGTH)
        self._short = _text_reader(NUMBER_LENGTH)
        self._supplier = Remembered(read_seller)
        self._supplier_name = Remembered(text_reader(NAME_LENGTH))
        self._solution = Remembered(text_reader(NAME_LENGTH))
        self._day = Remembered(read_day)
        self._flag = Remembered(read_flag)
        self._amount = Remembered(read_amount)

    def read(self, raw: RawRow) -> LineRow | list[Fault]:
        """The purchase line of a row, or all its faults."""
        if raw.wrong:
            return [Fault(raw.line, column, wrong.code, wrong.reason) for column, wrong in raw.wrong]
        row = RowCells(raw, COLUMNS)
        number = row.required("number", self._number)
        issued_on = row.required("issued_on", self._day)
        supplier_id = row.required("supplier_id", self._supplier)
        supplier_name = row.required("supplier_name", self._supplier_name)
        name = row.required("name", self._name)
        reference = row.value("reference", self._short)
        net = row.required("net_cents", self._amount)
        vat = row.value("vat_cents", self._amount) or 0
        start, end = row.value("service_start", self._day), row.value("service_end", self._day)
        solution = row.value("solution", self._solution)
        replaces = row.value("replaces_foreign", self._flag) or False
        aid = row.value("other_public_aid_cents", self._amount) or 0
        self._check_dates(row, issued_on, start, end)
        if net == 0:
            row.fault(
                "net_cents",
                "amount.zero",
                french("Le montant est nul : indiquez-le, ou retirez cette ligne."),
            )
        if net and aid > net:
            row.fault(
                "other_public_aid_cents",
                "aid.too_large",
                french("L’autre aide dépasse le montant hors taxes : corrigez l’un des deux (art. 5.1)."),
            )
        if number == EXAMPLE_NUMBER:
            row.fault("number", "example", french("Cette ligne est l’exemple du modèle : supprimez-la."))
        if row.faults:
            return row.faults
        # Each is there: what is required and was not read has its fault.
        assert number is not None
        assert issued_on is not None
        assert supplier_id is not None
        assert supplier_name is not None
        assert name is not None
        assert net is not None
        return LineRow(
            raw.line, number, issued_on, supplier_id, supplier_name, name, reference, net, vat, start, end,
            solution, replaces, aid,
        )  # fmt: skip

    def invoice_of(self, raw: RawRow) -> tuple[str, str] | None:
        """The supplier and the number of the invoice that a row is about, whatever else is wrong with it; None when
        they cannot be read."""
        seller, number = raw.cells.get("supplier_id"), raw.cells.get("number")
        if seller is None or number is None or raw.wrong:
            return None
        supplier_id, read = self._supplier(seller), self._number(number)
        if isinstance(supplier_id, Wrong) or isinstance(read, Wrong):
            return None
        return supplier_id, number_key(read)

    def _check_dates(
        self, row: RowCells, issued_on: date | None, start: date | None, end: date | None
    ) -> None:
        if issued_on is not None and issued_on > self._today:
            row.fault(
                "issued_on",
                "date.future",
                french(
                    f"Cette facture est datée du {short_date(issued_on)}, un jour à venir : corrigez la date, ou "
                    "attendez ce jour."
                ),
            )
        there = {field for field in ("service_start", "service_end") if field in row.cells}
        if len(there) == 1:
            absent = "service_end" if "service_start" in there else "service_start"
            row.fault(
                absent,
                "service.half",
                french(
                    "Une période de service a un début et une fin : indiquez les deux, ou aucun (art. 5.2)."
                ),
            )
        elif start is not None and end is not None and end < start:
            row.fault(
                "service_end",
                "service.order",
                french(
                    f"Le service finit le {short_date(end)}, avant de commencer le {short_date(start)} : "
                    "corrigez l’une des deux dates."
                ),
            )


def read_seller(cell: Cell) -> str | Wrong:
    """The identifier by which the registry knows a supplier: its SIREN, also taken from a SIRET or a French VAT
    number; or the VAT number of another state of the EEA."""
    text = "" if not isinstance(cell, str) else cell if isinstance(cell, Number) else _compact(cell)
    if text[:2] == "FR" and text[4:7] != "000" and vat_is_valid(text) and siren_is_valid(text[4:]):
        return text[4:]
    if len(text) == 14 and text.isdigit() and siret_is_valid(text):
        return text[:9]
    found = read_supplier_id(cell)
    if isinstance(found, Wrong) and found.code == "vat.french":
        return Wrong("vat", french(f"Le numéro de TVA {quoted(cell)} n’est pas valide : vérifiez-le."))
    return found


def _text_reader(limit: int) -> Callable[[Cell], str | Wrong]:
    """Read a text; the apostrophe that we put before what a spreadsheet would compute is taken off again."""
    read = text_reader(limit)
    return lambda cell: read(plain_text(cell) if type(cell) is str else cell)


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", text).upper()


def shown_cell(cell: Cell) -> str:
    """A cell of a row that is given back, as text."""
    match cell:
        case bool():
            return "oui" if cell else "non"
        case date():
            return cell.strftime("%d/%m/%Y")
        case Number():
            return str(cell).replace(".", ",")
        case str():
            return cell
        case _:
            return ""
