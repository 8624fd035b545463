"""Decisions annulled on appeal: they decide nothing any more, and what they were of is examined again (art. 11).

An annulment does away with the refusal, not with the request: the administration has it before it again, as filed on
its first day, and owes another decision within two months of the annulment, after which silence refuses again.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.sql.selectable import ScalarSelect

from bonus.audit.service import Actor
from bonus.calendar import civil_date, decision_deadline
from bonus.extensions import db
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

from .appeal_models import Appeal
from .changes import change_status
from .models import Claim, Decision
from .risks import flag

_AGAIN = french("La décision annulée ne vaut plus : la demande est de nouveau à instruire (art. 11).")


def annulled_decisions(claim_id: int) -> ScalarSelect[int]:
    """The ids of the decisions of a dossier that were annulled, to be asked within a query."""
    return _annulled(claim_id).scalar_subquery()


def gone_of(claim: Claim) -> set[int]:
    """The ids of the decisions of a dossier that were annulled on appeal."""
    return set(db.session.scalars(_annulled(claim.id)))


def _annulled(claim_id: int) -> Select[int]:
    """Of an appeal against a withdrawal, it is the withdrawal that was annulled."""
    return select(Appeal.decision_id).where(
        Appeal.claim_id == claim_id, Appeal.status == "annulled", Appeal.revocation_id.is_(None)
    )


def standing(claim: Claim) -> list[Decision]:
    """The decisions of a dossier that still stand, the oldest first: those not annulled on appeal."""
    gone = gone_of(claim) if claim.decisions else ()
    return [decision for decision in claim.decisions if decision.id not in gone]


def given_back(claim: Claim) -> bool:
    """Whether a dossier was last taken up again for an annulment, and not for a label that lines waited for."""
    again = [change.action for change in claim.changes if change.action in ("wake", "reopen")]
    return again[-1:] == ["reopen"]


def clock_started_on(claim: Claim) -> date:
    """The civil day in Paris from which the time to decide a filed dossier runs: that of its filing, or of the
    annulment that gave it back to be examined."""
    assert claim.filed_at is not None
    again = [change.at for change in claim.changes if change.action == "reopen"]
    return civil_date(again[-1] if again else claim.filed_at)


def annul_and_reopen(appeal: Appeal, actor: Actor, now: datetime) -> date:
    """Annul the decision appealed and give its dossier back to be examined, in the caller's transaction; the last day
    to decide it, two months from today. Who examined the appeal is in charge of it."""
    claim, today = appeal.claim, civil_date(now)
    change_status(claim, "annul", actor, now, reason=appeal.answer)
    months = load_parameters().integer("examination.decision_months", today)
    claim.decision_due_on = decision_deadline(today, 0, months)
    claim.assigned_to_id = appeal.examiner_id
    change_status(claim, "reopen", actor, now, reason=_AGAIN)
    flag(claim, now)
    return claim.decision_due_on
