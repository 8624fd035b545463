"""A good row, the rules it is read under, and the same rows written in each format."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from bonus.registry.files import CertificationRow, Fault, FileContent, FileRules, LabelRule, read_file

NBSP = "\u00a0"
TODAY = date(2026, 11, 22)
CRITERIA = ("activités clés en France", "sécurité et protection des données", "valeur ajoutée en France")
RULES = FileRules(
    labels={
        "NFG": LabelRule("NFG", "Numérique France Garanti", CRITERIA, mine=True),
        "SFG": LabelRule("SFG", "Service France Garanti", (), mine=True),
        "SECNUMCLOUD": LabelRule("SECNUMCLOUD", "SecNumCloud", (), mine=False),
    },
    axes={"cloud": "Cloud", "ai": "Intelligence artificielle", "low_code": "Développement low-code"},
    today=TODAY,
)

# A label without criteria: what is tested stands out.
PLAIN: dict[str, Any] = {
    "certification": "SFG-1",
    "label": "SFG",
    "fournisseur": "900100207",
    "nom_fournisseur": "Nuage Souverain",
    "solution": "Bureau Clair",
    "axe": "cloud",
    "valable_du": "2026-03-01",
    "valable_au": "2028-02-29",
}
AUDITED: dict[str, Any] = PLAIN | {
    "certification": "NFG-1",
    "label": "NFG",
    "audit_le": "10/02/2026",
    "preuve": "Rapport 14",
    "critere_1": "oui",
    "critere_2": "oui",
    "critere_3": "oui",
}
ROW = CertificationRow(
    line=2,
    reference="SFG-1",
    label="SFG",
    supplier_id="900100207",
    supplier_name="Nuage Souverain",
    solution="Bureau Clair",
    product_reference=None,
    axis="cloud",
    valid_from=date(2026, 3, 1),
    valid_until=date(2028, 2, 29),
    criteria=(),
    audited_on=None,
    evidence=None,
    event=None,
    event_on=None,
    retroactive=False,
    aliases=(),
)


def titles_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(title for row in rows for title in row))


def as_csv(rows: Sequence[Mapping[str, Any]], encoding: str = "utf-8", **how: Any) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, **({"delimiter": ";"} | how))
    titles = titles_of(rows)
    writer.writerow(titles)
    for row in rows:
        writer.writerow([row.get(title, "") for title in titles])
    return stream.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Mapping[str, Any]], **options: Any) -> bytes:
    return sheets_xlsx(
        [[titles_of(rows), *([row.get(title) for title in titles_of(rows)] for row in rows)]], **options
    )


def sheets_xlsx(
    sheets: Sequence[Sequence[Sequence[Any]]], *, hidden: Sequence[int] = (), **options: Any
) -> bytes:
    """Each value as what it is: texts (never formulas), numbers, booleans, dates; None leaves the cell out."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, **options}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        made = [book.add_worksheet() for _ in sheets]
        for index, (sheet, rows) in enumerate(zip(made, sheets, strict=True)):
            if index in hidden:
                made[-1].activate()
                made[-1].set_first_sheet()
                sheet.hide()
            for line, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(line, place, value, day)
                    elif isinstance(value, bool):
                        sheet.write_boolean(line, place, value)
                    elif isinstance(value, int | float):
                        sheet.write_number(line, place, value)
                    elif value is not None:
                        sheet.write_string(line, place, value)
    return stream.getvalue()


def rewritten(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry.filename, change(content) if entry.filename == name else content)
    return stream.getvalue()


def as_json(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return json.dumps(list(rows), default=str).encode()


def read(data: bytes, rules: FileRules = RULES) -> FileContent:
    return read_file(data, rules)


def read_rows(*rows: Mapping[str, Any]) -> FileContent:
    return read(as_csv(rows))


def fault_of(row: Mapping[str, Any], rules: FileRules = RULES) -> Fault:
    """The one fault of a row, which is then not among the good ones."""
    content = read(as_csv([row]), rules)
    assert content.rows == []
    (fault,) = content.faults
    return fault


def faults_of(row: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    content = read(as_csv([row]))
    assert content.rows == []
    return [(fault.column, fault.code) for fault in content.faults]


def row_of(row: Mapping[str, Any]) -> CertificationRow:
    """The one good row of a file that has no fault."""
    content = read(as_csv([row]))
    assert content.faults == []
    (found,) = content.rows
    return found
