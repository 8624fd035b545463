"""The one place where an undue sum changes status (art. 14): (status, action) → who may, and the next status. Pure.

A titre de perception follows the time given to reply, never the other way round: ``confirm`` stands on a sum that was
notified, and ``deciding`` refuses it until that time is over.
"""

from __future__ import annotations

from bonus.errors import Forbidden, Refusal

STATUSES: dict[str, str] = {
    "draft": "En préparation",
    "notified": "Notifié",
    "replied": "Réponse reçue",
    "confirmed": "Titre émis",
    "dropped": "Sans suite",
}
"""Code → what people read."""

OPEN = frozenset({"draft", "notified", "replied"})
AWAITED = frozenset({"notified", "replied"})
"""Notified, and not decided: the company may know of it."""
TOLD = frozenset(STATUSES) - {"draft"}

ORIGINS: dict[str, str] = {
    "withdrawal": "Retrait d’une décision ou d’un label",
    "credit_note": "Avoir reçu après la décision",
    "contract_ended": "Contrat terminé avant la fin de la période payée",
    "false_statement": "Déclaration inexacte",
    "control": "Contrôle",
}
"""Where an undue sum comes from (art. 14): code → what people read."""

ORDER_STATUSES: dict[str, str] = {
    "open": "À recouvrer",
    "settled": "Soldé",
    "cancelled": "Annulé",
    "barred": "Prescrit",
}
"""What becomes of a titre: code → what people read."""

LETTER_KINDS: dict[str, str] = {
    "notice": "Notification d’un indu",
    "titre": "Titre de perception",
    "dropped": "Indu abandonné",
}
"""What is written to the company: code → what people call it."""

MASS_STATUSES: dict[str, str] = {
    "drafting": "En préparation",
    "preview": "À approuver",
    "sending": "Envoi en cours",
    "done": "Envoyée",
    "abandoned": "Abandonnée",
}
"""A notice to many at once: nothing is sent before a second person approves the preview."""
ITEM_STATES: dict[str, str] = {
    "waiting": "À préparer",
    "ready": "Prêt",
    "done": "Envoyé",
    "refused": "Laissé de côté",
}

TABLE: dict[tuple[str, str], tuple[frozenset[str], str]] = {
    ("draft", "change"): (frozenset({"reviewer"}), "draft"),
    ("draft", "notify"): (frozenset({"reviewer"}), "notified"),
    ("draft", "drop"): (frozenset({"reviewer", "authorising_officer"}), "dropped"),
    ("notified", "reply"): (frozenset({"company"}), "replied"),
    **{
        (status, action): (frozenset({"authorising_officer"}), result)
        for status in ("notified", "replied")
        for action, result in (("confirm", "confirmed"), ("drop", "dropped"))
    },
}
ACTIONS = sorted({action for _, action in TABLE})


def next_status(status: str, action: str, roles: frozenset[str]) -> str:
    """The status after an action. Raises Refusal when the status does not allow it, Forbidden when the role does
    not."""
    found = TABLE.get((status, action))
    if found is None:
        raise Refusal(
            "recovery.wrong_status",
            f"Cet indu est « {STATUSES[status].lower()} » : cette action n’est plus possible. Rechargez la page "
            "pour voir où il en est.",
        )
    allowed, result = found
    if not allowed & roles:
        raise Forbidden("recovery.wrong_role", "Votre rôle ne permet pas cette action sur un indu.")
    return result
