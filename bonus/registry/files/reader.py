"""A certifier's file, whatever its format, into good rows and faults."""

from __future__ import annotations

from collections.abc import Callable

from bonus.errors import InvalidInput
from bonus.tables.csv_file import read_csv
from bonus.tables.opening import is_zip, text_of
from bonus.tables.source import Fault, RawRow, Source
from bonus.tables.xlsx_file import read_xlsx

from .columns import COLUMNS
from .json_file import read_json
from .model import MAX_FILE_BYTES, MAX_ROWS, CertificationRow, FileContent, FileRules
from .repeats import Repeats
from .rows import RowReader
from .source import JSON_TOO, refusal

MAX_FAULTS = 500_000
_STEP = 1000


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
    try:
        if is_zip(data):
            return read_xlsx(data, COLUMNS)
        encoding, start = text_of(data)
    except InvalidInput as error:
        if error.code in JSON_TOO:
            raise refusal(error.code) from error
        raise
    if start.startswith(("[", "{")):
        return read_json(data, encoding)
    if start.startswith("<"):
        raise refusal("import.markup")
    return read_csv(data, encoding, COLUMNS)
