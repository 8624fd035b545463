"""The second reviewer of a reform: above a threshold, someone who never acted on the dossier agrees with what an appeal
adds, or sends the proposal back (art. 12)."""

from __future__ import annotations

from datetime import datetime

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db

from .appeal_models import Appeal
from .appeal_persons import acts_on, require_someone_else
from .appeal_reform import Reform, mark_of, reform_of
from .appeal_status import next_status
from .appeals import appeal_by, change_appeal
from .examination import needs_concurrence, require_reasons
from .role_models import REVIEWER


def awaits_concurrence(appeal: Appeal, reform: Reform, now: datetime) -> bool:
    """Whether a second reviewer is still to read a proposed reform: what it adds is above the threshold, not at it."""
    return appeal.concurred_by_id is None and needs_concurrence(reform.added_cents, civil_date(now))


def concur_with_appeal(reference: str, actor: Actor, now: datetime, *, seen: str | None = None) -> Appeal:
    """A second reviewer agrees with a proposed reform, to be decided; committed. ``seen``: the mark of what was on the
    screen (``appeal_reform.mark_of``).

    Raises Forbidden for its examiner, for whoever acted on the dossier and for the wrong role; Refusal for a wrong
    status, below the threshold, when it was done, or when the computation changed.
    """
    appeal, reform = _second_reading(reference, "concur", actor, now)
    if seen is not None and seen != mark_of(reform):
        raise Refusal(
            "claim.changed_since_shown",
            "Le calcul a changé depuis l’affichage de la page : relisez le recours, puis confirmez.",
        )
    appeal.concurred_by_id, appeal.concurred_at = actor.person_id, now
    change_appeal(appeal, "concur", actor, now)
    acts_on(appeal, actor, REVIEWER, now)
    record("appeal.concurred", f"claim:{appeal.claim.number}", actor, now, added_cents=reform.added_cents)
    db.session.commit()
    return appeal


def object_to_appeal(reference: str, reasons: str, actor: Actor, now: datetime) -> Appeal:
    """A second reviewer does not agree, and sends the proposal back to its examiner, saying why; committed. Raises what
    ``concur_with_appeal`` raises, and InvalidInput for reasons that say too little."""
    appeal, _ = _second_reading(reference, "object", actor, now)
    reasons = require_reasons(reasons)
    change_appeal(appeal, "object", actor, now, reason=reasons)
    acts_on(appeal, actor, REVIEWER, now)
    record("appeal.objected", f"claim:{appeal.claim.number}", actor, now, reasons=reasons)
    db.session.commit()
    return appeal


def _second_reading(reference: str, action: str, actor: Actor, now: datetime) -> tuple[Appeal, Reform]:
    appeal = appeal_by(reference, lock=True)
    next_status(appeal.status, action, actor.roles)
    if actor.person_id == appeal.examiner_id:
        raise Forbidden(
            "appeal.own_proposal",
            "C’est votre proposition : un autre instructeur doit la relire (art. 12).",
        )
    require_someone_else(appeal, actor, REVIEWER)
    if appeal.concurred_by_id is not None:
        raise Refusal(
            "appeal.already_concurred",
            "Un second instructeur a déjà confirmé cette proposition : l’ordonnateur peut décider.",
        )
    reform = (
        reform_of(appeal, appeal.proposed_lines or {}, now) if appeal.proposed_outcome == "reform" else None
    )
    if reform is None or not awaits_concurrence(appeal, reform, now):
        raise Refusal(
            "appeal.no_concurrence_needed",
            "Pour ce montant, aucun second instructeur n’a à confirmer la proposition : l’ordonnateur peut décider.",
        )
    return appeal, reform
