"""Changing a dossier's status: the table decides, the row is locked, the change leaves its trace."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.budget.waiting import leave
from bonus.errors import NotFound
from bonus.extensions import db

from .change_models import StatusChange
from .models import Claim
from .role_models import ROLES
from .roles import take_role
from .status import next_status, transition


def locked_claim(claim_id: int) -> Claim:
    """The dossier, its row locked and read again, until the transaction ends. Raises NotFound."""
    claim = db.session.scalars(
        select(Claim)
        .where(Claim.id == claim_id)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if claim is None:
        raise NotFound("claim.unknown", "Ce dossier n’existe pas.")
    return claim


def change_status(
    claim: Claim,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    result: str | None = None,
    reason: str | None = None,
) -> StatusChange:
    """Apply one action of the status table to a locked dossier, in the caller's transaction.

    Raises Refusal when the status does not allow it, Forbidden when the actor's roles do not, or when the actor acted
    on the dossier in another of the State's roles (art. 12).
    """
    allowed = transition(claim.status, action, actor.roles).roles
    role = next((role for role in ROLES if role in allowed), None) if actor.person_id is not None else None
    if actor.person_id is not None and role is not None:
        take_role(claim.id, actor.person_id, role, now)
    new_status = next_status(claim.status, action, actor.roles, result)
    change = StatusChange(
        claim=claim,
        at=now,
        action=action,
        old_status=claim.status,
        new_status=new_status,
        person_id=actor.person_id,
        role=role,
        reason=reason,
        address=actor.address,
    )
    waited = claim.status == "waiting_list"
    claim.status = new_status
    db.session.add(change)
    if waited:
        leave(claim, action, now)
    return change
