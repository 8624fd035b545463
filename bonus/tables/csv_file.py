"""CSV: the delimiter is found by looking at the titles, the physical lines are kept true."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from .cells import Wrong, stripped
from .columns import Columns, Header
from .source import RawRow, Source, refusal

_NBSP = "\u00a0"
_DELIMITERS = (";", ",", "\t")
_NAMES = {";": "le point-virgule", ",": "la virgule", "\t": "la tabulation"}
# Excel's own note of the delimiter, on a line before the titles.
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE | re.DOTALL)


def read_csv(data: bytes, encoding: str, columns: Columns) -> Source:
    """Read a CSV. Raises InvalidInput: no titles, or quotes that make its rows uncertain."""
    first_line = _open(data, encoding).readline(100)
    sep = _SEP_LINE.fullmatch(first_line)
    skipped = 1 if sep else 0
    delimiters = (sep[1],) if sep and sep[1] in _DELIMITERS else _DELIMITERS
    delimiter = max(delimiters, key=lambda one: columns.recognised(_titles(data, encoding, one, skipped)))
    records = _records(_open(data, encoding), delimiter, skipped)
    _, titles = next(((line, found) for line, cells in records if any(found := _clean(cells))), (0, None))
    if titles is None:
        raise refusal("import.empty")
    header = columns.read_header(titles)
    return Source("csv", _rows(records, header, delimiter), header.ignored)


def _open(data: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def _clean(cells: Sequence[str]) -> list[str]:
    return [stripped(cell) for cell in cells]


def _titles(data: bytes, encoding: str, delimiter: str, skipped: int) -> list[str]:
    """The first row that is not blank, as this delimiter cuts it; nothing when it makes no sense of it."""
    stream = _open(data, encoding)
    for _ in range(skipped):
        stream.readline()
    try:
        return next(
            (
                found
                for cells in csv.reader(stream, delimiter=delimiter, strict=True)
                if any(found := _clean(cells))
            ),
            [],
        )
    except csv.Error:
        return []


def _records(stream: io.TextIOWrapper, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Records with the physical line where each begins. Strict: a stray quote may swallow the rows that follow."""
    for _ in range(skipped):
        stream.readline()
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for cells in reader:
            yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise refusal("import.quotes", line) from error


def _rows(records: Iterator[tuple[int, list[str]]], header: Header, delimiter: str) -> Iterator[RawRow]:
    places, titles, width = header.places, header.titles, header.width
    spilt = (
        None,
        Wrong(
            "cells.extra",
            f"Cette ligne a plus de cellules que de titres{_NBSP}: une valeur contient sans doute le séparateur "
            f"({_NAMES[delimiter]}). Mettez cette valeur entre guillemets.",
        ),
    )
    for line, cells in records:
        if len(cells) < width:
            cells.extend([""] * (width - len(cells)))
        found = {field: text for field, place in places if (text := stripped(cells[place]))}
        if len(cells) > width and any(map(stripped, cells[width:])):
            yield RawRow(line, found, titles, (spilt,))
        elif found or any(map(stripped, cells)):
            yield RawRow(line, found, titles)
