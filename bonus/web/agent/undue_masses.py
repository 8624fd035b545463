"""Undue sums notified many at once: prepared, previewed, approved by a second person, followed (art. 14)."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for

from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.recoveries.mass import (
    PAGE_SIZE,
    abandon,
    approve,
    counts_of,
    from_change,
    from_drafts,
    items_page,
    mass_of,
)
from bonus.recoveries.status import ITEM_STATES, MASS_STATUSES
from bonus.spreadsheet import Euros

from ..access import actor, allow, now
from ..exports import KIND, every_page, table_file
from ..second_factor import second_factor
from .undue_forms import ActForm, SeenForm
from .views import EXAMINERS, Page, blueprint


@blueprint.post("/indus/notifications-groupees")
@allow("reviewer")
def new_mass() -> Page:
    """Preview the drafts that were chosen, or prepare those of the controls that a change of the registry opened."""
    form = ActForm()
    change = request.form.get("change", type=int)
    if form.validate_on_submit():
        try:
            if change is not None:
                made = from_change(change, actor(), now())
            else:
                made = from_drafts(request.form.getlist("numbers"), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            flash(refusal.sentence, "error")
        else:
            dispatch_after_commit()
            return redirect(url_for("agent.mass", reference=made.reference))
    return redirect(url_for("agent.undues", file="a-notifier"))


@blueprint.get("/indus/notifications-groupees/<reference>")
@allow(*EXAMINERS)
def mass(reference: str) -> str:
    found = mass_of(reference)
    page = max(1, request.args.get("page", 1, type=int))
    items, total = items_page(found, page)
    return render_template(
        "agent/undue_mass.html",
        found=found,
        items=items,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        counts=counts_of(found),
        statuses=MASS_STATUSES,
        item_states=ITEM_STATES,
        form=ActForm(formdata=None),
        approval=SeenForm.showing(found.amount_cents),
        mine=found.created_by_id == actor().person_id,
        may_act="reviewer" in actor().roles,
    )


@blueprint.get(f"/indus/notifications-groupees/<reference>.{KIND}")
@allow(*EXAMINERS)
def mass_table(reference: str, kind: str) -> FlaskResponse:
    found = mass_of(reference)
    rows = (
        (
            item.claim.number,
            item.claim.company.name,
            item.claim.company.siren,
            item.recovery.number if item.recovery else "",
            Euros(item.amount_cents),
            ITEM_STATES[item.state],
            item.sentence or "",
        )
        for item in every_page(lambda page: items_page(found, page))
    )
    titles = ("Dossier", "Entreprise", "SIREN", "Indu", "Montant", "État", "Pourquoi")
    return table_file(kind, "notification-groupee", titles, rows)


@blueprint.post("/indus/notifications-groupees/<reference>/approbation")
@allow("reviewer")
@second_factor
def mass_approval(reference: str) -> Page:
    found, form = mass_of(reference), SeenForm()
    if form.validate_on_submit() and (form.seen.data or "").isdecimal():
        try:
            approve(found.id, int(form.seen.data), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            flash(refusal.sentence, "error")
        else:
            dispatch_after_commit()
            flash("L’envoi est approuvé : les notifications partent.", "success")
    return redirect(url_for("agent.mass", reference=reference))


@blueprint.post("/indus/notifications-groupees/<reference>/abandon")
@allow("reviewer")
def mass_abandon(reference: str) -> Page:
    found, form = mass_of(reference), ActForm()
    if form.validate_on_submit():
        try:
            abandon(found.id, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            flash(refusal.sentence, "error")
        else:
            flash("La notification groupée est abandonnée : ce qui est envoyé le reste.", "success")
    return redirect(url_for("agent.mass", reference=reference))
