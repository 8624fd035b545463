"""How a decision was computed, for the company it was made for (CRPA, arts. L311-3-1 and R311-3-1-2)."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bonus.claims.status import COMPANY_STATUSES

from ..access import allow
from ..explained import explained
from .views import blueprint, own_claim


@blueprint.get("/dossiers/<reference>/explication")
@allow("company")
def explanation(reference: str) -> str | Response:
    claim = own_claim(reference)
    if not claim.decisions:
        flash("L’explication du calcul sera ici dès que votre dossier sera décidé.", "info")
        return redirect(url_for("company.claim", reference=reference))
    return render_template(
        "company/explanation.html",
        claim=claim,
        explained=explained(claim, None),
        statuses=COMPANY_STATUSES,
    )
