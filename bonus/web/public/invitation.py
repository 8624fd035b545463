"""Accepting an invitation: who has its link creates an account, or joins with the one they have."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from bonus.accounts.invitations import accept, accept_as_newcomer, account_of, invitation_of
from bonus.accounts.models import COMPANY_ROLES, Invitation
from bonus.accounts.service import MINIMUM_PASSWORD_LENGTH
from bonus.accounts.team import ROLE_WORDS
from bonus.errors import Refusal
from bonus.extensions import db, limiter

from ..access import CHOSEN_COMPANY, PUBLIC, allow, now
from ..fields import add_refusal
from .views import blueprint

Page = str | Response | tuple[str, int]


class NewcomerForm(FlaskForm):
    name = StringField(
        "Votre nom",
        [InputRequired("Indiquez votre nom."), Length(max=120, message="120 caractères au plus.")],
    )
    password = PasswordField("Mot de passe", [InputRequired("Choisissez un mot de passe.")])


@blueprint.route("/invitation/<secret>", methods=["GET", "POST"])
@limiter.limit("60 per 15 minutes")
@allow(PUBLIC)
def invitation(secret: str) -> Page:
    try:
        found = invitation_of(secret[:100], now())
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return render_template("public/invitation_over.html", sentence=refusal.sentence), refusal.status
    if current_user.is_authenticated:
        return _signed_in(secret, found)
    if account_of(found) is not None:
        return _not_now(found, secret, "sign in")
    form = NewcomerForm()
    if form.validate_on_submit():
        try:
            person = accept_as_newcomer(
                secret, form.name.data, form.password.data, request.remote_addr, now()
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
            found = invitation_of(secret, now())
        else:
            session.clear()
            session.permanent = True
            login_user(person)
            flash("Votre compte est créé. Bienvenue.", "success")
            return redirect(url_for("company.home"))
    return _page(found, secret, form, "newcomer")


def _signed_in(secret: str, found: Invitation) -> Page:
    form = FlaskForm()
    if current_user.email != found.email:
        return _not_now(found, secret, "other address")
    if current_user.agent_roles:
        return _not_now(found, secret, "agent")
    if form.validate_on_submit():
        company = accept(secret, current_user, request.remote_addr, now())
        session[CHOSEN_COMPANY] = company.id
        flash(f"Vous faites maintenant partie de l’équipe de l’entreprise {company.name}.", "success")
        return redirect(url_for("company.home"))
    return _page(found, secret, form, "join")


def _not_now(found: Invitation, secret: str, state: str) -> Page:
    """Who must sign in first, or with another address: the page says so, and nothing can be sent."""
    page = _page(found, secret, None, state)
    return (page, 409) if request.method == "POST" and isinstance(page, str) else page


def _page(found: Invitation, secret: str, form: FlaskForm | None, state: str) -> Page:
    page = render_template(
        "public/invitation.html",
        invitation=found,
        secret=secret,
        form=form,
        state=state,
        role=COMPANY_ROLES[found.role],
        words=ROLE_WORDS[found.role],
        least=MINIMUM_PASSWORD_LENGTH,
    )
    return (page, 422) if form is not None and form.errors else page
