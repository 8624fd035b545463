"""A company's appeals: what it contests and why, where each stands, and its answer."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.calendar import civil_date, format_date
from bonus.claims.appeal_models import MOST_GROUNDS
from bonus.claims.appeal_status import COMPANY_STATUSES
from bonus.claims.appeals import answered_by, appealable, appeals_of, file_appeal, is_late, withdraw_appeal
from bonus.claims.models import Claim, Decision
from bonus.claims.notification import appeal_until
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.parts import document_store

from ..access import actor, allow, may_file, now
from ..fields import add_refusal
from ..messaging import plain_lines
from .views import acted_claim, blueprint, own_claim

Page = str | Response | tuple[str, int]


class AppealForm(FlaskForm):
    rank = RadioField(
        "Décision contestée", [InputRequired("Choisissez la décision que vous contestez.")], coerce=int
    )
    grounds = TextAreaField(
        "Vos raisons",
        [
            InputRequired("Dites pourquoi vous contestez cette décision."),
            Length(max=MOST_GROUNDS, message="Ce texte dépasse 10 000 caractères : raccourcissez-le."),
        ],
        filters=[plain_lines],
    )
    files = MultipleFileField("Pièces")


class AppealWithdrawalForm(FlaskForm):
    """Only the token: the button says the rest."""


@blueprint.get("/dossiers/<reference>/recours")
@allow("company")
def appeal(reference: str) -> Page:
    claim = own_claim(reference)
    if claim.number is None:
        return redirect(url_for("company.claim", reference=reference))
    return _page(claim, _form(appealable(claim)))


@blueprint.post("/dossiers/<reference>/recours")
@allow("company")
def appeal_filing(reference: str) -> Page:
    claim = own_claim(reference)
    if not may_file():
        abort(403)
    form = _form(appealable(claim))
    if form.validate_on_submit():
        files = [(file.filename, file.read()) for file in form.files.data or () if file and file.filename]
        try:
            made = file_appeal(
                claim.id, form.rank.data, form.grounds.data or "", files, document_store(), actor(), now()
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            due = format_date(made.due_on)
            dispatch_after_commit()
            flash(f"Votre recours est reçu. Nous y répondons au plus tard le {due}.", "success")
            return redirect(url_for("company.appeal", reference=reference))
    return _page(own_claim(reference), form), 422


@blueprint.post("/dossiers/<reference>/recours/<appeal>/retrait")
@allow("company")
def appeal_withdrawal(reference: str, appeal: str) -> Response:
    claim = acted_claim(reference)
    form, mine = AppealWithdrawalForm(), {one.reference for one in appeals_of(claim.id)}
    if appeal not in mine or not form.validate_on_submit():
        abort(404)
    try:
        withdraw_appeal(appeal, actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
    else:
        flash("Votre recours est retiré.", "success")
    return redirect(url_for("company.appeal", reference=reference))


def _form(decisions: list[Decision]) -> AppealForm:
    form = AppealForm()
    form.rank.choices = [
        SelectChoice(str(one.rank), f"{one.kind_name}, le {format_date(one.decided_on)}") for one in decisions
    ]
    if not form.is_submitted() and decisions:
        form.rank.data = decisions[0].rank
    return form


def _page(claim: Claim, form: AppealForm) -> str:
    today = civil_date(now())
    decisions = appealable(claim)
    return render_template(
        "company/appeal.html",
        claim=claim,
        form=form,
        withdrawal=AppealWithdrawalForm(formdata=None),
        decisions=[(one, appeal_until(one, today)) for one in decisions],
        appeals=[(one, is_late(one)) for one in reversed(appeals_of(claim.id))],
        statuses=COMPANY_STATUSES,
        may_file=may_file(),
        today=today,
        answered_by=answered_by(today),
    )
