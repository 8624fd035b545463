"""The form that companies fill in, empty with an example, or holding the rows to correct."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bonus.spreadsheet import safe_text

from .columns import COLUMNS, EXAMPLE_NUMBER, MAX_ROWS, TO_CORRECT
from .model import Left

_NBSP = "\u00a0"
_SHEET, _HELP = "Lignes", "Explications"
_FLAG = "replaces_foreign"
_EXAMPLE = {
    "number": EXAMPLE_NUMBER,
    "issued_on": "15/10/2026",
    "supplier_id": "900100207",
    "supplier_name": "Nuage Exemple SAS",
    "name": "Hébergement cloud, octobre 2026",
    "reference": "CLOUD-24",
    "net_cents": "1250,50",
    "vat_cents": "250,10",
    "service_start": "01/10/2026",
    "service_end": "31/10/2026",
    "replaces_foreign": "oui",
}
Cells = Mapping[str, str]


def template_csv() -> bytes:
    """The form as a CSV that French spreadsheets open as it is: UTF-8 with its mark, semicolons."""
    return b"".join(_csv([], [_row(_EXAMPLE)]))


def template_xlsx(today: date) -> bytes:
    """The form as a workbook, with a sheet that explains each column."""
    return _workbook([column.header for column in COLUMNS], [_row(_EXAMPLE)], today)


def corrections_csv(left: Iterable[Left]) -> Iterator[bytes]:
    """The rows to correct as a CSV, and what is wrong with each in the last column; as parts of a file."""
    return _csv([TO_CORRECT], _rows(left))


def corrections_xlsx(left: Iterable[Left], today: date) -> bytes:
    """The rows to correct as a workbook."""
    return _workbook([*(column.header for column in COLUMNS), TO_CORRECT], _rows(left), today)


def _rows(left: Iterable[Left]) -> Iterator[list[str]]:
    return ([*_row(one.cells), " ".join(one.reasons)] for one in left)


def _row(cells: Cells) -> list[str]:
    return [cells.get(column.field, "") for column in COLUMNS]


def _csv(more: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    stream.write("\ufeff")
    writer.writerow([*(column.header for column in COLUMNS), *more])
    for row in rows:
        writer.writerow([safe_text(cell) for cell in row])
        yield stream.getvalue().encode()
        stream.seek(0)
        stream.truncate()
    yield stream.getvalue().encode()


def _workbook(titles: Sequence[str], rows: Iterable[Sequence[str]], today: date) -> bytes:
    stream = io.BytesIO()
    # A row at a time in memory: there may be fifty thousand.
    with xlsxwriter.Workbook(stream, {"constant_memory": True, "strings_to_formulas": False}) as book:
        # Without it the clock would be read, and two forms of one day would differ.
        book.set_properties({"created": datetime.combine(today, time(), UTC)})
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        _fill(book.add_worksheet(_SHEET), titles, rows, bold, book.add_format({"num_format": "@"}))
        _explain(book.add_worksheet(_HELP), bold, book.add_format({"text_wrap": True, "valign": "top"}))
    return stream.getvalue()


def _fill(
    sheet: Worksheet, titles: Sequence[str], rows: Iterable[Sequence[str]], bold: Format, text: Format
) -> None:
    """Columns of text: a SIREN keeps its zeros, a date and an amount stay as they are written."""
    for place, title in enumerate(titles):
        sheet.set_column(place, place, 60 if title == TO_CORRECT else max(14, len(title) + 2), text)
        sheet.write_string(0, place, title, bold)
    sheet.freeze_panes(1, 1)
    place = list(COLUMNS.by_field).index(_FLAG)
    sheet.data_validation(1, place, MAX_ROWS, place, {"validate": "list", "source": ["oui", "non"]})
    for line, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if cell:
                sheet.write_string(line, place, cell, text)


def _explain(sheet: Worksheet, bold: Format, plain: Format) -> None:
    for place, width in enumerate((26, 14, 90)):
        sheet.set_column(place, place, width)
    sheet.write_string(
        0, 0, f"Remplissez la feuille «{_NBSP}{_SHEET}{_NBSP}», supprimez son exemple, chargez-la."
    )
    for place, title in enumerate(("Colonne", "Obligatoire", "Ce qu’il faut y mettre")):
        sheet.write_string(2, place, title, bold)
    for line, column in enumerate(COLUMNS, 3):
        for place, cell in enumerate((column.header, "oui" if column.required else "non", column.help)):
            sheet.write_string(line, place, cell, plain)
