"""A table of purchase lines into a draft: loaded, its report read, its good rows kept, removed in one act."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response

from bonus.claims.intake import new_draft
from bonus.claims.loads.listing import UNDER_WAY, report_of, table_of, tables_of
from bonus.claims.loads.report import BLOCK, FAULTS, WARNINGS
from bonus.claims.loads.service import READ, TAKE, abandon, ask_to_take, is_short, receive, remove
from bonus.claims.loads.steps import read_loaded, take_table
from bonus.claims.models import Claim
from bonus.claims.table_models import PurchaseTable
from bonus.claims.tables.columns import COLUMNS, MAX_FILE_BYTES, MAX_ROWS
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import actor, allow, current_company, may_file, now
from ..fields import add_refusal
from ..stalled import given_up
from .filing import Page, own_draft
from .views import blueprint


class TableForm(FlaskForm):
    file = FileField("Votre tableau", [FileRequired("Choisissez un fichier.")])


def shown_table(reference: str, table: str) -> tuple[Claim, PurchaseTable]:
    """The company's own draft and its table, for someone who may file; else 404 or 403."""
    claim = own_draft(reference)
    try:
        return claim, table_of(claim.id, table)
    except NotFound:
        abort(404)


@blueprint.route("/dossiers/nouveau/tableau", methods=["GET", "POST"])
@allow("company")
def new_claim_by_table() -> Page:
    if not may_file():
        abort(403)
    form = TableForm()
    if form.validate_on_submit():
        return _load(form, new_draft(current_company(), actor(), now()))
    return _list(form, None)


@blueprint.route("/dossiers/<reference>/tableau", methods=["GET", "POST"])
@allow("company")
def tables(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    form = TableForm()
    if form.validate_on_submit():
        return _load(form, claim)
    return _list(form, claim)


def _load(form: TableForm, claim: Claim) -> Page:
    file = form.file.data
    try:
        found = receive(claim.id, file.filename or "", file.read(), actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        add_refusal(form, refusal)
        return _list(form, claim)
    if is_short(found):
        read_loaded(found.id, now())
    return _shown_next(claim.reference, found.reference)


def _list(form: TableForm, claim: Claim | None) -> Page:
    page = render_template(
        "company/tables.html",
        claim=claim,
        form=form,
        tables=tables_of(claim.id) if claim else [],
        columns=COLUMNS,
        megabytes=MAX_FILE_BYTES // 2**20,
        rows=MAX_ROWS,
    )
    return (page, 422) if form.errors else page


def _shown_next(reference: str, table: str) -> Response:
    """Its job is queued, if there is still something to do; its page says how far it is."""
    dispatch_after_commit()
    return redirect(url_for("company.one_table", reference=reference, table=table))


@blueprint.get("/dossiers/<reference>/tableau/<table>")
@allow("company")
def one_table(reference: str, table: str) -> Page:
    return _page(*shown_table(reference, table), FlaskForm())


def _page(claim: Claim, found: PurchaseTable, form: FlaskForm) -> Page:
    report = report_of(found)
    under_way = found.status in UNDER_WAY
    page = render_template(
        "company/tables_one.html",
        claim=claim,
        found=found,
        form=form,
        summary=report.summary if report else None,
        faults=report.first(FAULTS) if report else [],
        warnings=report.first(WARNINGS) if report else [],
        shown=BLOCK,
        under_way=under_way,
        stalled=under_way and given_up(TAKE if found.status == "taking" else READ, found.id),
    )
    return (page, 422) if form.errors else page


@blueprint.post("/dossiers/<reference>/tableau/<table>/lignes")
@allow("company")
def take(reference: str, table: str) -> Page:
    claim, found = shown_table(reference, table)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            asked = ask_to_take(found.id, actor(), now(), keep_good="keep_good" in request.form)
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            if is_short(asked):
                take_table(asked.id, now())
            return _shown_next(reference, table)
    return _page(claim, found, form)


@blueprint.post("/dossiers/<reference>/tableau/<table>/abandon")
@allow("company")
def abandon_table(reference: str, table: str) -> Page:
    claim, found = shown_table(reference, table)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            abandon(found.id, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Le tableau est abandonné : rien n’en est dans le dossier.", "success")
            return redirect(url_for("company.tables", reference=reference))
    return _page(claim, found, form)


@blueprint.post("/dossiers/<reference>/tableau/<table>/retrait")
@allow("company")
def remove_table(reference: str, table: str) -> Page:
    claim, found = shown_table(reference, table)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            remove(found.id, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Le tableau et toutes ses lignes sont retirés du dossier.", "success")
            return redirect(url_for("company.tables", reference=reference))
    return _page(claim, found, form)
