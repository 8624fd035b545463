"""Asking a company for what misses in its dossier, once; and writing to it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, Form, FormField, StringField, TextAreaField
from wtforms.validators import Length

from bonus.calendar import civil_date
from bonus.claims.documents import missing_documents
from bonus.claims.meanwhile import mark_of, require_as_shown
from bonus.claims.messages import write_message
from bonus.claims.models import Claim
from bonus.claims.request_models import MOST_DETAIL, MOST_TITLE
from bonus.claims.requests import Asked, ask_documents, known_documents, may_be_asked
from bonus.claims.status import allowed
from bonus.errors import Refusal
from bonus.extensions import db

from ..access import actor, allow, now
from ..fields import add_refusal
from ..messaging import MessageForm, plain_lines
from .desk_forms import MarkedForm
from .views import blueprint, claim_page, filed_claim

Page = str | Response | tuple[str, int]
OTHERS = 4
"""How many things may be asked for in the reviewer's own words."""
_DETAIL = Length(max=MOST_DETAIL, message="Ce texte dépasse 1 000 caractères : raccourcissez-le.")


class KnownForm(Form):
    asked = BooleanField("Demander cette pièce")
    detail = TextAreaField("Précisions", [_DETAIL], filters=[plain_lines])


class OtherForm(Form):
    title = StringField("Pièce demandée", [Length(max=MOST_TITLE, message="200 caractères au plus.")])
    detail = TextAreaField("Précisions", [_DETAIL], filters=[plain_lines])


def _form(claim: Claim, codes: Iterable[str]) -> FlaskForm:
    """One part for each document of the parameters, those that miss ticked; then some for the reviewer's own words."""
    parts = {known_part(code): FormField(KnownForm) for code in codes}
    parts |= {other_part(rank): FormField(OtherForm) for rank in range(OTHERS)}
    missing = {known_part(demand.code): {"asked": True} for demand in missing_documents(claim)}
    form: FlaskForm = type("AskForm", (MarkedForm,), parts)(data=missing | {"mark": mark_of(claim.id)})
    return form


def known_part(code: str) -> str:
    """The name of a known document's part of the form."""
    return f"known_{code}"


def other_part(rank: int) -> str:
    """The name of the part of one asked for in the reviewer's own words."""
    return f"other_{rank}"


def chosen_items(form: FlaskForm, codes: Iterable[str]) -> list[Asked]:
    """What is asked, in the order of the page: what is written counts, the box ticked or not."""
    known = [(code, form[known_part(code)].form) for code in codes]
    others = [form[other_part(rank)].form for rank in range(OTHERS)]
    chosen = [
        Asked(code, detail=part.detail.data or "")
        for code, part in known
        if part.asked.data or (part.detail.data or "").strip()
    ]
    return chosen + [
        Asked(None, part.title.data or "", part.detail.data or "")
        for part in others
        if (part.title.data or "").strip() or (part.detail.data or "").strip()
    ]


@blueprint.route("/dossiers/<number>/demande", methods=["GET", "POST"])
@allow("reviewer")
def asking(number: str) -> Page:
    claim = filed_claim(number)
    names = known_documents()
    form = _form(claim, names)
    if form.validate_on_submit():
        try:
            require_as_shown(claim.id, form["mark"].data or "", actor())
            ask_documents(claim.id, chosen_items(form, names), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
            form["mark"].data = mark_of(claim.id)  # told what others did, one may go on
        else:
            flash("Votre demande est envoyée à l’entreprise. Le délai de décision est suspendu.", "success")
            return redirect(url_for("agent.claim", number=number))
    claim = filed_claim(number)
    if not form.errors and not (
        allowed(claim.status, "ask", actor().roles) and may_be_asked(claim, civil_date(now()))
    ):
        return redirect(url_for("agent.claim", number=number))
    page = render_template(
        "agent/asking.html",
        claim=claim,
        form=form,
        known=[(name, form[known_part(code)].form) for code, name in names.items()],
        others=[form[other_part(rank)].form for rank in range(OTHERS)],
    )
    return (page, 422) if form.errors else page


@blueprint.post("/dossiers/<number>/messages")
@allow("reviewer")
def write(number: str) -> Page:
    form = MessageForm()
    if form.validate_on_submit():
        try:
            write_message(filed_claim(number).id, "reviewer", form.text.data or "", actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Votre message est envoyé à l’entreprise.", "success")
            return redirect(url_for("agent.claim", number=number, _anchor="messages"))
    return claim_page(filed_claim(number), form)
