"""The words of the pages of the bank's answers: badges, counts, and what a line means."""

from __future__ import annotations

from bonus.calendar import civil_date
from bonus.payments.answer_desk import TREATED
from bonus.payments.answer_models import CHECK_RESULTS, FINDINGS, BankFinding
from bonus.payments.bank_reasons import bank_reason
from bonus.payments.kept_reasons import KEPT, NOTED
from bonus.payments.models import PaymentOrderChange
from bonus.payments.order_status import HOLD_REASONS

STATES = {
    "received": ("En cours", "info"),
    "applied": ("Appliqué", "success"),
    "held": ("Rien d’appliqué", "warning"),
    "left": ("Laissé de côté", None),
}
KINDS = {
    "execute": ("Exécuté", "success"),
    "reject": ("Rejeté", "error"),
    "return": ("Retourné", "error"),
    "note": ("Noté", None),
    "keep": ("À examiner", "warning"),
}
SORTS = {
    "execute": ("exécuté", "exécutés"),
    "reject": ("rejeté", "rejetés"),
    "return": ("retourné", "retournés"),
    "note": ("noté", "notés"),
    "keep": ("à examiner", "à examiner"),
    TREATED: ("traité", "traités"),
}
"""What the lines of a file came to: one, several."""
ACTS = {
    "hold": "Retenu",
    "free": "Libéré",
    "batch": "Mis en lot",
    "unbatch": "Sorti du lot",
    "send": "Remis à la banque",
    "execute": "Exécuté",
    "reject": "Rejeté",
    "return": "Retourné",
    "reopen": "Remis à payer",
    "cancel": "Annulé",
    "claim": "Réclamé par le créancier",
    "offset": "Compensé",
    "offset_part": "Compensé en partie",
}
"""Steps of an order: what people read."""


def explained(finding: BankFinding) -> dict[str, str]:
    """What a line means: its title, what it means, what to do, the bank's code in French."""
    kept = KEPT.get(finding.reason) if finding.kind == "keep" else None
    reason = bank_reason(finding.code, civil_date(finding.at)) if finding.code else None
    return {
        "title": kept.title if kept else FINDINGS[finding.kind],
        "means": kept.means if kept else NOTED.get(finding.reason, ""),
        "do": kept.do if kept else "",
        "code": reason.agent if reason else "",
        "check": CHECK_RESULTS.get(finding.check_result, ""),
    }


def step(change: PaymentOrderChange) -> dict[str, str]:
    """A step of an order, in words: what was done, and why."""
    why = change.why
    if change.action in {"order", "hold", "free", "reopen"}:
        why = " ".join(HOLD_REASONS.get(word, word) for word in why.split(" "))
    if change.action in {"reject", "return"} and change.person_id is None:
        why = bank_reason(change.why, civil_date(change.at)).agent
    return {"act": ACTS.get(change.action, "Ordre de paiement"), "why": why}
