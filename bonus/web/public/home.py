"""The service's home page, with its live figures."""

from __future__ import annotations

from flask import render_template

from bonus.budget.service import figures
from bonus.calendar import civil_date
from bonus.money import NARROW_NBSP, format_euros, format_rate

from ..access import PUBLIC, allow, now
from .views import blueprint


@blueprint.get("/")
@allow(PUBLIC)
def home() -> str:
    found = figures()
    shown = None
    if found.decisions:
        shown = {
            "claims": f"{found.decisions:,}".replace(",", NARROW_NBSP),
            "euros": format_euros(found.committed_cents),
            "sme_share": format_rate(found.sme_share_bp),
            "on": civil_date(now()),
        }
    return render_template("public/home.html", figures=shown)
