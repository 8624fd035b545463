"""An undue sum locked, and its steps: who, what, when, why (art. 14). Nothing else changes its status."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.claims.models import Claim
from bonus.errors import NotFound
from bonus.extensions import db

from .models import Recovery, RecoveryStep
from .status import OPEN, next_status


def locked_recovery(recovery_id: int) -> Recovery:
    """The undue sum, its dossier then its row locked and read again, until the transaction ends. Raises NotFound."""
    claim_id = db.session.scalars(select(Recovery.claim_id).where(Recovery.id == recovery_id)).one_or_none()
    if claim_id is None:
        raise _unknown()
    # The dossier first, as all that changes one does: its withdrawal and its undue sum never wait for each other.
    db.session.scalars(
        select(Claim)
        .where(Claim.id == claim_id)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    ).one()
    return db.session.scalars(
        select(Recovery)
        .where(Recovery.id == recovery_id)
        .with_for_update(of=Recovery)
        .execution_options(populate_existing=True)
    ).one()


def recovery_numbered(number: str) -> Recovery:
    """The undue sum of that number. Raises NotFound."""
    found = db.session.scalars(select(Recovery).where(Recovery.number == number)).one_or_none()
    if found is None:
        raise _unknown()
    return found


def open_recovery_of(claim_id: int) -> Recovery | None:
    """The one that is open on a dossier, if any."""
    query = select(Recovery).where(Recovery.claim_id == claim_id, Recovery.status.in_(OPEN))
    return db.session.scalars(query).one_or_none()


def step(recovery: Recovery, action: str, actor: Actor, now: datetime, why: str = "") -> None:
    """Change the status of a locked undue sum, with the row that says who, when and why. Raises Refusal, Forbidden."""
    former = recovery.status
    recovery.status = next_status(former, action, actor.roles)
    note(recovery, action, former, actor, now, why)


def note(recovery: Recovery, action: str, former: str, actor: Actor, now: datetime, why: str = "") -> None:
    """Keep the row of a step, the status being written by the caller."""
    db.session.add(
        RecoveryStep(
            recovery_id=recovery.id,
            at=now,
            action=action,
            old_status=former,
            new_status=recovery.status,
            person_id=actor.person_id,
            why=why,
        )
    )


def _unknown() -> NotFound:
    return NotFound("recovery.unknown", "Cet indu n’existe pas.")
