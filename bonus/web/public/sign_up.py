"""Signing a company up: its SIREN, who that is, the person; then the link that their mail brings."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from bonus.accounts.service import MINIMUM_PASSWORD_LENGTH
from bonus.adapters.company_directory import EXAMPLES, DirectoryAway, Identity
from bonus.companies.sign_up import (
    ask_account,
    begin_company,
    declared_identity,
    finish,
    read_siren,
    require_active,
    require_open,
    sign_up_of,
)
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db, limiter
from bonus.jobs.relay import dispatch_after_commit
from bonus.parts import company_directory

from ..access import CHOSEN_COMPANY, PUBLIC, allow, now
from ..fields import add_refusal
from ..identity_form import IdentityForm
from ..navigation import asked_page, local_page
from .views import blueprint

Page = str | Response | tuple[str, int]
_FOUND = "sign_up"
"""Where the visitor's session keeps the identity read or typed, and where it comes from."""
_MAY_TYPE = "sign_up_typed"
"""Where it keeps the SIREN whose identity may be typed: the directory said none."""


class SirenForm(FlaskForm):
    siren = StringField(
        "SIREN de votre entreprise",
        [
            InputRequired("Écrivez le SIREN de votre entreprise."),
            Length(max=40, message="Ce numéro est trop long."),
        ],
    )


class PersonForm(FlaskForm):
    name = StringField(
        "Votre nom",
        [InputRequired("Indiquez votre nom."), Length(max=120, message="120 caractères au plus.")],
    )
    email = EmailField(
        "Adresse électronique",
        [
            InputRequired("Indiquez votre adresse électronique."),
            Length(max=254, message="Cette adresse est trop longue."),
        ],
    )


class PasswordForm(FlaskForm):
    password = PasswordField("Mot de passe", [InputRequired("Choisissez un mot de passe.")])


@dataclass(frozen=True)
class _Said:
    """What the directory says of a SIREN. ``state``: found, withheld, absent, away, closed or taken."""

    state: str
    identity: Identity | None = None
    sentence: str = ""

    @property
    def to_type(self) -> bool:
        """Whether the person may type what the directory does not say."""
        return self.state in ("withheld", "absent", "away")


@blueprint.route("/inscription", methods=["GET", "POST"])
@limiter.limit("30 per 5 minutes", methods=["POST"])
@allow(PUBLIC)
def sign_up() -> Page:
    form = SirenForm()
    if form.validate_on_submit():
        try:
            siren, was_siret = read_siren(form.siren.data)
            require_open(siren)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            if was_siret:
                flash("C’était un SIRET : nous gardons ses 9 premiers chiffres, le SIREN.", "info")
            return redirect(url_for("public.sign_up_company", siren=siren, suite=asked_page()))
    page = render_template(
        "public/sign_up.html",
        form=form,
        suite=asked_page(),
        examples=EXAMPLES if not current_app.config["COMPANY_DIRECTORY_URL"] else (),
    )
    return (page, 422) if form.errors else page


@blueprint.route("/inscription/<siren>", methods=["GET", "POST"])
@limiter.limit("30 per 5 minutes")
@allow(PUBLIC)
def sign_up_company(siren: str) -> Page:
    _require_siren(siren)
    form = FlaskForm()
    if form.validate_on_submit():
        kept = _kept(siren)
        if kept is None:  # the session ended: what one confirms is shown again
            return redirect(url_for("public.sign_up_company", siren=siren, suite=asked_page()))
        return _next_step(siren, *kept)
    said = _ask_directory(siren)
    session.pop(_FOUND, None)
    if said.state == "found" and said.identity is not None:
        session[_FOUND] = {"identity": said.identity.to_dict(), "source": "directory"}
    if said.to_type:
        session[_MAY_TYPE] = siren
    return render_template(
        "public/sign_up_company.html", form=form, siren=siren, said=said, suite=asked_page()
    )


@blueprint.route("/inscription/<siren>/saisie", methods=["GET", "POST"])
@limiter.limit("30 per 5 minutes", methods=["POST"])
@allow(PUBLIC)
def sign_up_typed(siren: str) -> Page:
    _require_siren(siren)
    if session.get(_MAY_TYPE) != siren:
        return redirect(url_for("public.sign_up_company", siren=siren, suite=asked_page()))
    form = IdentityForm()
    if form.validate_on_submit():
        try:
            identity = declared_identity(siren, *form.typed())
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            session[_FOUND] = {"identity": identity.to_dict(), "source": "declared"}
            return _next_step(siren, identity, "declared")
    page = render_template("public/sign_up_typed.html", form=form, siren=siren, suite=asked_page())
    return (page, 422) if form.errors else page


@blueprint.route("/inscription/<siren>/compte", methods=["GET", "POST"])
@limiter.limit("20 per 15 minutes", methods=["POST"])
@allow(PUBLIC)
def sign_up_person(siren: str) -> Page:
    _require_siren(siren)
    kept = _kept(siren)
    if kept is None or current_user.is_authenticated:
        return redirect(url_for("public.sign_up_company", siren=siren, suite=asked_page()))
    identity, source = kept
    form = PersonForm()
    if form.validate_on_submit():
        try:
            ask_account(identity, source, form.name.data, form.email.data, asked_page(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            return redirect(url_for("public.sign_up_mail"))
    page = render_template(
        "public/sign_up_person.html", form=form, identity=identity, source=source, suite=asked_page()
    )
    return (page, 422) if form.errors else page


@blueprint.get("/inscription/courriel")
@allow(PUBLIC)
def sign_up_mail() -> str:
    return render_template("public/sign_up_mail.html")


@blueprint.route("/inscription/lien/<secret>", methods=["GET", "POST"])
@limiter.limit("60 per 15 minutes")
@allow(PUBLIC)
def sign_up_link(secret: str) -> Page:
    try:
        found = sign_up_of(secret[:100], now())
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return render_template("public/sign_up_over.html", sentence=refusal.sentence), refusal.status
    if current_user.is_authenticated:
        page = render_template("public/sign_up_link.html", found=found, secret=secret, form=None)
        return (page, 409) if request.method == "POST" else page
    form = PasswordForm()
    if form.validate_on_submit():
        target = found.next_page
        try:
            person, company = finish(secret, form.password.data, request.remote_addr, now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
            found = sign_up_of(secret, now())
        else:
            session.clear()
            session.permanent = True
            login_user(person)
            return _welcome(company.id, local_page(target))
    page = render_template(
        "public/sign_up_link.html", found=found, secret=secret, form=form, least=MINIMUM_PASSWORD_LENGTH
    )
    return (page, 422) if form.errors else page


def _require_siren(siren: str) -> None:
    """An address of none is no page."""
    try:
        good = read_siren(siren) == (siren, False)
    except InvalidInput:
        good = False
    if not good:
        abort(404)


def _kept(siren: str) -> tuple[Identity, str] | None:
    """The identity this visitor was shown or typed a moment ago, if it is of this SIREN; the session is signed."""
    kept = session.get(_FOUND)
    if not kept or kept["identity"]["siren"] != siren:
        return None
    return Identity.from_dict(kept["identity"]), str(kept["source"])


def _ask_directory(siren: str) -> _Said:
    try:
        require_open(siren)
    except Refusal as refusal:
        return _Said("taken", sentence=refusal.sentence)
    db.session.rollback()  # nothing is held while the directory is asked
    try:
        identity = company_directory().find(siren)
    except DirectoryAway:
        return _Said("away")
    if identity is None:
        return _Said("absent")
    try:
        require_active(identity)
    except Refusal as refusal:
        return _Said("closed", identity, refusal.sentence)
    return _Said("found" if identity.complete else "withheld", identity)


def _next_step(siren: str, identity: Identity, source: str) -> Page:
    """The person; for someone signed in there is nothing more to ask."""
    if not current_user.is_authenticated:
        return redirect(url_for("public.sign_up_person", siren=siren, suite=asked_page()))
    try:
        company = begin_company(current_user, identity, source, request.remote_addr, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
        return redirect(url_for("public.sign_up", suite=asked_page()))
    session.pop(_FOUND, None)
    session.pop(_MAY_TYPE, None)
    return _welcome(company.id, asked_page())


def _welcome(company_id: int, target: str | None) -> Response:
    """To the company's space, or to where one came from; who found it begun by another proves first."""
    if not any(one.company_id == company_id for one in current_user.memberships):
        flash(
            "Votre demande est enregistrée. Il reste à montrer que vous pouvez agir pour cette entreprise.",
            "success",
        )
        return redirect(url_for("company.proof"))
    session[CHOSEN_COMPANY] = company_id
    flash("Votre espace est ouvert. Vous pouvez préparer un dossier dès maintenant.", "success")
    return redirect(target or url_for("company.home"))
