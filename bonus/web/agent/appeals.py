"""Appeals: the list, and the page where each is taken up, examined and answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from bonus.calendar import civil_date
from bonus.claims.appeal_concurrence import (
    awaits_concurrence,
    concur_with_appeal,
    given_back_cents,
    object_to_appeal,
)
from bonus.claims.appeal_examining import (
    answer_appeal,
    propose_answer,
    send_back_appeal,
    take_appeal,
)
from bonus.claims.appeal_list import appeal_page
from bonus.claims.appeal_models import Appeal
from bonus.claims.appeal_persons import is_someone_else
from bonus.claims.appeal_reform import Reform, mark_of, reform_of, reviewable
from bonus.claims.appeal_status import OUTCOMES, OUTCOMES_OF_A_WITHDRAWAL, STATUSES
from bonus.claims.appeals import appeal_by, is_late
from bonus.claims.line_list import reason_words
from bonus.claims.models import PurchaseLine
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.regulation import load_parameters

from ..access import actor, allow, now
from ..fields import CheckboxesField, add_refusal
from ..messaging import plain_lines
from ..second_factor import second_factor
from .forms import LONG
from .views import EXAMINERS, Page, blueprint

MOST_SHOWN = 200
"""Lines that the page lists; of more, all are decided anew or these."""


class ProposalForm(FlaskForm):
    outcome = RadioField(
        "Réponse proposée",
        [InputRequired("Choisissez ce que vous proposez de répondre.")],
    )
    lines = CheckboxesField("Lignes à décider de nouveau", coerce=int)
    all_lines = BooleanField("Toutes les lignes contestées")
    solution = StringField(
        "Solution à retenir pour ces lignes",
        [Optional(), Length(max=100)],
        filters=[lambda text: (text or "").strip()],
    )
    reasons = TextAreaField("Motifs", [InputRequired("Donnez les motifs."), LONG], filters=[plain_lines])


class ReturnForm(FlaskForm):
    reasons = TextAreaField("Pourquoi", [InputRequired("Dites pourquoi."), LONG], filters=[plain_lines])


class AnswerForm(FlaskForm):
    seen = HiddenField()


@blueprint.get("/recours")
@allow(*EXAMINERS)
def appeals() -> str:
    answered = request.args.get("file") == "repondus"
    page = request.args.get("page", 1, type=int)
    return render_template(
        "agent/appeals.html",
        listing=appeal_page(actor().person_id, page, answered=answered),
        answered=answered,
        statuses=STATUSES,
        today=civil_date(now()),
    )


@blueprint.get("/recours/<reference>")
@allow(*EXAMINERS)
def one_appeal(reference: str) -> Page:
    return _page(reference)


@blueprint.post("/recours/<reference>/examen")
@allow("reviewer")
def appeal_taking(reference: str) -> Page:
    form = AnswerForm()
    act = lambda: take_appeal(reference, actor(), now())  # noqa: E731
    return _act(reference, form, act, "Vous examinez ce recours.", {})


@blueprint.post("/recours/<reference>/proposition")
@allow("reviewer")
def appeal_proposal(reference: str) -> Page:
    appeal = appeal_by(reference)
    form = _proposal_form(appeal)
    chosen = list(reviewable(appeal)) if form.all_lines.data else form.lines.data or []
    lines = {str(line_id): form.solution.data or None for line_id in chosen}
    act = lambda: propose_answer(  # noqa: E731
        reference, form.outcome.data, form.reasons.data or "", lines, actor(), now()
    )
    return _act(reference, form, act, "Votre proposition est transmise à l’ordonnateur.", {"proposal": form})


@blueprint.post("/recours/<reference>/renvoi")
@allow("authorising_officer")
def appeal_return(reference: str) -> Page:
    form = ReturnForm()
    act = lambda: send_back_appeal(reference, form.reasons.data or "", actor(), now())  # noqa: E731
    return _act(reference, form, act, "Le recours est renvoyé à son instructeur.", {"sending_back": form})


@blueprint.post("/recours/<reference>/decision")
@allow("authorising_officer")
@second_factor
def appeal_decision(reference: str) -> Page:
    form = AnswerForm()
    act = lambda: answer_appeal(reference, actor(), now(), seen=form.seen.data or None)  # noqa: E731
    return _act(reference, form, act, "La réponse est donnée à l’entreprise.", {})


@blueprint.post("/recours/<reference>/confirmation")
@allow("reviewer")
def appeal_concurrence(reference: str) -> Page:
    form = AnswerForm()
    act = lambda: concur_with_appeal(reference, actor(), now(), seen=form.seen.data or None)  # noqa: E731
    return _act(reference, form, act, "La proposition est confirmée : l’ordonnateur peut décider.", {})


@blueprint.post("/recours/<reference>/objection")
@allow("reviewer")
def appeal_objection(reference: str) -> Page:
    form = ReturnForm()
    act = lambda: object_to_appeal(reference, form.reasons.data or "", actor(), now())  # noqa: E731
    return _act(reference, form, act, "Le recours est renvoyé à son instructeur.", {"sending_back": form})


def _act(
    reference: str, form: FlaskForm, act: Callable[[], object], done: str, forms: dict[str, FlaskForm]
) -> Page:
    if form.validate_on_submit():
        try:
            act()
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status in (403, 404):
                raise
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash(done, "success")
            return redirect(url_for("agent.one_appeal", reference=reference))
    return _page(reference, failed=form, **forms), 422


def _outcomes(appeal: Appeal) -> dict[str, str]:
    """What this appeal may come to: code → what agents read."""
    if appeal.revocation is None:
        return OUTCOMES
    return OUTCOMES_OF_A_WITHDRAWAL


def _proposal_form(appeal: Appeal, **given: Any) -> ProposalForm:
    form = ProposalForm(**given)
    form.outcome.choices = [SelectChoice(code, words) for code, words in _outcomes(appeal).items()]
    form.lines.choices = [
        SelectChoice(line_id, str(line_id)) for line_id in list(reviewable(appeal))[:MOST_SHOWN]
    ]
    return form


def _page(
    reference: str,
    *,
    failed: FlaskForm | None = None,
    proposal: FlaskForm | None = None,
    sending_back: FlaskForm | None = None,
) -> str:
    appeal = appeal_by(reference)
    me = actor()
    someone_else = is_someone_else(appeal, me.person_id)
    reform, refusal = _proposed(appeal)
    words = reviewable(appeal)
    shown = list(words)[:MOST_SHOWN]
    lines = {line.id: line for line in db.session.query(PurchaseLine).filter(PurchaseLine.id.in_(shown))}
    proposes = appeal.status == "under_examination" and appeal.examiner_id == me.person_id
    if proposal is None and proposes:
        proposal = _proposal_form(
            appeal,
            formdata=None,
            data={"outcome": appeal.proposed_outcome, "reasons": appeal.proposed_reasons},
        )
        proposal.lines.data = [int(line_id) for line_id in appeal.proposed_lines or {}]
    added_cents = reform.added_cents if reform else given_back_cents(appeal)
    awaited = appeal.status == "proposed" and awaits_concurrence(appeal, added_cents, now())
    apart = someone_else and me.person_id not in (appeal.examiner_id, appeal.concurred_by_id)
    decides = appeal.status == "proposed" and apart and "authorising_officer" in me.roles
    return render_template(
        "agent/appeal.html",
        appeal=appeal,
        claim=appeal.claim,
        late=is_late(appeal),
        statuses=STATUSES,
        outcomes=_outcomes(appeal),
        contested=[
            (lines[line_id], words[line_id], reason_words(words[line_id].reason)) for line_id in shown
        ],
        contested_count=len(words),
        reform=reform,
        given_back=given_back_cents(appeal),
        refusal=refusal,
        failed=failed,
        proposal=proposal if proposes else None,
        may_take=appeal.status == "filed" and someone_else and "reviewer" in me.roles,
        kept_out=appeal.is_open and not someone_else,
        awaited=awaited,
        concurs=awaited and apart and "reviewer" in me.roles,
        threshold=load_parameters().integer("examination.concurrence_threshold", civil_date(now())),
        decides=decides,
        answering=AnswerForm(formdata=None, seen=mark_of(reform) if reform else ""),
        sending_back=sending_back or ReturnForm(formdata=None),
        today=civil_date(now()),
    )


def _proposed(appeal: Appeal) -> tuple[Reform | None, str]:
    """What a proposed reform gives today; or why it cannot be decided."""
    if appeal.status != "proposed" or appeal.proposed_outcome != "reform":
        return None, ""
    try:
        return reform_of(appeal, appeal.proposed_lines or {}, now()), ""
    except Refusal as refusal:
        return None, refusal.sentence
