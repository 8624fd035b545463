"""After ProConnect: joining the identity to an account that exists, and what to do when one has no company yet."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired

from bonus.accounts.identities import latest_identity, link_by_password, space_of
from bonus.accounts.models import Person
from bonus.adapters.proconnect.identity import SignedIn
from bonus.errors import Refusal
from bonus.extensions import db, limiter

from ..access import AGENTS, PUBLIC, allow, now
from ..factor_session import note_provider_factor
from ..fields import add_refusal
from ..navigation import landing_url
from .proconnect_session import note_open, pending
from .signing import failed, throttled_account, throttled_account_from_here
from .views import blueprint

Page = str | Response | tuple[str, int]


class LinkForm(FlaskForm):
    password = PasswordField("Mot de passe", [InputRequired("Indiquez votre mot de passe.")])


def enter(person: Person, signed: SignedIn, next_page: str | None, said: str | None = None) -> Response:
    """Open the session of someone ProConnect identified, as signing in by password does; ``said`` is shown next."""
    session.clear()  # nothing of the visitor's session outlives the change of person
    session.permanent = True
    login_user(person)
    note_open(signed)
    if person.roles & AGENTS and signed.identity.acr in _levels_with_second_factor():
        note_provider_factor(person.id)
    if said is not None:
        flash(said, "success")
    if next_page is not None:
        return redirect(next_page)
    return redirect(landing_url(person.roles) if person.roles else url_for("public.proconnect_welcome"))


def _levels_with_second_factor() -> list[str]:
    levels: str = current_app.config["PROCONNECT_SECOND_FACTOR_ACR_VALUES"]
    return levels.split()


def _pending_email() -> str:
    waiting = pending(now())
    return waiting.signed.identity.email if waiting else ""


@blueprint.route("/connexion/proconnect/associer", methods=["GET", "POST"])
@limiter.limit("30 per 5 minutes", methods=["POST"])
# As often as on the sign-in page.
@limiter.limit(
    "8 per 15 minutes",
    methods=["POST"],
    key_func=lambda: throttled_account_from_here(_pending_email()),
    deduct_when=failed,
)
@limiter.limit(
    "60 per 15 minutes",
    methods=["POST"],
    key_func=lambda: throttled_account(_pending_email()),
    deduct_when=failed,
)
@allow(PUBLIC)
def proconnect_link() -> Page:
    waiting = pending(now())
    if current_user.is_authenticated or waiting is None:
        if not current_user.is_authenticated:
            flash("Cette connexion a duré trop longtemps. Recommencez.", "info")
        return redirect(url_for("public.sign_in"))
    form, told = LinkForm(), waiting.signed.identity
    if form.validate_on_submit():
        try:
            person = link_by_password(told, form.password.data, request.remote_addr, now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            said = "Votre identité ProConnect est reliée à votre compte."
            return enter(person, waiting.signed, waiting.next_page, said)
    page = render_template("public/proconnect_link.html", form=form, email=told.email)
    return (page, 422) if form.errors else page


@blueprint.get("/connexion/proconnect/bienvenue")
@allow(PUBLIC)
def proconnect_welcome() -> Page:
    """Whoever was identified and belongs to no company: whom to ask, or how to begin."""
    if not current_user.is_authenticated:
        return redirect(url_for("public.sign_in"))
    identity = latest_identity(current_user)
    if current_user.roles or identity is None:
        return redirect(landing_url(current_user.roles))
    return render_template(
        "public/proconnect_welcome.html", siret=identity.siret, company=space_of(identity.siret)
    )
