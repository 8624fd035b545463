"""What was opened to take decisions back, and the days of each: who may still be heard, until when it may be decided.

Unlawful, within four months of the decision (CRPA L242-1); conditions not met (L242-2) or fraud (L241-2), at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bonus.bulk import chunks
from bonus.calendar import add_months, civil_date
from bonus.extensions import db
from bonus.regulation import load_parameters

from .letter_models import Letter
from .models import Claim
from .notification import notified
from .revocation_models import Revocation


def revocations_of(claim_id: int) -> Sequence[Revocation]:
    """All that was opened on a dossier, the oldest first."""
    query = select(Revocation).where(Revocation.claim_id == claim_id)
    return db.session.scalars(query.order_by(Revocation.id)).all()


def open_revocation_of(claim_id: int) -> Revocation | None:
    """The one whose company is being heard, if any."""
    query = select(Revocation).where(Revocation.claim_id == claim_id, Revocation.status == "hearing")
    return db.session.scalars(query).one_or_none()


def running_revocations() -> Sequence[Revocation]:
    """All those whose company is being heard, the oldest first."""
    query = select(Revocation).where(Revocation.status == "hearing")
    claims = selectinload(Revocation.claim).selectinload(Claim.decisions)
    return db.session.scalars(query.order_by(Revocation.id).options(claims)).all()


def last_day(claim: Claim, ground: str) -> date | None:
    """The last day a dossier's decisions may be taken back on a ground; None when at any time. An unlawful decision,
    four months to the day: of several that grant, the first one's count."""
    granting = [decision.decided_on for decision in claim.decisions if decision.bonus_cents]
    if ground != "unlawful" or not granting:
        return None
    first = min(granting)
    return add_months(first, load_parameters().integer("revocation.unlawful_months", first))


def hearing_days(opened_on: date) -> int:
    """The days a company has to present its observations, at least."""
    return load_parameters().integer("revocation.hearing_days", opened_on)


def decidable_from(revocation: Revocation, today: date) -> date | None:
    """The first day it may be decided, as known on ``today``: the day after fifteen whole days from the notification
    of the letter that tells the company. None while that letter is not notified."""
    return decidable_days([revocation], today)[revocation.id]


def decidable_days(revocations: Sequence[Revocation], today: date) -> dict[int, date | None]:
    """``decidable_from`` of several, by their ids; one query, however many."""
    about = {f"hearing:{one.id}": one for one in revocations}
    found: dict[int, date | None] = {}
    for ids in chunks(list(about)):
        letters = select(Letter.about, Letter.asked_at, Letter.opened_at).where(Letter.about.in_(ids))
        for name, asked_at, opened_at in db.session.execute(letters):
            one, day = about[name], notified(asked_at, opened_at, today)
            heard = first_day_after(day, hearing_days(civil_date(one.opened_at))) if day is not None else None
            found[one.id] = heard
    return found


def first_day_after(notified_on: date, days: int) -> date:
    """The day after the last of so many whole days to answer, the day of the notification not being one: notified on
    10 March, fifteen days end on the 25th, and it is decided on the 26th at the earliest."""
    return notified_on + timedelta(days=days + 1)
