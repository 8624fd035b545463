"""Warning reviewers 15, 5 and 1 day before the last day to decide (art. 11), by one mail a person.

A run looks at what is: days without a run are made up for, up to the last day itself, with the warning of the time
that is left, and each is given once. A suspended clock is never warned of; it is again once it runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update

from bonus.accounts.models import AgentRole, Person
from bonus.adapters.mail import is_address
from bonus.audit.service import SERVICE, record
from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.mail import NewMail, post_mails
from bonus.parts import public_url

from .change_models import StatusChange
from .examination import REVIEWER_ACTIONS
from .models import Claim
from .reviewer_words import WHY_DUE, due_mail
from .silence import RUNNING
from .warning_models import DueWarning

WARN = "warn_due"
"""The kind of the outbox's message that asks for the warnings of a day."""

WARNED_DAYS = (15, 5, 1)
"""How many days before the last day to decide agents are warned."""

BATCH = 500
MOST_LISTED = 20
"""Dossiers that one mail lists; the others are said by their number, and all are on the page."""


def warned_at(days_left: int) -> int | None:
    """Which warning so many days before the last one calls for: the nearest that is reached; None while it is far,
    or past."""
    return min((days for days in WARNED_DAYS if 0 <= days_left <= days), default=None)


def warn(now: datetime, *, batch: int = BATCH) -> int:
    """Give the warnings of the day of ``now``, in batches, each one transaction, then their mails; how many mails."""
    after: int | None = 0
    while after is not None:
        claims = _near(after, civil_date(now), batch)
        _note(claims, now)
        after = claims[-1].id if len(claims) == batch else None
        db.session.commit()
    return _write(now)


def _near(after: int, today: date, batch: int) -> Sequence[Claim]:
    """The dossiers that follow ``after`` whose clock runs and ends soon, locked: of two runs, the second finds what
    the first noted."""
    return db.session.scalars(
        select(Claim)
        .where(
            Claim.id > after,
            Claim.status.in_(RUNNING),
            Claim.decision_due_on.between(today, today + timedelta(days=max(WARNED_DAYS))),
        )
        .order_by(Claim.id)
        .limit(batch)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    ).all()


def _note(claims: Sequence[Claim], now: datetime) -> None:
    ids = [claim.id for claim in claims]
    rows = db.session.execute(
        select(DueWarning.claim_id, DueWarning.due_on, DueWarning.days).where(DueWarning.claim_id.in_(ids))
    )
    given = {tuple(row) for row in rows}
    charged = in_charge(claims)
    for claim in claims:
        assert claim.decision_due_on is not None
        days = warned_at((claim.decision_due_on - civil_date(now)).days)
        if days is not None and (claim.id, claim.decision_due_on, days) not in given:
            person_id = charged.get(claim.id)
            db.session.add(
                DueWarning(
                    claim_id=claim.id, due_on=claim.decision_due_on, days=days, person_id=person_id, at=now
                )
            )


def in_charge(claims: Collection[Claim]) -> Mapping[int, int]:
    """Dossier → the reviewer in charge: whoever it is assigned to, else whoever acted on it last, while their account
    is open and the role still theirs."""
    acted = (
        select(StatusChange.claim_id, StatusChange.person_id)
        .where(
            StatusChange.claim_id.in_([claim.id for claim in claims]),
            StatusChange.action.in_(REVIEWER_ACTIONS),
            StatusChange.person_id.is_not(None),
        )
        .order_by(StatusChange.id)
    )
    last = {row.claim_id: row.person_id for row in db.session.execute(acted)}
    wanted = {claim.id: claim.assigned_to_id or last.get(claim.id) for claim in claims}
    any_of_them = {*wanted.values(), *last.values()}
    there = set(db.session.scalars(select(Person.id).where(_reviews(), Person.id.in_(any_of_them))))
    return {
        claim.id: person_id
        for claim in claims
        for person_id in (last.get(claim.id), wanted[claim.id])
        if person_id in there
    }


def _reviews() -> ColumnElement[bool]:
    holders = select(AgentRole.person_id).where(AgentRole.role == "reviewer")
    return Person.active & Person.id.in_(holders)


def _write(now: datetime) -> int:
    """One mail to each person on all that is not written yet, in one transaction."""
    ids = db.session.scalars(  # locked: of two runs, the second finds them written
        select(DueWarning.id).where(DueWarning.mailed_at.is_(None)).with_for_update()
    ).all()
    if not ids:
        db.session.rollback()
        return 0
    last = max(ids)
    new = (DueWarning.mailed_at.is_(None), DueWarning.id <= last)
    mails = []
    for person in db.session.scalars(select(Person).where(_reviews()).order_by(Person.id)).all():
        whose = (*new, or_(DueWarning.person_id == person.id, DueWarning.person_id.is_(None)))
        total = db.session.scalar(select(func.count()).select_from(DueWarning).where(*whose)) or 0
        if not total or not is_address(person.email):
            continue
        rows = db.session.execute(
            select(Claim.number, DueWarning.due_on)
            .join(Claim, Claim.id == DueWarning.claim_id)
            .where(*whose)
            .order_by(DueWarning.due_on, Claim.id)
            .limit(MOST_LISTED)
        )
        by_day: dict[date, list[str]] = defaultdict(list)
        for number, due_on in rows:
            by_day[due_on].append(str(number))
        subject, text = due_mail(by_day, total, civil_date(now), f"{public_url()}/agent/echeances")
        mails.append(NewMail(f"due:{last}:{person.id}", person.email, subject, text, WHY_DUE))
    post_mails(mails, now)
    db.session.execute(update(DueWarning).where(*new).values(mailed_at=now))
    record("claims.due_warned", f"day:{civil_date(now).isoformat()}", SERVICE, now, mails=len(mails))
    db.session.commit()
    return len(mails)
