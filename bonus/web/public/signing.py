"""Signing in and out. Tries are throttled by address and by account."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from bonus.accounts.service import authenticate
from bonus.accounts.service import sign_out as write_sign_out
from bonus.errors import Refusal
from bonus.extensions import limiter

from ..access import PUBLIC, allow, now
from ..fields import add_refusal
from ..navigation import asked_page, landing_url
from .views import blueprint


class SignInForm(FlaskForm):
    email = EmailField(
        "Adresse électronique",
        [
            InputRequired("Indiquez votre adresse électronique."),
            Length(max=254, message="Cette adresse est trop longue."),
        ],
    )
    password = PasswordField("Mot de passe", [InputRequired("Indiquez votre mot de passe.")])


def _tried_account() -> str:
    return f"account:{request.form.get('email', '').strip().lower()[:254]}"


def _tried_account_from_here() -> str:
    return f"{_tried_account()} from {request.remote_addr}"


def _failed(response: Response) -> bool:
    return response.status_code != 302


@blueprint.route("/connexion", methods=["GET", "POST"])
@limiter.limit("30 per 5 minutes", methods=["POST"])
@limiter.limit("8 per 15 minutes", methods=["POST"], key_func=_tried_account_from_here, deduct_when=_failed)
# Higher, from wherever they come: a stranger cannot keep someone out with eight tries.
@limiter.limit("60 per 15 minutes", methods=["POST"], key_func=_tried_account, deduct_when=_failed)
@allow(PUBLIC)
def sign_in() -> str | Response | tuple[str, int]:
    if current_user.is_authenticated:
        return redirect(landing_url(current_user.roles))
    form = SignInForm()
    if form.validate_on_submit():
        try:
            person = authenticate(form.email.data, form.password.data, request.remote_addr, now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            session.clear()  # nothing of the visitor's session outlives the change of person
            session.permanent = True
            login_user(person)
            return redirect(asked_page() or landing_url(person.roles))
    page = render_template(
        "public/sign_in.html", form=form, demo_accounts=current_app.config.get("DEMO_ACCOUNTS")
    )
    return (page, 422) if form.errors else page


@blueprint.post("/deconnexion")
@allow(PUBLIC)
def sign_out() -> Response:
    if current_user.is_authenticated:
        write_sign_out(current_user, request.remote_addr, now())
        logout_user()
        session.clear()
        flash("Vous êtes déconnecté.", "success")
    return redirect(url_for("public.home"))
