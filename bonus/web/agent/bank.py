"""The bank's answers: files received, what each came to, and what waits for an accounting officer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.adapters.bank_messages import MAX_BYTES
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.parts import document_store
from bonus.payments.answer_desk import (
    bank_file,
    content_of,
    counts_of,
    files_page,
    finding_shown,
    findings_of,
    twins_of,
    waiting_findings,
)
from bonus.payments.answer_models import FILE_KINDS, WAYS, BankFile, BankFinding
from bonus.payments.answers import AT_ONCE, MOST_WORDS, apply_file, apply_held, leave_held, resolve, take_file

from ..access import actor, allow, now
from ..downloads import private_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .bank_words import KINDS, SORTS, STATES, explained
from .views import Page, blueprint

OFFICER = "accounting_officer"
MEGABYTE = 1_000_000


class BankFileForm(FlaskForm):
    file = FileField("Fichier de la banque", [FileRequired("Choisissez un fichier.")])


class SaidForm(FlaskForm):
    why = TextAreaField(
        "Ce que vous avez constaté et fait",
        [
            InputRequired("Écrivez ce que vous avez constaté."),
            Length(max=MOST_WORDS, message=f"{MOST_WORDS} caractères au plus."),
        ],
    )


def _page_asked() -> int:
    return request.args.get("page", 1, type=int)


@blueprint.get("/paiements/banque")
@allow(OFFICER)
def bank() -> Page:
    return _page(BankFileForm(formdata=None))


def _page(form: BankFileForm) -> Page:
    page = render_template(
        "agent/bank.html",
        form=form,
        waiting=waiting_findings(1),
        listing=files_page(_page_asked()),
        explained=explained,
        **_words(),
    )
    return (page, 422) if form.errors else page


def _words() -> dict[str, Any]:
    return {
        "states": STATES,
        "kinds": KINDS,
        "file_kinds": FILE_KINDS,
        "ways": WAYS,
        "megabytes": MAX_BYTES // MEGABYTE,
    }


@blueprint.post("/paiements/banque")
@allow(OFFICER)
def bank_upload() -> Page:
    form = BankFileForm()
    if form.validate_on_submit():
        given = form.file.data
        try:
            file = take_file(
                given.read(MAX_BYTES + 1), given.filename or "", "upload", document_store(), actor(), now()
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            return _taken(file, now())
    return _page(form)


def _taken(file: BankFile, at: datetime) -> Response:
    """Lead to the file, applied at once when it is small: the job finds it done."""
    number, small = file.id, file.items_count <= AT_ONCE
    if small:
        apply_file(number, at)
    dispatch_after_commit()
    flash("Le fichier est reçu." if small else "Le fichier est reçu : il est appliqué par étapes.", "success")
    return redirect(url_for("agent.bank_one", number=number))


@blueprint.get("/paiements/banque/a-examiner")
@allow(OFFICER)
def bank_waiting() -> Page:
    """All that waits, page after page."""
    found = waiting_findings(_page_asked())
    return render_template("agent/bank_waiting.html", waiting=found, explained=explained, **_words())


@blueprint.get("/paiements/banque/<int:number>")
@allow(OFFICER)
def bank_one(number: int) -> Page:
    file = shown_file(number)
    counts = counts_of(file)
    return render_template(
        "agent/bank_one.html",
        file=file,
        findings=findings_of(file, _page_asked()),
        counts=[(SORTS[kind][counts[kind] > 1], counts[kind]) for kind in SORTS if kind in counts],
        explained=explained,
        **_words(),
    )


def shown_file(number: int) -> BankFile:
    """The file of that number, else 404."""
    try:
        return bank_file(number)
    except NotFound:
        abort(404)


@blueprint.get("/paiements/banque/<int:number>.xml")
@allow(OFFICER)
def bank_content(number: int) -> Response:
    shown_file(number)
    file, content = content_of(number, document_store(), actor(), now())
    return private_file(content, file.name, "application/xml")


@blueprint.get("/paiements/banque/lignes/<int:number>")
@allow(OFFICER)
def bank_finding(number: int) -> Page:
    return _finding_page(_finding(number), SaidForm(formdata=None))


def _finding(number: int) -> BankFinding:
    try:
        return finding_shown(number)
    except NotFound:
        abort(404)


def _finding_page(finding: BankFinding, form: SaidForm) -> Page:
    said = explained(finding)
    page = render_template(
        "agent/bank_finding.html",
        finding=finding,
        twins=twins_of(finding.file) if finding.file.status == "held" else (),
        said=said,
        form=form,
        **_words(),
    )
    return (page, 422) if form.errors else page


@blueprint.post("/paiements/banque/lignes/<int:number>")
@allow(OFFICER)
def bank_resolve(number: int) -> Page:
    """Says what was done of a line: it waits no more."""
    return _answered(
        number, lambda finding, why: resolve(finding.id, why, actor(), now()), "La ligne est traitée."
    )


@blueprint.post("/paiements/banque/lignes/<int:number>/appliquer")
@allow(OFFICER)
@second_factor
def bank_apply(number: int) -> Page:
    """Has a file applied that bears the identifier of another."""

    def act(finding: BankFinding, why: str) -> None:
        file = apply_held(finding.file_id, why, actor(), now())
        if file.items_count <= AT_ONCE:
            apply_file(file.id, now())
        dispatch_after_commit()

    return _answered(number, act, "Le fichier est appliqué.")


@blueprint.post("/paiements/banque/lignes/<int:number>/ecarter")
@allow(OFFICER)
def bank_leave(number: int) -> Page:
    """Leaves such a file aside."""
    return _answered(
        number,
        lambda finding, why: leave_held(finding.file_id, why, actor(), now()),
        "Le fichier est laissé de côté.",
    )


def _answered(number: int, act: Any, done: str) -> Page:
    finding, form = _finding(number), SaidForm()
    if form.validate_on_submit():
        try:
            act(finding, form.why.data)
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(done, "success")
            return redirect(url_for("agent.bank"))
    return _finding_page(_finding(number), form)
