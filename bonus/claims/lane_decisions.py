"""Deciding by rule (art. 12): each dossier whose days are over is looked at again under lock, in a job of its own.

One that fails holds up no other: its message of the outbox keeps the error, and the next day asks again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bonus import outbox
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.companies.links import lock_undertaking
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.register.reading import read_register
from bonus.regulation import load_parameters

from .assessing import assess
from .cards import keep_cards
from .changes import locked_claim
from .holders import lock_invoices
from .lane import locked_entry
from .lane_facts import gather_again
from .lane_models import LaneEntry
from .lane_rules import conditions, decided_from, unmet
from .lane_seeds import close_books, prepare_seeds
from .lane_words import BY_RULE, unmet_in_words
from .models import Claim
from .risks import flag
from .sealing import Taken, applied, seal_decision

LANE = "fast_lane"
"""The kind of the outbox's message that asks for a day's seeds, and for what is due that day."""
DECIDE = "lane_decide"
"""The kind of the one that decides a dossier."""
BATCH = 500
_RULE = Actor("service:fast-lane", roles=frozenset({"service"}))


def run_lane(_day: int, now: datetime) -> None:
    """The job of a day: announce the seeds of the coming days, publish those of the days past, ask for each decision
    that is due."""
    prepare_seeds(now)
    close_books(now)
    ask_for_decisions(now)


def ask_for_decisions(now: datetime) -> int:
    """Ask for the decision of each dossier whose days are over, one message each; how many. Asked twice on a day, each
    has one."""
    day = civil_date(now)
    after, count = 0, 0
    while True:
        rows = db.session.execute(
            select(LaneEntry.id, LaneEntry.claim_id)
            .where(LaneEntry.state == "waiting", LaneEntry.due_on <= day, LaneEntry.id > after)
            .order_by(LaneEntry.id)
            .limit(BATCH)
        ).all()
        for entry_id, claim_id in rows:
            _write_down_trouble(entry_id, claim_id, now)
            count += _ask(claim_id, day, now)
        db.session.commit()
        if len(rows) < BATCH:
            return count
        after = rows[-1][0]


def _ask(claim_id: int, day: date, now: datetime) -> bool:
    if outbox.is_posted(DECIDE, claim_id, day.toordinal()):
        return False
    try:
        with db.session.begin_nested():
            outbox.post(DECIDE, claim_id, now, part=day.toordinal())
    except IntegrityError:
        return False  # another process asked at the same moment
    return True


def _write_down_trouble(entry_id: int, claim_id: int, now: datetime) -> None:
    """Say what stopped the tries of the days before, on the entry and in the log; their messages are asked no more."""
    failed = db.session.execute(
        select(OutboxMessage.id, OutboxMessage.last_error).where(
            OutboxMessage.kind == DECIDE,
            OutboxMessage.subject_id == claim_id,
            OutboxMessage.done_at.is_(None),
            OutboxMessage.attempts > 0,  # not a part of the service that was away: that passes
            ~OutboxMessage.key.endswith(f":{civil_date(now).toordinal()}"),
        )
    ).all()
    if not failed:
        return
    error = str(failed[-1].last_error)
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.id.in_([row.id for row in failed])).values(done_at=now)
    )
    db.session.execute(update(LaneEntry).where(LaneEntry.id == entry_id).values(trouble=error[:500]))
    keep_cards([claim_id])  # an agent's to check from now on
    number = db.session.scalars(select(Claim.number).where(Claim.id == claim_id)).one()
    record("lane.failed", f"claim:{number}", SERVICE, now, error=error)
    db.session.commit()


def decide_by_rule(claim_id: int, now: datetime) -> None:
    """Decide a dossier whose days are over, every condition looked at again, dossier and undertaking locked; or take
    it out of the lane, saying which does not hold. Decided already, or out: nothing.

    The rule grants: what is not wholly eligible, or comes to nothing, is an agent's. Commits. Raises RegisterAway: a
    grant waits until the central register can be read (art. 7).
    """
    reading = read_register(claim_id, now)
    claim = locked_claim(claim_id)
    entry = locked_entry(claim_id)
    today = civil_date(now)
    if entry is None or entry.state != "waiting" or entry.due_on is None or entry.due_on > today:
        db.session.rollback()
        return
    if claim.status != "filed":
        said = (
            "L’entreprise a abandonné ce dossier."
            if claim.status == "abandoned"
            else "Un agent a pris ce dossier en charge."
        )
        _leave(entry, claim, said, now)
        return
    postponed = _postponed_to(entry, today)
    if postponed is not None:
        entry.due_on = postponed
        db.session.commit()
        return
    lock_undertaking(claim.company)
    lock_invoices(claim.id)
    assessment = assess(claim, now)
    flag(claim, now)
    db.session.flush()
    law = load_parameters()
    found = conditions(gather_again(entry, claim, assessment, today), law, today)
    entry.last_conditions = [one.kept() for one in found]
    if unmet(found):
        _leave(entry, claim, unmet_in_words(entry.last_conditions), now)
        return
    entry.trouble, entry.changed_at = None, now
    taken = Taken("rule", "decide_by_rule", _RULE, reading=reading)
    decision = seal_decision(claim, assessment, applied(assessment), taken, now, said=BY_RULE)
    entry.state = "listed" if decision is None else "decided"
    db.session.commit()


def _leave(entry: LaneEntry, claim: Claim, said: str, now: datetime) -> None:
    entry.state, entry.why, entry.changed_at, entry.trouble = "left", said, now, None
    record("lane.left", f"claim:{claim.number}", _RULE, now, reasons=said)
    db.session.commit()


def _postponed_to(entry: LaneEntry, today: date) -> date | None:
    """The day to look again when a supplier's mail left later than the dossier was filed: its days run from there.

    One that is still to leave is waited for: the mail is sent, or given up, within days.
    """
    law = load_parameters()
    awaited = [one for one in entry.notices if one.mail.refusal is None and one.contested_at is None]
    if any(notice.mail.sent_at is None for notice in awaited):
        return today + timedelta(days=1)
    sent = [notice.mail.sent_at for notice in awaited if notice.mail.sent_at is not None]
    latest = max((decided_from(civil_date(sent_at), law) for sent_at in sent), default=today)
    return latest if latest > today else None
