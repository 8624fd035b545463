"""An agent's first step: who has the link chooses the password of the account it names."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired

from bonus.accounts.agents import choose_password, owner_of_link
from bonus.accounts.service import MINIMUM_PASSWORD_LENGTH
from bonus.errors import Refusal
from bonus.extensions import db, limiter

from ..access import PUBLIC, allow, now
from ..fields import add_refusal
from .views import blueprint


class PasswordForm(FlaskForm):
    password = PasswordField("Mot de passe", [InputRequired("Choisissez un mot de passe.")])


@blueprint.route("/bienvenue/<link>", methods=["GET", "POST"])
@limiter.limit("60 per 15 minutes")
@allow(PUBLIC)
def agent_welcome(link: str) -> str | Response | tuple[str, int]:
    person = owner_of_link(link[:100], now())
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            choose_password(link[:100], form.password.data, request.remote_addr, now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 404:
                raise
            add_refusal(form, refusal)
            person = owner_of_link(link[:100], now())
        else:
            flash("Votre mot de passe est choisi : connectez-vous.", "success")
            return redirect(url_for("public.sign_in"))
    page = render_template(
        "public/agent_welcome.html", form=form, person=person, least=MINIMUM_PASSWORD_LENGTH
    )
    return (page, 422) if form.errors else page
