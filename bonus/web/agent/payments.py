"""The accounting officer's pages: what is due, batches, their signature, and the files for the bank."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.payments.answers import waiting_count
from bonus.payments.batches import (
    PAGE_SIZE,
    batch_named,
    batches,
    dismiss_batch,
    make_batch,
    orders_page,
    sign_batch,
)
from bonus.payments.debts import barred_from, soon_barred
from bonus.payments.due import due_orders, held_orders, late_count, refused_orders
from bonus.payments.files import download, send_batch, write_batch
from bonus.payments.models import PaymentBatch
from bonus.payments.order_lists import order_counts
from bonus.payments.order_status import ORDER_STATUSES

from ..access import actor, allow, now
from ..downloads import private_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .forms import BatchForm, DismissalForm
from .views import Page, blueprint

SHOWN = 100
"""Orders listed in each section of the page; the lists, and the tables to keep, have them all."""


@blueprint.get("/paiements")
@allow("accounting_officer")
def payments() -> Page:
    form = BatchForm(formdata=None)
    form.execution_on.data = civil_date(now())
    return _page(form)


def _page(form: BatchForm) -> Page:
    ending, ending_count = soon_barred(civil_date(now()))
    page = render_template(
        "agent/payments.html",
        bank_waiting=waiting_count(),
        form=form,
        due=due_orders(actor(), limit=SHOWN),
        held=held_orders(SHOWN),
        refused=refused_orders(SHOWN),
        counts=order_counts(),
        late=late_count(civil_date(now())),
        ending=[(order, barred_from(order)) for order in ending],
        ending_count=ending_count,
        statuses=ORDER_STATUSES,
        batches=batches(),
        today=civil_date(now()),
    )
    return (page, 422) if form.errors else page


@blueprint.post("/paiements/lots")
@allow("accounting_officer")
@second_factor
def new_batch() -> Page:
    form = BatchForm()
    if form.validate_on_submit():
        try:
            batch = make_batch(form.execution_on.data, civil_date(now()), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            done = "est constitué : un autre agent comptable doit le signer"
            flash(
                f"Le lot {batch.number} {'est en cours de constitution' if batch.work else done}.", "success"
            )
            return redirect(url_for("agent.batch", number=batch.number))
    return _page(form)


@blueprint.get("/paiements/lots/<number>")
@allow("accounting_officer")
def batch(number: str) -> Page:
    return _batch_page(number)


def _batch_page(number: str, form: FlaskForm | None = None) -> Page:
    found = batch_named(number)
    if found is None:
        abort(404)
    asked = max(1, request.args.get("page", 1, type=int))
    orders, total = orders_page(found, asked)
    dismissal = form if isinstance(form, DismissalForm) else DismissalForm(formdata=None)
    acting = form if form is not None else FlaskForm(formdata=None)
    page = render_template(
        "agent/batch.html",
        batch=found,
        orders=orders,
        orders_total=total,
        page=asked,
        pages=-(-total // PAGE_SIZE),
        page_url=lambda page: url_for("agent.batch", number=number, page=page),
        own=found.created_by_id == actor().person_id,
        form=acting,
        dismissal=dismissal,
    )
    return (page, 422) if acting.errors else page


def _act(number: str, form: FlaskForm, act: Callable[[], PaymentBatch], done: str) -> Page:
    """Run one act on a batch; a refusal is shown on its page, with what was typed."""
    if form.validate_on_submit():
        try:
            batch = act()
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash("C’est en cours : cette page dit où le travail en est." if batch.work else done, "success")
            return redirect(url_for("agent.batch", number=number))
    return _batch_page(number, form)


@blueprint.post("/paiements/lots/<number>/signature")
@allow("accounting_officer")
@second_factor
def batch_signature(number: str) -> Page:
    done = "Le lot est signé : son fichier peut être écrit."
    return _act(number, FlaskForm(), lambda: sign_batch(number, actor(), now()), done)


@blueprint.post("/paiements/lots/<number>/fichier")
@allow("accounting_officer")
@second_factor
def batch_writing(number: str) -> Page:
    done = "Le fichier est écrit, une fois pour toutes : téléchargez-le et remettez-le à la banque."
    return _act(number, FlaskForm(), lambda: write_batch(number, actor(), now()), done)


@blueprint.post("/paiements/lots/<number>/remise")
@allow("accounting_officer")
@second_factor
def batch_sending(number: str) -> Page:
    done = "La remise à la banque est notée : les entreprises en sont prévenues."
    return _act(number, FlaskForm(), lambda: send_batch(number, actor(), now()), done)


@blueprint.post("/paiements/lots/<number>/abandon")
@allow("accounting_officer")
@second_factor
def batch_dismissal(number: str) -> Page:
    form = DismissalForm()
    done = "Le lot est écarté : ses ordres sont de nouveau à payer."
    return _act(number, form, lambda: dismiss_batch(number, form.words.data or "", actor(), now()), done)


@blueprint.get("/paiements/fichiers/<message_id>.xml")
@allow("accounting_officer")
def batch_file(message_id: str) -> Response:
    file = download(message_id, actor(), now())
    if file is None:
        abort(404)
    return private_file(file.content, f"{file.message_id}.xml", "application/xml")
