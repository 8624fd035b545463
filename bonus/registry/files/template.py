"""The empty forms that certifiers fill in: titles, one example row, and explanations in the workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from .columns import COLUMNS, CRITERIA
from .model import EVENTS, EXAMPLE_REFERENCE, MAX_ROWS, FileRules, LabelRule

_NBSP = "\u00a0"
_DATES = ("valid_from", "valid_until", "audited_on", "event_on")
_SHEET, _HELP = "Certifications", "Explications"
_EXAMPLE: dict[str, str | date] = {
    "reference": EXAMPLE_REFERENCE,
    "label": "NFG",
    "supplier_id": "900100207",
    "supplier_name": "Nuage Exemple SAS",
    "solution": "Nuage Exemple Stockage",
    "product_reference": "NES-1",
    "axis": "cloud",
    "valid_from": date(2026, 3, 1),
    "valid_until": date(2029, 2, 28),
    "audited_on": date(2026, 2, 10),
    "evidence": "Rapport d’audit 2026-014",
    "aliases": "NE Stockage|Stockage Nuage Exemple",
}
_ANY_LABEL = LabelRule("NFG", "Numérique France Garanti", ("", "", ""), mine=True)


def template_csv() -> bytes:
    """The form as a CSV that French spreadsheets open as it is: UTF-8 with its mark, semicolons."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow([column.header for column in COLUMNS])
    example = _example(_ANY_LABEL, "cloud")
    writer.writerow([str(example.get(column.field, "")) for column in COLUMNS])
    return stream.getvalue().encode("utf-8-sig")


def template_xlsx(rules: FileRules) -> bytes:
    """The form as a workbook: lists to choose from, and a sheet that explains each column, label and axis."""
    labels = [label for label in rules.labels.values() if label.mine] or list(rules.labels.values())
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        # Without it the clock would be read, and two forms of one day would differ.
        book.set_properties({"created": datetime.combine(rules.today, time(), UTC)})
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        form = _Form(
            book.add_worksheet(_SHEET),
            text=book.add_format({"num_format": "@"}),
            day=book.add_format({"num_format": "dd/mm/yyyy"}),
        )
        form.titles(bold)
        form.example(
            _example(
                labels[0] if labels else _ANY_LABEL,
                next(iter(sorted(rules.axes, key="cloud".__ne__)), "cloud"),
            )
        )
        notes = _Notes(book.add_worksheet(_HELP), bold, book.add_format({"text_wrap": True, "valign": "top"}))
        notes.columns()
        form.choices("label", notes.labels(labels))
        form.choices("axis", notes.axes(rules))
        form.choices("event", list(EVENTS.values()))
        for field in ("retroactive", *CRITERIA):
            form.choices(field, ["oui", "non"])
    return stream.getvalue()


def _example(label: LabelRule, axis: str) -> dict[str, str | date]:
    example = _EXAMPLE | {"label": label.code, "axis": axis}
    if not label.criteria:
        return {field: value for field, value in example.items() if field not in {"audited_on", "evidence"}}
    return example | dict.fromkeys(CRITERIA[: len(label.criteria)], "oui")


class _Form:
    """The sheet to fill in."""

    def __init__(self, sheet: Worksheet, *, text: Format, day: Format) -> None:
        self._sheet, self._text, self._day = sheet, text, day
        self._places = {column.field: place for place, column in enumerate(COLUMNS)}

    def titles(self, bold: Format) -> None:
        """The titles; below, columns of text (a SIREN keeps its zeros) and of dates."""
        for place, column in enumerate(COLUMNS):
            self._sheet.set_column(
                place,
                place,
                max(14, len(column.header) + 2),
                self._day if column.field in _DATES else self._text,
            )
            self._sheet.write_string(0, place, column.header, bold)
        self._sheet.freeze_panes(1, 1)

    def example(self, values: dict[str, str | date]) -> None:
        for field, value in values.items():
            if isinstance(value, date):
                self._sheet.write_datetime(1, self._places[field], value, self._day)
            else:
                self._sheet.write_string(1, self._places[field], value, self._text)

    def choices(self, field: str, source: Sequence[str] | str) -> None:
        """Only these values may be chosen; ``source`` a range when they are many."""
        if source:
            place = self._places[field]
            self._sheet.data_validation(1, place, MAX_ROWS, place, {"validate": "list", "source": source})


class _Notes:
    """The sheet that explains. Its lists are where the form takes its choices from."""

    def __init__(self, sheet: Worksheet, bold: Format, plain: Format) -> None:
        self._sheet, self._bold, self._plain = sheet, bold, plain
        self._line = 0
        for place, width in enumerate((24, 32, 14, 90)):
            sheet.set_column(place, place, width)

    def columns(self) -> None:
        sheet = f"«{_NBSP}{_SHEET}{_NBSP}»"
        self._write(
            [f"Remplissez la feuille {sheet}, supprimez sa ligne d’exemple, puis déposez ce fichier."]
        )
        self._table(
            ("Colonne", "Nom anglais accepté", "Obligatoire", "Ce qu’il faut y mettre"),
            [
                (column.header, column.field, "oui" if column.required else "non", column.help)
                for column in COLUMNS
            ],
        )

    def labels(self, labels: Sequence[LabelRule]) -> str:
        return self._table(
            ("Code du label", "Label", "Critères", "Ce que l’audit doit constater"),
            [
                (
                    label.code,
                    label.name,
                    str(len(label.criteria)),
                    "\n".join(
                        f"critere_{rank}{_NBSP}: {name}" for rank, name in enumerate(label.criteria, 1)
                    ),
                )
                for label in labels
            ],
        )

    def axes(self, rules: FileRules) -> str:
        return self._table(("Code de l’axe", "Axe"), list(rules.axes.items()))

    def _table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """Write a table; the range of its first column, "" when it has no row."""
        self._line += 1
        self._write(titles, self._bold)
        first = self._line + 1
        for row in rows:
            self._write(row)
        return f"={_HELP}!$A${first}:$A${self._line}" if rows else ""

    def _write(self, cells: Sequence[str], style: Format | None = None) -> None:
        for place, cell in enumerate(cells):
            self._sheet.write_string(self._line, place, cell, style or self._plain)
        self._line += 1
