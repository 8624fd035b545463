"""The fast lane for agents (art. 12): what is in it, what is not and why, and taking a dossier out."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.budget.waiting import rank_today
from bonus.calendar import civil_date
from bonus.claims.lane import MOST_REASON, lane_entry_of, state_of, take_out
from bonus.claims.lane_contest import last_day_of
from bonus.claims.lane_lists import VIEWS, by_rule_figures, counts, lane_page, lane_rows
from bonus.claims.lane_models import STATES
from bonus.claims.status import STATUSES
from bonus.errors import Refusal
from bonus.extensions import db

from ..access import actor, allow, now
from ..exports import KIND, table_file
from ..fields import add_refusal
from .views import EXAMINERS, Page, blueprint, filed_claim

TITLES = ("Dossier", "Entreprise", "SIREN", "Déposé le", "Décision par règle le", "État", "Pourquoi")


class ExitForm(FlaskForm):
    reason = TextAreaField(
        "Pourquoi ce dossier doit être examiné",
        [
            InputRequired("Dites pourquoi vous sortez ce dossier de la voie rapide."),
            Length(max=MOST_REASON, message="Ce texte dépasse 2\u202f000 caractères : raccourcissez-le."),
        ],
    )


@blueprint.context_processor
def lane_words() -> dict[str, Any]:
    """What ``agent/_lane.html`` asks, on whichever page includes it."""
    return {
        "lane_entry_of": lane_entry_of,
        "lane_state_of": state_of,
        "lane_states": STATES,
        "lane_last_day_of": last_day_of,
        "waiting_rank_of": lambda claim_id: rank_today(claim_id, now()),
    }


@blueprint.get("/voie-rapide")
@allow(*EXAMINERS)
def lane() -> str:
    key = _asked()
    today = civil_date(now())
    return render_template(
        "agent/lane.html",
        key=key,
        views=VIEWS,
        counts=counts(),
        figures=by_rule_figures(today.year),
        listing=lane_page(key, request.args.get("page", 1, type=int)),
        statuses=STATUSES,
        today=today,
    )


@blueprint.get(f"/voie-rapide/liste.{KIND}")
@allow(*EXAMINERS)
def lane_table(kind: str) -> Response:
    key = _asked()
    rows = ((*row[:5], STATES[row[5]], row[6]) for row in lane_rows(key))
    return table_file(kind, f"voie-rapide-{key}", TITLES, rows)


def _asked() -> str:
    key = request.args.get("voir", "en-cours")
    if key not in VIEWS:
        abort(404)
    return key


@blueprint.route("/dossiers/<number>/voie-rapide/sortie", methods=["GET", "POST"])
@allow("reviewer")
def lane_exit(number: str) -> Page:
    claim, form = filed_claim(number), ExitForm()
    if form.validate_on_submit():
        try:
            take_out(claim.id, form.reason.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Le dossier est sorti de la voie rapide\u00a0: vous l’instruisez.", "success")
            return redirect(url_for("agent.claim", number=number))
        claim = filed_claim(number)
    entry = lane_entry_of(claim.id)
    if request.method == "GET" and (entry is None or state_of(entry, claim) != "waiting"):
        flash("Ce dossier n’est pas en voie rapide.", "info")
        return redirect(url_for("agent.claim", number=number))
    page = render_template("agent/lane_exit.html", claim=claim, entry=entry, form=form)
    return (page, 422) if form.errors else page
