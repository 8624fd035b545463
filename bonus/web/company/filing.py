"""From files to a filed dossier, in three steps: invoices, lines, check and file."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.calendar import civil_date, decision_deadline, filing_deadline
from bonus.claims.announcement_lists import DraftEnd, ends_of_drafts
from bonus.claims.archives import add_uploads
from bonus.claims.draft_lines import (
    LinesPage,
    first_lines,
    has_invoices,
    invoices_apart,
    lines_page,
    oldest_invoices,
)
from bonus.claims.filing import assess, file_claim
from bonus.claims.intake import FileResult, correct_lines, new_draft, remove_invoice
from bonus.claims.loads.listing import tables_of
from bonus.claims.models import Claim
from bonus.errors import InvalidInput, Refusal
from bonus.parts import document_store, service_contact
from bonus.regulation import load_parameters

from ..access import actor, allow, current_company, may_file, now
from ..assessment import AssessmentView, assessment_view
from ..fields import add_refusal
from .forms import FilingForm, LinesForm, UploadForm
from .views import blueprint, own_claim

Page = str | Response | tuple[str, int]
UNMATCHED = "sans-solution"
ESTIMATED_AT_ONCE = 5_000
"""Lines: of a larger dossier, the estimate takes seconds and is computed when asked for."""


def own_draft(reference: str) -> Claim:
    """The company's own draft, for someone who may file; a filed one is shown instead of changed."""
    claim = own_claim(reference)
    if not may_file():
        abort(403)
    return claim


@blueprint.route("/dossiers/nouveau", methods=["GET", "POST"])
@allow("company")
def new_claim() -> Page:
    if not may_file():
        abort(403)
    form = UploadForm()
    if not form.validate_on_submit():
        page = render_template("company/invoices.html", form=form, claim=None, ends=[], results=[], **_law())
        return (page, 422) if form.errors else page
    draft = new_draft(current_company(), actor(), now())
    return _take_files(form, draft)


@blueprint.route("/dossiers/<reference>/factures", methods=["GET", "POST"])
@allow("company")
def invoices(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    form = UploadForm()
    if form.validate_on_submit():
        return _take_files(form, claim)
    page = render_template(
        "company/invoices.html", form=form, claim=claim, ends=_ends(claim), results=[], **_law(claim)
    )
    return (page, 422) if form.errors else page


def _take_files(form: UploadForm, claim: Claim) -> Page:
    results: list[FileResult] = add_uploads(
        claim.id,
        ((file.filename or "", file.read()) for file in form.files.data),
        document_store(),
        actor(),
        now(),
    )
    if all(result.invoice for result in results):
        return redirect(url_for("company.lines", reference=claim.reference))
    # What could not be read is said on the page itself: after a redirect it would be lost.
    page = render_template(
        "company/invoices.html",
        form=UploadForm(formdata=None),
        claim=claim,
        ends=_ends(claim),
        results=results,
        **_law(claim),
    )
    return page, 422


@blueprint.post("/dossiers/<reference>/factures/<int:invoice_id>/retrait")
@allow("company")
def remove(reference: str, invoice_id: int) -> Response:
    claim = own_draft(reference)
    remove_invoice(claim.id, invoice_id, actor(), now())
    flash("La facture est retirée du dossier.", "success")
    return redirect(url_for("company.invoices", reference=claim.reference))


@blueprint.route("/dossiers/<reference>/lignes", methods=["GET", "POST"])
@allow("company")
def lines(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    if not has_invoices(claim.id):
        return redirect(url_for("company.invoices", reference=reference))
    where: dict[str, Any] = {"voir": UNMATCHED} if request.args.get("voir") == UNMATCHED else {}
    shown = lines_page(claim.id, request.args.get("page", 1, type=int), unmatched_only=bool(where))
    if shown.page > 1:
        where["page"] = shown.page
    form = LinesForm.for_lines(shown.lines)
    # To search is not to save: the page comes back with what was found among the choices.
    searching = "search" in request.form and form.has_searches
    if form.validate_on_submit() and not searching:
        try:
            correct_lines(claim.id, form.choices(), actor(), now())
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            return redirect(_after_lines(reference, shown, where))
    page = render_template(
        "company/lines.html",
        claim=claim,
        form=form,
        shown=shown,
        where=where,
        assessment=_estimate(claim, shown),
        ends=_ends(claim),
        today=civil_date(now()),
    )
    return (page, 422) if form.errors else page


def _after_lines(reference: str, shown: LinesPage, where: dict[str, Any]) -> str:
    """The page that follows: this one again, the next lines, or the review."""
    if "next" in request.form and "voir" not in where:  # of those without a solution, the saved ones are gone
        where = where | {"page": shown.page + 1}
    if {"update", "search", "next"} & request.form.keys():
        return url_for("company.lines", reference=reference, **where)
    return url_for("company.review", reference=reference)


@blueprint.route("/dossiers/<reference>/depot", methods=["GET", "POST"])
@allow("company")
def review(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    form = FilingForm()
    if form.validate_on_submit():
        try:
            filed = file_claim(claim.id, service_contact(), actor(), now())
        except Refusal as refusal:
            if refusal.code == "claim.not_a_draft":  # sent twice: the first one filed it
                return redirect(url_for("company.claim", reference=reference))
            add_refusal(form, refusal)
        else:
            flash(f"Votre dossier est déposé sous le numéro {filed.number}.", "success")
            return redirect(url_for("company.claim", reference=filed.number))
    page = render_template(
        "company/review.html",
        claim=claim,
        form=form,
        assessment=assessment_view(claim, assess(claim, now(), explained=first_lines(claim.id))),
        deadlines=_filing_deadlines(claim),
        decision_due_on=decision_deadline(civil_date(now())),
        ends=_ends(claim),
        **_law(claim),
    )
    return (page, 422) if form.errors else page


def _filing_deadlines(claim: Claim) -> dict[int, date]:
    """The last day to file each invoice (art. 5.5), or of a table its oldest one, by the document's id."""
    law = load_parameters()
    return {
        document_id: filing_deadline(oldest, law.integer("spend.filing_months", oldest))
        for document_id, oldest in oldest_invoices(claim.id).items()
    }


def _ends(claim: Claim) -> list[DraftEnd]:
    """What was announced of the certifications this draft relies on."""
    return ends_of_drafts(claim.company_id, claim.id).get(claim.id, [])


def _estimate(claim: Claim, shown: LinesPage) -> AssessmentView | None:
    """What the law gives, the page's lines explained; None for a dossier so large that it is asked for by a button."""
    if shown.total > ESTIMATED_AT_ONCE and "estimation" not in request.args:
        return None
    explained = {line.id for line in shown.lines}
    return assessment_view(claim, assess(claim, now(), explained=explained))


def _law(claim: Claim | None = None) -> dict[str, Any]:
    """The law and the day, for the pages that say its figures; what a draft holds."""
    return {
        "law": load_parameters(),
        "today": civil_date(now()),
        "invoices": invoices_apart(claim.id) if claim else [],
        "tables": tables_of(claim.id) if claim else [],
    }
