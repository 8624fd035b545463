"""From a simulation to a draft, in one click."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bonus.claims.intake import new_draft
from bonus.claims.simulation import kept, simulate
from bonus.errors import InvalidInput

from ..access import actor, allow, current_company, may_file, now
from ..simulated import address, purchase_of, query_of_kept
from .views import blueprint

blueprint.add_app_template_filter(date.fromisoformat, "date_of")


@blueprint.app_template_global("simulation_address")
def simulation_address(asked: Mapping[str, Any]) -> str:
    """The address of the simulation that a draft remembers."""
    return address(query_of_kept(asked))


@blueprint.post("/dossiers/simulation")
@allow("company")
def new_simulated() -> Response:
    if not may_file():
        abort(403)
    try:
        simulation = simulate(purchase_of(request.form), now())
    except InvalidInput:
        # The simulator's page says what is to be mended, at its fields.
        asked: dict[str, Any] = {name: value for name, value in request.form.items() if name != "csrf_token"}
        return redirect(url_for("public.simulator", **asked))
    draft = new_draft(current_company(), actor(), now(), simulated=kept(simulation))
    flash("Votre brouillon est prêt : il garde votre simulation. Ajoutez maintenant vos factures.", "success")
    return redirect(url_for("company.invoices", reference=draft.reference))
