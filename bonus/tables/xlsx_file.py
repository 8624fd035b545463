"""XLSX: the first visible sheet that has the titles. Formulas stay the text they are, nothing is computed."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import cast

import openpyxl
from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from bonus.errors import InvalidInput

from .cells import Cell, Number, Unreadable, Wrong, quoted, stripped
from .columns import Columns, Header
from .source import RawRow, Source, refusal
from .xlsx_guard import check_archive, check_sizes

_NBSP = "\u00a0"
MAX_COLUMNS = 256
"""Titles are looked for in the first columns; what stands further right is not read."""
_TITLE_ROWS = 10
"""A title or a notice may stand above the titles of the columns."""
_EXACT_DIGITS = 15
_BLOCK = 1000
_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!"}

_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f])_")
# All that openpyxl may raise on a workbook that is not as it should be.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,  # of the XML
    TokenizerError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)

Value = object


def read_xlsx(data: bytes, columns: Columns) -> Source:
    """Read a workbook. Raises InvalidInput: another format, protected, damaged, hostile, without titles."""
    check_sizes(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_kind(archive)
            check_archive(archive)
    except _BROKEN as error:
        raise refusal("import.damaged") from error
    sheets = _sheets(data)
    for sheet in sheets:
        found = _titles(sheet, columns)
        if found is not None:
            line, header = found
            return Source("xlsx", _rows(sheet, line, header), header.ignored)
    raise _without_titles(sheets, columns)


def _check_kind(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "mimetype" in names:
        with archive.open("mimetype") as entry:
            if b"opendocument" in entry.read(200):
                raise refusal("import.opendocument")
    if "xl/workbook.bin" in names:
        raise refusal("import.old_excel")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise refusal("import.archive")


def _sheets(data: bytes) -> list[Worksheet]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions it does not know: we need none
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except _BROKEN as error:
        raise refusal("import.damaged") from error
    sheets = []
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            cast(ReadOnlyWorksheet, sheet).reset_dimensions()  # what it says of its size may be wrong
            sheets.append(cast(Worksheet, sheet))  # to the stubs, only this one has ``iter_rows``
    return sheets


def _values(sheet: Worksheet, width: int) -> Iterator[tuple[int, Sequence[Value]]]:
    """The rows of a sheet with their numbers, blank ones included."""
    rows = enumerate(sheet.iter_rows(max_col=width, values_only=True), 1)
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                block = list(islice(rows, _BLOCK))
        except _BROKEN as error:
            raise refusal("import.damaged") from error
        if not block:
            return
        yield from block


def _first_rows(sheet: Worksheet) -> Iterator[tuple[int, list[str]]]:
    """The first rows that are not blank, as titles."""
    rows = _values(sheet, MAX_COLUMNS)
    texts = ((line, [_title(value) for value in values]) for line, values in rows if any(values))
    return islice((row for row in texts if any(row[1])), _TITLE_ROWS)


def _titles(sheet: Worksheet, columns: Columns) -> tuple[int, Header] | None:
    for line, cells in _first_rows(sheet):
        if not columns.missing(cells):
            return line, columns.read_header(cells)
    return None


def _without_titles(sheets: Sequence[Worksheet], columns: Columns) -> InvalidInput:
    """Why no sheet will do: of all the rows that might be titles, the nearest says what it lacks."""
    rows = [cells for sheet in sheets for _, cells in _first_rows(sheet)]
    if not rows:
        return refusal("import.empty")
    return columns.missing_columns(min(rows, key=lambda cells: len(columns.missing(cells))))


def _rows(sheet: Worksheet, titles_line: int, header: Header) -> Iterator[RawRow]:
    places, titles = header.places, header.titles
    for line, values in _values(sheet, header.width):
        if line <= titles_line:
            continue
        size = len(values)
        found = {
            field: cell
            for field, place in places
            if place < size and (value := values[place]) is not None and (cell := _cell(value)) is not None
        }
        if found or any(value is not None and _cell(value) is not None for value in values):
            yield RawRow(line, found, titles)


def _title(value: Value) -> str:
    return "" if value is None else stripped(_text(value) if isinstance(value, str) else str(value))


def _cell(value: Value) -> Cell | None:
    """What a column may read of a value; None when nothing is written."""
    if isinstance(value, str):
        text = stripped(_text(value))
        if text in _ERRORS:
            return Unreadable(
                Wrong(
                    "cell.error",
                    f"Le tableur signale une erreur ({quoted(text)}){_NBSP}: saisissez la valeur.",
                )
            )
        return text or None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    if isinstance(value, date):
        return value
    if isinstance(value, ArrayFormula):
        return stripped(value.text or "") or None
    return Unreadable(
        Wrong(
            "cell.kind",
            f"{quoted(value)} n’est ni un texte, ni un nombre, ni une date{_NBSP}: corrigez la valeur.",
        )
    )


def _text(value: str) -> str:
    """A text; the format writes its control characters ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x00" in value else value


def _number(value: float) -> Number | Unreadable:
    """The digits of a number as the sheet shows them."""
    text = str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)
    if sum(map(str.isdigit, text)) > _EXACT_DIGITS and (isinstance(value, int) or value.is_integer()):
        return Unreadable(
            Wrong(
                "cell.rounded",
                f"Le nombre {quoted(text)} a plus de {_EXACT_DIGITS} chiffres, le tableur l’a arrondi{_NBSP}: "
                "mettez la colonne au format Texte, puis saisissez la valeur à nouveau.",
            )
        )
    return Number(text)
