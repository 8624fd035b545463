"""What a workbook would cost, looked at before it is opened: a small file may unpack to gigabytes.

The sizes of the zip's directory hold (what is read of an entry never goes past the size written there), but
memory goes by elements, not bytes: each part is first read by expat, which keeps nothing. openpyxl keeps one
*record* at a time (a row, a shared string: an element of the third level at most) and a trace of each.
"""

from __future__ import annotations

import zipfile
from typing import IO
from xml.parsers import expat

from .broken import BROKEN_ZIP
from .source import refusal

MAX_ENTRIES = 10_000
MAX_ENTRY_BYTES = 400 * 2**20
MAX_TOTAL_BYTES = 512 * 2**20
MAX_DEPTH = 64
MAX_RECORD_BYTES = 32 * 2**20
MAX_RECORD_ELEMENTS = 500_000
"""A row of a sheet has 16,384 cells at most; the cache of a pivot table keeps all the values of a column in one."""
MAX_RECORDS = 3_000_000
MAX_ELEMENTS = 20_000_000
"""Above MAX_ROWS certifications with every column filled, by a writer that spares nothing."""

_RECORD_LEVEL = 3
_LAST_ROW = 1_048_576
_CHUNK = 2**16
_ENCRYPTED = 0x1
_DIRECTORY_ENTRY = b"PK\x01\x02"
_WRONG_ENCODING = expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING]


def check_sizes(data: bytes) -> None:
    """Before the zip's directory is read: it may itself be huge. Raises InvalidInput."""
    if data.count(_DIRECTORY_ENTRY) > MAX_ENTRIES:
        raise refusal("import.bomb")


def check_archive(archive: zipfile.ZipFile) -> None:
    """Raises InvalidInput for a workbook that would cost too much, or that declares entities."""
    entries = archive.infolist()
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise refusal("import.password")
    sizes = [entry.file_size for entry in entries]
    if max(sizes, default=0) > MAX_ENTRY_BYTES or sum(sizes) > MAX_TOTAL_BYTES:
        raise refusal("import.bomb")
    budget = _Budget()
    for entry in entries:
        try:
            with archive.open(entry) as part:
                _Part(budget).read(part)
        except BROKEN_ZIP as error:
            raise refusal("import.damaged") from error


class _Budget:
    """What all the parts together may still take."""

    def __init__(self) -> None:
        self.elements = MAX_ELEMENTS
        self.records = MAX_RECORDS


class _Part:
    """One part being read. What is not XML (a picture) ends at its first bytes: openpyxl could not read it either."""

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget
        self._depth = 0
        self._record_at = 0  # the byte where the last record ended, and the elements left then
        self._record_left = budget.elements
        self._last_row: int | None = None  # of the sheet being read
        self._parser = expat.ParserCreate()
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, part: IO[bytes]) -> None:
        fed = 0
        try:
            while chunk := part.read(_CHUNK):
                self._parser.Parse(chunk, False)
                fed += len(chunk)
                if (
                    fed - self._record_at > MAX_RECORD_BYTES
                    or self._record_left - self._budget.elements > MAX_RECORD_ELEMENTS
                ):
                    raise refusal("import.bomb")
        except expat.ExpatError as error:
            if error.code == _WRONG_ENCODING:
                raise refusal("import.damaged") from error
        except (
            LookupError,
            ValueError,
        ) as error:  # an encoding that others may read, and that we cannot look at
            raise refusal("import.damaged") from error

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refusal("import.bomb")
        self._budget.elements -= 1
        if name[-3:] == "row" and self._last_row is not None and "r" in attributes:
            self._last_row = _row_after(self._last_row, attributes[attributes.index("r") + 1])
        elif name[-9:] == "sheetData":
            self._last_row = 0

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._depth < _RECORD_LEVEL:
            self._record_at = self._parser.CurrentByteIndex
            budget = self._budget
            budget.records -= 1
            self._record_left = budget.elements
            if budget.records < 0 or budget.elements < 0:
                raise refusal("import.bomb")

    def _doctype(self, *_declaration: object) -> None:
        raise refusal("import.damaged")


def _row_after(last: int, number: str) -> int:
    """The number of a row. openpyxl skips one that is not after the row before it, and fills in those that are
    not there: neither without a word."""
    rank = int(number) if number.isdecimal() and len(number) <= len(str(_LAST_ROW)) else 0
    if not last < rank <= _LAST_ROW:
        raise refusal("import.damaged")
    return rank
