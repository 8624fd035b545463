"""What a company is told of an undue sum, in its space and by mail (art. 14). Pure."""

from __future__ import annotations

from datetime import date

from bonus.calendar import format_date
from bonus.money import NBSP
from bonus.regulation.wording import french


def notified(number: str, claim: str, days: int) -> str:
    """A sum might have to be paid back; the company may reply for so many days."""
    return _said(
        f"Une somme versée pour votre dossier {claim} pourrait être à rembourser (indu {number}). Rien n’est décidé : "
        f"vous avez {days} jours pour répondre, à partir de la notification (art. 14)."
    )


def claimed(order: str, claim: str) -> str:
    """A titre de perception is issued."""
    return _said(
        f"Le titre de perception {order} est émis pour votre dossier {claim} (art. 14). Il dit pourquoi, "
        "comment payer et comment le contester."
    )


def dropped(number: str, claim: str) -> str:
    """A sum that might have had to be paid back does not."""
    return _said(
        f"L’indu {number} de votre dossier {claim} est abandonné : rien ne vous est réclamé à ce titre."
    )


def corrected(number: str, claim: str) -> str:
    """Nothing is claimed back, and what is still to be paid is brought down to what is due."""
    return _said(
        f"L’indu {number} de votre dossier {claim} est confirmé : rien n’est à rembourser, seule la "
        "part due reste à vous être versée (art. 14)."
    )


def too_early(until: date, *, unopened: bool) -> str:
    """Why an undue sum cannot be confirmed yet."""
    more = (
        " L’entreprise ne l’a pas encore ouvert : ce jour recule si elle l’ouvre dans les quinze jours."
        if unopened
        else ""
    )
    return _said(
        f"L’entreprise peut répondre jusqu’au {format_date(until)} inclus : l’indu se confirme à partir du lendemain, "
        f"même si elle a déjà répondu (art. 14).{more}"
    )


def _said(text: str) -> str:
    return french(text).replace("art. ", f"art.{NBSP}")
