"""Proposing line by line: a page of a dossier's lines, each accepted as computed unless the reviewer says otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from wtforms import FormField, TextAreaField

from bonus.calendar import civil_date
from bonus.claims.assessing import Assessment, assess
from bonus.claims.dossier_lines import DossierPage, dossier_page
from bonus.claims.examination import done_just_now, propose
from bonus.claims.line_proposals import MOST_LINES, LineProposal
from bonus.claims.meanwhile import MEANWHILE, mark_of, require_as_shown
from bonus.claims.models import Claim, Invoice, PurchaseLine
from bonus.claims.outcomes import outcomes_of
from bonus.claims.proposal_models import ProposalCut
from bonus.claims.status import allowed
from bonus.errors import Refusal
from bonus.extensions import db

from ..access import actor, allow, now
from ..assessment import LineView, assessment_view
from ..fields import add_refusal
from ..looking import filters
from .desk_forms import MarkedForm
from .forms import LONG, LineProposalForm, ground_choices
from .typed import typed_in
from .views import Page, blueprint, claim_page, filed_claim

_NAME = re.compile(r"line_(\d{1,18})-action")
_REFUSED_AT = re.compile(r"line:(\d+):(\w+)")


@dataclass(frozen=True)
class _Lines:
    """The lines that the form is about, what the law gives each, and where they stand in the dossier."""

    views: list[LineView]
    assessment: Assessment
    page: DossierPage
    where: dict[str, str]

    @property
    def open(self) -> list[LineView]:
        """Those about which something may be proposed: the law does not refuse them."""
        return [view for view in self.views if view.status != "refused"]


@blueprint.route("/dossiers/<number>/proposition/lignes", methods=["GET", "POST"])
@allow("reviewer")
def line_proposal(number: str) -> Page:
    claim = filed_claim(number)
    posted = [int(found[1]) for name in request.form if (found := _NAME.fullmatch(name))][:MOST_LINES]
    if request.method == "GET" and not allowed(claim.status, "propose", actor().roles):
        return redirect(url_for("agent.claim", number=number))
    mark = mark_of(claim.id)
    lines = _lines(claim, posted)
    form = _form(claim, lines)
    if not form.is_submitted():
        form.mark.data = mark
    if form.validate_on_submit():
        try:
            require_as_shown(claim.id, form.mark.data or "", actor())
            propose(
                claim.id, "apply", form.reasons.data or "", actor(), now(), lines=_proposed(form, lines.open)
            )
        except Refusal as refusal:
            db.session.rollback()
            if refusal.code == "claim.wrong_status" and done_just_now(claim.id, "propose", actor(), now()):
                flash("Votre demande était déjà prise en compte : voici où en est le dossier.", "info")
                return redirect(url_for("agent.claim", number=number))
            _show(form, refusal)
            if not allowed(filed_claim(number).status, "propose", actor().roles):
                return claim_page(filed_claim(number), form, kept=_typed(form, lines))
            if refusal.code == MEANWHILE:  # told now: sent again, it stands
                form.mark.data = mark_of(claim.id)
        else:
            flash("Votre proposition est transmise à l’ordonnateur : voici ce qu’elle donne.", "success")
            return redirect(url_for("agent.claim", number=number))
    page = render_template(
        "agent/line_proposal.html",
        claim=filed_claim(number),
        form=form,
        views=lines.views,
        parts={view.line.id: form[_name(view.line.id)].form for view in lines.open},
        shown=lines.page,
        where=lines.where,
        bonus_cents=lines.assessment.bonus_cents,
    )
    return (page, 422) if form.is_submitted() else page


def _name(line_id: int) -> str:
    return f"line_{line_id}"


def _lines(claim: Claim, posted: Sequence[int]) -> _Lines:
    """The lines that were sent, else those the address asks for, after those the last proposal spoke of."""
    assessment = assess(claim, now())
    outcomes = outcomes_of(claim, assessment)
    where = filters()
    page = dossier_page(
        claim,
        request.args.get("page", 1, type=int),
        outcomes.statuses,
        search=where.get("recherche", ""),
        attention_only="voir" in where,
    )
    judged = {assessed.line.id for assessed in assessment.lines}
    first = list(posted) or ([] if where or page.page > 1 else list(_spoken_of(claim)))
    rows = _read(claim, first)
    if not posted:
        rows += [line for line in page.lines if line.id not in first]
    wanted = [line for line in rows if line.id in judged][:MOST_LINES]
    return _Lines(assessment_view(claim, assessment, wanted, outcomes).lines, assessment, page, where)


def _read(claim: Claim, ids: Sequence[int]) -> list[PurchaseLine]:
    query = (
        select(PurchaseLine)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(PurchaseLine.id.in_(ids), Invoice.claim_id == claim.id)
        .options(contains_eager(PurchaseLine.invoice).lazyload(Invoice.lines))
        .order_by(Invoice.id, PurchaseLine.position)
    )
    return list(db.session.scalars(query)) if ids else []


def _spoken_of(claim: Claim) -> dict[int, ProposalCut]:
    """What the last proposal said of lines, by their id: sent back, it is there to be amended."""
    return {cut.line_id: cut for cut in claim.proposals[-1].cuts} if claim.proposals else {}


def _form(claim: Claim, lines: _Lines) -> MarkedForm:
    before = _spoken_of(claim)
    parts = {_name(view.line.id): FormField(LineProposalForm) for view in lines.open}
    fields = {**parts, "reasons": TextAreaField("Observations pour l’ordonnateur", [LONG])}
    data = {
        _name(line_id): {
            "action": cut.action,
            "ground": cut.ground or "",
            "facts": cut.facts,
            "retained": cut.retained_cents,
        }
        for line_id, cut in before.items()
    }
    form: MarkedForm = type("LinesForm", (MarkedForm,), fields)(data=data)
    grounds = ground_choices(civil_date(now()))
    for view in lines.open:
        form[_name(view.line.id)].form.offer(grounds, pending=view.status == "pending")
    return form


def _proposed(form: MarkedForm, views: Sequence[LineView]) -> list[LineProposal]:
    parts = [(view.line.id, form[_name(view.line.id)].form) for view in views]
    return [
        LineProposal(
            line_id, part.action.data, part.ground.data or "", part.facts.data or "", part.retained.data
        )
        for line_id, part in parts
    ]


def _typed(form: MarkedForm, lines: _Lines) -> list[tuple[str, str]]:
    """What was typed of each line, and for the officer: (label, value)."""
    said = [
        (f"Facture {view.line.invoice.number}, ligne {view.line.position} – {label}", value)
        for view in lines.open
        if (part := form[_name(view.line.id)].form).is_touched
        for label, value in typed_in(part)
    ]
    reasons = (form.reasons.data or "").strip()
    return [*said, (form.reasons.label.text, reasons)] if reasons else said


def _show(form: MarkedForm, refusal: Refusal) -> None:
    """At the control of the line it speaks of, or at the top."""
    found = _REFUSED_AT.fullmatch(refusal.field or "")
    if found is None or _name(int(found[1])) not in form:
        add_refusal(form, refusal)
        return
    field = form[_name(int(found[1]))].form[found[2]]
    field.errors = [*field.errors, refusal.sentence]
