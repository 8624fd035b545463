"""The accounting officer's page: what is due, batches, and the file for the bank."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.parts import debtor
from bonus.payments.service import batches, download, due_orders, held_orders, make_batch

from ..access import actor, allow, now
from ..downloads import private_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .forms import BatchForm
from .views import Page, blueprint


@blueprint.get("/paiements")
@allow("accounting_officer")
def payments() -> Page:
    form = BatchForm(formdata=None)
    form.execution_on.data = civil_date(now())
    return _page(form)


def _page(form: BatchForm) -> Page:
    page = render_template(
        "agent/payments.html",
        form=form,
        due=due_orders(actor()),
        held=held_orders(),
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
            batch = make_batch(debtor(), form.execution_on.data, civil_date(now()), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"Le lot {batch.number} est prêt : téléchargez son fichier.", "success")
            return redirect(url_for("agent.payments"))
    return _page(form)


@blueprint.get("/paiements/lots/<number>.xml")
@allow("accounting_officer")
def batch_file(number: str) -> Response:
    batch = download(number, actor(), now())
    if batch is None:
        abort(404)
    return private_file(batch.file, f"{batch.number}.xml", "application/xml")
