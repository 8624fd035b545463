"""The empty forms: read back by what reads the files, explained, the same each time."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from bonus.errors import InvalidInput
from bonus.registry.files import COLUMNS, FileRules, LabelRule, template_csv, template_xlsx

from .samples import NBSP, RULES, read, rewritten

TITLES = [column.header for column in COLUMNS]


def cells(data: bytes, sheet: str) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [list(row) for row in book[sheet].iter_rows(values_only=True)]


def test_the_csv_opens_in_a_french_spreadsheet() -> None:
    data = template_csv()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n")[0].split(";") == TITLES


@pytest.mark.parametrize("data", [template_csv(), template_xlsx(RULES)], ids=["csv", "xlsx"])
def test_the_example_left_in_place_is_refused(data: bytes) -> None:
    content = read(data)
    assert (content.rows, content.ignored_columns) == ([], ())
    assert [(fault.line, fault.column, fault.code) for fault in content.faults] == [
        (2, "certification", "example")
    ]
    assert content.faults[0].reason == f"Cette ligne est l’exemple du modèle{NBSP}: supprimez-la."


def test_the_example_is_a_good_certification_under_another_reference() -> None:
    filled = [
        template_csv().replace(b"EXEMPLE-", b"BV-"),
        rewritten(template_xlsx(RULES), "xl/sharedStrings.xml", lambda xml: xml.replace(b"EXEMPLE-", b"BV-")),
    ]
    found = [read(data).rows for data in filled]
    assert found[0] == found[1]
    (row,) = found[0]
    assert (row.reference, row.label, row.axis, row.criteria) == (
        "BV-2026-001",
        "NFG",
        "cloud",
        (True, True, True),
    )


def test_the_example_is_one_of_the_caller_s_own_labels_and_axes() -> None:
    labels = {"NFG": RULES.labels["SECNUMCLOUD"], "SFG": RULES.labels["SFG"]}
    rules = FileRules(labels, {"quantum": "Quantique"}, RULES.today)
    data = rewritten(
        template_xlsx(rules), "xl/sharedStrings.xml", lambda xml: xml.replace(b"EXEMPLE-", b"BV-")
    )
    (row,) = read(data, rules).rows
    assert (row.label, row.axis, row.criteria, row.evidence) == ("SFG", "quantum", (), None)


@pytest.mark.parametrize("labels", [{}, {"A": LabelRule("A", "A", ("x",) * 9, mine=False)}])
def test_a_form_for_who_has_no_label(labels: dict[str, LabelRule]) -> None:
    data = template_xlsx(FileRules(labels, {}, RULES.today))
    assert cells(data, "Certifications")[0] == TITLES

    def emptied(xml: bytes) -> bytes:
        return xml[: xml.index(b'<row r="2"')] + b"</sheetData></worksheet>"

    with pytest.raises(InvalidInput) as caught:
        read(rewritten(data, "xl/worksheets/sheet1.xml", emptied))
    assert caught.value.code == "import.no_rows"


def test_everything_is_explained() -> None:
    rows = cells(template_xlsx(RULES), "Explications")
    explained = {row[0]: row for row in rows}
    for column in COLUMNS:
        assert explained[column.header][1:] == [
            column.field,
            "oui" if column.required else "non",
            column.help,
        ]
    assert explained["NFG"][1:3] == ["Numérique France Garanti", "3"]
    assert f"critere_1{NBSP}: activités clés en France" in str(explained["NFG"][3])
    assert "SECNUMCLOUD" not in explained
    assert explained["ai"][1] == "Intelligence artificielle"


def test_choices_come_from_the_lists_of_the_second_sheet() -> None:
    data = template_xlsx(RULES)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Certifications"]
    notes = cells(data, "Explications")
    found = {}
    for choice in sheet.data_validations.dataValidation:
        place = next(iter(choice.sqref.ranges)).min_col - 1
        formula = choice.formula1.strip('"')
        if formula.startswith("Explications!"):
            first, last = (
                int(part) for part in formula.replace("Explications!", "").replace("$A$", "").split(":")
            )
            found[TITLES[place]] = [notes[line - 1][0] for line in range(first, last + 1)]
        else:
            found[TITLES[place]] = formula.split(",")
    assert found["label"] == ["NFG", "SFG"]
    assert found["axe"] == ["cloud", "ai", "low_code"]
    assert found["evenement"] == ["suspension", "rétablissement", "retrait"]
    assert found["critere_9"] == found["retroactif"] == ["oui", "non"]


def test_dates_are_dates_and_identifiers_texts() -> None:
    first = dict(zip(TITLES, cells(template_xlsx(RULES), "Certifications")[1], strict=True))
    assert first["fournisseur"] == "900100207"
    assert first["valable_du"] is not None
    sheet = openpyxl.load_workbook(io.BytesIO(template_xlsx(RULES)))["Certifications"]
    formats = {title: sheet.cell(2, place).number_format for place, title in enumerate(TITLES, 1)}
    assert formats["fournisseur"] == "@"
    assert formats["valable_du"] == "dd/mm/yyyy"


def test_nothing_of_a_label_is_a_formula() -> None:
    labels = {"A": LabelRule("A", "=1+1", ("=cmd()",), mine=True)}
    data = template_xlsx(FileRules(labels, {"cloud": "@x"}, date(2026, 11, 22)))
    assert b"<f>" not in _part(data, "xl/worksheets/sheet1.xml") + _part(data, "xl/worksheets/sheet2.xml")
    assert b"=1+1" in _part(data, "xl/sharedStrings.xml")


def test_two_forms_of_one_day_are_the_same() -> None:
    assert template_xlsx(RULES) == template_xlsx(RULES)


def _part(data: bytes, name: str) -> bytes:
    found: list[bytes] = []

    def keep(xml: bytes) -> bytes:
        found.append(xml)
        return xml

    rewritten(data, name, keep)
    return found[0]
