"""Tables to keep: what a spreadsheet would compute is text, whoever wrote it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from flask import Flask

from bonus.spreadsheet import csv_lines, safe_cell
from bonus.web.exports import csv_file


@pytest.mark.parametrize(
    "text", ["=1+1", "+33 1", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "＝1"]
)
def test_a_formula_is_kept_as_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a=1", "Coffre - n° 1", "", "'=1", -12, Decimal("-1.50"), 0])
def test_the_rest_is_left_as_it_is(value: object) -> None:
    assert safe_cell(value) == value


def test_nothing_is_an_empty_cell() -> None:
    assert safe_cell(None) == ""


def test_a_table_that_french_spreadsheets_open(app: Flask) -> None:
    rows = [("titre", "valeur"), ("Éditeur ; « x »\nsuite", "=A1"), *(("n", rank) for rank in range(1_200))]
    with app.test_request_context():
        response = csv_file(rows, "table.csv")
    assert response.headers["Content-Disposition"] == "attachment; filename=table.csv"
    assert response.mimetype == "text/csv"
    parts = list(csv_lines(rows))
    assert len(parts) == 3, "it is sent as it is made"
    assert response.data == b"".join(parts)
    assert response.data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert read[:2] == [["titre", "valeur"], ["Éditeur ; « x »\nsuite", "'=A1"]]
    assert len(read) == len(rows)
    assert b"\r\n" in response.data
