"""Short ways to read what a dossier became."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bonus.claims.assessing import assess
from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from tests.support.world import NOW, Dossier


def claim_of(dossier: Dossier) -> Claim:
    return db.session.get_one(Claim, dossier.id)


def status_of(dossier: Dossier) -> str:
    return claim_of(dossier).status


def decision_of(dossier: Dossier) -> Decision:
    decision = claim_of(dossier).decision
    assert decision is not None
    return decision


def lines_of(dossier: Dossier) -> list[tuple[str, str | None, int]]:
    """(status, reason, bonus in cents) of each decided line."""
    return [(line.status, line.reason, line.bonus_cents) for line in decision_of(dossier).lines]


def cuts_of(dossier: Dossier) -> list[list[tuple[str, str]]]:
    """(ceiling, amount) of what was cut from each decided line."""
    rows: list[dict[str, Any]] = decision_of(dossier).result["lines"]
    return [[(cut["article"], cut["amount"]) for cut in row["reductions"]] for row in rows]


def expected(dossier: Dossier, now: datetime = NOW) -> list[tuple[str, str | None, str]]:
    """(status, reason, bonus) of each line as the law would have it now."""
    return [
        (line.result["status"], line.result["reason"], line.result["bonus"])
        for line in assess(claim_of(dossier), now).lines
    ]
