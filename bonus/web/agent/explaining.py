"""How a dossier was computed, for agents: its decision, or the estimate before one."""

from __future__ import annotations

from flask import render_template

from bonus.claims.assessing import assess
from bonus.claims.status import STATUSES

from ..access import allow, now
from ..explained import explained
from .views import EXAMINERS, blueprint, filed_claim


@blueprint.get("/dossiers/<number>/explication")
@allow(*EXAMINERS)
def explanation(number: str) -> str:
    claim = filed_claim(number)
    return render_template(
        "agent/explanation.html",
        claim=claim,
        explained=explained(claim, None if claim.is_decided else assess(claim, now())),
        statuses=STATUSES,
    )
