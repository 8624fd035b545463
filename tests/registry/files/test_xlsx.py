"""XLSX: real dates, numbers, booleans, formulas, sheets; what the spreadsheet hid or changed."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from bonus.errors import InvalidInput
from bonus.registry.files import Fault, FileContent

from .samples import AUDITED, NBSP, PLAIN, ROW, as_xlsx, read, rewritten, sheets_xlsx, titles_of

# A sheet knows no time zone.
MIDNIGHT, NOON = datetime.combine(date(2028, 2, 29), time()), datetime.combine(date(2028, 2, 29), time(12))
TITLES = titles_of([AUDITED])


def book_of(row: dict[str, Any], **options: Any) -> bytes:
    """Written by openpyxl, which leaves values and formulas as they are given."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(row))
    for place, value in enumerate(row.values(), 1):
        sheet.cell(2, place).value = value
    for name, value in options.items():
        setattr(book, name, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def fault(data: bytes) -> Fault:
    content = read(data)
    assert content.rows == []
    (found,) = content.faults
    return found


def test_texts_as_in_a_csv() -> None:
    content = read(as_xlsx([PLAIN, AUDITED]))
    assert (content.format, content.faults, content.ignored_columns) == ("xlsx", [], ())
    assert content.rows[0] == ROW
    assert content.rows[1].line == 3


@pytest.mark.parametrize("constant_memory", [True, False], ids=["inline texts", "shared texts"])
def test_dates_numbers_and_booleans(constant_memory: bool) -> None:
    row = AUDITED | {
        "fournisseur": 900100207,
        "valable_du": date(2026, 3, 1),
        "valable_au": MIDNIGHT,
        "critere_1": True,
        "critere_2": 1,
        "preuve": 14,
        "certification": 12.5,
        "retroactif": False,
    }
    (found,) = read(as_xlsx([row], constant_memory=constant_memory)).rows
    assert (found.supplier_id, found.evidence, found.reference) == ("900100207", "14", "12.5")
    assert (found.valid_from, found.valid_until) == (date(2026, 3, 1), date(2028, 2, 29))
    assert found.criteria == (True, True, True)


@pytest.mark.parametrize(
    ("value", "identifier"),
    [(900100207.0, "900100207"), (5520135, "005520135"), ("900 100 207", "900100207")],
)
def test_a_siren_finds_its_zeros_again(value: Any, identifier: str) -> None:
    assert read(book_of(PLAIN | {"fournisseur": value})).rows[0].supplier_id == identifier


@pytest.mark.parametrize(
    "value", [-900100207, 90010020.7, 900100208, 0, 18, 12345, True, date(2026, 3, 1), "FR83900100207"]
)
def test_a_siren_that_is_none(value: Any) -> None:
    found = fault(book_of(PLAIN | {"fournisseur": value}))
    assert found.column == "fournisseur"
    assert found.code in {"supplier", "siren", "vat.french"}


def test_days_counted_from_1904() -> None:
    data = book_of(PLAIN | {"valable_du": date(2026, 3, 1)}, epoch=CALENDAR_MAC_1904)
    assert read(data).rows[0].valid_from == date(2026, 3, 1)


def test_days_written_as_texts_of_iso_8601() -> None:
    row = PLAIN | {"valable_du": date(2026, 3, 1), "valable_au": MIDNIGHT}
    assert read(book_of(row, iso_dates=True)).rows == [ROW]


@pytest.mark.parametrize("value", ["=1+1", "=HYPERLINK(A1)", "+1", "-1", "@a"])
def test_a_formula_stays_its_text(value: str) -> None:
    assert read(book_of(PLAIN | {"solution": value})).rows[0].solution == value
    assert read(as_xlsx([PLAIN | {"solution": value}])).rows[0].solution == value


def test_an_array_formula_stays_its_text() -> None:
    data = book_of(PLAIN | {"solution": ArrayFormula("E2", "=SUM(A1:A2)")})
    assert read(data).rows[0].solution == "=SUM(A1:A2)"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("valable_du", NOON, "date.time"),
        ("valable_du", time(12, 30), "cell.kind"),
        ("valable_du", timedelta(days=1, hours=2), "cell.kind"),
        ("valable_du", 46082, "date.unreadable"),
        ("valable_du", "=TODAY()", "date.unreadable"),
        ("valable_du", "#VALUE!", "cell.error"),
        ("valable_du", date(1950, 1, 1), "date.range"),
        ("solution", "#N/A", "cell.error"),
        ("label", "#REF!", "cell.error"),
        ("axe", "#NAME?", "cell.error"),
        ("solution", date(2026, 3, 1), "type"),
        ("solution", True, "type"),
        (
            "solution",
            DataTableFormula(ref="E2", ca=False, dt2D=False, dtr=False, r1="A1", r2=None),
            "cell.kind",
        ),
        ("certification", 1234567890123456, "cell.rounded"),
        ("certification", 1.5e300, "cell.rounded"),
        ("certification", -1234567890123456, "cell.rounded"),
        ("evenement", 3, "event.unknown"),
    ],
)
def test_cells_that_a_column_cannot_take(field: str, value: Any, code: str) -> None:
    found = read(book_of(PLAIN | {field: value})).faults[0]
    assert (found.line, found.column, found.code) == (2, field, code)


def test_a_date_in_a_column_of_text_is_explained() -> None:
    found = fault(book_of(PLAIN | {"certification": MIDNIGHT}))
    assert f"pas la date «{NBSP}29/02/2028{NBSP}»" in found.reason
    assert "format Texte" in found.reason


def test_fifteen_digits_are_exact() -> None:
    assert read(book_of(PLAIN | {"certification": 123456789012345})).rows[0].reference == "123456789012345"


def test_a_line_break_and_a_control_character() -> None:
    content = read(
        as_xlsx([PLAIN | {"solution": "Bureau\nClair"}, PLAIN | {"certification": "B", "solution": "a\x07b"}])
    )
    assert content.rows[0].solution == "Bureau Clair"
    assert [(found.line, found.code) for found in content.faults] == [(3, "control")]


# ---------------------------------------------------------------- sheets, titles, lines


def rows_of(*rows: dict[str, Any]) -> list[list[Any]]:
    return [TITLES, *([row.get(title) for title in TITLES] for row in rows)]


def lines(content: FileContent) -> list[tuple[int, str]]:
    return [(row.line, row.reference) for row in content.rows]


def test_blank_rows_are_skipped_and_counted() -> None:
    table = rows_of(PLAIN, AUDITED)
    content = read(sheets_xlsx([[[], table[0], [], ["", " "], table[1], [], [None, None], table[2]]]))
    assert lines(content) == [(5, "SFG-1"), (8, "NFG-1")]
    assert content.faults == []


def test_a_notice_above_the_titles() -> None:
    content = read(sheets_xlsx([[["Certifications 2026"], ["label", "solution"], *rows_of(PLAIN)]]))
    assert lines(content) == [(4, "SFG-1")]


def test_the_first_visible_sheet_that_has_the_titles() -> None:
    notice, hidden, good, other = [["Lisez-moi"]], rows_of(PLAIN), rows_of(AUDITED), rows_of(PLAIN, AUDITED)
    assert lines(read(sheets_xlsx([notice, hidden, good, other], hidden=[1]))) == [(2, "NFG-1")]


def test_titles_only_in_a_hidden_sheet() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(sheets_xlsx([rows_of(PLAIN), [["Lisez-moi"]]], hidden=[0]))
    assert caught.value.code == "import.missing_columns"
    assert "aucun des titres" in caught.value.sentence


def test_the_nearest_row_says_what_it_lacks() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(
            sheets_xlsx([[["Lisez-moi"], ["label"]], [[title for title in TITLES if title != "axe"], ["x"]]])
        )
    assert caught.value.sentence.startswith(f"Il manque dans ce fichier{NBSP}: «{NBSP}axe{NBSP}».")


def test_no_cell_at_all() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(sheets_xlsx([[], [[None]]]))
    assert caught.value.code == "import.empty"


def test_a_column_twice() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(sheets_xlsx([[[*TITLES, "Axe"]]]))
    assert caught.value.code == "import.duplicate_column"


def test_columns_of_others_are_ignored_and_listed() -> None:
    table = [[*row, None, note, "à part"] for row, note in zip(rows_of(PLAIN), ["Suivi", 3], strict=True)]
    table[0][-1] = 2026
    content = read(sheets_xlsx([table]))
    assert (content.ignored_columns, content.faults) == (("Suivi", "2026"), [])
    assert lines(content) == [(2, "SFG-1")]


def test_notes_beside_the_table_are_no_rows() -> None:
    table = rows_of(PLAIN)
    assert lines(read(sheets_xlsx([[table[0], [*table[1], None, "à revoir"], [None] * 20 + ["fin"]]]))) == [
        (2, "SFG-1")
    ]


@pytest.mark.parametrize("size", [b'ref="A1:A1"', b'ref="A1:XFD1048576"'])
def test_what_a_sheet_says_of_its_size_is_not_believed(size: bytes) -> None:
    def resized(xml: bytes) -> bytes:
        assert b'ref="A1:M3"' in xml
        return xml.replace(b'ref="A1:M3"', size)

    data = rewritten(as_xlsx([PLAIN, AUDITED]), "xl/worksheets/sheet1.xml", resized)
    assert lines(read(data)) == [(2, "SFG-1"), (3, "NFG-1")]
