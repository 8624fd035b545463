"""The one place where a dossier changes status: (status, action) → who may, and the next status."""

from __future__ import annotations

from dataclasses import dataclass

from bonus.errors import Forbidden, Refusal

STATUSES: dict[str, str] = {
    "draft": "Brouillon",
    "filed": "Déposé",
    "awaiting_documents": "Pièces attendues",
    "under_review": "En instruction",
    "proposed": "Proposé à la décision",
    "waiting_list": "Liste d’attente",
    "granted": "Accordé",
    "partly_granted": "Accordé en partie",
    "refused": "Refusé",
    "pending": "En attente du label",
    "abandoned": "Abandonné",
    "revoked": "Retiré",
    "annulled": "Annulé",
}
"""Code → what people read."""

DECIDED = frozenset({"granted", "partly_granted", "refused", "pending"})
WAKEABLE = frozenset({"pending", "partly_granted"})
"""Decided dossiers that may hold lines waiting for their label."""
COMPANY_STATUSES = STATUSES | {"proposed": STATUSES["under_review"]}
"""The same for its company: what a reviewer proposes stays between the State's agents."""
INTERNAL = frozenset({"propose", "concur", "object", "send_back"})
"""Actions that stay between the State's agents."""
TAKEN_BACK = frozenset({"revoked", "annulled"})
"""Dossiers whose decision is no more: nothing of it is paid nor certified."""
OPEN = frozenset({"filed", "awaiting_documents", "under_review", "proposed"})


@dataclass(frozen=True)
class Transition:
    """Who may act, and what the status becomes; a decision's outcome is the new status itself."""

    roles: frozenset[str]
    results: frozenset[str]


def _by(role: str, *results: str) -> Transition:
    return Transition(frozenset({role}), frozenset(results))


TABLE: dict[tuple[str, str], Transition] = {
    ("draft", "file"): _by("company", "filed"),
    ("draft", "abandon"): _by("company", "abandoned"),
    ("filed", "abandon"): _by("company", "abandoned"),
    ("under_review", "abandon"): _by("company", "abandoned"),
    ("proposed", "abandon"): _by("company", "abandoned"),
    ("awaiting_documents", "abandon"): _by("company", "abandoned"),
    ("filed", "review"): _by("reviewer", "under_review"),
    # One request lists all that misses; the dossier is then decided on what it holds (art. 11).
    ("filed", "ask"): _by("reviewer", "awaiting_documents"),
    ("under_review", "ask"): _by("reviewer", "awaiting_documents"),
    ("awaiting_documents", "answer"): _by("company", "under_review"),
    ("awaiting_documents", "expire"): _by("service", "under_review"),
    ("filed", "propose"): _by("reviewer", "proposed"),
    ("under_review", "propose"): _by("reviewer", "proposed"),
    ("proposed", "send_back"): _by("authorising_officer", "under_review"),
    # What waited for a label is decided on its own, in the same dossier (art. 11).
    ("pending", "wake"): _by("service", "under_review"),
    ("partly_granted", "wake"): _by("service", "under_review"),
    # Above a threshold, a second reviewer agrees before it goes to the officer, or sends it back (art. 12).
    ("proposed", "concur"): _by("reviewer", "proposed"),
    ("proposed", "object"): _by("reviewer", "under_review"),
    ("proposed", "decide"): _by("authorising_officer", *DECIDED, "waiting_list"),
    # The fast lane (art. 12): every line is eligible, so nothing is refused or waits for a label.
    ("filed", "decide_by_rule"): _by("service", "granted", "partly_granted", "waiting_list"),
    # Silence at the end of the two months is a refusal (art. 11); of lines that were woken, of these
    # alone: others may still wait for their label.
    ("filed", "lapse"): _by("service", "refused", "partly_granted", "pending"),
    ("under_review", "lapse"): _by("service", "refused", "partly_granted", "pending"),
    ("proposed", "lapse"): _by("service", "refused", "partly_granted", "pending"),
    ("waiting_list", "abandon"): _by("company", "abandoned"),
    # Credits are found: what was decided is computed again on that day, the grant date (art. 10).
    ("waiting_list", "serve"): _by("service", *DECIDED),
    # A decision is taken back on one of three grounds, the company heard (art. 11).
    ("granted", "revoke"): _by("authorising_officer", "revoked"),
    ("partly_granted", "revoke"): _by("authorising_officer", "revoked"),
    # What an appeal comes to, when it is not confirmed.
    ("refused", "reform"): _by("authorising_officer", "granted", "partly_granted", "pending"),
    ("partly_granted", "reform"): _by("authorising_officer", "granted", "partly_granted"),
    ("pending", "reform"): _by("authorising_officer", "granted", "partly_granted", "pending"),
    ("refused", "annul"): _by("authorising_officer", "annulled"),
    ("partly_granted", "annul"): _by("authorising_officer", "annulled"),
    # Of a dossier taken back, what is annulled is the withdrawal: it has again the status it had.
    ("revoked", "restore"): _by("authorising_officer", "granted", "partly_granted"),
    # What an annulled decision refused is examined again, at once: the request is still there (art. 11).
    ("annulled", "reopen"): _by("authorising_officer", "under_review"),
}
ACTIONS = sorted({action for _, action in TABLE})


def allowed(status: str, action: str, roles: frozenset[str]) -> bool:
    """Whether someone with these roles may do this to a dossier in this status."""
    found = TABLE.get((status, action))
    return found is not None and bool(found.roles & roles)


def transition(status: str, action: str, roles: frozenset[str]) -> Transition:
    """The row of the table for someone who may do this to a dossier in this status.

    Raises Refusal when the status does not allow the action, Forbidden when the role does not.
    """
    found = TABLE.get((status, action))
    if found is None:
        raise Refusal(
            "claim.wrong_status",
            f"Ce dossier est « {STATUSES[status].lower()} » : cette action n’est plus possible. "
            "Rechargez la page pour voir où il en est.",
        )
    if not found.roles & roles:
        raise Forbidden("claim.wrong_role", "Votre rôle ne permet pas cette action sur ce dossier.")
    return found


def next_status(status: str, action: str, roles: frozenset[str], result: str | None = None) -> str:
    """The status after an action. ``result`` is required when the action has several results.

    Raises Refusal when the status does not allow the action, Forbidden when the role does not.
    """
    results = transition(status, action, roles).results
    if result is None and len(results) == 1:
        return next(iter(results))
    if result not in results:
        raise ValueError(f"{action} cannot lead from {status} to {result}")
    return result
