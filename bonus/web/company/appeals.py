"""A company's appeals: what it contests and why, where each stands, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.calendar import civil_date, format_date
from bonus.claims.appeal_models import MOST_GROUNDS, WITHDRAWAL
from bonus.claims.appeal_status import COMPANY_STATUSES
from bonus.claims.appeals import answered_by, appealable, appeals_of, file_appeal, is_late, withdraw_appeal
from bonus.claims.models import Claim
from bonus.claims.notification import appeal_until
from bonus.claims.restorations import withdrawal_of
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
    return _page(claim, _form(_contested(claim)))


@blueprint.post("/dossiers/<reference>/recours")
@allow("company")
def appeal_filing(reference: str) -> Page:
    claim = own_claim(reference)
    if not may_file():
        abort(403)
    form = _form(_contested(claim))
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


@dataclass(frozen=True)
class Contested:
    """What may be contested: a decision, or its withdrawal; its name, its day, and until when."""

    rank: int
    name: str
    day: date
    until: date | None


def _contested(claim: Claim) -> list[Contested]:
    today, withdrawal = civil_date(now()), withdrawal_of(claim)
    found = []
    for decision in appealable(claim):
        name, day = decision.kind_name, decision.decided_on
        if withdrawal is not None and withdrawal.decided_at is not None:
            name, day = WITHDRAWAL, civil_date(withdrawal.decided_at)
        found.append(Contested(decision.rank, name, day, appeal_until(decision, today)))
    return found


def _form(contested: list[Contested]) -> AppealForm:
    form = AppealForm()
    form.rank.choices = [
        SelectChoice(str(one.rank), f"{one.name}, le {format_date(one.day)}") for one in contested
    ]
    if not form.is_submitted() and contested:
        form.rank.data = contested[0].rank
    return form


def _page(claim: Claim, form: AppealForm) -> str:
    today = civil_date(now())
    return render_template(
        "company/appeal.html",
        claim=claim,
        form=form,
        withdrawal=AppealWithdrawalForm(formdata=None),
        contested=_contested(claim),
        appeals=[(one, is_late(one)) for one in reversed(appeals_of(claim.id))],
        statuses=COMPANY_STATUSES,
        may_file=may_file(),
        today=today,
        answered_by=answered_by(today),
    )
