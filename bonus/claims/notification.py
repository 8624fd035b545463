"""When a decision is notified (art. 11; CRPA R112-20), and until when it may be appealed.

A decision is made available in the company's space the moment it is sealed. It is notified the civil day, in Paris,
someone of the company first opens it; left unopened through the fifteenth day, the day it was made available. A
refusal by silence is notified to nobody: the day it is recorded counts, as the acknowledgement said.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.calendar import appeal_deadline, civil_date
from bonus.extensions import db
from bonus.regulation import load_parameters

from .models import Claim, Decision


def available_on(decision: Decision) -> date:
    """The civil day in Paris a decision was put in the company's space."""
    return civil_date(decision.decided_at)


def notified_on(decision: Decision, today: date) -> date | None:
    """The day a decision is notified, as known on ``today``; None while it is neither opened nor left for long enough
    (art. 11; CRPA R112-20).

    Opened on the fifteenth day at the latest, the day of the opening; later, or never, the day it was made available.
    The number of days is a parameter, dated by that day. Of a refusal by silence, the day it is recorded.
    """
    made = available_on(decision)
    if decision.kind == "silence":
        return decision.decided_on
    last = made + timedelta(days=load_parameters().integer("notification.unopened_days", made))
    opened = civil_date(decision.opened_at) if decision.opened_at is not None else None
    if opened is not None and opened <= min(last, today):
        return opened
    return made if today > last else None


def appeal_until(decision: Decision, today: date) -> date | None:
    """The last day to appeal against a decision, as known on ``today``; None while no time limit runs, because it is
    not notified yet (art. 11: two clear months, then the next working day)."""
    notified = notified_on(decision, today)
    if notified is None:
        return None
    return appeal_deadline(notified, load_parameters().integer("appeal.months", notified))


def record_opening(claim: Claim, actor: Actor, now: datetime) -> int:
    """Write down that someone of the company opened a dossier's decisions, the first time only; committed. Whoever of
    the company reads it receives it, also one who may only look. How many were opened now."""
    if all(decision.opened_at is not None for decision in claim.decisions):
        return 0
    fresh = db.session.scalars(
        select(Decision)
        .where(Decision.claim_id == claim.id, Decision.opened_at.is_(None))
        .order_by(Decision.id)
        .with_for_update(of=Decision)
        .execution_options(populate_existing=True)
    ).all()
    for decision in fresh:
        decision.opened_at = now
    if fresh:
        ranks = [decision.rank for decision in fresh]
        record("claim.decision_opened", f"claim:{claim.number}", actor, now, decisions=ranks)
    db.session.commit()
    return len(fresh)
