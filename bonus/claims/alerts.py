"""Reading what followed the registry's changes: a reviewer's alerts, a dossier's, the open controls, the progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from bonus.audit.service import Actor, record
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.registry.models import Certification, CertificationFact, RegistryChange

from .follow_models import ClaimAlert, Control
from .models import Claim

PAGE_SIZE = 50


def unseen_alerts(person_id: int, page: int) -> tuple[Sequence[ClaimAlert], int]:
    """One page of the alerts a reviewer has not seen, and how many there are: theirs, and those of dossiers that
    nobody has taken up; the latest first."""
    mine = (
        ClaimAlert.seen_at.is_(None),
        or_(ClaimAlert.person_id == person_id, ClaimAlert.person_id.is_(None)),
    )
    total = db.session.scalar(select(func.count()).select_from(ClaimAlert).where(*mine)) or 0
    query = (
        select(ClaimAlert).where(*mine).order_by(ClaimAlert.id.desc()).options(joinedload(ClaimAlert.change))
    )
    return db.session.scalars(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all(), total


def alerts_of(claim: Claim) -> Sequence[ClaimAlert]:
    """A dossier's alerts that nobody has noted yet, the latest first."""
    query = select(ClaimAlert).where(ClaimAlert.claim_id == claim.id, ClaimAlert.seen_at.is_(None))
    return db.session.scalars(query.order_by(ClaimAlert.id.desc())).all()


def see_alert(claim: Claim, alert_id: int, actor: Actor, now: datetime) -> None:
    """Note that an agent has read an alert of a dossier; a second time changes nothing. Raises NotFound."""
    alert = db.session.scalars(
        select(ClaimAlert)
        .where(ClaimAlert.id == alert_id, ClaimAlert.claim_id == claim.id)
        .with_for_update(of=ClaimAlert)
    ).one_or_none()
    if alert is None:
        raise NotFound("alert.unknown", "Cette alerte n’existe pas.")
    if alert.seen_at is None:
        alert.seen_at, alert.seen_by_id = now, actor.person_id
        record("claim.alert_seen", f"claim:{claim.number}", actor, now, change=alert.change_id)
    db.session.commit()


def open_controls(page: int) -> tuple[Sequence[Control], int]:
    """One page of the controls to be done, the oldest first, and how many there are."""
    total = db.session.scalar(select(func.count()).select_from(Control).where(Control.status == "open")) or 0
    query = (
        select(Control)
        .where(Control.status == "open")
        .order_by(Control.id)
        .options(joinedload(Control.change), selectinload(Control.claim).selectinload(Claim.decisions))
    )
    return db.session.scalars(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all(), total


def controls_of(claim: Claim) -> Sequence[Control]:
    """A dossier's open controls."""
    query = select(Control).where(Control.claim_id == claim.id, Control.status == "open").order_by(Control.id)
    return db.session.scalars(query).all()


def changes_page(page: int) -> tuple[Sequence[tuple[RegistryChange, int, str | None]], int]:
    """One page of the registry's changes, the latest first: each with how many facts it brought and the name of
    the solution when it is about one; and how many changes there are."""
    total = db.session.scalar(select(func.count()).select_from(RegistryChange)) or 0
    ids = list(
        db.session.scalars(
            select(RegistryChange.id)
            .order_by(RegistryChange.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
    )
    changes = {
        change.id: change
        for change in db.session.scalars(select(RegistryChange).where(RegistryChange.id.in_(ids)))
    }
    counts = {
        row[0]: (row[1], row[2])
        for row in db.session.execute(
            select(CertificationFact.change_id, func.count(), func.min(Certification.reference))
            .join(Certification, CertificationFact.certification_id == Certification.id)
            .where(CertificationFact.change_id.in_(ids))
            .group_by(CertificationFact.change_id)
        )
    }
    rows = []
    for change_id in ids:
        count, reference = counts.get(change_id, (0, None))
        rows.append((changes[change_id], count, reference if count == 1 else None))
    return rows, total
