"""What the fast lane writes: to suppliers, on decisions, on pages (art. 12). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bonus.calendar import format_date
from bonus.money import format_euros
from bonus.regulation.wording import french

MOST_LISTED = 50
_OWN_LINK = "Ce lien est propre à votre entreprise : ne le transmettez qu’à qui peut répondre pour elle."
BY_RULE = french("Décision prise par règle : toutes les conditions de la voie rapide sont réunies (art. 12).")
NOTICE = french(
    "Cette décision est prise sur le fondement d’un traitement algorithmique, sans intervention d’un agent. Vous "
    "pouvez demander les règles qui le définissent et la façon dont elles ont été appliquées à votre dossier (CRPA, "
    "art. L311-3-1 et R311-3-1-2)."
)
"""What the law asks every decision taken by a rule to say (CRPA L311-3-1)."""


@dataclass(frozen=True)
class SupplierMail:
    """A mail to a supplier: its subject, its text, and why it receives it."""

    subject: str
    text: str
    why: str


def supplier_mail(
    supplier: str, buyer: str, invoices: Sequence[dict[str, Any]], last_day: date, url: str, contact: str
) -> SupplierMail:
    """What a supplier reads when a dossier holds its invoices: what it knows already, having written them.

    ``invoices`` are those of ``shown_invoice``; ``last_day`` is the last to contest, at ``url``.
    """
    listed = [f"- {invoice_in_words(invoice)}" for invoice in invoices[:MOST_LISTED]]
    if len(invoices) > MOST_LISTED:
        listed.append(f"- et {len(invoices) - MOST_LISTED} autres, sur la page ci-dessous.")
    one = len(invoices) == 1
    text = "\n\n".join(
        (
            "Madame, Monsieur,",
            f"L’entreprise {buyer} demande une aide de l’État, le Bonus Souveraineté, pour "
            + (
                "cette facture qu’elle dit tenir de vous :"
                if one
                else "ces factures qu’elle dit tenir de vous :"
            ),
            "\n".join(listed),
            "Si tout est exact, vous n’avez rien à faire. "
            + ("Si vous n’avez pas émis cette facture" if one else "Si vous n’avez pas émis l’une d’elles")
            + ", ou si elle est fausse, annulée ou remboursée, dites-le-nous avant la fin du "
            f"{format_date(last_day)} (art. 12) :\n{url}",
            f"{_OWN_LINK} Une question ? {contact}",
        )
    )
    why = (
        f"Vous recevez ce message parce que cette adresse est celle que le registre connaît pour {supplier}, "
        "fournisseur de solutions certifiées."
    )
    return SupplierMail(
        french(
            "Bonus Souveraineté : avez-vous émis cette facture ?"
            if one
            else "Bonus Souveraineté : avez-vous émis ces factures ?"
        ),
        french(text),
        french(why),
    )


def shown_invoice(number: str, issued_on: date, gross_cents: int, *, credit_note: bool) -> dict[str, Any]:
    """An invoice as its supplier is shown it (JSON)."""
    return {
        "number": number,
        "issued_on": issued_on.isoformat(),
        "gross_cents": gross_cents,
        "credit_note": credit_note,
    }


def invoice_in_words(invoice: dict[str, Any]) -> str:
    """One line of what a supplier is shown."""
    day = format_date(date.fromisoformat(invoice["issued_on"]))
    kind = "Avoir" if invoice["credit_note"] else "Facture"
    return french(
        f"{kind} {invoice['number']} du {day}, {format_euros(invoice['gross_cents'])} toutes taxes comprises"
    )


def unmet_in_words(kept: Sequence[dict[str, Any]]) -> str:
    """Why a dossier is not in the lane: the conditions that do not hold, in one text."""
    return " ".join(french(f"{one['name']} : non. {one['sentence']}") for one in kept if not one["met"])
