"""Asking a company for what misses in its dossier, once; and writing to it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, FieldList, Form, FormField, StringField, TextAreaField
from wtforms.validators import Length

from bonus.calendar import civil_date
from bonus.claims.documents import missing_documents
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


class AskForm(FlaskForm):
    known = FieldList(FormField(KnownForm))
    others = FieldList(FormField(OtherForm), min_entries=OTHERS, max_entries=OTHERS)

    def items(self, codes: list[str]) -> list[Asked]:
        """What is asked, in the order of the page."""
        chosen = [
            Asked(code, detail=entry.form.detail.data or "")
            for code, entry in zip(codes, self.known, strict=True)
            if entry.form.asked.data or (entry.form.detail.data or "").strip()
        ]
        return chosen + [
            Asked(None, entry.form.title.data or "", entry.form.detail.data or "")
            for entry in self.others
            if (entry.form.title.data or "").strip() or (entry.form.detail.data or "").strip()
        ]


def _form(claim: Claim, codes: list[str]) -> AskForm:
    missing = {demand.code for demand in missing_documents(claim)}
    data: dict[str, Any] = {"known": [{"asked": code in missing} for code in codes]}
    form = AskForm(data=data)
    # A browser says nothing of an empty box: each document keeps its place whatever was sent.
    while len(form.known) < len(codes):
        form.known.append_entry()
    while len(form.known) > len(codes):
        form.known.pop_entry()
    return form


@blueprint.route("/dossiers/<number>/demande", methods=["GET", "POST"])
@allow("reviewer")
def asking(number: str) -> Page:
    claim = filed_claim(number)
    names = known_documents()
    form = _form(claim, list(names))
    if form.validate_on_submit():
        try:
            ask_documents(claim.id, form.items(list(names)), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Votre demande est envoyée à l’entreprise. Le délai de décision est suspendu.", "success")
            return redirect(url_for("agent.claim", number=number))
    claim = filed_claim(number)
    if not form.errors and not (
        allowed(claim.status, "ask", actor().roles) and may_be_asked(claim, civil_date(now()))
    ):
        return redirect(url_for("agent.claim", number=number))
    page = render_template(
        "agent/asking.html", claim=claim, form=form, names=list(names.values()), known=list(form.known)
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
