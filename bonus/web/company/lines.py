"""The lines of a draft: what was bought, saved as it is typed, and shown with what the law gives it."""

from __future__ import annotations

from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.calendar import PARIS, civil_date
from bonus.claims.filing import assess
from bonus.claims.lines import LineChoice, SavedLines, correct_lines, lines_of, state_of
from bonus.errors import InvalidInput
from bonus.money import NBSP

from ..access import actor, allow, now
from ..assessment import assessment_view
from ..fields import add_refusal
from .filing import draft_ends, own_draft
from .forms import LinesForm
from .views import blueprint

Page = str | Response | tuple[str, int]


@blueprint.route("/dossiers/<reference>/lignes", methods=["GET", "POST"])
@allow("company")
def lines(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    if not claim.invoices:
        return redirect(url_for("company.invoices", reference=reference))
    form = LinesForm.for_lines(lines_of(claim))
    saved = SavedLines()
    # To search is not to save: the page comes back with what was found among the choices.
    searching = "search" in request.form and form.has_searches
    if form.validate_on_submit() and not searching:
        try:
            saved = correct_lines(claim.id, _chosen(form), actor(), now())
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            if not saved.conflicts:
                return _next_page(reference, saved)
    page = render_template(
        "company/lines.html",
        claim=claim,
        form=form,
        assessment=assessment_view(claim, assess(claim, now())),
        ends=draft_ends(claim),
        today=civil_date(now()),
        conflicts={line.id: state_of(line) for line in saved.conflicts},
    )
    return (page, 409 if saved.conflicts else 422) if form.errors or saved.conflicts else page


def _chosen(form: LinesForm) -> list[LineChoice]:
    """What was chosen; of a line somebody else changed, what the person chose to keep."""
    kept, _, state = request.form.get("keep", "").partition("|")
    taken = request.form.get("take", "")
    return [
        replace(choice, seen=state) if kept == str(choice.line_id) else choice
        for choice in form.choices()
        if taken != str(choice.line_id)
    ]


def _next_page(reference: str, saved: SavedLines) -> Response:
    if saved.gone:
        flash("Une facture a été retirée du dossier entre-temps : ses lignes n’y sont plus.", "warning")
    stays = saved.gone or any(name in request.form for name in ("update", "search", "keep", "take"))
    return redirect(url_for("company.lines" if stays else "company.documents", reference=reference))


@blueprint.post("/dossiers/<reference>/lignes/brouillon")
@allow("company")
def save_draft(reference: str) -> Page:
    """Save what is being typed; the answer is the parts of the page that change with it."""
    claim = own_draft(reference)
    if claim.status != "draft":
        abort(409)
    form = LinesForm.bare(lines_of(claim))
    valid = form.validate()
    try:
        saved = correct_lines(claim.id, form.choices(), actor(), now())
    except InvalidInput as refusal:
        add_refusal(form, refusal)
        valid, saved = False, SavedLines()
    page = render_template(
        "company/_lines_saved.html",
        claim=claim,
        said=_said(valid, saved),
        assessment=assessment_view(claim, assess(claim, now())),
        parts=form.by_line(),
        states={line.id: state_of(line) for line in lines_of(claim)},
        conflicts={line.id: line for line in saved.conflicts},
    )
    return page, 409 if saved.conflicts or saved.gone else 200 if valid else 422


def _said(valid: bool, saved: SavedLines) -> str:
    if saved.conflicts:
        return "Une ligne a été modifiée ailleurs : dites laquelle garder."
    if saved.gone:
        return "Une facture a été retirée du dossier ailleurs : rechargez la page."
    if not valid:
        return "Une saisie est à corriger : le reste est enregistré."
    return f"Brouillon enregistré à {now().astimezone(PARIS):%H{NBSP}h{NBSP}%M}."
