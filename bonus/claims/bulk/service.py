"""Choosing dossiers for one act, looking at what it would do, then confirming or giving it up."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from bonus import outbox
from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.bulk import chunks, insert_rows
from bonus.claims.bulk_models import BULK_ACTIONS, BulkAct, BulkItem
from bonus.claims.models import Claim
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation.wording import french

from .deeds import DEEDS

RUN = "bulk_act"
"""The kind of the outbox's message: its subject is a bulk act."""
MOST = 5_000
"""How many dossiers one act may touch."""
ROLES = frozenset({"reviewer"})


def choose(action: str, numbers: Sequence[str], actor: Actor, now: datetime) -> BulkAct:
    """Keep a choice of dossiers, by their numbers, with what already forbids the act on some; committed.

    Raises InvalidInput for an action that does not exist, or when no dossier, or too many, are chosen; Forbidden.
    """
    if not ROLES & actor.roles:
        raise Forbidden("bulk.reviewers_only", "Seul un instructeur agit sur plusieurs dossiers à la fois.")
    if action not in BULK_ACTIONS:
        raise InvalidInput(
            "bulk.action", "Choisissez ce que vous voulez faire de ces dossiers.", field="action"
        )
    wanted = list(dict.fromkeys(numbers))
    if len(wanted) > MOST:
        raise InvalidInput(
            "bulk.too_many",
            f"Plus de {MOST // 1000}{NBSP}000 dossiers sont choisis{NBSP}: précisez les filtres.",
            field="numbers",
        )
    claims = [
        claim
        for some in chunks(wanted)
        for claim in db.session.scalars(select(Claim).where(Claim.number.in_(some)).order_by(Claim.id))
    ]
    if not claims:
        raise InvalidInput("bulk.none", "Choisissez au moins un dossier.", field="numbers")
    refusals = DEEDS[action].refusals(claims, None, actor, now)
    found = BulkAct(
        reference=secrets.token_urlsafe(16),
        action=action,
        total=len(claims),
        refused=len(refusals),
        created_at=now,
        created_by_id=person_acting(actor),
    )
    db.session.add(found)
    db.session.flush()
    insert_rows(BulkItem, (_item(found.id, claim.id, refusals.get(claim.id)) for claim in claims))
    db.session.commit()
    return found


def _item(act_id: int, claim_id: int, refusal: Refusal | None) -> dict[str, Any]:
    return {
        "act_id": act_id,
        "claim_id": claim_id,
        "state": "refused" if refusal else "ready",
        "sentence": french(refusal.sentence)[:500] if refusal else None,
    }


def confirm(act_id: int, params: Mapping[str, Any], actor: Actor, now: datetime) -> BulkAct:
    """Have a chosen act done by its job; committed.

    Raises NotFound, Forbidden for someone else's, InvalidInput when a parameter is missing or wrong, Refusal when it
    was confirmed or given up before, or leaves nothing to do.
    """
    found = locked_act(act_id)
    if found.created_by_id != actor.person_id:
        raise Forbidden("bulk.not_yours", "Cette action a été préparée par quelqu’un d’autre.")
    if found.status != "chosen":
        raise Refusal("bulk.over", "Cette action a déjà été confirmée ou abandonnée : rechargez la page.")
    if found.refused == found.total:
        raise Refusal("bulk.nothing", "Aucun de ces dossiers ne permet cette action.")
    found.params = DEEDS[found.action].checked(params, actor, now)
    found.status, found.address = "running", actor.address
    outbox.post(RUN, found.id, now)
    record(
        "bulk.confirmed",
        f"bulk:{found.id}",
        actor,
        now,
        bulk=found.action,
        dossiers=found.total - found.refused,
    )
    db.session.commit()
    return found


def abandon(act_id: int, actor: Actor, now: datetime) -> BulkAct:
    """Give up an act: what is done stays done. Committed. Raises NotFound, Forbidden, Refusal when it is over."""
    found = locked_act(act_id)
    if found.created_by_id != actor.person_id:
        raise Forbidden("bulk.not_yours", "Cette action a été préparée par quelqu’un d’autre.")
    if found.status not in {"chosen", "running"}:
        raise Refusal("bulk.over", "Cette action est terminée : rechargez la page.")
    found.status, found.finished_at = "abandoned", now
    record("bulk.abandoned", f"bulk:{found.id}", actor, now, bulk=found.action, done=found.done)
    db.session.commit()
    return found


def locked_act(act_id: int) -> BulkAct:
    """The act, its row locked and read again, until the transaction ends. Raises NotFound."""
    found = db.session.scalars(
        select(BulkAct)
        .where(BulkAct.id == act_id)
        .with_for_update(of=BulkAct)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("bulk.unknown", "Cette action n’existe pas.")
    return found


def act_of(reference: str, person_id: int) -> BulkAct:
    """The act of that reference, of that person. Raises NotFound, also when it is someone else's."""
    found = db.session.scalars(
        select(BulkAct).where(BulkAct.reference == reference, BulkAct.created_by_id == person_id)
    ).one_or_none()
    if found is None:
        raise NotFound("bulk.unknown", "Cette action n’existe pas.")
    return found


def acts_of(person_id: int, most: int = 20) -> list[BulkAct]:
    """The last acts of a person, the latest first."""
    query = select(BulkAct).where(BulkAct.created_by_id == person_id).order_by(BulkAct.id.desc())
    return list(db.session.scalars(query.limit(most)))


def items_of(act: BulkAct, state: str | None, page: int, size: int) -> tuple[list[BulkItem], int]:
    """One page of what an act is about, in one state or all: those left aside first; and how many there are."""
    query = select(BulkItem).where(BulkItem.act_id == act.id)
    if state is not None:
        query = query.where(BulkItem.state == state)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = query.order_by(BulkItem.state.desc(), BulkItem.id).limit(size).offset((page - 1) * size)
    return list(db.session.scalars(rows.options(joinedload(BulkItem.claim)))), total
