"""What an undue sum asks for that is not undue any more, and what is kept of it for a person to decide (art. 14)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bonus.calendar import civil_date
from bonus.extensions import db

from .computing import undue_of
from .finding_forms import registry_known
from .models import Recovery, RecoveryOrder
from .review_models import RecoveryReview
from .settlement_models import Settlement
from .status import OPEN

CLAIMING = ("open", "settled")
"""The statuses of a titre of which something is asked, or was taken."""


def known_now(recovery: Recovery, now: datetime) -> list[dict[str, Any]]:
    """What was found of an undue sum, the registry as it is known at ``now``."""
    return [
        registry_known(recovery.claim, str(one["words"]), now) if one["kind"] == "registry" else one
        for one in recovery.changes
    ]


def excess_cents(recovery: Recovery, now: datetime) -> int:
    """What an undue sum, or its titre, asks for beyond what is known at ``now`` to be undue, in cents; 0 when it asks
    for nothing any more. What was repaid or kept from a bonus is asked for too, until it is given back."""
    order = recovery.order
    if recovery.status not in OPEN and (order is None or order.status not in CLAIMING):
        return 0
    if recovery.revocation is not None and recovery.revocation.status == "annulled":
        undue = 0
    else:
        dues = {
            due.decision.id: due
            for due in undue_of(recovery.claim, known_now(recovery, now), civil_date(now))
        }
        undue = 0
        for line in recovery.lines:
            due = dues[line.decision_id]
            own = line.undue_cents if order is not None else 0
            former = max(0, due.former_cents - own)
            undue += max(0, due.paid.cents - due.due_cents - former)
    asked = recovery.amount_cents if order is None else order.amount_cents - _given_up(order)
    return max(0, asked - undue)


def _given_up(order: RecoveryOrder) -> int:
    """What a titre does not ask for any more, by decision or by time."""
    query = select(func.coalesce(func.sum(Settlement.amount_cents), 0)).where(
        Settlement.order_id == order.id, Settlement.kind.in_(("waived", "barred"))
    )
    return int(db.session.scalar(query) or 0)


def standing_review(recovery_id: int) -> RecoveryReview | None:
    """What a person has to decide of an undue sum, if anything."""
    query = select(RecoveryReview).where(
        RecoveryReview.recovery_id == recovery_id, RecoveryReview.closed_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def close_review(recovery: Recovery, now: datetime) -> None:
    """End what was kept for a person, in the caller's transaction: it was decided, or is so no more."""
    review = standing_review(recovery.id)
    if review is not None:
        review.closed_at = now
        db.session.flush()


def close_if_right(recovery: Recovery, now: datetime) -> None:
    """The same once nothing is asked for that is not undue, in the caller's transaction."""
    if standing_review(recovery.id) is not None and not excess_cents(recovery, now):
        close_review(recovery, now)
