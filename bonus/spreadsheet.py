"""What a spreadsheet would compute, whoever wrote it, is never exported as it is (CSV injection)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from .calendar import short_date
from .money import amount_string

MARK = "\ufeff"
_BLOCK = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def plain_text(text: str) -> str:
    """The text that ``safe_text`` made safe, as it was."""
    return text[1:] if text.startswith("'") and safe_text(text[1:]) == text else text


class Euros(NamedTuple):
    """An amount in cents, to be exported as a number of euros."""

    cents: int


def safe_cell(value: object) -> object:
    """A value as a CSV exports it: a text made safe, an amount and a date as French spreadsheets read them, another
    number as it is, an empty cell for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, Euros):
        return amount_string(value.cents).replace(".", ",")
    return short_date(value) if type(value) is date else value


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The rows of a table, the titles first, as the parts of a file: UTF-8 with its mark, semicolons."""
    stream = io.StringIO(newline="")
    stream.write(MARK)
    writer = csv.writer(stream, delimiter=";")
    for rank, row in enumerate(rows, 1):
        writer.writerow([safe_cell(value) for value in row])
        if rank % _BLOCK == 0:
            yield stream.getvalue().encode()
            stream.seek(0)
            stream.truncate()
    yield stream.getvalue().encode()
