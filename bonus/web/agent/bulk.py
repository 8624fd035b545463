"""One act on many dossiers: chosen in a queue, looked at, confirmed, followed."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.bulk.running import run_bulk_act
from bonus.claims.bulk.service import MOST, RUN, abandon, act_of, acts_of, choose, confirm, items_of
from bonus.claims.bulk_models import BULK_ACTIONS, BULK_STATUSES, ITEM_STATES, BulkAct
from bonus.claims.queue import exported
from bonus.claims.requests import known_documents
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit

from ..access import actor, allow, now
from ..exports import KIND, every_page, table_file
from ..fields import add_refusal
from ..stalled import given_up
from .bulk_forms import bulk_form, params_of
from .queue import asked_queue
from .queue_asked import asked_filters
from .views import Page, blueprint

PAGE = 100
SHORT = 50
"""An act on at most this many dossiers is done while the person waits."""


@blueprint.get("/actions-groupees")
@allow("reviewer")
def bulk_acts() -> str:
    return render_template(
        "agent/bulk_list.html", acts=acts_of(current_user.id), actions=BULK_ACTIONS, states=BULK_STATUSES
    )


@blueprint.post("/actions-groupees")
@allow("reviewer")
def choose_claims() -> Response:
    form = FlaskForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        found = choose(request.form.get("action", ""), _chosen(), actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
        asked: dict[str, Any] = request.args.to_dict()
        return redirect(url_for("agent.queue", **asked))
    return redirect(url_for("agent.bulk_act", reference=found.reference))


def _chosen() -> list[str]:
    """The numbers chosen in the table; or those of the whole queue, by the filters of the address."""
    if "all" not in request.form:
        return request.form.getlist("number")
    rows = exported(
        asked_queue(), civil_date(now()), me=actor().person_id, filters=asked_filters(asked_queue()).filters
    )
    return [row.number for row in islice(rows, MOST + 1)]


@blueprint.route("/actions-groupees/<reference>", methods=["GET", "POST"])
@allow("reviewer")
def bulk_act(reference: str) -> Page:
    found = _mine(reference)
    form = bulk_form(found.action, civil_date(now()))
    if form.validate_on_submit():
        try:
            asked = confirm(found.id, params_of(form, found.action), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            if asked.total - asked.refused <= SHORT:
                run_bulk_act(asked.id, now())
            dispatch_after_commit()
            return redirect(url_for("agent.bulk_act", reference=reference))
    return _page(_mine(reference), form)


def _page(found: BulkAct, form: FlaskForm) -> Page:
    state = request.args.get("suivi")
    state = state if state in ITEM_STATES else None
    number = min(max(1, request.args.get("page", 1, type=int)), MOST)
    items, total = items_of(found, state, number, PAGE)
    page = render_template(
        "agent/bulk_one.html",
        found=found,
        form=form,
        actions=BULK_ACTIONS,
        states=BULK_STATUSES,
        item_states=ITEM_STATES,
        items=items,
        known=list(known_documents().values()),
        state=state,
        page=number,
        pages=max(1, -(-total // PAGE)),
        ready=found.total - found.done - found.refused,
        stalled=found.status == "running" and given_up(RUN, found.id),
        most=MOST,
    )
    return (page, 422) if form.errors else page


@blueprint.post("/actions-groupees/<reference>/abandon")
@allow("reviewer")
def abandon_bulk(reference: str) -> Page:
    found = _mine(reference)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            given_up_act = abandon(found.id, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            flash(refusal.sentence, "error")
        else:
            left = given_up_act.total - given_up_act.done - given_up_act.refused
            flash(f"L’action est abandonnée : {left} dossiers n’ont pas été touchés.", "success")
    return redirect(url_for("agent.bulk_act", reference=reference))


@blueprint.get(f"/actions-groupees/<reference>/dossiers.{KIND}")
@allow("reviewer")
def bulk_table(reference: str, kind: str) -> FlaskResponse:
    found = _mine(reference)

    def page(number: int) -> tuple[list[tuple[object, ...]], int]:
        items, total = items_of(found, None, number, PAGE)
        rows: list[tuple[Any, ...]] = [
            (item.claim.number, item.claim.company.name, ITEM_STATES[item.state], item.sentence)
            for item in items
        ]
        return rows, total

    return table_file(
        kind, "action-groupee", ("Dossier", "Entreprise", "Résultat", "Motif"), every_page(page)
    )


def _mine(reference: str) -> BulkAct:
    try:
        return act_of(reference, current_user.id)
    except NotFound:
        abort(404)
