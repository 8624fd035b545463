"""Taking back a decision: proposed, followed and decided on one page of its dossier; and what waits for agents."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired

from bonus.calendar import civil_date
from bonus.claims.models import Claim
from bonus.claims.reasons_requests import give_reasons, open_requests, requests_of
from bonus.claims.revocation_days import (
    decidable_days,
    decidable_from,
    hearing_days,
    last_day,
    open_revocation_of,
    revocations_of,
    running_revocations,
)
from bonus.claims.revocation_models import ARTICLES, GROUNDS, STATUSES
from bonus.claims.revocations import decide_revocation, open_revocation
from bonus.claims.status import TABLE
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import actor, allow, now
from ..fields import add_refusal
from ..messaging import plain_lines
from ..second_factor import second_factor
from .forms import LONG
from .views import EXAMINERS, Page, blueprint, filed_claim


class RevocationForm(FlaskForm):
    ground = RadioField(
        "Fondement",
        [InputRequired("Choisissez le fondement du retrait.")],
        choices=[
            SelectChoice(code, f"{words} (CRPA, art.\u00a0{ARTICLES[code]})")
            for code, words in GROUNDS.items()
        ],
    )
    facts = TextAreaField("Faits", [InputRequired("Dites les faits."), LONG], filters=[plain_lines])


class RevocationDecisionForm(FlaskForm):
    outcome = RadioField(
        "Décision",
        [InputRequired("Choisissez une décision.")],
        choices=[
            SelectChoice("revoke", "Retirer la décision"),
            SelectChoice("drop", "Ne pas la retirer"),
        ],
    )
    reasons = TextAreaField("Motifs", [InputRequired("Donnez les motifs."), LONG], filters=[plain_lines])


class ReasonsForm(FlaskForm):
    reasons = TextAreaField("Motifs", [InputRequired("Donnez les motifs."), LONG], filters=[plain_lines])


@blueprint.get("/motifs-et-retraits")
@allow(*EXAMINERS)
def owed() -> str:
    today = civil_date(now())
    running = running_revocations()
    days = decidable_days(running, today)
    return render_template(
        "agent/owed.html",
        requests=open_requests(),
        running=[(one, days[one.id], last_day(one.claim, one.ground)) for one in running],
        today=today,
    )


@blueprint.route("/dossiers/<number>/retrait", methods=["GET", "POST"])
@allow(*EXAMINERS)
def revocation(number: str) -> Page:
    claim = filed_claim(number)
    running = open_revocation_of(claim.id)
    if running is None:
        form = RevocationForm()
        if form.validate_on_submit():
            try:
                open_revocation(claim.id, form.ground.data, form.facts.data or "", actor(), now())
            except Refusal as refusal:
                db.session.rollback()
                add_refusal(form, refusal)
            else:
                dispatch_after_commit()
                flash("L’entreprise est invitée à présenter ses observations.", "success")
                return redirect(url_for("agent.revocation", number=number))
        return _page(filed_claim(number), form, None)
    return _page(claim, None, RevocationDecisionForm(formdata=None))


@blueprint.post("/dossiers/<number>/retrait/decision")
@allow("authorising_officer")
@second_factor
def revocation_decision(number: str) -> Page:
    form = RevocationDecisionForm()
    claim = filed_claim(number)
    if form.validate_on_submit():
        try:
            decide_revocation(claim.id, form.outcome.data, form.reasons.data or "", actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            said = (
                "La décision est retirée."
                if form.outcome.data == "revoke"
                else "La décision reste ce qu’elle est."
            )
            flash(said, "success")
            return redirect(url_for("agent.claim", number=number))
    return _page(filed_claim(number), None, form)


@blueprint.route("/dossiers/<number>/motifs", methods=["GET", "POST"])
@allow("reviewer")
def reasons(number: str) -> Page:
    form = ReasonsForm()
    claim = filed_claim(number)
    requests = requests_of(claim)
    if not requests:
        return redirect(url_for("agent.claim", number=number))
    if form.validate_on_submit():
        try:
            give_reasons(claim.id, form.reasons.data or "", actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash("Les motifs sont communiqués à l’entreprise.", "success")
            return redirect(url_for("agent.claim", number=number))
    page = render_template(
        "agent/reasons.html",
        claim=filed_claim(number),
        form=form,
        request=requests_of(filed_claim(number))[-1],
        today=civil_date(now()),
    )
    return (page, 422) if form.errors else page


def _page(claim: Claim, form: RevocationForm | None, decision: RevocationDecisionForm | None) -> Page:
    today, all_of_them = civil_date(now()), revocations_of(claim.id)
    running = next((one for one in all_of_them if one.status == "hearing"), None)
    page = render_template(
        "agent/revocation.html",
        claim=claim,
        form=form,
        decision=decision,
        running=running,
        former=[one for one in all_of_them if one.status != "hearing"],
        decidable=decidable_from(running, today) if running else None,
        limit=last_day(claim, running.ground if running else "unlawful"),
        days=hearing_days(today),
        statuses=STATUSES,
        may_open="reviewer" in actor().roles and (claim.status, "revoke") in TABLE,
        may_decide="authorising_officer" in actor().roles,
        today=today,
    )
    submitted = form or decision
    return (page, 422) if submitted is not None and (submitted.errors or submitted.form_errors) else page
