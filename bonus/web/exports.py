"""Tables to keep: CSV that French spreadsheets open as it is, or XLSX, in which nothing can be taken for a formula.

To export a table of a page: a view on ``….<kind>`` whose route ends with ``KIND``, guarded as the page and reading the
same address, answers ``table_file(kind, name, titles, rows)``; the page's table has ``exports=exports_of(endpoint)``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import IO, Any, TypeVar

import xlsxwriter
from flask import Response, request, url_for

from bonus.bulk import uncollected
from bonus.spreadsheet import Euros, csv_lines, safe_text

from .downloads import private_file

KIND = "<any(csv, xlsx):kind>"
"""How the address of an export ends."""
FILTERS = ("file", "recherche", "suivi", "voir", "motif", "avant", "de", "a")
"""What of a page's address chooses the rows of its table: a stranger's words reach no other part of a link."""
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LABELS = {"csv": "Liste en CSV", "xlsx": "Liste pour Excel"}
_MOST_ROWS = 1_048_575
"""What a sheet of a spreadsheet holds beside its titles."""
_MOST_CHARACTERS = 32_767
"""What a cell holds; a longer text would not be written at all."""

T = TypeVar("T")


def csv_file(rows: Iterable[Sequence[object]], name: str) -> Response:
    """Answer with a table to keep under ``name`` (a name of ours, in ASCII). It is sent as it is made: ``rows`` must
    not ask the database, whose session ends before the answer is sent."""
    response = Response(csv_lines(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def table_file(kind: str, name: str, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Answer with a table to keep, ``kind`` csv or xlsx, under ``name`` (ours, in ASCII, without extension).

    Cells are texts, numbers, civil dates, ``Euros`` or None. It goes through a file: ``rows`` may ask the database, and
    are never all in memory.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the answer, and leaves nothing behind
    with uncollected():
        if kind == "csv":
            for part in csv_lines(_with_titles(titles, rows)):
                file.write(part)
        else:
            _write_sheet(file, titles, rows)
    file.seek(0)
    return private_file(file, f"{name}.{kind}", MEDIA_TYPES[kind])


def _with_titles(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield titles
    yield from rows


def _write_sheet(file: IO[bytes], titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        euros = book.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        for place, title in enumerate(titles):
            sheet.set_column(place, place, max(12, len(title) + 2))
            sheet.write_string(0, place, title, bold)
        for line, row in enumerate(rows, 1):
            if line > _MOST_ROWS:
                break
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, place, _shortened(safe_text(cell)))
                elif isinstance(cell, Euros):
                    sheet.write_number(line, place, cell.cents / 100, euros)
                elif isinstance(cell, date):
                    sheet.write_datetime(line, place, cell, day)
                elif cell is not None:
                    sheet.write_number(line, place, cell)


def _shortened(text: str) -> str:
    """A text as a cell can hold it; one that was cut ends with « … »."""
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def exports_of(endpoint: str, **values: str) -> list[tuple[str, str]]:
    """The links of a table's exports, for the macro ``layout.table``: they keep the filters of the page's address."""
    chosen: dict[str, Any] = {name: request.args[name] for name in FILTERS if name in request.args}
    return [
        (label, url_for(endpoint, **(chosen | values | {"kind": kind}))) for kind, label in _LABELS.items()
    ]


def every_page(page: Callable[[int], tuple[Sequence[T], int]]) -> Iterator[T]:
    """All that a list shows page by page: ``page`` gives the rows of one, from 1, and how many there are in all."""
    done, number = 0, 1
    while True:
        rows, total = page(number)
        yield from rows
        done, number = done + len(rows), number + 1
        if not rows or done >= total:
            return
