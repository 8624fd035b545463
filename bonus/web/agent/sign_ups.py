"""The administrator's page of sign-ups that wait: identities to check, letters under way."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.companies.letters import current_letter
from bonus.companies.models import IDENTITY_SOURCES, Company
from bonus.companies.sign_up_checks import (
    applications_of,
    check_identity,
    letter_state,
    note_returned,
    waiting_companies,
    waiting_company,
)
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import actor, allow, now
from ..fields import add_refusal
from ..identity_form import IdentityForm
from .views import Page, blueprint

PAGE_SIZE = 50


@blueprint.get("/inscriptions")
@allow("administrator")
def sign_ups() -> str:
    page = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    companies, total = waiting_companies((page - 1) * PAGE_SIZE, PAGE_SIZE)
    begun = applications_of([company.id for company in companies])
    return render_template(
        "agent/sign_ups.html",
        companies=companies,
        begun=begun,
        states={
            company.id: [letter_state(current_letter(one), now()) for one in begun[company.id]]
            for company in companies
        },
        sources=IDENTITY_SOURCES,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        page_url=lambda number: url_for("agent.sign_ups", page=number),
    )


@blueprint.get("/inscriptions/<int:company_id>")
@allow("administrator")
def one_sign_up(company_id: int) -> Page:
    company = waiting_company(company_id)
    return _page(company, IdentityForm(formdata=None, obj=company))


@blueprint.post("/inscriptions/<int:company_id>/identite")
@allow("administrator")
def identity_check(company_id: int) -> Page:
    form = IdentityForm()
    if form.validate_on_submit():
        try:
            company = check_identity(company_id, *form.typed(), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status in (403, 404):
                raise
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash(
                f"L’identité de l’entreprise {company.name} est vérifiée. Ses courriers partent.", "success"
            )
            return redirect(url_for("agent.one_sign_up", company_id=company_id))
    return _page(waiting_company(company_id), form)


@blueprint.post("/inscriptions/courriers/<int:letter_id>/retour")
@allow("administrator")
def letter_return(letter_id: int) -> Response:
    try:
        letter = note_returned(letter_id, actor(), now())
    except NotFound:
        raise
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status == 403:
            raise
        flash(refusal.sentence, "error")
        return redirect(url_for("agent.sign_ups"))
    dispatch_after_commit()
    flash("Le retour est noté. La personne est prévenue par courriel.", "success")
    return redirect(url_for("agent.one_sign_up", company_id=letter.application.company_id))


def _page(company: Company, form: IdentityForm) -> Page:
    begun = applications_of([company.id])[company.id]
    page = render_template(
        "agent/sign_up.html",
        company=company,
        begun=begun,
        states={letter.id: letter_state(letter, now()) for one in begun for letter in one.letters},
        sources=IDENTITY_SOURCES,
        form=form,
    )
    return (page, 422) if form.errors else page
