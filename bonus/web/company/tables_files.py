"""What a company keeps of its tables: the empty form, the faults, the rows to correct."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort

from bonus.calendar import civil_date
from bonus.claims.loads.listing import report_of
from bonus.claims.loads.report import FAULTS, WARNINGS, TableReport
from bonus.claims.loads.writing import MEDIA_TYPES
from bonus.claims.tables.template import corrections_csv, corrections_xlsx, template_csv, template_xlsx

from ..access import allow, now
from ..downloads import private_file
from ..exports import csv_file
from .tables import shown_table
from .views import blueprint

_LISTS = {"fautes": FAULTS, "avertissements": WARNINGS}


@blueprint.get("/tableau/modele.csv")
@allow("company")
def table_form_csv() -> Response:
    return private_file(template_csv(), "modele-lignes-d-achat.csv", MEDIA_TYPES["csv"])


@blueprint.get("/tableau/modele.xlsx")
@allow("company")
def table_form_xlsx() -> Response:
    return private_file(template_xlsx(civil_date(now())), "modele-lignes-d-achat.xlsx", MEDIA_TYPES["xlsx"])


def _report(reference: str, table: str) -> TableReport:
    report = report_of(shown_table(reference, table)[1])
    if report is None:
        abort(404)
    return report


@blueprint.get("/dossiers/<reference>/tableau/<table>/a-corriger.csv")
@allow("company")
def corrections_in_csv(reference: str, table: str) -> Response:
    content = b"".join(corrections_csv(_report(reference, table).all_left()))
    return private_file(content, "lignes-a-corriger.csv", MEDIA_TYPES["csv"])


@blueprint.get("/dossiers/<reference>/tableau/<table>/a-corriger.xlsx")
@allow("company")
def corrections_in_xlsx(reference: str, table: str) -> Response:
    content = corrections_xlsx(_report(reference, table).all_left(), civil_date(now()))
    return private_file(content, "lignes-a-corriger.xlsx", MEDIA_TYPES["xlsx"])


@blueprint.get("/dossiers/<reference>/tableau/<table>/<part>.csv")
@allow("company")
def table_faults(reference: str, table: str, part: str) -> Response:
    report = _report(reference, table)
    if part not in _LISTS:
        abort(404)
    return csv_file(_rows(report, _LISTS[part]), f"{part}-du-tableau.csv")


def _rows(report: TableReport, name: str) -> Iterator[tuple[object, ...]]:
    yield "ligne", "colonne", "code", "raison"
    yield from report.all_lines(name)
