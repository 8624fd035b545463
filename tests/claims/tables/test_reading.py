"""A whole table: rows into invoices, taken whole or not; what is given back is read again."""

from __future__ import annotations

from datetime import date

import pytest

from bonus.claims.tables import reading
from bonus.claims.tables.columns import COLUMNS, MAX_FILE_BYTES
from bonus.claims.tables.template import corrections_csv, corrections_xlsx, template_csv, template_xlsx
from bonus.errors import InvalidInput
from bonus.regulation import load_parameters

from .samples import PLAIN, TODAY, as_csv, as_xlsx, read, read_rows


def codes(*rows: dict[str, str]) -> list[tuple[int, str]]:
    return sorted((fault.line, fault.code) for fault in read_rows(*rows).faults)


def test_rows_of_one_supplier_number_and_date_make_one_invoice() -> None:
    content = read_rows(
        PLAIN,
        PLAIN | {"facture": "f -1", "designation": "Autre"},
        PLAIN | {"facture": "F-2"},
        PLAIN | {"fournisseur": "900200304"},
        PLAIN | {"date_facture": "15/10/2025"},
    )
    assert content.faults == []
    assert [[row.line for row in bill.rows] for bill in content.bills.values()] == [[2, 3], [4], [5], [6]]


def test_an_invoice_has_one_date() -> None:
    later = PLAIN | {"date_facture": "16/10/2026"}
    content = read_rows(PLAIN, later, PLAIN | {"facture": "F-2"})
    assert codes(PLAIN, later) == [(2, "invoice.partial"), (3, "invoice.dates")]
    assert "15/10/2026 à la ligne 2" in content.faults[0].reason
    assert [bill.key[1] for bill in content.bills.values()] == ["f-2"]


def test_an_invoice_is_taken_whole_or_not_at_all() -> None:
    wrong = PLAIN | {"montant_ht": "dix"}
    content = read_rows(PLAIN, wrong, PLAIN | {"facture": "F-2"}, PLAIN | {"designation": "Autre"})
    assert [(fault.line, fault.code) for fault in sorted(content.faults, key=lambda one: one.line)] == [
        (2, "invoice.partial"), (3, "amount"), (5, "invoice.partial"),
    ]  # fmt: skip
    assert sorted(content.left) == [2, 3, 5]
    assert "sa ligne 3" in content.left[2].reasons[0]
    assert len(content.bills) == 1


def test_a_row_whose_invoice_cannot_be_known_spoils_none() -> None:
    content = read_rows(PLAIN, PLAIN | {"fournisseur": "1"}, PLAIN | {"facture": ""})
    assert [row.line for bill in content.bills.values() for row in bill.rows] == [2]
    assert sorted(content.left) == [3, 4]


def warned(*rows: dict[str, str]) -> list[tuple[int, str]]:
    content = read_rows(*rows)
    assert content.faults == []
    return [(warning.line, warning.code) for warning in content.warnings]


def test_dates_that_the_law_refuses_are_warnings() -> None:
    def of(day: str) -> dict[str, str]:
        return PLAIN | {"date_facture": day}

    # 22 May + 6 months is Sunday 22 November: until Monday 23, so 22 May is in time and 20 May is not.
    assert warned(of("22/05/2026")) == []
    assert warned(of("20/05/2026")) == [(2, "invoice.late")]
    (warning,) = read_rows(of("31/12/2025")).warnings
    assert "1er janvier 2026" in warning.reason
    assert "art. 1" in warning.reason


def test_the_same_line_twice_is_a_warning() -> None:
    assert warned(PLAIN, PLAIN) == [(3, "line.repeated")]
    assert warned(PLAIN, PLAIN | {"reference": "B"}) == []
    assert warned(PLAIN, PLAIN | {"facture": "F-2"}) == []


def test_no_warning_about_a_row_that_is_given_back() -> None:
    content = read_rows(
        PLAIN | {"date_facture": "02/02/2026"}, PLAIN | {"date_facture": "02/02/2026", "tva": "x"}
    )
    assert content.warnings == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.empty"),
        (b"a;b\n1;2\n", "import.missing_columns"),
        (as_csv([], list(PLAIN)), "import.no_rows"),
        (b"%PDF-1.7", "import.pdf"),
        (b"PK\x03\x04", "import.damaged"),
        (b"<html>", "import.markup"),
        (bytes(MAX_FILE_BYTES + 1), "import.too_large"),
    ],
)
def test_files_that_cannot_be_read(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(data)
    assert caught.value.code == code


def test_a_table_has_at_most_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    assert read_rows(PLAIN, PLAIN).rows == 2
    with pytest.raises(InvalidInput, match="50"):
        read_rows(PLAIN, PLAIN, PLAIN)


def test_a_table_of_faults_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FAULTS", 2)
    wrong = PLAIN | {"tva": "x"}
    assert len(read_rows(wrong, wrong).faults) == 2
    with pytest.raises(InvalidInput) as caught:
        read_rows(wrong, wrong, wrong)
    assert caught.value.code == "import.too_many_faults"


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "STEP", 2)
    told: list[int] = []
    rows = [PLAIN | {"facture": f"F-{number}"} for number in range(5)]
    reading.read_table(as_csv(rows), TODAY, load_parameters(), on_progress=told.append)
    assert told == [2, 4, 5]


# ---------------------------------------------------------------- the form, and the rows given back


@pytest.mark.parametrize("form", [template_csv(), template_xlsx(TODAY)], ids=["csv", "xlsx"])
def test_the_form_has_every_column_and_an_example_that_is_refused(form: bytes) -> None:
    content = read(form)
    assert (content.rows, content.ignored_columns) == (1, ())
    assert [fault.code for fault in content.faults] == ["example"]
    header = template_csv().decode("utf-8-sig").splitlines()[0].split(";")
    assert header == [column.header for column in COLUMNS]


def test_the_form_of_a_day_is_always_the_same() -> None:
    assert template_xlsx(TODAY) == template_xlsx(TODAY)


def given_back() -> tuple[bytes, bytes]:
    hostile = PLAIN | {"facture": "=cmd|x", "designation": "+33", "reference": "-REF", "tva": "=1+1"}
    sister = PLAIN | {"facture": "=cmd|x", "autre_aide": "0,10", "remplace_non_europeenne": "oui"}
    typed = PLAIN | {"facture": "F-3", "date_facture": date(2026, 10, 15), "montant_ht": 12.345}
    left = [
        *read_rows(hostile, sister).left.values(),
        *read(as_xlsx([typed])).left.values(),
    ]
    return b"".join(corrections_csv(left)), corrections_xlsx(left, TODAY)


@pytest.mark.parametrize("kind", [0, 1], ids=["csv", "xlsx"])
def test_rows_given_back_can_be_loaded_again(kind: int) -> None:
    content = read(given_back()[kind])
    assert content.ignored_columns == ()
    found = {fault.line: (fault.column, fault.code) for fault in content.faults}
    assert found.pop(4) == ("montant_ht", "amount.ambiguous"), "12,345 typed is no longer a sheet's number"
    assert sorted(code.partition(".")[0] for _, code in found.values()) == ["amount", "invoice"]
    cells = {line: left.cells for line, left in content.left.items()}
    numbers = {cells[2]["number"].lstrip("'"), cells[3]["number"].lstrip("'")}
    assert numbers == {"=cmd|x"}
    assert cells[4]["issued_on"] == "15/10/2026"


def test_what_is_given_back_is_no_formula() -> None:
    text = given_back()[0].decode("utf-8-sig")
    assert "'=cmd|x" in text
    assert ";=" not in text
    assert "À corriger" in text.splitlines()[0]
