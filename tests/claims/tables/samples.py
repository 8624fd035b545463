"""Tables of purchase lines as companies send them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from bonus.claims.tables.model import LineRow, TableContent
from bonus.claims.tables.reading import read_table
from bonus.regulation import load_parameters
from bonus.tables.source import Fault

TODAY = date(2026, 11, 22)
NBSP = "\u00a0"
Row = Mapping[str, Any]

PLAIN: dict[str, Any] = {
    "facture": "F-1",
    "date_facture": "15/10/2026",
    "fournisseur": "900100207",
    "nom_fournisseur": "Nuage Fictif SAS",
    "designation": "Hébergement cloud qualifié",
    "montant_ht": "1250,50",
    "tva": "250,10",
}
"""A good row: one line of one invoice, of the demonstration's seller."""


def as_csv(rows: Iterable[Row], titles: Sequence[str] | None = None) -> bytes:
    """A CSV with these rows; the titles are those of the first row unless given."""
    rows = list(rows)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    titles = titles or list(dict.fromkeys(title for row in rows for title in row))
    writer.writerow(titles)
    writer.writerows([row.get(title, "") for title in titles] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Row]) -> bytes:
    """A workbook with these rows: dates and numbers typed as such."""
    rows = list(rows)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        titles = list(dict.fromkeys(title for row in rows for title in row))
        sheet.write_row(0, 0, titles)
        for line, row in enumerate(rows, 1):
            for place, title in enumerate(titles):
                value = row.get(title)
                if isinstance(value, date):
                    sheet.write_datetime(line, place, value, day)
                elif isinstance(value, bool):
                    sheet.write_boolean(line, place, value)
                elif isinstance(value, int | float):
                    sheet.write_number(line, place, value)
                elif value is not None:
                    sheet.write_string(line, place, value)
    return stream.getvalue()


def read(data: bytes, today: date = TODAY) -> TableContent:
    """A table, read."""
    return read_table(data, today, load_parameters())


def read_rows(*rows: Row) -> TableContent:
    """A CSV of these rows, read."""
    return read(as_csv(rows))


def good_row(**values: Any) -> LineRow:
    """The one good row of a table."""
    content = read_rows(PLAIN | values)
    assert content.faults == []
    (bill,) = content.bills.values()
    (row,) = bill.rows
    return row


def only_fault(*rows: Row) -> Fault:
    """The one fault of a table."""
    (fault,) = read_rows(*rows).faults
    return fault
