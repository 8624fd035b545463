"""Notifying many undue sums at once (art. 14): a preview always, that a second person approves before any is sent.

Nobody is threatened by mistake: what is sent is what was previewed, to the cent; a sum that changed meanwhile is left
aside, with the reason, for a person to look at.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from bonus import outbox
from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.bulk import insert_rows
from bonus.claims.follow_models import Control
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db

from .mass_models import MassNotice, MassNoticeItem
from .models import Recovery
from .status import OPEN

RUN = "mass_notice"
"""The kind of the outbox's message: its subject is a mass notice; a part for each step that runs."""
DRAFT, SEND = 1, 2
MOST = 5_000
PAGE_SIZE = 50


def from_change(change_id: int, actor: Actor, now: datetime) -> MassNotice:
    """Prepare the undue sums of the controls that one change of the registry opened; a job drafts them, then shows
    their preview. Committed. Raises Forbidden, InvalidInput when there is no such open control, or too many."""
    _require_reviewer(actor)
    claims = db.session.scalars(
        select(Control.claim_id)
        .where(Control.change_id == change_id, Control.status == "open")
        .order_by(Control.claim_id)
        .distinct()
    ).all()
    mass = _made("drafting", [(claim_id, None, 0) for claim_id in claims], actor, now, change_id=change_id)
    outbox.post(RUN, mass.id, now, part=DRAFT)
    db.session.commit()
    return mass


def from_drafts(numbers: Sequence[str], actor: Actor, now: datetime) -> MassNotice:
    """Preview the notification of drafts that were chosen; committed. Raises Forbidden, InvalidInput for none or too
    many."""
    _require_reviewer(actor)
    wanted = list(dict.fromkeys(numbers))[: MOST + 1]
    rows = db.session.execute(
        select(Recovery.claim_id, Recovery.id, Recovery.amount_cents)
        .where(Recovery.number.in_(wanted), Recovery.status == "draft")
        .order_by(Recovery.id)
    )
    mass = _made("preview", [(claim, number, cents) for claim, number, cents in rows], actor, now)
    db.session.commit()
    return mass


def _made(
    status: str,
    items: Sequence[tuple[int, int | None, int]],
    actor: Actor,
    now: datetime,
    *,
    change_id: int | None = None,
) -> MassNotice:
    if not items:
        raise InvalidInput("mass.none", "Choisissez au moins un indu en préparation.", field="numbers")
    if len(items) > MOST:
        raise InvalidInput("mass.too_many", "Choisissez 5\u00a0000 indus au plus.", field="numbers")
    mass = MassNotice(
        reference=secrets.token_urlsafe(16),
        change_id=change_id,
        status=status,
        total=len(items),
        amount_cents=sum(cents for _, _, cents in items),
        created_at=now,
        created_by_id=person_acting(actor),
    )
    db.session.add(mass)
    db.session.flush()
    state = "waiting" if status == "drafting" else "ready"
    insert_rows(
        MassNoticeItem,
        (
            {
                "mass_id": mass.id,
                "claim_id": claim_id,
                "recovery_id": recovery_id,
                "amount_cents": cents,
                "state": state,
                "sentence": None,
            }
            for claim_id, recovery_id, cents in items
        ),
    )
    record("mass_notice.made", f"mass_notice:{mass.id}", actor, now, dossiers=mass.total)
    return mass


@dataclass(frozen=True)
class ToPrepare:
    """A change of the registry that opened controls: how many have no undue sum yet, what they suppose undue (cents),
    and why the first was opened."""

    change_id: int
    dossiers: int
    undue_cents: int
    reason: str


def changes_to_prepare(most: int = 20) -> list[ToPrepare]:
    """The changes of the registry whose controls nobody has prepared an undue sum of, the latest first."""
    prepared = select(Recovery.claim_id).where(Recovery.status.in_(OPEN))
    rows = db.session.execute(
        select(Control.change_id, func.count(), func.sum(Control.undue_cents), func.min(Control.reason))
        .where(Control.status == "open", Control.change_id.is_not(None), Control.claim_id.not_in(prepared))
        .group_by(Control.change_id)
        .order_by(Control.change_id.desc())
        .limit(most)
    )
    return [
        ToPrepare(change_id, count, int(cents), reason)
        for change_id, count, cents, reason in rows
        if change_id is not None
    ]


def approve(mass_id: int, amount_cents: int, actor: Actor, now: datetime) -> MassNotice:
    """A second reviewer approves a preview, for the sum it showed them: a job then sends it. Committed.

    Raises NotFound, Forbidden for who made it or another role, Refusal when it is no preview, shows another sum by now
    or leaves nothing to send.
    """
    _require_reviewer(actor)
    mass = locked_mass(mass_id)
    if mass.status != "preview":
        raise Refusal("mass.over", "Cette notification n’est plus à approuver : rechargez la page.")
    if mass.created_by_id == actor.person_id:
        raise Forbidden(
            "claim.same_person", "Vous l’avez préparée : une autre personne doit l’approuver (art. 12)."
        )
    ready = _count(mass.id, "ready")
    if not ready:
        raise Refusal("mass.nothing", "Aucun indu n’est prêt à être notifié.")
    if mass.amount_cents != amount_cents:
        raise Refusal("mass.changed", "Les montants ont changé depuis l’aperçu : relisez-le.")
    mass.status, mass.approved_at, mass.approved_by_id = "sending", now, person_acting(actor)
    mass.total, mass.done, mass.refused = ready, 0, 0
    outbox.post(RUN, mass.id, now, part=SEND)
    record(
        "mass_notice.approved",
        f"mass_notice:{mass.id}",
        actor,
        now,
        dossiers=ready,
        amount_cents=mass.amount_cents,
    )
    db.session.commit()
    return mass


def abandon(mass_id: int, actor: Actor, now: datetime) -> MassNotice:
    """Give up a mass notice: what was sent stays sent, the drafts stay drafts. Committed. Raises NotFound, Forbidden,
    Refusal when it is over."""
    _require_reviewer(actor)
    mass = locked_mass(mass_id)
    if mass.status not in ("drafting", "preview", "sending"):
        raise Refusal("mass.over", "Cette notification est terminée : rechargez la page.")
    mass.status, mass.finished_at = "abandoned", now
    record("mass_notice.abandoned", f"mass_notice:{mass.id}", actor, now, sent=_count(mass.id, "done"))
    db.session.commit()
    return mass


def locked_mass(mass_id: int) -> MassNotice:
    """The mass notice, its row locked and read again, until the transaction ends. Raises NotFound."""
    found = db.session.scalars(
        select(MassNotice)
        .where(MassNotice.id == mass_id)
        .with_for_update(of=MassNotice)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise _unknown()
    return found


def mass_of(reference: str) -> MassNotice:
    """The mass notice of that reference. Raises NotFound."""
    found = db.session.scalars(select(MassNotice).where(MassNotice.reference == reference)).one_or_none()
    if found is None:
        raise _unknown()
    return found


def masses(most: int = 20) -> Sequence[MassNotice]:
    """The latest ones."""
    query = select(MassNotice).order_by(MassNotice.id.desc()).limit(most)
    return db.session.scalars(query.options(joinedload(MassNotice.created_by))).all()


def counts_of(mass: MassNotice) -> dict[str, int]:
    """How many of its dossiers are in each state."""
    query = select(MassNoticeItem.state, func.count()).where(MassNoticeItem.mass_id == mass.id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(MassNoticeItem.state))}


def items_page(mass: MassNotice, page: int, size: int = PAGE_SIZE) -> tuple[Sequence[MassNoticeItem], int]:
    """One page of its dossiers, those left aside first; and how many there are."""
    mine = MassNoticeItem.mass_id == mass.id
    total = db.session.scalar(select(func.count()).select_from(MassNoticeItem).where(mine)) or 0
    query = select(MassNoticeItem).where(mine).order_by(MassNoticeItem.state.desc(), MassNoticeItem.id)
    shown = (joinedload(MassNoticeItem.claim), joinedload(MassNoticeItem.recovery))
    return db.session.scalars(query.limit(size).offset((page - 1) * size).options(*shown)).all(), total


def _count(mass_id: int, state: str) -> int:
    query = select(func.count()).where(MassNoticeItem.mass_id == mass_id, MassNoticeItem.state == state)
    return db.session.scalar(query) or 0


def _require_reviewer(actor: Actor) -> None:
    if "reviewer" not in actor.roles:
        raise Forbidden("mass.reviewers_only", "Seul un instructeur notifie des indus.")


def _unknown() -> NotFound:
    return NotFound("mass.unknown", "Cette notification groupée n’existe pas.")
