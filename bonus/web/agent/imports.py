"""The keeper's imports of certifiers' files: handed in, read by a job, looked at, applied by another."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.registry.files import MAX_FILE_BYTES, MAX_ROWS
from bonus.registry.imports.listing import applied_before, import_numbered, imports_page, report_of
from bonus.registry.imports.plan import KINDS
from bonus.registry.imports.report import FAULTS, Report
from bonus.registry.imports.service import ENDED, UNDER_WAY, abandon, ask_to_apply, read_again, receive
from bonus.registry.labels import all_certifiers
from bonus.registry.scheme_models import RegistryImport

from ..access import actor, allow, now
from ..fields import add_refusal
from ..stalled import given_up
from .views import Page, blueprint

KEEPER = "registry_keeper"
MEGABYTE = 1024 * 1024
STATES = {
    "queued": ("En attente", "info"),
    "reading": ("Lecture en cours", "info"),
    "previewed": ("À décider", "new"),
    "applying": ("Inscription en cours", "info"),
    "done": ("Fait", "success"),
    "refused": ("Refusé", "error"),
    "abandoned": ("Abandonné", None),
}
PARTS = {
    "fautives": (FAULTS, "Fautives", "Fautives"),
    "ajouts": ("added", "À ajouter", "Ajoutées"),
    "modifications": ("changed", "À modifier", "Modifiées"),
    "fins": ("ended", "À interrompre", "Interrompues"),
    "retablissements": ("reinstated", "À rétablir", "Rétablies"),
    "inchangees": ("unchanged", "Inchangées", "Inchangées"),
}
"""In addresses → (part of the report, words before, words once done)."""


class UploadForm(FlaskForm):
    certifier = SelectField("Certificateur", [InputRequired("Choisissez le certificateur.")])
    file = FileField("Fichier du certificateur", [FileRequired("Choisissez un fichier.")])

    @classmethod
    def of_today(cls) -> UploadForm:
        """The form with the certifiers there are."""
        form = cls()
        form.certifier.choices = [
            SelectChoice("", "Choisissez un certificateur"),
            *(SelectChoice(one.slug, one.name) for one in all_certifiers()),
        ]
        return form


@dataclass(frozen=True)
class Part:
    """A part of a report: its name in addresses, what it is called, how many rows it has."""

    key: str
    kind: str
    label: str
    rows: int


def shown_import(number: int) -> RegistryImport:
    """The import of that number, else 404."""
    try:
        return import_numbered(number)
    except NotFound:
        abort(404)


@blueprint.get("/registre/imports")
@allow(KEEPER)
def imports() -> Page:
    return _list(UploadForm.of_today())


def _list(form: UploadForm) -> Page:
    page = render_template(
        "agent/imports.html",
        form=form,
        listing=imports_page(request.args.get("page", 1, type=int)),
        states=STATES,
        megabytes=MAX_FILE_BYTES // MEGABYTE,
        rows=MAX_ROWS,
    )
    return (page, 422) if form.errors else page


@blueprint.post("/registre/imports")
@allow(KEEPER)
def new_import() -> Page:
    form = UploadForm.of_today()
    if form.validate_on_submit():
        file = form.file.data
        try:
            found = receive(file.filename or "", file.read(), form.certifier.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            return _begun(found.id)
    return _list(form)


def _begun(number: int) -> Response:
    dispatch_after_commit()
    return redirect(url_for("agent.one_import", number=number))


@blueprint.get("/registre/imports/<int:number>")
@allow(KEEPER)
def one_import(number: int) -> Page:
    return _page(shown_import(number), FlaskForm())


def _page(found: RegistryImport, form: FlaskForm) -> Page:
    report = report_of(found)
    parts = _parts(found, report)
    wanted = request.args.get("voir") or next((part.key for part in parts if part.rows), "inchangees")
    part = next((part for part in parts if part.key == wanted), None)
    if report is not None and part is None:
        abort(404)
    pages = report.pages(part.kind) if report and part else 0
    page = min(max(request.args.get("page", 1, type=int), 1), max(pages, 1))
    shown = render_template(
        "agent/imports_one.html",
        found=found,
        form=form,
        report=report,
        summary=report.summary if report else None,
        parts=parts,
        part=part,
        page=page,
        pages=pages,
        entries=report.entries(part.kind, page) if report and part and part.kind in KINDS else [],
        faults=report.faults(page) if report and part and part.kind == FAULTS else [],
        states=STATES,
        under_way=found.status in UNDER_WAY,
        ended=found.status in ENDED,
        stalled=_stalled(found),
        before=applied_before(found),
    )
    return (shown, 422) if form.errors else shown


def _parts(found: RegistryImport, report: Report | None) -> list[Part]:
    if report is None:
        return []
    counts = report.summary.counts | {FAULTS: report.summary.faulty_rows}
    done = found.status == "done"
    return [
        Part(key, kind, after if done else before, counts[kind])
        for key, (kind, before, after) in PARTS.items()
    ]


def _stalled(found: RegistryImport) -> bool:
    """Whether the job of an import that is under way was given up after several failures."""
    if found.status not in UNDER_WAY:
        return False
    kind = "registry_apply" if found.status == "applying" else "registry_read"
    return given_up(kind, found.id)


@blueprint.post("/registre/imports/<int:number>/inscription")
@allow(KEEPER)
def apply_import(number: int) -> Page:
    shown_import(number)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            ask_to_apply(number, actor(), now(), keep_good="keep_good" in request.form)
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            return _begun(number)
    return _page(shown_import(number), form)


@blueprint.post("/registre/imports/<int:number>/abandon")
@allow(KEEPER)
def abandon_import(number: int) -> Page:
    shown_import(number)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            abandon(number, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("L’import est abandonné : rien de ce fichier n’est inscrit.", "success")
            return redirect(url_for("agent.imports"))
    return _page(shown_import(number), form)


@blueprint.post("/registre/imports/<int:number>/reprise")
@allow(KEEPER)
def import_again(number: int) -> Page:
    shown_import(number)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            again = read_again(number, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            return _begun(again.id)
    return _page(shown_import(number), form)
