"""The state of a certification on a day, in the words of the agents' list (art. 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bonus.registry.models import Certification


@dataclass(frozen=True)
class CertificationState:
    """What people read, its badge, and the day it began (None when the validity's own dates say it)."""

    words: str
    kind: str
    since: date | None = None


def state_on(certification: Certification, day: date) -> CertificationState:
    """What a certification is worth on a day, as the rules read it.

    A retroactive withdrawal holds whatever the day; nothing undoes a withdrawal; a suspension counts only
    within the validity. The decisions themselves ask ``bonus.regulation``.
    """
    events = sorted(certification.events, key=lambda event: (event.on, event.id))
    retroactive = next((event for event in events if event.retroactive), None)
    if retroactive is not None:
        return CertificationState("Retirée, réputée n’avoir jamais compté", "error", retroactive.on)
    suspended_on: date | None = None
    for event in events:
        if event.on > day:
            break
        if event.type == "withdrawn":
            return CertificationState("Retirée", "error", event.on)
        if event.type == "reinstated":
            suspended_on = None
        elif certification.valid_from <= event.on <= certification.valid_until:
            suspended_on = event.on
    if day < certification.valid_from:
        return CertificationState("Pas encore valable", "info")
    if day > certification.valid_until:
        return CertificationState("Expirée", "error")
    if suspended_on is not None:
        return CertificationState("Suspendue", "warning", suspended_on)
    return CertificationState("En vigueur", "success")
