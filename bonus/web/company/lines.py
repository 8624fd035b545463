"""The lines of a draft: what was bought, saved as it is typed, and shown with what the law gives it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.calendar import PARIS, civil_date
from bonus.claims.assessing import assess
from bonus.claims.draft_lines import LinesPage, has_invoices, lines_page
from bonus.claims.lines import LineChoice, SavedLines, correct_lines, lines_among, state_of
from bonus.claims.models import Claim
from bonus.errors import InvalidInput
from bonus.money import NBSP

from ..access import actor, allow, now
from ..assessment import AssessmentView, assessment_view
from ..fields import add_refusal
from ..looking import UNMATCHED
from .filing import draft_ends, own_draft
from .forms import LinesForm
from .views import blueprint

ESTIMATED_AT_ONCE = 5_000
"""Lines: of a larger dossier, the estimate takes seconds and is computed when asked for."""

Page = str | Response | tuple[str, int]


@blueprint.route("/dossiers/<reference>/lignes", methods=["GET", "POST"])
@allow("company")
def lines(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    shown, where = _shown(claim)
    if not shown.total and not has_invoices(claim.id):
        return redirect(url_for("company.invoices", reference=reference))
    form = LinesForm.for_lines(shown.lines)
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
                return _next_page(reference, saved, shown, where)
    page = render_template(
        "company/lines.html",
        claim=claim,
        form=form,
        shown=shown,
        where=where,
        assessment=estimate(claim, shown),
        ends=draft_ends(claim),
        today=civil_date(now()),
        conflicts={line.id: state_of(line) for line in saved.conflicts},
    )
    return (page, 409 if saved.conflicts else 422) if form.errors or saved.conflicts else page


def _shown(claim: Claim) -> tuple[LinesPage, dict[str, Any]]:
    """The lines that the address asks for, and what of the address says so."""
    where: dict[str, Any] = {"voir": UNMATCHED} if request.args.get("voir") == UNMATCHED else {}
    shown = lines_page(claim.id, request.args.get("page", 1, type=int), unmatched_only=bool(where))
    if shown.page > 1:
        where["page"] = shown.page
    return shown, where


def estimate(claim: Claim, shown: LinesPage) -> AssessmentView | None:
    """What the law gives, the page's lines explained; None for a dossier so large that it is asked for by a button."""
    if shown.total > ESTIMATED_AT_ONCE and "estimation" not in request.args:
        return None
    return assessment_view(claim, assess(claim, now()), shown.lines)


def _chosen(form: LinesForm) -> list[LineChoice]:
    """What was chosen; of a line somebody else changed, what the person chose to keep."""
    kept, _, state = request.form.get("keep", "").partition("|")
    taken = request.form.get("take", "")
    return [
        replace(choice, seen=state) if kept == str(choice.line_id) else choice
        for choice in form.choices()
        if taken != str(choice.line_id)
    ]


def _next_page(reference: str, saved: SavedLines, shown: LinesPage, where: dict[str, Any]) -> Response:
    """The page that follows: this one again, the next lines, or the documents."""
    if saved.gone:
        flash("Une facture a été retirée du dossier entre-temps : ses lignes n’y sont plus.", "warning")
    if "next" in request.form and "voir" not in where:  # of those without a solution, the saved ones are gone
        where = where | {"page": shown.page + 1}
    stays = {"update", "search", "next", "keep", "take"} & request.form.keys()
    if stays or saved.gone:
        return redirect(url_for("company.lines", reference=reference, **where))
    return redirect(url_for("company.documents", reference=reference))


@blueprint.post("/dossiers/<reference>/lignes/brouillon")
@allow("company")
def save_draft(reference: str) -> Page:
    """Save what is being typed; the answer is the parts of the page that change with it."""
    claim = own_draft(reference)
    if claim.status != "draft":
        abort(409)
    form = LinesForm.bare(())
    valid = form.validate()
    try:
        saved = correct_lines(claim.id, form.choices(), actor(), now())
    except InvalidInput as refusal:
        add_refusal(form, refusal)
        valid, saved = False, SavedLines()
    parts = form.by_line()
    page = render_template(
        "company/_lines_saved.html",
        claim=claim,
        said=_said(valid, saved),
        assessment=estimate(claim, _shown(claim)[0]),
        parts=parts,
        states={line.id: state_of(line) for line in lines_among(claim.id, parts)},
        conflicts={line.id: line for line in saved.conflicts},
    )
    return page, 409 if saved.conflicts or saved.gone else 200 if valid else 422


def _said(valid: bool, saved: SavedLines) -> str:
    if saved.conflicts:
        return "Une ligne a été modifiée ailleurs : dites laquelle garder."
    if saved.gone:
        return "Une facture a été retirée du dossier ailleurs : rechargez la page."
    if not valid:
        return "Une saisie est à corriger : le reste est enregistré."
    return f"Brouillon enregistré à {now().astimezone(PARIS):%H{NBSP}h{NBSP}%M}."
