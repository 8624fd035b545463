"""A titre de perception: what settles it, its instalments, and the acts of those who collect or decide (art. 14)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm

from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.recoveries.barring import INTERRUPTIONS
from bonus.recoveries.bars import interrupt
from bonus.recoveries.ending import cancel, waive
from bonus.recoveries.instalments import PLAN_STATUSES
from bonus.recoveries.offsets import offset, offsettable, why_disputed
from bonus.recoveries.parts import is_claimable, times_of
from bonus.recoveries.plans import answer_plan, dues_of, plans_of, set_plan
from bonus.recoveries.repayments import handle_overpayment, repay
from bonus.recoveries.settlement import live_plan, titre_numbered
from bonus.recoveries.settlement_lists import interruptions_of, overpayments_of, settlements_of
from bonus.recoveries.settlement_models import KINDS
from bonus.recoveries.settlement_words import barred_from
from bonus.recoveries.status import ORDER_STATUSES
from bonus.spreadsheet import Euros

from ..access import actor, allow, now
from ..exports import KIND, table_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .titre_forms import (
    CancelForm,
    InterruptionForm,
    OffsetForm,
    OverpaymentForm,
    PlanAnswerForm,
    PlanForm,
    RepaymentForm,
    WaiverForm,
)
from .undues import READERS
from .views import Page, blueprint

TITLES = ("Date", "Nature", "Montant", "Référence", "Enregistré par", "Motifs", "Rendu ou levé le")


@blueprint.get("/titres/<number>")
@allow(*READERS)
def titre(number: str) -> Page:
    return _page(number)


@blueprint.get(f"/titres/<number>/reglements.{KIND}")
@allow(*READERS)
def titre_table(number: str, kind: str) -> FlaskResponse:
    rows = [
        (
            one.received_on,
            KINDS[one.kind],
            Euros(one.amount_cents),
            one.reference,
            one.by.name if one.by else "le service",
            one.reasons,
            civil_date(one.undone_at) if one.undone_at else None,
        )
        for one in settlements_of(titre_numbered(number))
    ]
    rows += [
        (
            one.received_on,
            "Reçu en trop",
            Euros(one.amount_cents),
            one.reference,
            one.by.name if one.by else "le service",
            one.words or "",
            one.given_back_on or (civil_date(one.handled_at) if one.handled_at else None),
        )
        for one in overpayments_of(titre_numbered(number))
    ]
    return table_file(kind, f"reglements-{number}", TITLES, rows)


@blueprint.post("/titres/<number>/remboursement")
@allow("accounting_officer")
@second_factor
def titre_repayment(number: str) -> Page:
    form = RepaymentForm()

    def act() -> str:
        assert form.received_on.data is not None
        done = repay(
            number, form.amount.data or 0, form.reference.data or "", form.received_on.data, actor(), now()
        )
        if done.overpayment is not None:
            return "Le paiement est enregistré. Une part est de trop : elle attend que vous disiez comment la rendre."
        return "Le remboursement est enregistré."

    return _done(number, form, "repayment", act)


@blueprint.post("/titres/<number>/trop-percus/<int:overpayment_id>")
@allow("accounting_officer")
@second_factor
def titre_overpayment(number: str, overpayment_id: int) -> Page:
    form = OverpaymentForm()

    def act() -> str:
        assert form.given_back_on.data is not None
        reference, words = form.reference.data or "", form.words.data or ""
        handle_overpayment(overpayment_id, reference, form.given_back_on.data, actor(), now(), words)
        return "Le trop-perçu est rendu : l’entreprise en est informée."

    return _done(number, form, "overpaid", act)


@blueprint.post("/titres/<number>/compensation")
@allow("accounting_officer")
@second_factor
def titre_offset(number: str) -> Page:
    form = OffsetForm()
    form.offer(offsettable(titre_numbered(number), civil_date(now())))

    def act() -> str:
        offset(form.order.data or "", number, form.amount.data, actor(), now())
        return "La compensation est faite : l’entreprise en est informée."

    return _done(number, form, "offset", act)


@blueprint.post("/titres/<number>/echeancier")
@allow("accounting_officer")
@second_factor
def titre_plan(number: str) -> Page:
    form = PlanForm()

    def act() -> str:
        assert form.first_on.data is not None
        set_plan(number, form.count.data or 0, form.first_on.data, actor(), now())
        return "L’échéancier est accordé."

    return _done(number, form, "plan", act)


@blueprint.post("/titres/<number>/echeancier/<int:plan_id>")
@allow("accounting_officer")
@second_factor
def titre_plan_answer(number: str, plan_id: int) -> Page:
    form = PlanAnswerForm()

    def act() -> str:
        accepted = form.outcome.data == "accept"
        answer_plan(plan_id, accepted, form.reasons.data or "", actor(), now())
        return "L’échéancier est accordé." if accepted else "L’échéancier est refusé."

    return _done(number, form, "answer", act)


@blueprint.post("/titres/<number>/interruption")
@allow("accounting_officer")
@second_factor
def titre_interruption(number: str) -> Page:
    form = InterruptionForm()

    def act() -> str:
        assert form.on.data is not None
        interrupt(number, form.kind.data or "", form.reference.data or "", form.on.data, actor(), now())
        return "L’acte est enregistré : le délai court de nouveau."

    return _done(number, form, "interruption", act)


@blueprint.post("/titres/<number>/reduction")
@allow("authorising_officer")
@second_factor
def titre_waiver(number: str) -> Page:
    form = WaiverForm()

    def act() -> str:
        waive(number, form.amount.data or 0, form.reasons.data or "", actor(), now())
        return "Le titre est réduit."

    return _done(number, form, "waiver", act)


@blueprint.post("/titres/<number>/annulation")
@allow("authorising_officer")
@second_factor
def titre_cancelling(number: str) -> Page:
    form = CancelForm()

    def act() -> str:
        cancel(number, form.reasons.data or "", actor(), now())
        return "Le titre est annulé : ce qui avait été payé est rendu."

    return _done(number, form, "cancelling", act)


def _done(number: str, form: FlaskForm, name: str, act: Callable[[], str]) -> Page:
    """Do an act whose form is whole, and show the titre; else, the page with what was typed."""
    titre_numbered(number)
    if form.validate_on_submit():
        try:
            said = act()
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash(said, "success")
            return redirect(url_for("agent.titre", number=number))
    return _page(number, name, form)


def _page(number: str, name: str = "", given: FlaskForm | None = None) -> Page:
    one, today, roles = titre_numbered(number), civil_date(now()), actor().roles
    claimable = is_claimable(one, today)
    plan, orders = live_plan(one), offsettable(one, today)
    forms: dict[str, FlaskForm] = {}
    if "accounting_officer" in roles:
        forms = {"repayment": RepaymentForm(formdata=None), "overpaid": OverpaymentForm(formdata=None)}
        if claimable:
            forms["interruption"] = InterruptionForm(formdata=None)
        if claimable and plan is None:
            forms["plan"] = PlanForm(formdata=None)
        if plan is not None and plan.status == "asked":
            forms["answer"] = PlanAnswerForm(formdata=None)
        if orders:
            choice = OffsetForm(formdata=None)
            choice.offer(orders)
            forms["offset"] = choice
    if "authorising_officer" in roles and one.status in ("open", "settled"):
        forms["cancelling"] = CancelForm(formdata=None)
        if claimable:
            forms["waiver"] = WaiverForm(formdata=None)
    if given is not None:
        forms[name] = given
    page = render_template(
        "agent/titre.html",
        titre=one,
        recovery=one.recovery,
        barred_from=barred_from(times_of(one)),
        claim=one.recovery.claim,
        statuses=ORDER_STATUSES,
        kinds=KINDS,
        interruption_kinds=INTERRUPTIONS,
        settlements=settlements_of(one),
        overpayments=overpayments_of(one),
        interruptions=interruptions_of(one),
        plans=[(found, dues_of(found)) for found in plans_of(one)],
        plan_statuses=PLAN_STATUSES,
        asked_plan=plan if plan is not None and plan.status == "asked" else None,
        disputed=why_disputed(one) if claimable else None,
        forms_of=forms,
        faulty=given,
        titles=TITLES,
    )
    return (page, 422) if given is not None else page
