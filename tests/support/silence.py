"""A refusal by silence, as the job that records it leaves it (art. 11)."""

from __future__ import annotations

from datetime import date

from bonus.audit.service import Actor
from bonus.claims.assessing import assess
from bonus.claims.changes import locked_claim
from bonus.claims.replay import REFUSED_BY_OFFICER
from bonus.claims.sealing import Taken, refused, seal_decision
from bonus.extensions import db

from .requests import FILED, at, filed_on
from .world import Dossier, World

SILENT = date(2026, 5, 11)
"""The day after the two months of a dossier filed on 10 March."""
BORN = "Le silence gardé pendant deux mois vaut rejet (CRPA, art. L231-4)."


def refused_by_silence(world: World, *, day: date = SILENT, filed: date = FILED) -> Dossier:
    """A dossier that silence refused on a day; a context is pushed."""
    dossier = filed_on(world, filed)
    claim = locked_claim(dossier.id)
    assessment = assess(claim, at(day))
    service = Actor("service:worker", roles=frozenset({"service"}))
    taken = Taken("silence", "lapse", service)
    seal_decision(
        claim, assessment, refused(assessment, REFUSED_BY_OFFICER), taken, at(day), said=BORN, explained=False
    )
    db.session.commit()
    return dossier
