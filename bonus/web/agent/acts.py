"""What agents do with a dossier, each in its own form on the dossier's page: examine, propose, decide, send back."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, url_for
from flask_wtf import FlaskForm

from bonus.claims.decision import decide
from bonus.claims.examination import done_just_now, propose, send_back, start_review
from bonus.claims.models import Claim
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import actor, allow, now
from ..fields import add_refusal
from ..second_factor import second_factor
from .forms import DecisionForm, ProposalForm, SendBackForm
from .views import Page, blueprint, claim_page, filed_claim


def _act(number: str, form: FlaskForm, action: str, act: Callable[[Claim], object], done: str) -> Page:
    """Run one act of an agent on a dossier; a refusal is shown in its form, with what was typed. Sent twice by one
    double click, it gives what the first did."""
    claim = filed_claim(number)
    if form.validate_on_submit():
        try:
            act(claim)
        except Refusal as refusal:
            db.session.rollback()
            if refusal.code == "claim.wrong_status" and done_just_now(claim.id, action, actor(), now()):
                flash("Votre demande était déjà prise en compte : voici où en est le dossier.", "info")
                return redirect(url_for("agent.claim", number=number))
            add_refusal(form, refusal)
        else:
            flash(done, "success")
            return redirect(url_for("agent.claim", number=number))
    return claim_page(filed_claim(number), form)


@blueprint.post("/dossiers/<number>/instruction")
@allow("reviewer")
def review(number: str) -> Page:
    return _act(
        number,
        FlaskForm(),
        "review",
        lambda claim: start_review(claim.id, actor(), now()),
        "Vous instruisez ce dossier.",
    )


@blueprint.post("/dossiers/<number>/proposition")
@allow("reviewer")
def proposal(number: str) -> Page:
    form = ProposalForm()
    return _act(
        number,
        form,
        "propose",
        lambda claim: propose(claim.id, form.outcome.data, form.reasons.data or "", actor(), now()),
        "Votre proposition est transmise à l’ordonnateur.",
    )


@blueprint.post("/dossiers/<number>/decision")
@allow("authorising_officer")
@second_factor
def decision(number: str) -> Page:
    form = DecisionForm()

    def act(claim: Claim) -> None:
        decide(
            claim.id,
            form.outcome.data,
            form.reasons.data or "",
            actor(),
            now(),
            seen=form.seen.data or None,
        )
        dispatch_after_commit()

    return _act(number, form, "decide", act, "Le dossier est décidé.")


@blueprint.post("/dossiers/<number>/renvoi")
@allow("authorising_officer")
def sending_back(number: str) -> Page:
    form = SendBackForm()
    return _act(
        number,
        form,
        "send_back",
        lambda claim: send_back(claim.id, form.reasons.data or "", actor(), now()),
        "Le dossier est renvoyé à l’instruction.",
    )
