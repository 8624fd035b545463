"""What followed the registry's changes: the reviewer's alerts, the open controls, how far each follow-up is."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.alerts import PAGE_SIZE, changes_page, open_controls, see_alert, unseen_alerts
from bonus.claims.campaigns import OPENERS
from bonus.claims.follow_models import ALERT_KINDS, GROUNDS

from ..access import actor, allow, now
from .views import EXAMINERS, blueprint, filed_claim

LAST_PAGE = 100_000
SOURCES = {
    "keeper": "À la main",
    "api": "Par un certificateur (API)",
    "file": "Par fichier",
    "service": "Au démarrage",
}


def _page() -> int:
    return min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


@blueprint.get("/alertes")
@allow("reviewer")
def alerts() -> str:
    person_id = actor().person_id
    assert person_id is not None  # the guard let in someone signed in
    rows, total = unseen_alerts(person_id, _page())
    return render_template(
        "agent/alerts.html", alerts=rows, total=total, page=_page(), pages=_pages(total), kinds=ALERT_KINDS
    )


@blueprint.post("/dossiers/<number>/alertes/<int:alert_id>")
@allow(*EXAMINERS)
def see(number: str, alert_id: int) -> Response:
    see_alert(filed_claim(number), alert_id, actor(), now())
    flash("L’alerte est notée comme lue.", "success")
    return redirect(url_for("agent.claim", number=number))


@blueprint.get("/controles")
@allow(*EXAMINERS, "accounting_officer")
def controls() -> str:
    rows, total = open_controls(_page())
    return render_template(
        "agent/controls.html",
        controls=rows,
        total=total,
        page=_page(),
        pages=_pages(total),
        grounds=GROUNDS,
        may_open=bool(actor().roles & set(EXAMINERS)),
        may_draw=bool(actor().roles & OPENERS),
        may_prepare="reviewer" in actor().roles,
    )


@blueprint.get("/registre/changements")
@allow("registry_keeper", *EXAMINERS)
def changes() -> str:
    rows, total = changes_page(_page())
    return render_template(
        "agent/changes.html",
        rows=rows,
        total=total,
        page=_page(),
        pages=_pages(total),
        sources=SOURCES,
        today=civil_date(now()),
    )
