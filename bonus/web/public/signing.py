"""Signing in and out. Tries are throttled by address and by account."""

from __future__ import annotations

from flask import (
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from bonus.accounts.service import authenticate
from bonus.accounts.service import sign_out as write_sign_out
from bonus.adapters.proconnect.identity import ProConnectFailure
from bonus.errors import Refusal
from bonus.extensions import limiter
from bonus.parts import proconnect, public_url
from bonus.regulation.wording import french

from ..access import AGENTS, PUBLIC, allow, now
from ..fields import add_refusal
from ..navigation import asked_page, landing_url
from .proconnect_session import begin_leaving, has_left, open_token
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


def throttled_account(email: str) -> str:
    """By what the tries at one account are counted, from wherever they come."""
    return f"account:{email.strip().lower()[:254]}"


def throttled_account_from_here(email: str) -> str:
    """By what the tries at one account from one address are counted."""
    return f"{throttled_account(email)} from {request.remote_addr}"


def _tried() -> str:
    return request.form.get("email", "")


def failed(response: Response) -> bool:
    """Whether a try was one: who signs in is sent on."""
    return response.status_code != 302


@blueprint.route("/connexion", methods=["GET", "POST"])
@limiter.limit("30 per 5 minutes", methods=["POST"])
@limiter.limit(
    "8 per 15 minutes",
    methods=["POST"],
    key_func=lambda: throttled_account_from_here(_tried()),
    deduct_when=failed,
)
# Higher, from wherever they come: a stranger cannot keep someone out with eight tries.
@limiter.limit(
    "60 per 15 minutes", methods=["POST"], key_func=lambda: throttled_account(_tried()), deduct_when=failed
)
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
            if person.roles & AGENTS:  # nothing of theirs opens before the second factor
                return redirect(url_for("public.second_factor", suite=asked_page()))
            return redirect(asked_page() or landing_url(person.roles))
    page = render_template(
        "public/sign_in.html",
        form=form,
        next_page=asked_page(),
        demo_accounts=current_app.config.get("DEMO_ACCOUNTS"),
    )
    return (page, 422) if form.errors else page


@blueprint.post("/deconnexion")
@allow(PUBLIC)
def sign_out() -> Response:
    if not current_user.is_authenticated:
        return redirect(url_for("public.home"))
    token = open_token()
    write_sign_out(current_user, request.remote_addr, now())
    logout_user()
    session.clear()
    return (_leave_proconnect(token) if token else None) or _signed_out("Vous êtes déconnecté.", "success")


def _leave_proconnect(id_token: str) -> Response | None:
    """Here the session is over; the browser now ends the one at ProConnect, and comes back."""
    there = proconnect()
    if there is None:
        return None
    back = f"{public_url()}{url_for('public.signed_out')}"
    try:
        url = there.logout_url(id_token, begin_leaving(now()), back, now())
    except ProConnectFailure as failure:
        current_app.logger.warning("ProConnect: %s", failure)
        return _signed_out(
            "Vous êtes déconnecté de ce service. ProConnect ne répond pas : fermez votre navigateur pour y mettre fin "
            "aussi à votre session.",
            "warning",
        )
    # Not a redirection: what our forms may lead to is this site alone (form-action), redirections included.
    response = make_response(render_template("public/proconnect_leaving.html", url=url))
    response.headers["Refresh"] = f"0; url={url}"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.cache_control.no_store = True
    return response


@blueprint.get("/deconnexion/retour")
@limiter.limit("60 per 5 minutes")
@allow(PUBLIC)
def signed_out() -> Response:
    if has_left(request.args.get("state", "")[:200], now()):
        flash("Vous êtes déconnecté, ici et de ProConnect.", "success")
    return redirect(url_for("public.home"))


def _signed_out(sentence: str, kind: str) -> Response:
    flash(french(sentence), kind)
    return redirect(url_for("public.home"))
