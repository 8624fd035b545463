"""What a company reads of what a decision made due: whether it was paid, or what its payment waits for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bonus.calendar import format_date
from bonus.money import NBSP, format_euros

ENDED = frozenset({"sent", "paid", "offset", "cancelled"})
"""States of a payment of which nothing more is awaited."""


@dataclass(frozen=True)
class Payment:
    """What a decision made due, in cents. ``state``: ``preparing`` (no order yet), ``due`` until ``on``, ``held`` for
    ``reason``, ``account`` (the bank refused the company's, another is to be given), ``sent`` to the bank to be made
    ``on``, to ``account`` (masked), ``paid`` there, ``offset`` (all kept for a titre) or ``cancelled``. ``kept_cents``:
    what was kept of it for a titre (art. 14), besides ``amount_cents``. ``barred_on``: the first day on which it can no
    longer be paid, when that is near."""

    amount_cents: int
    state: str
    on: date | None = None
    reason: str = ""
    account: str = ""
    kept_cents: int = 0
    barred_on: date | None = None


def payment_awaited(payments: Sequence[Payment]) -> tuple[str, str, date | None]:
    """Of whom something is awaited once all is decided, what, and until when."""
    left = [payment for payment in payments if payment.state not in ENDED]
    if any(payment.state == "account" for payment in left):
        sentence = (
            "La banque n’a pas pu verser le bonus sur votre compte. Donnez-en un autre dans « Mon entreprise », à "
            "« Compte bancaire » : le bonus y sera versé dès qu’un agent l’aura vérifié (art. 13)."
        )
        return "company", sentence, None
    held = next((payment for payment in left if payment.state == "held"), None)
    if held is not None:
        return "administration", f"Le versement est retenu. {held.reason}", None
    if left:
        return (
            "administration",
            "Le bonus accordé vous est versé par virement (art. 13). Vous n’avez rien à faire.",
            left[0].on,
        )
    if any(payment.state == "sent" for payment in payments):
        return "nobody", "Le virement est transmis à la banque : ce dossier est terminé.", None
    if any(payment.state == "paid" for payment in payments):
        return "nobody", "Le bonus est versé : ce dossier est terminé.", None
    return "nobody", "Ce dossier est décidé. Vous n’avez rien à faire.", None


def payment_step(payment: Payment, when: str) -> tuple[str, str, str, str]:
    """The step of a payment: its title, its state as of ``ui.timeline``, when, and what it means. ``when``: the day
    ``payment.on``, in words."""
    amount, kept = format_euros(payment.amount_cents), _kept(payment)
    if payment.state in ("sent", "paid"):
        title = "Virement transmis à la banque" if payment.state == "sent" else "Bonus versé"
        return title, "done", f"pour exécution le {when}", f"{amount} sur le compte {payment.account}.{kept}"
    if payment.state == "account":
        text = f"Donnez un autre compte pour être payé (art. 13).{_barred(payment)}"
        return "Virement refusé par la banque", "bad", "", text
    if payment.state == "held":
        return "Versement retenu", "bad", "", f"{payment.reason}{_barred(payment)}"
    if payment.state == "due":
        text = f"L’agent comptable prépare le virement (art. 13).{kept}{_barred(payment)}"
        return "Versement", "current", f"au plus tard le {when}", text
    if payment.state == "offset":
        return "Bonus retenu", "done", "", kept.strip()
    if payment.state == "cancelled":
        return "Versement annulé", "bad", "", "Rien n’est versé."
    return "Versement", "current", "", "L’ordre de paiement est en préparation."


def _barred(payment: Payment) -> str:
    if payment.barred_on is None:
        return ""
    return (
        f" Cette somme ne pourra plus être versée à partir du {format_date(payment.barred_on)} (art. 14) ; une demande "
        "de paiement écrite de votre part fait courir un nouveau délai."
    ).replace(" ;", f"{NBSP};")


def _kept(payment: Payment) -> str:
    if not payment.kept_cents:
        return ""
    return f" {format_euros(payment.kept_cents)} sont retenus sur ce bonus pour une somme à rembourser (art. 14)."
