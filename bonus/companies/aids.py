"""The other de minimis aids that count for a single undertaking, as declared (art. 7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update

from bonus.extensions import db

from .models import Company, DeMinimisAid


def aids_received_by(identifiers: Collection[str]) -> Sequence[DeMinimisAid]:
    """The aids declared for these SIRENs and VAT numbers, the oldest first. What a public body received does not
    count."""
    return db.session.scalars(
        select(DeMinimisAid)
        .where(_received_by(identifiers))
        .order_by(DeMinimisAid.granted_on, DeMinimisAid.id)
    ).all()


def mark_used(identifiers: Collection[str], now: datetime) -> None:
    """Note, in the caller's transaction, that a decision was sealed with these aids: they change no more.

    The companies of the undertaking are locked by the caller, so that none was declared in between.
    """
    db.session.execute(
        update(DeMinimisAid)
        .where(_received_by(identifiers), DeMinimisAid.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session="fetch")
    )


def _received_by(identifiers: Collection[str]) -> ColumnElement[bool]:
    public = select(Company.siren).where(Company.kind == "public_body")
    return and_(DeMinimisAid.recipient.in_(identifiers), DeMinimisAid.recipient.not_in(public))
