"""The full history of a dossier in words, from the audit log: what its company may know, never a field of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select

from bonus.audit.models import AuditEntry
from bonus.calendar import PARIS, civil_date, format_date
from bonus.extensions import db

from .models import Claim
from .status import STATUSES

COMPANY, STATE, SERVICE = "company", "state", "service"
WHO = {COMPANY: "Votre entreprise", STATE: "L’administration", SERVICE: "Le service, automatiquement"}
"""Who acted: code → what people read."""

_NUMBER = re.compile(r" \(n° \d+\)$")
# What the company did → one, several.
_COMPANY = {
    "claim.drafted": ("Brouillon ouvert", ""),
    "claim.document_added": ("Un document ajouté", "{} documents ajoutés"),
    "claim.document_joined": ("Une pièce jointe", "{} pièces jointes"),
    "claim.document_removed": ("Un document retiré", "{} documents retirés"),
    "claim.lines_corrected": ("Lignes enregistrées", "Lignes enregistrées {} fois"),
    "claim.lines_entered": ("Lignes d’une facture saisies", "Lignes saisies {} fois"),
    "claim.invoice_entered": ("Une facture saisie à la main", "{} factures saisies à la main"),
    "claim.table_received": ("Un tableau de lignes déposé", "{} tableaux de lignes déposés"),
    "claim.table_accepted": ("Un tableau de lignes accepté", "{} tableaux de lignes acceptés"),
    "claim.table_abandoned": ("Un tableau de lignes abandonné", "{} tableaux de lignes abandonnés"),
    "claim.table_removed": ("Un tableau de lignes retiré", "{} tableaux de lignes retirés"),
    "claim.filed": ("Dossier déposé, accusé de réception remis", ""),
    "claim.abandoned": ("Dossier abandonné (désistement)", ""),
    "appeal.filed": ("Recours formé", ""),
    "appeal.withdrawn": ("Recours retiré", ""),
    "claim.answer_joined": ("Une pièce jointe à votre réponse", "{} pièces jointes à votre réponse"),
    "claim.answer_explained": ("Explication donnée pour une pièce", "Explications données pour {} pièces"),
    "claim.documents_answered": ("Réponse à la demande de pièces envoyée", ""),
    "reasons.asked": ("Motifs du refus demandés", ""),
    "revocation.observed": ("Vos observations envoyées", ""),
    "recovery.seen": ("Indu ouvert", ""),
    "recovery.replied": ("Réponse à l’indu envoyée", ""),
    "claim.decision_opened": ("Décision ou courrier ouvert pour la première fois", ""),
}
# What the State did, and what the company knows of it: a proposal stays between agents.
_STATE = {
    "claim.reviewed": ("Examen commencé par un instructeur", ""),
    "claim.documents_asked": ("Pièces demandées par l’instructeur", ""),
    "claim.decided": ("Décision rendue", ""),
    "reasons.given": ("Motifs du refus communiqués", ""),
    "revocation.opened": ("Retrait envisagé\u00a0: vos observations sont attendues", ""),
    "claim.revoked": ("Décision retirée (art.\u00a011)", ""),
    "revocation.dropped": ("Retrait abandonné\u00a0: la décision reste", ""),
    "recovery.notified": ("Indu notifié\u00a0: votre réponse est attendue (art.\u00a014)", ""),
    "recovery.confirmed": ("Indu confirmé (art.\u00a014)", ""),
    "recovery.dropped": ("Indu abandonné\u00a0: rien ne vous est réclamé", ""),
    "appeal.taken": ("Examen du recours commencé", ""),
    "appeal.confirmed": ("Réponse au recours\u00a0: la décision est confirmée", ""),
    "appeal.reformed": ("Réponse au recours\u00a0: la décision est réformée", ""),
    "appeal.annulled": (
        "Réponse au recours\u00a0: la décision est annulée, votre demande est de nouveau examinée",
        "",
    ),
    "appeal.restored": (
        "Réponse au recours\u00a0: le retrait est annulé, la décision s’applique de nouveau",
        "",
    ),
    "appeal.rejected_late": ("Réponse au recours\u00a0: rejeté, hors délai", ""),
    "claim.waiting": ("Mise en liste d’attente, faute de crédits (art.\u00a010)", ""),
    "claim.document_read": (
        "Un de vos documents consulté par un agent",
        "{} consultations de vos documents par des agents",
    ),
}
_SERVICE = {
    "claim.table_taken": (
        "Lignes d’un tableau ajoutées au dossier",
        "Lignes de {} tableaux ajoutées au dossier",
    ),
    "claim.request_ended": ("Fin du délai pour répondre à la demande de pièces", ""),
    "appeal.lapsed": ("Fin du délai pour répondre au recours\u00a0: rejeté par silence", ""),
    "claim.woken": ("Reprise des lignes qui attendaient leur label", ""),
}
_DECIDED = {
    "officer": ("Décision prise par l’ordonnateur", STATE),
    "rule": ("Décision prise par règle", SERVICE),
    "silence": ("Fin du délai de décision, le silence vaut rejet (art.\u00a011)", SERVICE),
    "appeal": ("Décision prise sur votre recours", STATE),
}
"""How a decision was taken, and who by; those of before this was kept were an officer's."""
_MESSAGE = {COMPANY: "Message à l’instructeur", STATE: "Message de l’instructeur"}


@dataclass(frozen=True)
class Event:
    """One thing that happened: when (the last of several alike), what, and who: a code of ``WHO``, with the name of a
    person of the company."""

    at: datetime
    what: str
    who: str
    name: str = ""


def history_of(claim: Claim) -> list[Event]:
    """What happened to a dossier, the oldest first; alike things of one person on one day make one event."""
    subjects = [f"claim:{claim.id}"] + ([f"claim:{claim.number}"] if claim.number else [])
    known = [*_COMPANY, *_STATE, *_SERVICE, "claim.message_written"]
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject.in_(subjects), AuditEntry.action.in_(known))
        .order_by(AuditEntry.id)
    ).all()
    return [_event(list(alike)) for _, alike in groupby(entries, _alike)]


def _alike(entry: AuditEntry) -> tuple[object, ...]:
    alone = entry.id if not _words(entry)[1] else 0
    return entry.action, entry.actor, civil_date(entry.at), alone


def _words(entry: AuditEntry) -> tuple[str, str]:
    return (_COMPANY | _STATE | _SERVICE).get(entry.action, ("", ""))


def _event(entries: Sequence[AuditEntry]) -> Event:
    last = entries[-1]
    who = _who(last)
    one, several = _words(last)
    what = several.format(len(entries)) if len(entries) > 1 else one
    if last.action == "claim.message_written":
        what = _MESSAGE[who]
    elif last.action == "claim.decided":
        one, _ = _DECIDED[str(last.facts.get("kind", "officer"))]
        what = f"{one}\u00a0: {STATUSES[str(last.facts['outcome'])].lower()}"
    elif last.action == "claim.documents_asked":
        day = datetime.fromisoformat(str(last.facts["answer_by"])).date()
        what = f"{one}, à envoyer avant la fin du {format_date(day)}"
    return Event(last.at.astimezone(PARIS), what, who, _NUMBER.sub("", last.actor) if who == COMPANY else "")


def _who(entry: AuditEntry) -> str:
    if entry.action == "claim.message_written":
        return COMPANY if entry.facts.get("side") == "company" else STATE
    if entry.action == "claim.decided":
        return _DECIDED[str(entry.facts.get("kind", "officer"))][1]
    if entry.action in _COMPANY:
        return COMPANY
    return STATE if entry.action in _STATE else SERVICE
