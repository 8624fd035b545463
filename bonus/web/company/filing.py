"""From files to a filed dossier, in three steps: invoices, lines, check and file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.calendar import civil_date, decision_deadline, filing_deadline
from bonus.claims.announcement_lists import DraftEnd, ends_of_drafts
from bonus.claims.archives import add_uploads
from bonus.claims.assessing import assess
from bonus.claims.by_hand import papers_to_enter
from bonus.claims.documents import demands_of
from bonus.claims.draft_lines import first_lines, invoices_apart, oldest_invoices
from bonus.claims.duplicates import twins_of
from bonus.claims.filing import file_claim
from bonus.claims.intake import FileResult, new_draft, new_reference
from bonus.claims.loads.listing import tables_of
from bonus.claims.loads.service import remove_one
from bonus.claims.models import Claim
from bonus.errors import Refusal
from bonus.money import NBSP
from bonus.parts import document_store, service_contact
from bonus.regulation import load_parameters

from ..access import actor, allow, current_company, may_file, now
from ..assessment import assessment_view
from ..fields import add_refusal
from .forms import FilingForm, UploadForm
from .views import blueprint, own_claim

Page = str | Response | tuple[str, int]


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
        page = _invoices_page(form, None)
        return (page, 422) if form.errors else page
    draft = new_draft(current_company(), actor(), now(), reference=form.draft.data or "")
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
    page = _invoices_page(form, claim)
    return (page, 422) if form.errors else page


def _invoices_page(form: UploadForm, claim: Claim | None, results: Sequence[FileResult] = ()) -> str:
    if claim is None and not form.draft.data:
        form.draft.data = new_reference()
    return render_template(
        "company/invoices.html",
        form=form,
        claim=claim,
        ends=draft_ends(claim) if claim else [],
        results=results,
        papers=papers_to_enter(claim) if claim else [],
        twins=twins_of(claim) if claim else {},
        **_law(claim),
    )


def _take_files(form: UploadForm, claim: Claim) -> Page:
    results: list[FileResult] = add_uploads(
        claim.id,
        ((file.filename or "", file.read()) for file in form.files.data),
        document_store(),
        actor(),
        now(),
    )
    # What the person must type is asked for before the lines are looked at.
    asks = any(result.paper or (result.invoice and result.invoice.lines_from_totals) for result in results)
    next_page = url_for("company.invoices" if asks else "company.lines", reference=claim.reference)
    if request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json":
        return _upload_answer(results, claim, next_page, asks=asks)
    if any(result.sentence for result in results):
        # What could not be read is said on the page itself: after a redirect it would be lost.
        return _invoices_page(UploadForm(formdata=None), claim, results), 422
    return redirect(next_page)


def _upload_answer(results: list[FileResult], claim: Claim, next_page: str, *, asks: bool) -> Response:
    """What became of the one file that uploads.js sent (of several, when it is an archive), and where the next go."""
    failed = [result for result in results if result.sentence]
    named = len(results) > 1
    return jsonify(
        name=results[-1].name,
        state="refused" if failed else "to_enter" if any(result.paper for result in results) else "read",
        sentence=" ".join(
            f"{one.name}{NBSP}: {one.sentence}" if named else str(one.sentence) for one in failed
        )
        or None,
        asks=asks,
        action=url_for("company.invoices", reference=claim.reference),
        next=next_page,
    )


@blueprint.post("/dossiers/<reference>/factures/<int:invoice_id>/retrait")
@allow("company")
def remove(reference: str, invoice_id: int) -> Response:
    claim = own_draft(reference)
    table = remove_one(claim.id, invoice_id, actor(), now())
    flash("La facture est retirée du dossier.", "success")
    step = "company.invoices" if table is None else "company.lines"
    return redirect(url_for(step, reference=claim.reference))


@blueprint.route("/dossiers/<reference>/depot", methods=["GET", "POST"])
@allow("company")
def review(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    if papers_to_enter(claim):
        flash("Il reste une facture à saisir avant de déposer le dossier.", "warning")
        return redirect(url_for("company.invoices", reference=reference, _anchor="a-saisir"))
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
        assessment=assessment_view(claim, assess(claim, now()), first_lines(claim.id)),
        deadlines=_filing_deadlines(claim),
        demands=demands_of(claim),
        decision_due_on=decision_deadline(civil_date(now())),
        ends=draft_ends(claim),
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


def draft_ends(claim: Claim) -> list[DraftEnd]:
    """What was announced of the certifications this draft relies on."""
    return ends_of_drafts(claim.company_id, claim.id).get(claim.id, [])


def _law(claim: Claim | None = None) -> dict[str, Any]:
    """The law and the day, for the pages that say its figures; what a draft holds."""
    return {
        "law": load_parameters(),
        "today": civil_date(now()),
        "invoices": invoices_apart(claim.id) if claim else [],
        "tables": tables_of(claim.id) if claim else [],
    }
