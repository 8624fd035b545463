"""The keeper's pages for certifiers and the keys of their API."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import EmailField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from bonus.calendar import add_years, civil_date
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.registry.certifiers import counts_by_certifier, keys_in_use, labels_of, recent_changes
from bonus.registry.keys import (
    LONGEST_YEARS,
    NAME_LENGTH,
    REASON_LENGTH,
    SCOPES,
    key_of,
    keys_of,
    make_key,
    revocation_reasons,
    revoke_key,
    state_of,
)
from bonus.registry.labels import all_certifiers, certifier_named, enter_certifier
from bonus.registry.scheme_models import Certifier, CertifierKey

from ..access import actor, allow, now
from ..fields import CheckboxesField, DayField, add_refusal
from .views import Page, blueprint

KEEPER = "registry_keeper"
STATES = {
    "active": ("En service", "success"),
    "expired": ("Expirée", "warning"),
    "revoked": ("Révoquée", "error"),
}
SOURCES = {"keeper": "À la main", "api": "Par l’API", "file": "Par fichier", "service": "Par le service"}


class CertifierForm(FlaskForm):
    slug = StringField(
        "Identifiant",
        [
            DataRequired("Donnez un identifiant."),
            Length(max=40, message="Cet identifiant dépasse 40 caractères."),
        ],
    )
    name = StringField(
        "Nom",
        [
            DataRequired("Donnez le nom du certificateur."),
            Length(max=200, message="Ce nom dépasse 200 caractères : raccourcissez-le."),
        ],
        filters=[lambda text: text.strip() if text else text],
    )
    email = EmailField(
        "Adresse électronique",
        [
            Optional(),
            Length(max=254, message="Cette adresse est trop longue."),
            Regexp(
                r"\A[^@\s]+@[^@\s]+\.[^@\s]+\Z", message="Écrivez une adresse, par exemple nom@exemple.fr."
            ),
        ],
    )


class KeyForm(FlaskForm):
    name = StringField(
        "Nom de la clé",
        [
            DataRequired("Donnez un nom à la clé : le programme ou le service qui s’en servira."),
            Length(max=NAME_LENGTH, message=f"Ce nom dépasse {NAME_LENGTH} caractères : raccourcissez-le."),
        ],
    )
    scopes = CheckboxesField(
        "Ce qu’elle permet",
        [InputRequired("Choisissez au moins un droit.")],
        choices=[SelectChoice(scope, words.capitalize()) for scope, words in SCOPES.items()],
    )
    expires_on = DayField(
        "Dernier jour de service",
        [InputRequired("Indiquez le dernier jour de service.")],
        format=["%Y-%m-%d", "%d/%m/%Y"],
    )


class RevocationForm(FlaskForm):
    reason = TextAreaField(
        "Motif",
        [
            InputRequired("Dites pourquoi vous révoquez cette clé."),
            Length(max=REASON_LENGTH, message="Ce motif est trop long : raccourcissez-le."),
        ],
    )


@blueprint.get("/registre/certificateurs")
@allow(KEEPER)
def certifiers() -> Page:
    return _list(CertifierForm(formdata=None))


def _list(form: CertifierForm) -> Page:
    page = render_template(
        "agent/certifiers.html",
        form=form,
        certifiers=all_certifiers(),
        counts=counts_by_certifier(),
        keys=keys_in_use(civil_date(now())),
    )
    return (page, 422) if form.errors else page


@blueprint.post("/registre/certificateurs")
@allow(KEEPER)
def new_certifier() -> Page:
    form = CertifierForm()
    if form.validate_on_submit():
        try:
            made = enter_certifier(
                form.slug.data.strip(), form.name.data, form.email.data or None, actor(), now()
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"{made.name} est inscrit. Donnez-lui ses labels, puis une clé.", "success")
            return redirect(url_for("agent.certifier", slug=made.slug))
    return _list(form)


def _certifier(slug: str) -> Certifier:
    try:
        return certifier_named(slug)
    except NotFound:
        abort(404)


def _key(slug: str, prefix: str) -> CertifierKey:
    """That certifier's key: another's, under its address, is unknown."""
    try:
        return key_of(_certifier(slug), prefix)
    except NotFound:
        abort(404)


@blueprint.get("/registre/certificateurs/<slug>")
@allow(KEEPER)
def certifier(slug: str) -> Page:
    form = KeyForm(formdata=None)
    form.expires_on.data = add_years(civil_date(now()), LONGEST_YEARS)
    return _one(_certifier(slug), form)


def _one(found: Certifier, form: KeyForm) -> Page:
    today, keys = civil_date(now()), keys_of(found)
    page = render_template(
        "agent/certifiers_one.html",
        certifier=found,
        form=form,
        labels=labels_of(found, today),
        keys=[(key, state_of(key, today)) for key in keys],
        states=STATES,
        reasons=revocation_reasons(keys),
        scopes=SCOPES,
        changes=recent_changes(found),
        sources=SOURCES,
        count=counts_by_certifier().get(found.id, 0),
        latest=add_years(today, LONGEST_YEARS),
    )
    return (page, 422) if form.errors else page


@blueprint.post("/registre/certificateurs/<slug>")
@allow(KEEPER)
def new_key(slug: str) -> Page:
    found, form = _certifier(slug), KeyForm()
    if form.validate_on_submit():
        try:
            made = make_key(found, form.name.data, form.scopes.data, form.expires_on.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            # The secret is in this answer alone: a page to go to would need it kept until then, in an address,
            # a cookie or a store. Sent again, the form is refused, as a key of that name is in service.
            return render_template("agent/certifiers_key.html", certifier=found, made=made, scopes=SCOPES)
    return _one(_certifier(slug), form)


@blueprint.route("/registre/certificateurs/<slug>/cles/<prefix>/revocation", methods=["GET", "POST"])
@allow(KEEPER)
def key_revocation(slug: str, prefix: str) -> Page:
    key, form = _key(slug, prefix), RevocationForm()
    if form.validate_on_submit():
        try:
            revoke_key(key, form.reason.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"La clé « {key.name} » est révoquée : elle n’ouvre plus rien.", "success")
            return redirect(url_for("agent.certifier", slug=slug))
        key = _key(slug, prefix)
    page = render_template(
        "agent/certifiers_revocation.html",
        certifier=key.certifier,
        key=key,
        state=state_of(key, civil_date(now())),
        form=form,
        scopes=SCOPES,
    )
    return (page, 422) if form.errors else page
