"""Tables to keep: CSV that French spreadsheets open as it is, in which nothing can be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

from bonus.spreadsheet import safe_cell

MARK = "\ufeff"
_BLOCK = 500


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


def csv_file(rows: Iterable[Sequence[object]], name: str) -> Response:
    """Answer with a table to keep under ``name`` (a name of ours, in ASCII). It is sent as it is made: ``rows`` must
    not ask the database, whose session ends before the answer is sent."""
    response = Response(csv_lines(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
