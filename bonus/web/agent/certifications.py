"""The state of a certification on a day, in the words people read (art. 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bonus.registry.history import State, life
from bonus.registry.models import Certification

WORDS = {
    "in_force": ("En vigueur", "success"),
    "suspended": ("Suspendue", "warning"),
    "withdrawn": ("Retirée", "error"),
    "never_counted": ("Retirée, réputée n’avoir jamais compté", "error"),
    "not_yet": ("Pas encore valable", "info"),
    "expired": ("Expirée", "error"),
    "annulled": ("Annulée, inscrite par erreur", "error"),
}


@dataclass(frozen=True)
class CertificationState:
    """What people read, its badge, and the day it began (None when the validity's own dates say it)."""

    words: str
    kind: str
    since: date | None = None


def state_on(certification: Certification, day: date, known_at: datetime | None = None) -> CertificationState:
    """What a certification is worth on a day, as known at a moment (now when None)."""
    known = life((fact.plain for fact in certification.facts), known_at)
    state = known.state(day) if known else State("annulled")
    return CertificationState(*WORDS[state.code], state.since)
