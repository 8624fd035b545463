"""Proving that one may act for a company: the letter and its code, and what is left to do."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from bonus.companies.letters import (
    application_of,
    ask_letter,
    current_letter,
    enter_code,
    may_ask,
    open_applications,
)
from bonus.companies.proof_models import MOST_TRIES, Application
from bonus.companies.sign_up_checks import letter_state
from bonus.errors import Refusal
from bonus.extensions import db, limiter
from bonus.jobs.relay import dispatch_after_commit

from ..access import CHOSEN_COMPANY, actor, allow, chosen_membership, now
from ..fields import add_refusal
from .views import blueprint

Page = str | Response | tuple[str, int]


class CodeForm(FlaskForm):
    code = StringField(
        "Code reçu par courrier",
        [InputRequired("Écrivez le code de la lettre."), Length(max=40, message="Le code a 10 caractères.")],
    )


@blueprint.get("/preuve")
@allow("company")
def proof() -> Response:
    """The page of the company chosen, else of what this person began first."""
    begun = open_applications(current_user.id) or list(current_user.applications)
    chosen = chosen_membership()
    own = [one for one in begun if chosen is not None and one.company_id == chosen.company_id]
    if not begun:
        return redirect(url_for("company.home"))
    return redirect(url_for("company.one_proof", siren=(own or begun)[0].company.siren))


@blueprint.get("/preuve/<siren>")
@allow("company")
def one_proof(siren: str) -> Page:
    return _page(application_of(siren, current_user.id), CodeForm(formdata=None))


@blueprint.post("/preuve/<siren>/courrier")
@limiter.limit("10 per hour")
@allow("company")
def letter_request(siren: str) -> Response:
    try:
        ask_letter(siren, actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status == 404:
            raise
        flash(refusal.sentence, "error")
    else:
        dispatch_after_commit()
        flash("Votre demande est enregistrée.", "success")
    return redirect(url_for("company.one_proof", siren=siren))


def _code_of_here() -> str:
    return f"proof code: {current_user.get_id() if current_user.is_authenticated else request.remote_addr}"


@blueprint.post("/preuve/<siren>/code")
@limiter.limit("20 per hour", key_func=_code_of_here)
@allow("company")
def proof_code(siren: str) -> Page:
    form = CodeForm()
    if form.validate_on_submit():
        try:
            company = enter_code(siren, form.code.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 404:
                raise
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            session[CHOSEN_COMPANY] = company.id
            flash("C’est prouvé : vous pouvez maintenant déposer vos dossiers.", "success")
            return redirect(url_for("company.home"))
    return _page(application_of(siren, current_user.id), form)


def _page(application: Application, form: CodeForm) -> Page:
    letter = current_letter(application)
    page = render_template(
        "company/proof.html",
        application=application,
        company=application.company,
        member=any(one.company_id == application.company_id for one in current_user.memberships),
        letter=letter,
        state=letter_state(letter, now()),
        left=MOST_TRIES - letter.tries if letter else MOST_TRIES,
        may_ask=may_ask(application, now()),
        form=form,
        demo=current_app.config["DEMO"],
    )
    return (page, 422) if form.errors else page
