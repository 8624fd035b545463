"""CSV: encodings, delimiters, quotes, line numbers, titles."""

from __future__ import annotations

import pytest

from bonus.errors import InvalidInput
from bonus.registry.files import COLUMNS

from .samples import AUDITED, PLAIN, ROW, as_csv, read

FRENCH = PLAIN | {"solution": "Bureau Été – « Œuvre » à 10 €"}


def refused(data: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(data)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_encodings_delimiters_and_line_ends(encoding: str, delimiter: str, end: str) -> None:
    content = read(as_csv([FRENCH, AUDITED], encoding, delimiter=delimiter, lineterminator=end))
    assert (content.format, content.faults, content.ignored_columns) == ("csv", [], ())
    assert [row.line for row in content.rows] == [2, 3]
    assert content.rows[0].solution == "Bureau Été – « Œuvre » à 10 €"


def test_utf_16_of_either_end() -> None:
    text = as_csv([FRENCH]).decode()
    for data in (b"\xff\xfe" + text.encode("utf-16-le"), b"\xfe\xff" + text.encode("utf-16-be")):
        assert read(data).rows[0].solution == FRENCH["solution"]


def test_latin_1_with_semicolons() -> None:
    assert read(as_csv([PLAIN | {"solution": "Été"}], "latin-1")).rows[0].solution == "Été"


def test_what_windows_1252_leaves_out_is_latin_1_and_a_control_character() -> None:
    data = as_csv([PLAIN | {"solution": "Été"}], "latin-1").replace(b"\xc9t", b"\x81t")
    assert [fault.code for fault in read(data).faults] == ["control"]


@pytest.mark.parametrize(
    "data",
    [
        as_csv([FRENCH]) + as_csv([FRENCH], "cp1252"),  # two files put together
        as_csv([FRENCH]) + "é".encode()[:1],  # cut in the middle of a letter
        b"\xef\xbb\xbf" + as_csv([FRENCH], "cp1252"),  # says UTF-8, is not
        as_csv([FRENCH], "utf-16") + b"\x00",
        b"\xff\xfe\x00\xd8;\x00",
    ],
)
def test_a_text_of_two_encodings_would_break_accents(data: bytes) -> None:
    error = refused(data)
    assert error.code == "import.encoding"
    assert "Enregistrez-le en CSV (UTF-8)" in error.sentence


def test_the_delimiter_is_the_one_that_gives_titles() -> None:
    row = PLAIN | {"solution": "a,b,c,d,e,f,g,h", "nom_fournisseur": "x\ty"}
    found = read(as_csv([row])).rows[0]
    assert (found.solution, found.supplier_name) == ("a,b,c,d,e,f,g,h", "x y")
    titled = {("fournisseur" if title == "fournisseur" else title): value for title, value in PLAIN.items()}
    assert read(as_csv([titled | {"a,b,c": "1"}])).ignored_columns == ("a,b,c",)


@pytest.mark.parametrize("line", ["sep=;\r\n", "sep=,\r\n", '"sep=\t"\n', "SEP=;\n"])
def test_the_note_of_excel_before_the_titles(line: str) -> None:
    delimiter = line.strip('"\r\n')[-1]
    content = read(line.encode() + as_csv([PLAIN], delimiter=delimiter))
    assert [row.line for row in content.rows] == [3]


def test_quotes_and_line_breaks_inside_cells() -> None:
    rows = [
        PLAIN | {"solution": 'Le "Bureau"; clair\nsuite'},
        PLAIN | {"certification": "B"},
        PLAIN | {"certification": "C", "axe": "?\n?\n?"},
        PLAIN | {"certification": "D"},
    ]
    content = read(as_csv(rows))
    assert content.rows[0].solution == 'Le "Bureau"; clair suite'
    assert [row.line for row in content.rows] == [2, 4, 8]
    assert [fault.line for fault in content.faults] == [5]
    assert "«\u00a0? ? ?\u00a0»" in content.faults[0].reason


def test_a_quote_inside_a_bare_cell_is_a_quote() -> None:
    data = as_csv([PLAIN]).replace(b"Bureau Clair", b'Le "Bureau" Clair')
    assert read(data).rows[0].solution == 'Le "Bureau" Clair'


@pytest.mark.parametrize("cell", [b'"Bureau Clair', b'"Bureau" Clair', b'"' + b"x" * 200_000 + b'"'])
def test_a_quote_that_makes_rows_uncertain(cell: bytes) -> None:
    data = as_csv([PLAIN | {"solution": "Bon", "certification": "A\nB"}, PLAIN, PLAIN]).replace(
        b"Bureau Clair", cell, 1
    )
    error = refused(data)
    assert error.code == "import.quotes"
    assert "à la ligne 4" in error.sentence


def test_blank_lines_are_skipped_and_counted() -> None:
    lines = as_csv([PLAIN, PLAIN | {"certification": "B"}]).splitlines(keepends=True)
    blank = b";" * 7 + b"\r\n"
    data = (
        b"\r\n" + b"  \r\n" + lines[0] + b"\r\n" + blank + lines[1] + b" ; ;\r\n\r\n" + lines[2] + b"\r\n\r\n"
    )
    content = read(data)
    assert [row.line for row in content.rows] == [6, 9]
    assert content.faults == []


def test_a_short_row_has_empty_cells_at_its_end() -> None:
    lines = as_csv([PLAIN | {"alias": "x"}]).decode().splitlines()
    assert read(f"{lines[0]}\n{lines[1].removesuffix(';x')}".encode()).rows == [ROW]
    (fault,) = read(f"{lines[0]}\n{lines[1].removesuffix(';2028-02-29;x')}".encode()).faults
    assert (fault.column, fault.code) == ("valable_au", "required")


def test_a_row_longer_than_the_titles() -> None:
    data = as_csv([PLAIN]).replace(b"Bureau Clair", b"Bureau; Clair")
    (fault,) = read(data).faults
    assert (fault.line, fault.column, fault.code) == (2, None, "cells.extra")
    assert "le point-virgule" in fault.reason
    lines = as_csv([PLAIN]).splitlines()
    assert read(lines[0] + b";;\r\n" + lines[1] + b";;; \r\n").rows == [ROW]


def test_a_zero_byte_in_a_cell_is_a_fault_of_that_cell() -> None:
    rows = [PLAIN | {"certification": f"R{rank}"} for rank in range(100)]
    content = read(as_csv([*rows, PLAIN | {"solution": "a\0b"}]))
    assert [(fault.line, fault.column, fault.code) for fault in content.faults] == [
        (102, "solution", "control")
    ]
    assert len(content.rows) == 100


# ---------------------------------------------------------------- titles


def test_all_missing_columns_are_named() -> None:
    data = as_csv([{title: value for title, value in PLAIN.items() if title not in {"axe", "valable_du"}}])
    error = refused(data)
    assert error.code == "import.missing_columns"
    assert error.sentence.startswith(
        "Il manque dans ce fichier\u00a0: «\u00a0axe\u00a0», «\u00a0valable_du\u00a0»."
    )


def test_no_title_at_all() -> None:
    error = refused(b"a;b;c\r\n1;2;3\r\n")
    assert error.code == "import.missing_columns"
    assert "aucun des titres" in error.sentence
    for column in COLUMNS:
        assert (f"«\u00a0{column.header}\u00a0»" in error.sentence) == column.required


@pytest.mark.parametrize("title", ["Label", "LABEL ", "label"])
def test_a_column_that_is_there_twice(title: str) -> None:
    lines = as_csv([PLAIN]).decode().splitlines()
    error = refused(f"{lines[0]};{title}\n{lines[1]};SFG\n".encode())
    assert error.code == "import.duplicate_column"
    assert (
        f"«\u00a0label\u00a0» est là deux fois (aussi sous le titre «\u00a0{title.strip()}\u00a0»)"
        in error.sentence
    )


def test_a_column_under_both_its_names() -> None:
    assert refused(as_csv([PLAIN | {"axis": "cloud"}])).code == "import.duplicate_column"


def test_unknown_columns_are_ignored_and_listed() -> None:
    lines = as_csv([PLAIN]).decode().splitlines()
    content = read(f"Note\x07;{lines[0]};Suivi;;Suivi;{'x' * 70}\n1;{lines[1]};2;3;4;5\n".encode())
    assert content.faults == []
    assert content.ignored_columns == ("Note\ufffd", "Suivi", "x" * 60 + "…")


def test_a_row_with_only_an_unknown_cell_is_no_blank_line() -> None:
    content = read(as_csv([PLAIN, {"note": "fin"}]))
    assert {fault.code for fault in content.faults} == {"required"}
    assert {fault.line for fault in content.faults} == {3}
