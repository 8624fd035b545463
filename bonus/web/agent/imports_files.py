"""What the keeper keeps of imports: tables of what they change and of their faults; the empty forms."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort
from sqlalchemy import select

from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.registry.files import template_csv, template_xlsx
from bonus.registry.imports.entries import Entry
from bonus.registry.imports.listing import report_of
from bonus.registry.imports.report import FAULTS, Report
from bonus.registry.imports.running import rules_for
from bonus.registry.scheme_models import RegistryImport

from ..access import allow, now
from ..downloads import private_file
from ..exports import csv_file
from .imports import KEEPER, PARTS, STATES, shown_import
from .views import blueprint

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/registre/imports/<int:number>/<part>.csv")
@allow(KEEPER)
def import_rows(number: int, part: str) -> Response:
    report = report_of(shown_import(number))
    if report is None or part not in PARTS:
        abort(404)
    kind = PARTS[part][0]
    rows = _fault_rows(report) if kind == FAULTS else _entry_rows(report.all_entries(kind))
    return csv_file(rows, f"import-{number}-{part}.csv")


def _fault_rows(report: Report) -> Iterator[tuple[object, ...]]:
    yield "ligne", "colonne", "code", "raison"
    for fault in report.all_faults():
        yield fault.line, fault.column, fault.code, fault.reason


def _entry_rows(entries: Iterator[Entry]) -> Iterator[tuple[object, ...]]:
    """One row for each thing that changes; one for a row that changes nothing."""
    yield (
        "ligne", "certification", "label", "fournisseur", "solution", "validité", "ce qui change", "avant", "après",
    )  # fmt: skip
    for entry in entries:
        own = (entry.line, entry.reference, entry.label, entry.supplier, entry.solution, entry.validity)
        for change in entry.changes or [("", "", "")]:
            yield (*own, *change)


@blueprint.get("/registre/imports/modele.csv")
@allow(KEEPER)
def import_form_csv() -> Response:
    return private_file(template_csv(), "modele-certifications.csv", "text/csv")


@blueprint.get("/registre/imports/modele.xlsx")
@allow(KEEPER)
def import_form_xlsx() -> Response:
    content = template_xlsx(rules_for(None, civil_date(now())))
    return private_file(content, "modele-certifications.xlsx", XLSX)


@blueprint.get("/registre/imports.csv")
@allow(KEEPER)
def imports_table() -> Response:
    return csv_file(_import_rows(), "imports-du-registre.csv")


def _import_rows() -> list[tuple[object, ...]]:
    titles = ("n°", "certificateur", "fichier", "déposé le", "par", "état", "lignes", "ajoutées", "modifiées",
              "interrompues", "rétablies", "inchangées", "fautives")  # fmt: skip
    found = db.session.scalars(select(RegistryImport).order_by(RegistryImport.id.desc()))
    return [
        titles,
        *(
            (
                one.id, one.certifier.name, one.file_name, civil_date(one.created_at).isoformat(),
                one.created_by.name if one.created_by else "ligne de commande", STATES[one.status][0], one.rows,
                one.added, one.changed, one.ended, one.reinstated, one.unchanged, one.faults,
            )
            for one in found
        ),
    ]  # fmt: skip
