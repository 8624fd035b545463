"""The one place where a payment order changes status: (status, action) → who may, and the next status (art. 13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bonus.errors import Forbidden, Refusal
from bonus.money import NBSP

ORDER_STATUSES: dict[str, str] = {
    "to_pay": "À payer",
    "held": "Retenu",
    "in_batch": "En lot",
    "sent": "Remis à la banque",
    "executed": "Exécuté",
    "rejected": "Rejeté",
    "returned": "Retourné",
    "to_pay_again": "À payer de nouveau",
    "cancelled": "Annulé",
    "offset": "Compensé",
}
"""Code → what people read."""

WITH_BATCH = ("in_batch", "sent", "executed", "rejected", "returned")
"""Statuses of an order that belongs to a batch."""
PAYABLE = ("to_pay", "to_pay_again")
"""Statuses of an order that a batch may take."""
REFUSED_BY_BANK = ("rejected", "returned")
"""Statuses of an order whose money is here again; nothing is sent again by itself."""
WITHOUT_ACCOUNT = ("held", "cancelled", "offset")
"""Statuses in which an order needs no account to be paid on."""

HOLD_REASONS: dict[str, str] = {
    "no_account": "L’entreprise n’a pas de compte bancaire vérifié (art. 13).",
    "iban_change": "Un changement de compte bancaire attend d’être vérifié (art. 13).",
    "revoked": f"La décision a été retirée (art. 11){NBSP}: rien n’est payé.",
    "control": "Un contrôle du dossier est ouvert (art. 14).",
    "insolvency": f"L’entreprise est en liquidation judiciaire{NBSP}: à qui payer doit être vérifié.",
    "account_refused": f"La banque a refusé ce compte{NBSP}: l’entreprise doit en donner un autre (art. 13).",
    "undue": f"Un indu est à l’étude sur ce dossier{NBSP}: rien n’est payé avant qu’il soit décidé (art. 14).",
    "by_hand": "Retenu par un agent comptable.",
}
"""Why an order is held; several may stand at once."""


@dataclass(frozen=True)
class OrderTransition:
    """Who may act, and what the status becomes: one of ``results``."""

    roles: frozenset[str]
    results: tuple[str, ...]


OFFICER, SERVICE_ROLE = "accounting_officer", "service"


def _by(*roles: str, to: str | tuple[str, ...]) -> OrderTransition:
    return OrderTransition(frozenset(roles), (to,) if isinstance(to, str) else to)


_WAITING = ("to_pay", "to_pay_again")
_STOPPABLE = (*_WAITING, "held", *REFUSED_BY_BANK)

TABLE: dict[tuple[str, str], OrderTransition] = {
    # Held by a rule of the service or by hand; a second reason adds to the first.
    **{(status, "hold"): _by(OFFICER, SERVICE_ROLE, to="held") for status in (*_WAITING, "held")},
    # In a batch that is not sent, or back from the bank, the reason is noted and the status stands.
    **{(status, "hold"): _by(OFFICER, SERVICE_ROLE, to=status) for status in ("in_batch", *REFUSED_BY_BANK)},
    ("held", "free"): _by(OFFICER, SERVICE_ROLE, to=("to_pay", "to_pay_again")),
    **{(status, "batch"): _by(OFFICER, to="in_batch") for status in _WAITING},
    ("in_batch", "unbatch"): _by(OFFICER, to=("to_pay", "to_pay_again", "held")),
    ("in_batch", "send"): _by(OFFICER, to="sent"),
    # What the bank answers: a return may come after the execution, and after a mere acceptance.
    ("sent", "execute"): _by(SERVICE_ROLE, OFFICER, to="executed"),
    ("sent", "reject"): _by(SERVICE_ROLE, OFFICER, to="rejected"),
    ("executed", "return"): _by(SERVICE_ROLE, OFFICER, to="returned"),
    # Never sent again by itself: by a person, or for an account that another person approved.
    **{
        (status, "reopen"): _by(OFFICER, SERVICE_ROLE, to=("to_pay_again", "held"))
        for status in REFUSED_BY_BANK
    },
    **{(status, "cancel"): _by(OFFICER, SERVICE_ROLE, to="cancelled") for status in _STOPPABLE},
    # By the service when the rest of one that was offset in part is undue.
    **{
        (status, "offset"): _by(OFFICER, SERVICE_ROLE, to="offset")
        for status in (*_WAITING, "held", *REFUSED_BY_BANK)
    },
    **{(status, "offset_part"): _by(OFFICER, to=status) for status in (*_WAITING, "held")},
}
"""Arts. 13 and 14. What is not here is refused."""


def next_status(status: str, action: str, roles: Collection[str], result: str | None = None) -> str:
    """The status after an action by someone with these roles; ``result`` where the action has several.

    Raises Refusal when the status does not allow the action, Forbidden when the role does not.
    """
    transition = TABLE.get((status, action))
    if transition is None:
        raise Refusal(
            "payment.status",
            f"Cet ordre est «{NBSP}{ORDER_STATUSES[status].lower()}{NBSP}»{NBSP}: cet acte n’est plus possible.",
        )
    if not transition.roles & set(roles):
        raise Forbidden("payment.wrong_role", "Cet acte revient à un agent comptable (art. 12).")
    if result is None and len(transition.results) == 1:
        return transition.results[0]
    if result not in transition.results:
        raise ValueError(f"{action} cannot lead from {status} to {result}")
    return result
