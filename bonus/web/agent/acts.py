"""What agents do with a dossier, each in its own form on the dossier's page: examine, propose, decide, send back."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask_wtf import FlaskForm

from bonus.claims.concurrence import concur, object_to
from bonus.claims.decision import decide
from bonus.claims.examination import done_just_now, propose, send_back, start_review
from bonus.claims.meanwhile import require_as_shown
from bonus.claims.models import Claim
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import actor, allow, now
from ..fields import add_refusal
from ..second_factor import second_factor
from .desk_forms import MarkedForm
from .forms import ConcurrenceForm, DecisionForm, ObjectionForm, ProposalForm, SendBackForm
from .views import Page, blueprint, claim_page, filed_claim

TOO_LATE = frozenset({"claim.wrong_status", "claim.already_concurred"})


def _act(number: str, form: FlaskForm, action: str, act: Callable[[Claim], object], done: str) -> Page:
    """Run one act of an agent on a dossier; a refusal is shown in its form, with what was typed. Sent twice by one
    double click, it gives what the first did."""
    claim = filed_claim(number)
    if form.validate_on_submit():
        try:
            require_as_shown(claim.id, request.form.get("mark", ""), actor())
            act(claim)
        except Refusal as refusal:
            db.session.rollback()
            if refusal.code in TOO_LATE and done_just_now(claim.id, action, actor(), now()):
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
        MarkedForm(),
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
        lambda claim: propose(
            claim.id,
            form.outcome.data,
            form.reasons.data or "",
            actor(),
            now(),
            ground=form.ground.data or "",
        ),
        "Votre proposition est transmise à l’ordonnateur.",
    )


@blueprint.post("/dossiers/<number>/confirmation")
@allow("reviewer")
def concurrence(number: str) -> Page:
    form = ConcurrenceForm()
    return _act(
        number,
        form,
        "concur",
        lambda claim: concur(claim.id, actor(), now(), seen=form.seen.data or None),
        "Vous confirmez la proposition : l’ordonnateur peut décider.",
    )


@blueprint.post("/dossiers/<number>/desaccord")
@allow("reviewer")
def objection(number: str) -> Page:
    form = ObjectionForm()
    return _act(
        number,
        form,
        "object",
        lambda claim: object_to(claim.id, form.reasons.data or "", actor(), now()),
        "La proposition est renvoyée à l’instruction, avec vos motifs.",
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
            ground=form.ground.data or "",
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
