"""The job of a mass notice: one dossier a transaction, from where a run before stopped; nothing is sent twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.audit.service import Actor, record
from bonus.claims.changes import locked_claim
from bonus.claims.follow_models import Control
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.regulation.wording import french

from .changes import locked_recovery
from .drafting import draft_locked
from .mass import locked_mass
from .mass_models import MassNotice, MassNoticeItem
from .models import Recovery
from .notifying import notify_locked

_STATE = {"drafting": "waiting", "sending": "ready"}


def run_mass(mass_id: int, now: datetime) -> None:
    """Do what is left of the step a mass notice is at: draft, or, once approved, send. Killed in the middle it begins
    again where it was; abandoned meanwhile it stops. Raises NotFound."""
    while _run_one(mass_id, now):
        pass


def _run_one(mass_id: int, now: datetime) -> bool:
    mass = locked_mass(mass_id)
    if mass.status not in _STATE:
        db.session.rollback()
        return False
    item = db.session.scalars(
        select(MassNoticeItem)
        .where(MassNoticeItem.mass_id == mass.id, MassNoticeItem.state == _STATE[mass.status])
        .order_by(MassNoticeItem.id)
        .limit(1)
    ).one_or_none()
    actor = _on_behalf(mass)
    if item is None:
        _end_step(mass, actor, now)
        db.session.commit()
        return False
    try:
        with db.session.begin_nested():
            _draft(mass, item, actor, now) if mass.status == "drafting" else _send(item, actor, now)
    except Refusal as refusal:
        # Only what the savepoint held is undone: the item says why, and the others go on.
        item.state, item.sentence = "refused", french(refusal.sentence)[:500]
        mass.refused += 1
    else:
        mass.done += 1
    db.session.commit()
    return True


def _on_behalf(mass: MassNotice) -> Actor:
    """Who made it notifies: the officer who decides later is somebody else. One whose account was closed does nothing
    more: each dossier then says that the role misses."""
    person = db.session.get_one(Person, mass.created_by_id)
    actor = actor_of(person, None)
    return actor if person.active else Actor(actor.name, actor.person_id)


def _end_step(mass: MassNotice, actor: Actor, now: datetime) -> None:
    if mass.status == "drafting":
        mass.status = "preview"
        return
    mass.status, mass.finished_at = "done", now
    record("mass_notice.done", f"mass_notice:{mass.id}", actor, now, done=mass.done, refused=mass.refused)


def _draft(mass: MassNotice, item: MassNoticeItem, actor: Actor, now: datetime) -> None:
    claim = locked_claim(item.claim_id)
    control = db.session.scalars(
        select(Control).where(Control.claim_id == claim.id, Control.change_id == mass.change_id)
    ).one()
    recovery = draft_locked(claim, "withdrawal", control.reason, actor, now, control_id=control.id)
    if not recovery.amount_cents and not recovery.unpaid_cents:
        raise Refusal("recovery.nothing_undue", "Le calcul ne donne rien d’indu.")
    _ready(mass, item, recovery)


def _ready(mass: MassNotice, item: MassNoticeItem, recovery: Recovery) -> None:
    item.recovery_id, item.amount_cents, item.state = recovery.id, recovery.amount_cents, "ready"
    mass.amount_cents += recovery.amount_cents


def _send(item: MassNoticeItem, actor: Actor, now: datetime) -> None:
    assert item.recovery_id is not None
    recovery = notify_locked(locked_recovery(item.recovery_id), actor, now)
    if recovery.amount_cents != item.amount_cents:
        raise Refusal("mass.changed", "Le montant a changé depuis l’aperçu : notifiez cet indu à part.")
    item.state = "done"
