"""The one place where an appeal changes status: (status, action) → who may, and the next status. Pure."""

from __future__ import annotations

from bonus.errors import Forbidden, Refusal

STATUSES: dict[str, str] = {
    "filed": "Reçu",
    "under_examination": "En examen",
    "proposed": "Proposé à la décision",
    "confirmed": "Décision confirmée",
    "reformed": "Décision réformée",
    "annulled": "Décision annulée",
    "rejected_late": "Rejeté, hors délai",
    "lapsed": "Rejeté par silence",
    "withdrawn": "Retiré",
}
"""Code → what people read."""

COMPANY_STATUSES = STATUSES | {"proposed": STATUSES["under_examination"]}
"""The same for its company: what an examiner proposes stays between the State's agents."""
OPEN = frozenset({"filed", "under_examination", "proposed"})
OUTCOMES: dict[str, str] = {
    "confirm": "Confirmer la décision",
    "reform": "Réformer la décision",
    "annul": "Annuler la décision",
    "reject_late": "Rejeter : hors délai",
}
"""What an appeal may come to: code of the action → what agents read."""
OUTCOMES_OF_A_WITHDRAWAL = {
    "confirm": "Confirmer le retrait",
    "annul": "Annuler le retrait",
    "reject_late": OUTCOMES["reject_late"],
}
"""What one against a withdrawal (retrait) may come to: it is of all that was granted, so it is not reformed."""

TABLE: dict[tuple[str, str], tuple[str, str]] = {
    ("filed", "take"): ("reviewer", "under_examination"),
    ("under_examination", "propose"): ("reviewer", "proposed"),
    ("proposed", "send_back"): ("authorising_officer", "under_examination"),
    # A reform that adds more than a threshold is read by a second reviewer first (art. 12).
    ("proposed", "concur"): ("reviewer", "proposed"),
    ("proposed", "object"): ("reviewer", "under_examination"),
    ("proposed", "confirm"): ("authorising_officer", "confirmed"),
    ("proposed", "reform"): ("authorising_officer", "reformed"),
    ("proposed", "annul"): ("authorising_officer", "annulled"),
    ("proposed", "reject_late"): ("authorising_officer", "rejected_late"),
    # Silence on an appeal rejects it (CRPA L411-7), and its company may give it up until it is answered.
    **{(status, "lapse"): ("service", "lapsed") for status in ("filed", "under_examination", "proposed")},
    **{
        (status, "withdraw"): ("company", "withdrawn")
        for status in ("filed", "under_examination", "proposed")
    },
}
ACTIONS = sorted({action for _, action in TABLE})


def next_status(status: str, action: str, roles: frozenset[str]) -> str:
    """The status after an action. Raises Refusal when the status does not allow it, Forbidden when the role does
    not."""
    found = TABLE.get((status, action))
    if found is None:
        raise Refusal(
            "appeal.wrong_status",
            f"Ce recours est « {STATUSES[status].lower()} » : cette action n’est plus possible. Rechargez la page "
            "pour voir où il en est.",
        )
    role, result = found
    if role not in roles:
        raise Forbidden("appeal.wrong_role", "Votre rôle ne permet pas cette action sur ce recours.")
    return result
