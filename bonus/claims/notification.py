"""When a decision is notified (art. 11; CRPA R112-20), and until when it may be appealed.

A decision is made available in the company's space the moment it is sealed, a letter the moment of the act it tells of.
It is notified the civil day, in Paris, someone of the company first opens it; left unopened through the fifteenth day,
the day it was made available. A refusal by silence is notified to nobody: the day it is recorded counts, as the
acknowledgement said.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.calendar import appeal_deadline, civil_date
from bonus.extensions import db
from bonus.regulation import load_parameters

from .letter_models import Letter, ReasonsRequest
from .models import Claim, Decision
from .revocation_models import Revocation


def available_on(decision: Decision) -> date:
    """The civil day in Paris a decision was put in the company's space."""
    return civil_date(decision.decided_at)


def notified(made_at: datetime, opened_at: datetime | None, today: date) -> date | None:
    """The day something put in the company's space is notified, as known on ``today``; None while it is neither opened
    nor left for long enough (art. 11; CRPA R112-20).

    Opened on the fifteenth day at the latest, the day of the opening; later, or never, the day it was made available.
    The number of days is a parameter, dated by that day.
    """
    made = civil_date(made_at)
    last = made + timedelta(days=load_parameters().integer("notification.unopened_days", made))
    opened = civil_date(opened_at) if opened_at is not None else None
    if opened is not None and opened <= min(last, today):
        return opened
    return made if today > last else None


def notified_on(decision: Decision, today: date) -> date | None:
    """The day a decision is notified (``notified``); of a refusal by silence, the day it is recorded."""
    if decision.kind == "silence":
        return decision.decided_on
    return notified(decision.decided_at, decision.opened_at, today)


def letter_notified_on(letter: Letter, now: datetime) -> date | None:
    """The day a letter is notified (``notified``), as known at a moment."""
    return notified(letter.asked_at, letter.opened_at, civil_date(now))


def appeal_until(decision: Decision, today: date) -> date | None:
    """The last day to appeal against a decision, as known on ``today``; None while no time limit runs.

    Two clear months from its notification, then the next working day (art. 11). A decision that was taken back is no
    more: what is appealed against is its withdrawal, from the notification of that. Of a refusal by silence whose
    reasons were asked for in time, two months from the day they are communicated (CRPA L232-4); until then no limit
    runs.
    """
    start = _starts_on(decision, today)
    if start is None:
        return None
    return appeal_deadline(start, load_parameters().integer("appeal.months", start))


def _starts_on(decision: Decision, today: date) -> date | None:
    revocation = db.session.scalars(
        select(Revocation).where(Revocation.claim_id == decision.claim_id, Revocation.status == "revoked")
    ).first()
    if revocation is not None and decision.bonus_cents:
        return _letter_notified_on(f"revoked:{revocation.id}", today)
    request = reasons_request_of(decision)
    if request is not None:
        return _letter_notified_on(f"reasons:{request.id}", today)
    return notified_on(decision, today)


def reasons_request_of(decision: Decision) -> ReasonsRequest | None:
    """The request for the reasons of a refusal by silence, None when none was made."""
    query = select(ReasonsRequest).where(ReasonsRequest.decision_id == decision.id)
    return db.session.scalars(query).one_or_none()


def _letter_notified_on(about: str, today: date) -> date | None:
    letter = db.session.scalars(select(Letter).where(Letter.about == about)).one_or_none()
    return notified(letter.asked_at, letter.opened_at, today) if letter is not None else None


def record_opening(claim: Claim, actor: Actor, now: datetime) -> int:
    """Write down that someone of the company opened a dossier, where its decisions and letters are read: the first time
    only; committed. Whoever of the company reads them receives them, also one who may only look. How many were opened.
    """
    if claim.number is None:
        return 0
    unopened = select(Letter).where(Letter.claim_id == claim.id, Letter.opened_at.is_(None))
    if all(decision.opened_at is not None for decision in claim.decisions) and not (
        db.session.scalars(unopened.limit(1)).first()
    ):
        return 0
    decisions = db.session.scalars(
        select(Decision)
        .where(Decision.claim_id == claim.id, Decision.opened_at.is_(None))
        .order_by(Decision.id)
        .with_for_update(of=Decision)
        .execution_options(populate_existing=True)
    ).all()
    letters = db.session.scalars(
        unopened.order_by(Letter.id).with_for_update(of=Letter).execution_options(populate_existing=True)
    ).all()
    for decision in decisions:
        decision.opened_at = now
    for letter in letters:
        letter.opened_at = now
    if decisions or letters:
        record(
            "claim.decision_opened",
            f"claim:{claim.number}",
            actor,
            now,
            decisions=[decision.rank for decision in decisions],
            letters=[letter.about for letter in letters],
        )
    db.session.commit()
    return len(decisions) + len(letters)
