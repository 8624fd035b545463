"""A company's other dossiers, as an agent sees them beside one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from bonus.calendar import civil_date
from bonus.extensions import db

from .models import Claim, Decision, Invoice

MOST = 10


@dataclass(frozen=True)
class OtherDossier:
    """One of them; amounts in cents, ``bonus_cents`` None while nothing is decided."""

    number: str
    status: str
    filed_on: date
    net_cents: int
    bonus_cents: int | None


def other_dossiers(claim: Claim) -> tuple[Sequence[OtherDossier], int]:
    """The ``MOST`` filed last beside this one, and how many there are in all. Drafts are the company's own."""
    theirs = (Claim.company_id == claim.company_id, Claim.id != claim.id, Claim.number.is_not(None))
    total = db.session.scalar(select(func.count()).select_from(Claim).where(*theirs)) or 0
    if not total:
        return [], 0
    latest = select(Claim.id).where(*theirs).order_by(Claim.id.desc()).limit(MOST)
    ids = list(db.session.scalars(latest))
    net = select(func.sum(Invoice.net_cents)).where(Invoice.claim_id == Claim.id).scalar_subquery()
    bonus = select(func.sum(Decision.bonus_cents)).where(Decision.claim_id == Claim.id).scalar_subquery()
    rows = db.session.execute(
        select(Claim.number, Claim.status, Claim.filed_at, net, bonus)
        .where(Claim.id.in_(ids))
        .order_by(Claim.id.desc())
    )
    found = [
        OtherDossier(
            str(number),
            status,
            civil_date(filed_at),
            int(cents or 0),  # PostgreSQL sums big integers into a decimal
            None if granted is None else int(granted),
        )
        for number, status, filed_at, cents, granted in rows
        if filed_at is not None
    ]
    return found, total
