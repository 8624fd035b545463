"""The job of a bulk act: some dossiers at a time, each group in one transaction, from where a run before stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.audit.service import Actor, record
from bonus.bulk import update_rows
from bonus.claims.bulk_models import BulkAct, BulkItem
from bonus.claims.models import Claim
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.regulation.wording import french

from .deeds import DEEDS
from .service import locked_act

GROUP = 100
"""Dossiers a transaction: their locks are held for less than a second."""


def run_bulk_act(act_id: int, now: datetime, *, group: int = GROUP) -> None:
    """Do what is left of a confirmed act. Killed in the middle it begins again where it was; run twice it does
    nothing twice; abandoned meanwhile it stops. Raises NotFound."""
    while _run_group(act_id, now, group):
        pass


def _run_group(act_id: int, now: datetime, group: int) -> bool:
    act = locked_act(act_id)
    if act.status != "running":
        db.session.rollback()
        return False
    items = db.session.scalars(
        select(BulkItem)
        .where(BulkItem.act_id == act.id, BulkItem.state == "ready")
        .order_by(BulkItem.id)
        .limit(group)
    ).all()
    person = db.session.get_one(Person, act.created_by_id)
    actor = actor_of(person, act.address)
    if not items:
        act.status, act.finished_at = "done", now
        record("bulk.done", f"bulk:{act.id}", actor, now, bulk=act.action, done=act.done, refused=act.refused)
        db.session.commit()
        return False
    _do(act, items, actor if person.active else Actor(actor.name, actor.person_id, actor.address), now)
    db.session.commit()
    return True


def _do(act: BulkAct, items: Sequence[BulkItem], actor: Actor, now: datetime) -> None:
    """Do it to the dossiers of one group that still allow it, and write what became of each."""
    assert act.params is not None
    deed = DEEDS[act.action]
    claims = _locked([item.claim_id for item in items])
    refusals = deed.refusals(claims, act.params, actor, now)
    allowed = [claim for claim in claims if claim.id not in refusals]
    if allowed:
        deed.perform(allowed, act.params, actor, now)
    update_rows(BulkItem, [_outcome(item, refusals.get(item.claim_id)) for item in items])
    act.done += len(allowed)
    act.refused += len(refusals)


def _outcome(item: BulkItem, refusal: Refusal | None) -> dict[str, object]:
    if refusal is None:
        return {"of": item.id, "state": "done", "sentence": None}
    return {"of": item.id, "state": "refused", "sentence": french(refusal.sentence)[:500]}


def _locked(claim_ids: Sequence[int]) -> Sequence[Claim]:
    """The dossiers, locked in the order that every other job locks them in."""
    found = db.session.scalars(
        select(Claim)
        .where(Claim.id.in_(claim_ids))
        .order_by(Claim.id)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    ).all()
    if len(found) != len(claim_ids):
        raise NotFound("claim.unknown", "Un de ces dossiers n’existe plus.")
    return found
