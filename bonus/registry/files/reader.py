"""A certifier's file, whatever its format, into good rows and faults."""

from __future__ import annotations

from collections.abc import Callable

from .csv_file import read_csv
from .encodings import encoding_of
from .json_file import read_json
from .model import MAX_FILE_BYTES, MAX_ROWS, CertificationRow, Fault, FileContent, FileRules
from .repeats import Repeats
from .rows import RawRow, RowReader
from .source import Source, refusal
from .xlsx_file import read_xlsx

MAX_FAULTS = 500_000
_STEP = 1000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A workbook with a password is an old container around the new one.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_LOOKED_AT = 4096


def read_file(
    data: bytes, rules: FileRules, *, on_progress: Callable[[int], None] | None = None
) -> FileContent:
    """Read a certifier's file: CSV, XLSX or JSON, told apart by what they hold.

    ``on_progress`` is called with the number of rows read so far, now and then, and at the end.
    Raises InvalidInput (``import.…``) for a file that cannot be read at all; what is wrong with a row is a fault.
    """
    if len(data) > MAX_FILE_BYTES:
        raise refusal("import.too_large")
    source = _open(data)
    reading = _Reading(rules)
    count = 0
    for count, raw in enumerate(source.rows, 1):
        if count > MAX_ROWS:
            raise refusal("import.too_many_rows")
        reading.take(raw)
        if on_progress is not None and count % _STEP == 0:
            on_progress(count)
    if count == 0:
        raise refusal("import.no_rows")
    if on_progress is not None:
        on_progress(count)
    return FileContent(reading.rows, reading.faults, source.format, tuple(source.ignored), reading.spoiled)


class _Reading:
    """What was read so far of a file."""

    def __init__(self, rules: FileRules) -> None:
        self.rows: list[CertificationRow] = []
        self.faults: list[Fault] = []
        self.spoiled: dict[str, int] = {}
        self._reader, self._repeats = RowReader(rules), Repeats()

    def take(self, raw: RawRow) -> None:
        """Read one more row. Raises InvalidInput when there is hardly anything but faults."""
        found = self._reader.read(raw)
        if isinstance(found, list):
            self.faults.extend(found)
            if len(self.faults) > MAX_FAULTS:
                raise refusal("import.too_many_faults")
            if (reference := self._reader.reference_of(raw)) is not None:
                self.spoiled.setdefault(reference, raw.line)
        elif refused := self._repeats.refuse(found):
            code, reason = refused
            self.faults.append(Fault(raw.line, raw.titles["reference"], code, reason))
            # The same withdrawal twice may be retroactive once.
            if code != "repeat.same" or found.event == "withdrawn":
                self.spoiled.setdefault(found.reference, raw.line)
        else:
            self.rows.append(found)


def _open(data: bytes) -> Source:
    if data.startswith(_ZIP):
        return read_xlsx(data)
    _refuse_known_binaries(data)
    encoding = encoding_of(data)
    start = data[:_LOOKED_AT].decode(encoding, errors="ignore").lstrip()
    if not start and not data.strip():
        raise refusal("import.empty")
    if start.startswith(("[", "{")):
        return read_json(data, encoding)
    if start.startswith("<"):
        raise refusal("import.markup")
    return read_csv(data, encoding)


def _refuse_known_binaries(data: bytes) -> None:
    if data.startswith(_COMPOUND):
        raise refusal("import.password" if _ENCRYPTED_PACKAGE in data else "import.old_excel")
    if b"%PDF-" in data[:1024]:
        raise refusal("import.pdf")
    if data.startswith(_ARCHIVES):
        raise refusal("import.archive")
