"""The second reviewer of an appeal: above a threshold, someone who never acted on the dossier agrees with what the
answer adds or gives back, or sends the proposal back (art. 12)."""

from __future__ import annotations

from datetime import datetime

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db

from .appeal_models import Appeal
from .appeal_persons import acts_on, require_someone_else
from .appeal_reform import mark_of, reform_of
from .appeal_status import next_status
from .appeals import appeal_by, change_appeal
from .examination import needs_concurrence, require_reasons
from .role_models import REVIEWER


def awaits_concurrence(appeal: Appeal, added_cents: int, now: datetime) -> bool:
    """Whether a second reviewer is still to read a proposed answer: what a reform adds, or the annulment of a
    withdrawal gives back, in cents, is above the threshold, not at it."""
    return appeal.concurred_by_id is None and needs_concurrence(added_cents, civil_date(now))


def given_back_cents(appeal: Appeal) -> int:
    """What the answer that is proposed gives back, in cents: all that a withdrawal took, when it is to be annulled."""
    return appeal.claim.granted_cents if appeal.revocation_id and appeal.proposed_outcome == "annul" else 0


def concur_with_appeal(reference: str, actor: Actor, now: datetime, *, seen: str | None = None) -> Appeal:
    """A second reviewer agrees with a proposed answer, to be decided; committed. ``seen``: the mark of what was on the
    screen (``appeal_reform.mark_of``).

    Raises Forbidden for its examiner, for whoever acted on the dossier and for the wrong role; Refusal for a wrong
    status, below the threshold, when it was done, or when the computation changed.
    """
    appeal, added_cents, mark = _second_reading(reference, "concur", actor, now)
    if seen is not None and seen != mark:
        raise Refusal(
            "claim.changed_since_shown",
            "Le calcul a changé depuis l’affichage de la page : relisez le recours, puis confirmez.",
        )
    appeal.concurred_by_id, appeal.concurred_at = actor.person_id, now
    change_appeal(appeal, "concur", actor, now)
    acts_on(appeal, actor, REVIEWER, now)
    record("appeal.concurred", f"claim:{appeal.claim.number}", actor, now, added_cents=added_cents)
    db.session.commit()
    return appeal


def object_to_appeal(reference: str, reasons: str, actor: Actor, now: datetime) -> Appeal:
    """A second reviewer does not agree, and sends the proposal back to its examiner, saying why; committed. Raises what
    ``concur_with_appeal`` raises, and InvalidInput for reasons that say too little."""
    appeal, _, _ = _second_reading(reference, "object", actor, now)
    reasons = require_reasons(reasons)
    change_appeal(appeal, "object", actor, now, reason=reasons)
    acts_on(appeal, actor, REVIEWER, now)
    record("appeal.objected", f"claim:{appeal.claim.number}", actor, now, reasons=reasons)
    db.session.commit()
    return appeal


def _second_reading(reference: str, action: str, actor: Actor, now: datetime) -> tuple[Appeal, int, str]:
    """The appeal, locked; the cents that its answer adds or gives back; the mark of what is shown of it."""
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
    added_cents = reform.added_cents if reform else given_back_cents(appeal)
    if not awaits_concurrence(appeal, added_cents, now):
        raise Refusal(
            "appeal.no_concurrence_needed",
            "Pour ce montant, aucun second instructeur n’a à confirmer la proposition : l’ordonnateur peut décider.",
        )
    return appeal, added_cents, mark_of(reform) if reform else ""
