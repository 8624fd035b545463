"""The dossiers before and after one, in the queue of who examines it: what the keys n and p lead to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select

from bonus.audit.service import Actor
from bonus.extensions import db

from .lane_models import LaneEntry, by_rule
from .models import Claim

REVIEWED = ("filed", "under_review")
PROPOSED = ("proposed",)


@dataclass(frozen=True)
class Neighbours:
    """Their numbers; None at an end of the queue."""

    previous: str | None
    next: str | None


def neighbours_of(claim: Claim, actor: Actor) -> Neighbours:
    """The dossiers due just before and just after this one, among those that await this person's role: for a reviewer,
    theirs and those that nobody has in charge. The dossier need not be in the queue itself."""
    if claim.decision_due_on is None:
        return Neighbours(None, None)
    reviewer = "reviewer" in actor.roles
    waiting: list[ColumnElement[bool]] = [Claim.status.in_(REVIEWED if reviewer else PROPOSED)]
    if reviewer:
        waiting.append(or_(Claim.assigned_to_id.is_(None), Claim.assigned_to_id == actor.person_id))
        waiting.append(~exists(LaneEntry.id).where(by_rule()).correlate(Claim))
    due, number = Claim.decision_due_on, Claim.id
    after = or_(due > claim.decision_due_on, and_(due == claim.decision_due_on, number > claim.id))
    before = or_(due < claim.decision_due_on, and_(due == claim.decision_due_on, number < claim.id))
    return Neighbours(
        db.session.scalars(
            select(Claim.number).where(*waiting, before).order_by(due.desc(), number.desc()).limit(1)
        ).first(),
        db.session.scalars(
            select(Claim.number).where(*waiting, after).order_by(due, number).limit(1)
        ).first(),
    )
