"""What a company reads of undue sums, and its reply (art. 14)."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.parts import debtor, document_store
from bonus.recoveries.instalments import PLAN_STATUSES
from bonus.recoveries.letters import file_name, written_letter
from bonus.recoveries.lists import told_numbered, told_to
from bonus.recoveries.models import MOST_WORDS, Recovery
from bonus.recoveries.notifying import contest_until, open_notice, reply, reply_days
from bonus.recoveries.parts import is_claimable
from bonus.recoveries.plans import ask_plan, dues_of, plans_of
from bonus.recoveries.reviews import standing_review
from bonus.recoveries.settlement import live_plan
from bonus.recoveries.settlement_lists import overpayments_of, settlements_of
from bonus.recoveries.settlement_models import KINDS
from bonus.recoveries.status import LETTER_KINDS, ORDER_STATUSES, ORIGINS, STATUSES, TABLE
from bonus.spreadsheet import Euros

from ..access import actor, allow, current_company, may_file, now
from ..downloads import private_file
from ..exports import KIND, table_file
from ..fields import DayField, add_refusal
from ..messaging import plain_lines
from .hearing import Page
from .views import blueprint

LETTER = f"<any({', '.join(LETTER_KINDS)}):kind>"


class ReplyForm(FlaskForm):
    text = TextAreaField(
        "Votre réponse",
        [
            InputRequired("Écrivez votre réponse."),
            Length(max=MOST_WORDS, message="Ce texte dépasse 5 000 caractères : raccourcissez-le."),
        ],
        filters=[plain_lines],
    )
    files = MultipleFileField("Pièces")


class PlanForm(FlaskForm):
    count = IntegerField("Nombre d’échéances", [InputRequired("Donnez le nombre d’échéances.")])
    first_on = DayField(
        "Première échéance", [InputRequired("Donnez la première date.")], format=["%Y-%m-%d", "%d/%m/%Y"]
    )
    words = TextAreaField(
        "Pourquoi en plusieurs fois",
        [
            InputRequired("Dites pourquoi."),
            Length(max=MOST_WORDS, message="Ce texte dépasse 5 000 caractères : raccourcissez-le."),
        ],
        filters=[plain_lines],
    )


@blueprint.context_processor
def undue_words() -> dict[str, Any]:
    """What the home page needs to lead here."""
    return {"told_undues": lambda: told_to(current_company().id)}


@blueprint.get("/indus")
@allow("company")
def undues() -> str:
    return render_template(
        "company/undues.html",
        found=told_to(current_company().id),
        statuses=STATUSES,
        order_statuses=ORDER_STATUSES,
        origins=ORIGINS,
    )


@blueprint.get(f"/indus.{KIND}")
@allow("company")
def undues_table(kind: str) -> FlaskResponse:
    rows = [
        (
            one.number,
            one.claim.number,
            ORIGINS[one.origin],
            STATUSES[one.status],
            Euros(one.amount_cents),
            one.reply_until,
            one.order.number if one.order else "",
            Euros(one.order.remaining_cents) if one.order else None,
        )
        for one in told_to(current_company().id)
    ]
    titles = ("Indu", "Dossier", "Origine", "État", "Montant", "Réponse jusqu’au", "Titre", "Reste dû")
    return table_file(kind, "indus", titles, rows)


@blueprint.get("/indus/<number>")
@allow("company")
def undue(number: str) -> Page:
    # Whoever of the company reads it receives it, also one who may only look (art. 11).
    open_notice(_own(number), actor(), now())
    return _page(_own(number), ReplyForm(formdata=None))


@blueprint.post("/indus/<number>/reponse")
@allow("company")
def undue_reply(number: str) -> Page:
    recovery, form = _own(number), ReplyForm()
    if not may_file():
        abort(403)
    if form.validate_on_submit():
        files = [(file.filename, file.read()) for file in form.files.data or () if file and file.filename]
        company, text = current_company(), form.text.data or ""
        try:
            reply(recovery.id, company, text, files, document_store(), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Votre réponse est envoyée. Elle est lue avant toute décision.", "success")
            return redirect(url_for("company.undue", number=number))
    return _page(_own(number), form)


@blueprint.get(f"/indus/<number>/{LETTER}.pdf")
@allow("company")
def undue_letter(number: str, kind: str) -> FlaskResponse:
    recovery = _own(number)
    letter = written_letter(recovery, kind)
    open_notice(recovery, actor(), now())
    assert letter.pdf is not None
    return private_file(letter.pdf, file_name(letter), "application/pdf")


@blueprint.post("/indus/<number>/echeancier")
@allow("company")
def undue_plan(number: str) -> Page:
    recovery, form = _own(number), PlanForm()
    if not may_file():
        abort(403)
    if recovery.order is None:
        abort(404)
    if form.validate_on_submit():
        count, first_on, words = form.count.data or 0, form.first_on.data, form.words.data or ""
        assert first_on is not None
        try:
            ask_plan(recovery.order.number, count, first_on, words, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Votre demande est envoyée : un agent comptable vous répond.", "success")
            return redirect(url_for("company.undue", number=number))
    return _page(_own(number), ReplyForm(formdata=None), form)


@blueprint.get(f"/indus/<number>/reglements.{KIND}")
@allow("company")
def undue_settlements(number: str, kind: str) -> FlaskResponse:
    recovery = _own(number)
    rows = [
        (one.received_on, KINDS[one.kind], Euros(one.amount_cents), one.reference)
        for one in (settlements_of(recovery.order) if recovery.order else ())
    ]
    rows += [
        (one.received_on, "Reçu en trop", Euros(one.amount_cents), one.reference)
        for one in (overpayments_of(recovery.order) if recovery.order else ())
    ]
    return table_file(kind, f"reglements-{number}", ("Date", "Nature", "Montant", "Référence"), rows)


def _titre(recovery: Recovery) -> dict[str, Any]:
    """What settled the titre of an undue sum, and its instalments."""
    order = recovery.order
    if order is None:
        return {}
    claimable = is_claimable(order, civil_date(now()))
    return {
        "settlements": settlements_of(order),
        "overpayments": overpayments_of(order),
        "settlement_kinds": KINDS,
        "plans": [(plan, dues_of(plan)) for plan in plans_of(order)],
        "plan_statuses": PLAN_STATUSES,
        "may_ask": may_file() and claimable and live_plan(order) is None,
    }


def _own(number: str) -> Recovery:
    """The company's own, that it was told of; else 404."""
    found = told_numbered(current_company().id, number)
    if found is None:
        abort(404)
    return found


def _page(recovery: Recovery, form: ReplyForm, asking: PlanForm | None = None) -> Page:
    page = render_template(
        "company/undue.html",
        recovery=recovery,
        claim=recovery.claim,
        form=form,
        statuses=STATUSES,
        order_statuses=ORDER_STATUSES,
        origins=ORIGINS,
        may_reply=may_file() and (recovery.status, "reply") in TABLE,
        days=reply_days(civil_date(now())),
        today=civil_date(now()),
        review=standing_review(recovery.id) if recovery.notified_at else None,
        contest_until=contest_until(recovery, civil_date(now())),
        account=debtor(),
        asking=asking or PlanForm(formdata=None),
        **_titre(recovery),
    )
    faulty = any(one is not None and (one.errors or one.form_errors) for one in (form, asking))
    return (page, 422) if faulty else page
