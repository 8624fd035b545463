"""The people of the company, and which company one acts for."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, session, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, IntegerField, RadioField, SelectChoice
from wtforms.validators import InputRequired, Length

from bonus.accounts.invitations import cancel_invitation, invite, open_invitations, send_again
from bonus.accounts.models import COMPANY_ROLES
from bonus.accounts.team import ROLE_WORDS, change_role, member_of, remove_member, team_of
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import CHOSEN_COMPANY, actor, allow, current_company, current_membership, is_owner, now
from ..fields import add_refusal
from ..navigation import asked_page
from .establishment import require_owner
from .establishment_forms import CompanyForm
from .views import blueprint

Page = str | Response | tuple[str, int]
_ROLES = [SelectChoice(*one) for one in COMPANY_ROLES.items()]


class InvitationForm(CompanyForm):
    email = EmailField(
        "Adresse électronique",
        [
            InputRequired("Indiquez l’adresse de la personne."),
            Length(max=254, message="Cette adresse est trop longue."),
        ],
    )
    role = RadioField("Rôle", [InputRequired("Choisissez un rôle.")], choices=_ROLES)


class RoleForm(FlaskForm):
    role = RadioField("Rôle", [InputRequired("Choisissez un rôle.")], choices=_ROLES)


class ChoiceForm(FlaskForm):
    company = IntegerField("Entreprise", [InputRequired("Choisissez une entreprise.")])


@blueprint.get("/equipe")
@allow("company")
def team() -> str:
    company = current_company()
    return render_template(
        "company/team.html",
        company=company,
        members=team_of(company.id),
        invitations=open_invitations(company.id) if is_owner() else [],
        may_change=is_owner(),
        roles=COMPANY_ROLES,
        now=now(),
    )


@blueprint.route("/equipe/invitation", methods=["GET", "POST"])
@allow("company")
def new_invitation() -> Page:
    company = require_owner()
    form = InvitationForm()
    if form.validate_on_submit():
        try:
            invitation = invite(company.id, form.email.data, form.role.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 403:
                raise
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash(f"L’invitation part à {invitation.email}.", "success")
            return redirect(url_for("company.team"))
    page = render_template("company/invitation.html", company=company, form=form, words=ROLE_WORDS)
    return (page, 422) if form.errors else page


@blueprint.post("/equipe/invitations/<int:invitation_id>/renvoi")
@allow("company")
def invitation_again(invitation_id: int) -> Response:
    company = require_owner()
    try:
        invitation = send_again(company.id, invitation_id, actor(), now())
    except NotFound:
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
    else:
        dispatch_after_commit()
        flash(f"Un nouveau lien part à {invitation.email}. L’ancien ne sert plus.", "success")
    return redirect(url_for("company.team"))


@blueprint.post("/equipe/invitations/<int:invitation_id>/annulation")
@allow("company")
def invitation_cancelling(invitation_id: int) -> Response:
    company = require_owner()
    cancel_invitation(company.id, invitation_id, actor(), now())
    flash("L’invitation est annulée.", "success")
    return redirect(url_for("company.team"))


@blueprint.route("/equipe/<int:member_id>", methods=["GET", "POST"])
@allow("company")
def member(member_id: int) -> Page:
    company = require_owner()
    found = member_of(company.id, member_id)
    form = RoleForm(data={"role": found.role})
    if form.validate_on_submit():
        try:
            changed = change_role(company.id, member_id, form.role.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 403:
                raise
            add_refusal(form, refusal)
            found = member_of(company.id, member_id)
        else:
            flash(f"{changed.person.name} est maintenant {COMPANY_ROLES[changed.role].lower()}.", "success")
            return redirect(url_for("company.team"))
    page = render_template("company/member.html", company=company, member=found, form=form, words=ROLE_WORDS)
    return (page, 422) if form.errors else page


@blueprint.post("/equipe/<int:member_id>/retrait")
@allow("company")
def member_removal(member_id: int) -> Response:
    company = require_owner()
    leaving = member_of(company.id, member_id).person_id == current_user.id
    try:
        remove_member(company.id, member_id, actor(), now())
    except NotFound:
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
        return redirect(url_for("company.member", member_id=member_id))
    flash(
        "Vous avez quitté l’équipe." if leaving else "Cette personne n’a plus accès à l’entreprise.",
        "success",
    )
    return redirect(url_for("public.home") if leaving else url_for("company.team"))


@blueprint.route("/choisir", methods=["GET", "POST"])
@allow("company")
def choose() -> Page:
    form = ChoiceForm()
    mine = sorted(current_user.memberships, key=lambda membership: membership.company.name)
    if form.validate_on_submit():
        if form.company.data not in {membership.company_id for membership in mine}:
            abort(404)
        session[CHOSEN_COMPANY] = form.company.data
        return redirect(asked_page() or url_for("company.home"))
    chosen = session.get(CHOSEN_COMPANY) if len(mine) > 1 else current_membership().company_id
    page = render_template(
        "company/choose.html",
        form=form,
        memberships=mine,
        chosen=chosen,
        roles=COMPANY_ROLES,
        suite=asked_page(),
    )
    return (page, 422) if form.errors else page
