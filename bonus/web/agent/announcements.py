"""The keeper's list of certifications that end soon: who was told, who is to be reached, and the address to use."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired, Length

from bonus.calendar import civil_date
from bonus.claims.announcement_lists import PAGE_SIZE, supplier_to_reach, upcoming_ends
from bonus.claims.announcements import set_supplier_address
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.registry.models import Supplier

from ..access import actor, allow, now
from ..fields import add_refusal
from .views import Page, blueprint

KEEPER = "registry_keeper"
TO_REACH = "a-joindre"
SUPPLIER_STATES = {
    "sent": ("Prévenu", "success"),
    "sending": ("Envoi en cours", "info"),
    "refused": ("Courriel refusé", "error"),
    "unreachable": ("À joindre autrement", "warning"),
    "to_come": ("Au prochain passage", "info"),
}


class AddressForm(FlaskForm):
    email = EmailField(
        "Adresse électronique du fournisseur",
        [
            InputRequired("Indiquez l’adresse du fournisseur."),
            Length(max=254, message="Cette adresse est trop longue."),
        ],
        filters=[lambda text: text.strip() if text else text],
    )


@blueprint.get("/registre/echeances")
@allow(KEEPER)
def ends() -> str:
    page = max(1, request.args.get("page", 1, type=int))
    to_reach = request.args.get("suivi") == TO_REACH
    today = civil_date(now())
    rows, total = upcoming_ends(today, page, unreached=to_reach)
    return render_template(
        "agent/announcements.html",
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        to_reach=to_reach,
        states=SUPPLIER_STATES,
        today=today,
    )


@blueprint.route("/registre/echeances/fournisseurs/<identifier>", methods=["GET", "POST"])
@allow(KEEPER)
def supplier_address(identifier: str) -> Page:
    supplier = _supplier(identifier)
    form = AddressForm(data={"email": supplier.email})
    if form.validate_on_submit():
        try:
            mails = set_supplier_address(identifier, form.email.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
            supplier = _supplier(identifier)
        else:
            return _noted(mails)
    page = render_template("agent/announcements_address.html", supplier=supplier, form=form)
    return (page, 422) if form.errors else page


def _supplier(identifier: str) -> Supplier:
    try:
        return supplier_to_reach(identifier)
    except NotFound:
        abort(404)


def _noted(mails: int) -> Response:
    dispatch_after_commit()
    if mails:
        flash("L’adresse est notée. Les échéances annoncées partent à cette adresse.", "success")
    else:
        flash("L’adresse est notée. Rien n’est à annoncer à ce fournisseur pour le moment.", "success")
    return redirect(url_for("agent.ends"))
