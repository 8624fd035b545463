"""The agents' list of dossiers: what must be done first comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select

from bonus.calendar import civil_date
from bonus.companies.models import Company
from bonus.extensions import db

from .messages import unread_of
from .models import Claim, Decision, Invoice

QUEUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "a-instruire": ("À instruire", ("filed", "under_review")),
    "pieces-attendues": ("Pièces attendues", ("awaiting_documents",)),
    "a-decider": ("À décider", ("proposed",)),
    "liste-d-attente": ("Liste d’attente", ("waiting_list",)),
    "decides": ("Décidés", ("granted", "partly_granted", "refused", "pending", "revoked", "annulled")),
}
"""Address → (French label, statuses)."""
PAGE_SIZE = 50


@dataclass(frozen=True)
class QueueRow:
    """What the list shows of a dossier; amounts in cents."""

    number: str
    company: str
    siren: str
    status: str
    filed_on: date
    due_on: date
    net_cents: int
    invoices: int
    bonus_cents: int | None
    unread: int = 0  # messages of its company that no reviewer has read


@dataclass(frozen=True)
class QueuePage:
    """One page of a queue, with how many dossiers and pages there are."""

    rows: list[QueueRow]
    total: int
    page: int
    pages: int


def counts() -> dict[str, int]:
    """How many dossiers each queue holds."""
    rows = db.session.execute(select(Claim.status, func.count()).group_by(Claim.status))
    by_status = {row[0]: row[1] for row in rows}
    return {
        key: sum(by_status.get(status, 0) for status in statuses) for key, (_, statuses) in QUEUES.items()
    }


def queue_page(key: str, page: int) -> QueuePage:
    """One page of a queue: the earliest due date first; what is decided, the latest first."""
    statuses = QUEUES[key][1]
    total = db.session.scalar(select(func.count()).select_from(Claim).where(Claim.status.in_(statuses))) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    order = (Claim.id.desc(),) if key == "decides" else (Claim.decision_due_on, Claim.id)
    wanted = select(Claim.id).where(Claim.status.in_(statuses)).order_by(*order)
    ids = list(db.session.scalars(wanted.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)))
    unread = unread_of(ids, "reviewer")
    rows = [_row(*row, unread=unread) for row in db.session.execute(_details(ids).order_by(*order))]
    return QueuePage(rows, total, page, pages)


def _details(ids: list[int]) -> Select[*tuple[Any, ...]]:
    """One query for the whole page: nothing is asked of the database row by row."""
    return (
        select(
            Claim.id,
            Claim.number,
            Company.name,
            Company.siren,
            Claim.status,
            Claim.filed_at,
            Claim.decision_due_on,
            func.coalesce(func.sum(Invoice.net_cents), 0),
            func.count(Invoice.id),
            select(func.sum(Decision.bonus_cents)).where(Decision.claim_id == Claim.id).scalar_subquery(),
        )
        .join(Company, Claim.company_id == Company.id)
        .outerjoin(Invoice, Invoice.claim_id == Claim.id)
        .where(Claim.id.in_(ids))
        .group_by(Claim.id, Company.id)
    )


def _row(
    claim_id: int,
    number: str,
    company: str,
    siren: str,
    status: str,
    filed_at: datetime,
    due_on: date,
    net_cents: int,
    invoices: int,
    bonus_cents: int | None,
    *,
    unread: Mapping[int, int],
) -> QueueRow:
    # PostgreSQL sums big integers into a decimal.
    return QueueRow(
        number,
        company,
        siren,
        status,
        civil_date(filed_at),
        due_on,
        int(net_cents),
        invoices,
        None if bonus_cents is None else int(bonus_cents),
        unread.get(claim_id, 0),
    )
