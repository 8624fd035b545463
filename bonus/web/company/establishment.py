"""The company itself: identity, size, its two sets, its other aids and what is left under art. 7."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.room import undertaking_room
from bonus.companies.links import linked_to
from bonus.companies.models import INSTRUMENTS, Company, CompanyLink, DeMinimisAid
from bonus.companies.service import (
    KINDS,
    add_aid,
    add_link,
    correct_aid,
    possible_recipients,
    remove_aid,
    remove_link,
    set_figures,
)
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import amount_string
from bonus.regulation import load_parameters, size_category, size_tests

from ..access import actor, allow, current_company, is_owner, now
from ..fields import add_refusal
from .establishment_forms import AidForm, FiguresForm, LinkForm
from .views import blueprint

Page = str | Response | tuple[str, int]


def require_owner() -> Company:
    """The company, for one of its owners; others are told that it is not theirs to do."""
    if not is_owner():
        abort(403)
    return current_company()


@blueprint.get("/etablissement")
@allow("company")
def establishment() -> Page:
    return _page(current_company())


def _page(company: Company, kind: str = "", refused: LinkForm | None = None) -> Page:
    day, law = civil_date(now()), load_parameters()
    figures = {
        "kind": company.kind,
        "headcount": company.headcount,
        "turnover": amount_string(company.turnover_cents),
        "balance_sheet": amount_string(company.balance_sheet_cents),
    }
    forms = {kind: LinkForm(formdata=None, prefix=kind) for kind in KINDS}
    if refused is not None:
        forms[kind] = refused
    page = render_template(
        "company/establishment.html",
        company=company,
        may_change=is_owner(),
        size=law.name_of("size", size_category(figures, day, law)).name,
        tests=size_tests(figures, day, law),
        kinds=KINDS,
        declared={kind: [link for link in company.links if link.kind == kind] for kind in KINDS},
        linked={kind: _not_declared(company, kind) for kind in KINDS},
        link_forms=forms,
        refused=refused,
        aids=db.session.scalars(
            select(DeMinimisAid)
            .where(DeMinimisAid.company_id == company.id)
            .order_by(DeMinimisAid.granted_on.desc(), DeMinimisAid.id.desc())
        ).all(),
        instruments=INSTRUMENTS,
        undertaking=undertaking_room(company, day),
    )
    return (page, 422) if refused is not None else page


def _not_declared(company: Company, kind: str) -> list[str]:
    """Those of a set that the company does not list itself: another member lists them, or lists it."""
    own = {link.member for link in company.links if link.kind == kind}
    return [member for member in linked_to(company, kind) if member not in own]


@blueprint.route("/etablissement/taille", methods=["GET", "POST"])
@allow("company")
def figures() -> Page:
    company = require_owner()
    form = FiguresForm.of(company)
    if form.validate_on_submit():
        try:
            set_figures(
                company.id,
                form.headcount.data,
                form.turnover.data or 0,
                form.balance_sheet.data or 0,
                actor(),
                now(),
            )
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            flash("Les chiffres sont enregistrés.", "success")
            return redirect(url_for("company.establishment"))
    page = render_template("company/figures.html", company=company, form=form)
    return (page, 422) if form.errors else page


@blueprint.post("/etablissement/liens/<kind>")
@allow("company")
def new_link(kind: str) -> Page:
    company = require_owner()
    if kind not in KINDS:
        abort(404)
    form = LinkForm(prefix=kind)
    if form.validate_on_submit():
        try:
            link = add_link(company.id, kind, form.member.data, actor(), now())
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            flash(f"{link.member} est ajouté à la liste «\u00a0{KINDS[kind]}\u00a0».", "success")
            return redirect(url_for("company.establishment", _anchor=kind))
    return _page(company, kind, form)


@blueprint.post("/etablissement/liens/<int:link_id>/retrait")
@allow("company")
def link_removal(link_id: int) -> Response:
    company = require_owner()
    link = db.session.get(CompanyLink, link_id)
    remove_link(company.id, link_id, actor(), now())
    flash("L’entreprise est retirée de la liste.", "success")
    return redirect(url_for("company.establishment", _anchor=link.kind if link else None))


@blueprint.route("/etablissement/aides/nouvelle", methods=["GET", "POST"])
@allow("company")
def new_aid() -> Page:
    company = require_owner()
    form = AidForm.of(company, possible_recipients(company))
    if form.validate_on_submit():
        try:
            add_aid(company.id, form.given(), actor(), now(), civil_date(now()))
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            flash("L’aide est déclarée.", "success")
            return redirect(url_for("company.establishment", _anchor="aides"))
    page = render_template("company/aid.html", company=company, form=form, aid=None)
    return (page, 422) if form.errors else page


@blueprint.route("/etablissement/aides/<int:aid_id>", methods=["GET", "POST"])
@allow("company")
def aid(aid_id: int) -> Page:
    company = require_owner()
    found = db.session.scalars(
        select(DeMinimisAid).where(DeMinimisAid.id == aid_id, DeMinimisAid.company_id == company.id)
    ).one_or_none()
    if found is None:
        abort(404)
    recipients = possible_recipients(company)
    if found.recipient not in recipients:
        recipients.append(found.recipient)
    form = AidForm.of(company, recipients, found)
    if found.used_at is None and form.validate_on_submit():
        try:
            correct_aid(company.id, aid_id, form.given(), actor(), now(), civil_date(now()))
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            flash("L’aide est corrigée.", "success")
            return redirect(url_for("company.establishment", _anchor="aides"))
    if found.used_at is not None:
        flash("Une décision a été prise en comptant cette aide\u00a0: elle ne change plus ici.", "warning")
        return redirect(url_for("company.establishment", _anchor="aides"))
    page = render_template("company/aid.html", company=company, form=form, aid=found)
    return (page, 422) if form.errors else page


@blueprint.post("/etablissement/aides/<int:aid_id>/retrait")
@allow("company")
def aid_removal(aid_id: int) -> Response:
    company = require_owner()
    try:
        remove_aid(company.id, aid_id, actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status == 404:
            raise
        flash(refusal.sentence, "error")
    else:
        flash("L’aide est retirée.", "success")
    return redirect(url_for("company.establishment", _anchor="aides"))


def _refused(form: FiguresForm | LinkForm | AidForm, refusal: Refusal) -> None:
    """Show a refusal at its field, once what the service locked is let go; who may not act is told so."""
    db.session.rollback()
    if refusal.status == 403:
        raise refusal
    add_refusal(form, refusal)
