"""The administrator's pages of agents' accounts."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from bonus.accounts.agents import add_agent, agent, agents, reset_factor, send_link, set_active, set_roles
from bonus.accounts.models import AGENT_ROLES
from bonus.accounts.second_factor import codes_left, is_enrolled
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import actor, allow, now
from ..fields import CheckboxesField, add_refusal
from ..second_factor import second_factor
from .views import Page, blueprint

CHOICES = [SelectChoice(code, words) for code, words in AGENT_ROLES.items()]


class RolesForm(FlaskForm):
    roles = CheckboxesField("Rôles", choices=CHOICES)


class AgentForm(RolesForm):
    name = StringField(
        "Nom", [InputRequired("Indiquez le nom."), Length(max=120, message="120 caractères au plus.")]
    )
    email = EmailField(
        "Adresse électronique",
        [InputRequired("Indiquez l’adresse."), Length(max=254, message="Cette adresse est trop longue.")],
    )


@blueprint.get("/agents")
@allow("administrator")
def agents_list() -> Page:
    return _list(AgentForm(formdata=None))


def _list(form: AgentForm) -> Page:
    page = render_template("agent/agents.html", agents=agents(), form=form, roles=AGENT_ROLES)
    return (page, 422) if form.errors else page


@blueprint.post("/agents")
@allow("administrator")
@second_factor
def new_agent() -> Page:
    form = AgentForm()
    if form.validate_on_submit():
        try:
            person = add_agent(form.email.data, form.name.data, form.roles.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 403:
                raise
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash(f"Le compte de {person.name} est ouvert : un lien lui est envoyé.", "success")
            return redirect(url_for("agent.agents_list"))
    return _list(form)


@blueprint.get("/agents/<int:person_id>")
@allow("administrator")
def one_agent(person_id: int) -> Page:
    form = RolesForm(formdata=None)
    form.roles.data = [role.role for role in agent(person_id).agent_roles]
    return _one(person_id, form)


def _one(person_id: int, form: RolesForm) -> Page:
    person = agent(person_id)
    page = render_template(
        "agent/agents_one.html",
        person=person,
        form=form,
        enrolled=is_enrolled(person.id),
        codes_left=codes_left(person.id),
        myself=person.id == actor().person_id,
        roles=AGENT_ROLES,
    )
    return (page, 422) if form.errors else page


@blueprint.post("/agents/<int:person_id>/roles")
@allow("administrator")
@second_factor
def agent_roles(person_id: int) -> Page:
    form = RolesForm()
    if form.validate_on_submit():
        try:
            set_roles(person_id, form.roles.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status in {403, 404}:
                raise
            add_refusal(form, refusal)
        else:
            flash("Les rôles sont changés.", "success")
            return redirect(url_for("agent.one_agent", person_id=person_id))
    return _one(person_id, form)


@blueprint.post("/agents/<int:person_id>/desactivation")
@allow("administrator")
@second_factor
def agent_deactivation(person_id: int) -> Response:
    return _done(
        person_id,
        lambda: set_active(person_id, active=False, actor=actor(), now=now()),
        "Le compte est désactivé. Toutes ses sessions sont fermées.",
    )


@blueprint.post("/agents/<int:person_id>/reactivation")
@allow("administrator")
@second_factor
def agent_activation(person_id: int) -> Response:
    return _done(
        person_id,
        lambda: set_active(person_id, active=True, actor=actor(), now=now()),
        "Le compte est réactivé.",
    )


@blueprint.post("/agents/<int:person_id>/double-authentification")
@allow("administrator")
@second_factor
def agent_factor_reset(person_id: int) -> Response:
    return _done(
        person_id,
        lambda: reset_factor(person_id, actor(), now()),
        "La double authentification est réinitialisée, et l’ancien mot de passe ne sert plus : un lien est envoyé à "
        "cet agent pour en choisir un autre.",
    )


@blueprint.post("/agents/<int:person_id>/lien")
@allow("administrator")
@second_factor
def agent_link(person_id: int) -> Response:
    return _done(
        person_id,
        lambda: send_link(person_id, actor(), now()),
        "Un lien pour choisir un mot de passe est envoyé.",
    )


def _done(person_id: int, act: Callable[[], None], said: str) -> Response:
    act()
    dispatch_after_commit()
    flash(said, "success")
    return redirect(url_for("agent.one_agent", person_id=person_id))
