"""The State's side of an appeal: examined by someone who never acted on the dossier, answered by an authorising officer
who did not either (arts. 11 and 12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bonus.audit.service import Actor, record
from bonus.calendar import format_date
from bonus.companies.links import lock_undertaking
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.register.reading import Reading, read_before_grant

from . import notice_words
from .annulments import annul_and_reopen
from .appeal_concurrence import awaits_concurrence
from .appeal_models import Appeal
from .appeal_persons import acts_on, require_someone_else
from .appeal_reform import hold_solutions, mark_of, reform_of
from .appeal_status import OUTCOMES, next_status
from .appeals import appeal_by, change_appeal, is_late
from .examination import require_reasons
from .holders import lock_invoices
from .letters import ask_appeal_letter
from .notices import tell
from .restorations import require_restorable, restore
from .role_models import OFFICER, REVIEWER
from .sealing import Taken, applied, require_no_open_holder, seal_decision
from .status import TABLE

MOST_REASONS = 10_000


def take_appeal(reference: str, actor: Actor, now: datetime) -> Appeal:
    """A reviewer who never acted on the dossier takes its appeal up; committed. Raises Forbidden, Refusal."""
    appeal = appeal_by(reference, lock=True)
    next_status(appeal.status, "take", actor.roles)
    require_someone_else(appeal, actor, REVIEWER)
    appeal.examiner_id = actor.person_id
    change_appeal(appeal, "take", actor, now)
    acts_on(appeal, actor, REVIEWER, now)
    record("appeal.taken", f"claim:{appeal.claim.number}", actor, now)
    db.session.commit()
    return appeal


def propose_answer(
    reference: str, outcome: str, reasons: str, lines: Mapping[str, Any], actor: Actor, now: datetime
) -> Appeal:
    """Its examiner proposes what to answer, with reasons in law and in fact; of a reform, the lines to decide anew,
    each with the solution it is held to name or None; committed.

    Raises InvalidInput without reasons or for lines that cannot be (``reform_of``), Refusal for an outcome that this
    appeal cannot have, Forbidden for anyone else.
    """
    appeal = appeal_by(reference, lock=True)
    next_status(appeal.status, "propose", actor.roles)
    if appeal.examiner_id != actor.person_id:
        raise Forbidden("appeal.not_examiner", "Un autre instructeur examine ce recours.")
    if outcome not in OUTCOMES:
        raise InvalidInput("appeal.outcome", "Choisissez ce que vous proposez de répondre.", field="outcome")
    reasons = require_reasons(reasons)
    if len(reasons) > MOST_REASONS:
        raise InvalidInput("appeal.reasons", "Les motifs tiennent en 10 000 caractères.", field="reasons")
    _require_possible(appeal, outcome)
    if outcome == "reform":
        reform_of(appeal, lines, now)
    appeal.proposed_outcome, appeal.proposed_reasons = outcome, reasons
    appeal.proposed_lines = dict(lines) if outcome == "reform" else None
    appeal.concurred_by_id = appeal.concurred_at = None
    change_appeal(appeal, "propose", actor, now, reason=reasons)
    acts_on(appeal, actor, REVIEWER, now)
    record("appeal.proposed", f"claim:{appeal.claim.number}", actor, now, outcome=outcome, reasons=reasons)
    db.session.commit()
    return appeal


def _require_possible(appeal: Appeal, outcome: str) -> None:
    if appeal.revocation is not None and outcome == "reform":
        raise Refusal(
            "appeal.withdrawal_whole",
            "Un retrait vaut pour tout ce que le dossier avait obtenu : confirmez-le, ou annulez-le.",
        )
    if outcome == "reject_late" and not is_late(appeal):
        limit = appeal.appeal_until
        until = f"jusqu’au {format_date(limit)} inclus" if limit else "sans limite, faute de notification"
        raise Refusal(
            "appeal.in_time", f"Ce recours est dans les délais : il pouvait être formé {until} (art. 11)."
        )
    if outcome == "annul" and appeal.revocation is not None:
        require_restorable(appeal)
        return
    if outcome == "annul" and (appeal.claim.status, "annul") not in TABLE:
        raise Refusal(
            "appeal.annul_pending",
            "Des lignes de ce dossier attendent encore leur label : réformez plutôt les lignes contestées.",
        )
    if outcome == "annul" and appeal.claim.granted_cents:
        raise Refusal(
            "appeal.annul_granted",
            "Une partie est accordée : annuler la décision la retirerait à l’entreprise, ce qu’un recours ne peut pas. "
            "Réformez plutôt les lignes contestées.",
        )


def send_back_appeal(reference: str, reasons: str, actor: Actor, now: datetime) -> Appeal:
    """The authorising officer sends a proposal back to its examiner, saying why; committed."""
    appeal = appeal_by(reference, lock=True)
    next_status(appeal.status, "send_back", actor.roles)
    require_someone_else(appeal, actor, OFFICER)
    reasons = require_reasons(reasons)
    change_appeal(appeal, "send_back", actor, now, reason=reasons)
    acts_on(appeal, actor, OFFICER, now)
    record("appeal.sent_back", f"claim:{appeal.claim.number}", actor, now, reasons=reasons)
    db.session.commit()
    return appeal


def answer_appeal(reference: str, actor: Actor, now: datetime, *, seen: str | None = None) -> Appeal:
    """An authorising officer who never acted on the dossier answers as proposed; committed. ``seen``: the mark
    (``mark_of``) of what they had on the screen.

    Raises Forbidden under art. 12, Refusal when the status, the credits or another dossier do not allow it, or what the
    law gives has changed since it was shown; InvalidInput when a reform would not be better any more.
    """
    reading = _read_for_a_reform(reference, now)
    appeal = appeal_by(reference, lock=True)
    action = appeal.proposed_outcome or "confirm"
    next_status(appeal.status, action, actor.roles)
    require_someone_else(appeal, actor, OFFICER)
    if actor.person_id in (appeal.examiner_id, appeal.concurred_by_id):
        raise Forbidden(
            "appeal.same_person", "Vous avez examiné ce recours : une autre personne le décide (art. 12)."
        )
    _require_possible(appeal, action)
    assert appeal.proposed_reasons is not None
    # Written before the dossier's own step: the database refuses whoever has one there.
    appeal.decided_by_id, appeal.decided_at, appeal.answer = actor.person_id, now, appeal.proposed_reasons
    change_appeal(appeal, action, actor, now, reason=appeal.answer)
    acts_on(appeal, actor, OFFICER, now)
    also: dict[str, Any] = {}
    if action == "reform":
        _reform(appeal, actor, now, seen, reading)
    else:
        words = notice_words.appeal_answered(str(appeal.claim.number))
        if action == "annul" and appeal.revocation is not None:
            _require_read(appeal, appeal.claim.granted_cents, now)
            also = {"orders": list(restore(appeal, actor, now))}
            words = notice_words.appeal_restored(str(appeal.claim.number))
        elif action == "annul":
            due_on = annul_and_reopen(appeal, actor, now)
            words = notice_words.appeal_annulled(str(appeal.claim.number), due_on)
            also = {"decision_due_on": due_on.isoformat()}
        tell(appeal.claim, "appeal_answered", words, now, about=f"appeal:{appeal.id}")
        ask_appeal_letter(appeal, now)
    act = "appeal.restored" if action == "annul" and appeal.revocation else _RECORDED[action]
    record(act, f"claim:{appeal.claim.number}", actor, now, reasons=appeal.answer, **also)
    db.session.commit()
    return appeal


_RECORDED = {
    "confirm": "appeal.confirmed",
    "reform": "appeal.reformed",
    "annul": "appeal.annulled",
    "reject_late": "appeal.rejected_late",
}


def _require_read(appeal: Appeal, added_cents: int, now: datetime) -> None:
    if awaits_concurrence(appeal, added_cents, now):
        raise Refusal(
            "appeal.concurrence_missing",
            "Pour ce montant, un second instructeur doit d’abord confirmer la proposition (art. 12).",
        )


def _read_for_a_reform(reference: str, now: datetime) -> Reading | None:
    """Read the central register when the answer proposed may grant more (art. 7). Raises Refusal."""
    appeal = appeal_by(reference)
    return read_before_grant(appeal.claim_id, now) if appeal.proposed_outcome == "reform" else None


def _reform(appeal: Appeal, actor: Actor, now: datetime, seen: str | None, reading: Reading | None) -> None:
    claim, lines = appeal.claim, appeal.proposed_lines or {}
    lock_undertaking(claim.company)
    lock_invoices(claim.id)
    reform = reform_of(appeal, lines, now)
    require_no_open_holder(reform.assessment)
    if seen is not None and seen != mark_of(reform):
        raise Refusal(
            "claim.changed_since_shown",
            "Le calcul a changé depuis l’affichage de la page : relisez le recours, puis décidez.",
        )
    _require_read(appeal, reform.added_cents, now)
    hold_solutions(lines)
    told = ("appeal_answered", notice_words.appeal_answered(str(claim.number)))
    taken = Taken("appeal", "reform", actor, proposed_by_id=appeal.examiner_id, told=told, reading=reading)
    result = applied(reform.assessment)
    appeal.result = seal_decision(
        claim, reform.assessment, result, taken, now, said=str(appeal.answer), former=reform.former_cents
    )
