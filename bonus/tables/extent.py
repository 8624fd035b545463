"""About how many rows a file has, known before it is read: what its progress is measured by."""

from __future__ import annotations

import io
import zipfile

from .broken import BROKEN_ZIP

_ZIP = b"PK\x03\x04"
_CHUNK = 2**20
_ROW = b"<row "
_MOST_BYTES = 512 * 2**20
"""A workbook that unpacks to more is refused when it is read."""


def rows_about(data: bytes) -> int:
    """An estimate, 0 when there is none: blank rows and values on several lines count where they should not."""
    if data.startswith(_ZIP):
        return _sheet_rows(data)
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"[", b"{")):
        return data.count(b"{") - start.startswith(b"{")
    lines = data.count(b"\n") or data.count(b"\r")
    return max(lines - (1 if data.endswith((b"\n", b"\r", b"\n\x00")) else 0), 0)


def _sheet_rows(data: bytes) -> int:
    """The rows of the largest sheet of a workbook, read as a stream."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheets = [entry for entry in archive.infolist() if entry.filename.startswith("xl/worksheets/")]
            if sum(entry.file_size for entry in sheets) > _MOST_BYTES:
                return 0
            return max((_rows_in(archive, entry) for entry in sheets), default=1) - 1
    except BROKEN_ZIP:
        return 0  # what is wrong with it is said when it is read


def _rows_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    found, tail = 0, b""
    with archive.open(entry) as sheet:
        while chunk := sheet.read(_CHUNK):
            found += (tail + chunk).count(_ROW)
            tail = chunk[1 - len(_ROW) :]
    return found
