"""What a company types of its invoices: the lines their file does not detail, or all of a plain document."""

from __future__ import annotations

from flask import Response as FileResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.by_hand import enter_by_hand, invoice_entered, paper_of, remove_paper
from bonus.claims.entering import enter_lines, give_up_lines, invoice_of
from bonus.errors import InvalidInput
from bonus.extensions import db

from ..access import actor, allow, now
from ..fields import add_refusal
from ..pictures import page_picture
from .entering_forms import EnteredLinesForm, HandForm
from .filing import Page, own_draft
from .views import blueprint


@blueprint.route("/dossiers/<reference>/factures/<int:invoice_id>/lignes", methods=["GET", "POST"])
@allow("company")
def invoice_lines(reference: str, invoice_id: int) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    invoice = invoice_of(claim, invoice_id)
    if not invoice.lines_from_totals:
        return redirect(url_for("company.invoices", reference=reference))
    form = EnteredLinesForm.for_invoice(invoice)
    # To add or take away a line is not to save: the page comes back with all that is typed.
    changing = form.is_submitted() and form.change_rows(request.form)
    if not changing and form.validate_on_submit():
        try:
            enter_lines(claim.id, invoice.id, form.entered_lines(), actor(), now())
        except InvalidInput as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Les lignes de la facture sont enregistrées.", "success")
            return redirect(_card(reference, invoice.id))
    page = render_template("company/invoice_lines.html", claim=claim, invoice=invoice, form=form)
    return (page, 422) if form.errors else page


@blueprint.post("/dossiers/<reference>/factures/<int:invoice_id>/lignes/total")
@allow("company")
def invoice_total(reference: str, invoice_id: int) -> Response:
    """Back to the one line made of the invoice's total."""
    claim = own_draft(reference)
    give_up_lines(claim.id, invoice_id, actor(), now())
    flash("La facture a de nouveau une seule ligne, celle de son total.", "success")
    return redirect(_card(reference, invoice_id))


@blueprint.route("/dossiers/<reference>/documents/<document>/saisie", methods=["GET", "POST"])
@allow("company")
def paper_invoice(reference: str, document: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    paper = paper_of(claim, document)
    form = HandForm.for_invoice(invoice_entered(claim, paper))
    changing = form.is_submitted() and form.change_rows(request.form)
    if not changing and form.validate_on_submit():
        try:
            invoice = enter_by_hand(claim.id, document, form.typed(), actor(), now())
        except InvalidInput as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("La facture est enregistrée.", "success")
            return redirect(_card(reference, invoice.id))
    page = render_template(
        "company/paper_invoice.html", claim=claim, paper=paper, form=form, today=civil_date(now())
    )
    return (page, 422) if form.errors else page


@blueprint.get("/dossiers/<reference>/documents/<document>/pages/<int:number>.png")
@allow("company")
def paper_page(reference: str, document: str, number: int) -> FileResponse:
    """A page as a picture that our server draws: the file itself is not shown."""
    return page_picture(paper_of(own_draft(reference), document), number)


@blueprint.post("/dossiers/<reference>/documents/<document>/retrait")
@allow("company")
def paper_removal(reference: str, document: str) -> Response:
    claim = own_draft(reference)
    remove_paper(claim.id, document, actor(), now())
    flash("Le document est retiré du dossier.", "success")
    return redirect(url_for("company.invoices", reference=claim.reference))


def _card(reference: str, invoice_id: int) -> str:
    """The invoice on the page of the first step."""
    return url_for("company.invoices", reference=reference, _anchor=f"facture-{invoice_id}")
