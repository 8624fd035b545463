"""The dossiers that are soon to be decided."""

from __future__ import annotations

from flask import render_template, request

from bonus.calendar import civil_date
from bonus.claims.due_list import due_page
from bonus.claims.status import STATUSES

from ..access import actor, allow, now
from .views import EXAMINERS, blueprint


@blueprint.get("/echeances")
@allow(*EXAMINERS)
def deadlines() -> str:
    today = civil_date(now())
    return render_template(
        "agent/deadlines.html",
        listing=due_page(actor().person_id, today, request.args.get("page", 1, type=int)),
        statuses=STATUSES,
        today=today,
    )
