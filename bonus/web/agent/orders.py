"""One payment order: where it stands, what the bank said of it, and what an accounting officer does of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired

from bonus.calendar import civil_date
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.payments.acts import BY_PERSON, end_liquidation_of, free_order, hold_order, may_act, reopen_order
from bonus.payments.answer_desk import findings_of_order, order_numbered
from bonus.payments.debts import OWED, barred_from, is_near, note_claim
from bonus.payments.due import not_for
from bonus.payments.models import PaymentOrder
from bonus.payments.order_status import ORDER_STATUSES

from ..access import actor, allow, now
from ..fields import DayField, add_refusal
from ..messaging import plain_lines
from ..second_factor import second_factor
from .bank_words import KINDS, explained, step
from .titre_forms import DAYS, REFERENCE, ActForm
from .views import Page, blueprint

F = TypeVar("F", bound=ActForm)

OFFICER = "accounting_officer"
REASONS = {
    "by_hand": "Autre motif, que vous expliquez",
    "insolvency": "Liquidation judiciaire de l’entreprise",
}
"""Why a person holds an order (``BY_PERSON``), as they choose it."""
TO_HOLD = REASONS | {"insolvency": f"{REASONS['insolvency']} : tout ce qui lui est dû est retenu"}
"""The same before it is held."""


class HoldForm(ActForm):
    reason = RadioField(
        "Pourquoi le retenir",
        [InputRequired("Choisissez pourquoi l’ordre est retenu.")],
        choices=[SelectChoice(code, TO_HOLD[code]) for code in BY_PERSON],
    )
    words = TextAreaField(
        "Explication", [InputRequired("Dites pourquoi cet ordre est retenu.")], filters=[plain_lines]
    )


class FreeForm(ActForm):
    """``reason`` is offered among what holds the order and a person may end."""

    reason = RadioField("Ce qui ne le retient plus", [InputRequired("Choisissez ce qui ne le retient plus.")])
    words = TextAreaField(
        "Pourquoi il n’a plus à être retenu",
        [InputRequired("Dites pourquoi il n’a plus à être retenu.")],
        filters=[plain_lines],
    )


class ReopenForm(ActForm):
    words = TextAreaField(
        "Ce qui a changé depuis le refus de la banque",
        [InputRequired("Dites ce qui a changé depuis le refus de la banque.")],
        filters=[plain_lines],
    )


class LiquidationEndForm(ActForm):
    words = TextAreaField(
        "Comment elle a pris fin",
        [InputRequired("Dites comment la liquidation a pris fin.")],
        filters=[plain_lines],
    )


class ClaimForm(ActForm):
    reference = StringField("Référence de la demande", [InputRequired("Donnez la référence."), REFERENCE])
    on = DayField("Date de la demande", [InputRequired("Donnez la date de la demande.")], format=DAYS)


@dataclass(frozen=True)
class OrderForms:
    """The acts that the status of an order allows; None for the others."""

    hold: HoldForm | None
    free: FreeForm | None
    reopen: ReopenForm | None
    claim: ClaimForm | None
    liquidation: LiquidationEndForm | None


@blueprint.get("/paiements/ordres/<number>")
@allow(OFFICER)
def payment_order(number: str) -> Page:
    return _page(shown_order(number))


def shown_order(number: str) -> PaymentOrder:
    """The order of that number, else 404."""
    try:
        return order_numbered(number)
    except NotFound:
        abort(404)


@blueprint.post("/paiements/ordres/<number>/retenue")
@allow(OFFICER)
@second_factor
def order_hold(number: str) -> Page:
    form = HoldForm()
    return _done(
        number,
        form,
        lambda: hold_order(number, form.reason.data or "", form.words.data or "", actor(), now()),
        "L’ordre est retenu.",
    )


@blueprint.post("/paiements/ordres/<number>/liberation")
@allow(OFFICER)
@second_factor
def order_freeing(number: str) -> Page:
    form = _freeing(shown_order(number), FreeForm())
    return _done(
        number,
        form,
        lambda: free_order(number, form.reason.data or "", form.words.data or "", actor(), now()),
        "Ce motif ne retient plus l’ordre.",
    )


@blueprint.post("/paiements/ordres/<number>/reouverture")
@allow(OFFICER)
@second_factor
def order_reopening(number: str) -> Page:
    form = ReopenForm()
    return _done(
        number,
        form,
        lambda: reopen_order(number, form.words.data or "", actor(), now()),
        "L’ordre est rouvert.",
    )


@blueprint.post("/paiements/ordres/<number>/fin-de-liquidation")
@allow(OFFICER)
@second_factor
def order_liquidation(number: str) -> Page:
    form = LiquidationEndForm()
    return _done(
        number,
        form,
        lambda: end_liquidation_of(number, form.words.data or "", actor(), now()),
        "La liquidation a pris fin : les ordres qu’elle retenait sont de nouveau à payer.",
    )


@blueprint.post("/paiements/ordres/<number>/demande")
@allow(OFFICER)
@second_factor
def order_claim(number: str) -> Page:
    form = ClaimForm()

    def act() -> PaymentOrder:
        assert form.on.data is not None
        return note_claim(number, form.reference.data or "", form.on.data, actor(), now())

    return _done(number, form, act, "La demande est notée : quatre ans courent de nouveau.")


def _done(number: str, form: FlaskForm, act: Callable[[], PaymentOrder], said: str) -> Page:
    """Do an act whose form is whole, and show the order; else, the page with what was typed."""
    shown_order(number)
    if form.validate_on_submit():
        try:
            act()
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(said, "success")
            return redirect(url_for("agent.payment_order", number=number))
    return _page(shown_order(number), form)


def _page(order: PaymentOrder, given: FlaskForm | None = None) -> Page:
    today, barred = civil_date(now()), barred_from(order)
    near = is_near(order, today)
    mine = not not_for(actor(), [order.decision.claim_id])
    forms = OrderForms(
        hold=_holding(order, _given(HoldForm, given)) if mine and may_act(order, "hold") else None,
        free=_freeing(order, _given(FreeForm, given)) if mine and _ended_by_person(order) else None,
        reopen=_given(ReopenForm, given) if mine and may_act(order, "reopen") else None,
        claim=_given(ClaimForm, given) if mine and near and today < barred else None,
        liquidation=_given(LiquidationEndForm, given)
        if mine and order.decision.claim.company.in_liquidation
        else None,
    )
    page = render_template(
        "agent/payment_order.html",
        order=order,
        barred_from=barred,
        near=near,
        owed=OWED,
        is_barred=today >= barred,
        mine=mine,
        forms_of=forms,
        refused=given if given is not None and given.errors else None,
        statuses=ORDER_STATUSES,
        findings=findings_of_order(order.id),
        kinds=KINDS,
        explained=explained,
        step=step,
    )
    return (page, 422) if given is not None and given.errors else page


def _given(kind: type[F], given: FlaskForm | None) -> F:
    return given if isinstance(given, kind) else kind(formdata=None)


def _ended_by_person(order: PaymentOrder) -> list[str]:
    return [one.reason for one in order.standing_holds if one.reason in BY_PERSON]


def _holding(order: PaymentOrder, form: HoldForm) -> HoldForm | None:
    """The form that holds an order, with the reasons that do not yet; None when all of them do."""
    standing = {one.reason for one in order.standing_holds}
    form.reason.choices = [SelectChoice(code, TO_HOLD[code]) for code in BY_PERSON if code not in standing]
    return form if form.reason.choices else None


def _freeing(order: PaymentOrder, form: FreeForm) -> FreeForm:
    reasons = _ended_by_person(order)
    form.reason.choices = [SelectChoice(code, REASONS[code]) for code in reasons]
    if len(reasons) == 1 and form.reason.data is None:
        form.reason.data = reasons[0]
    return form
