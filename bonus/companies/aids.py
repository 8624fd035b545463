"""The other de minimis aids that count for a single undertaking: declared, or found in the register (art. 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, null, select, union_all, update
from sqlalchemy.orm import InstrumentedAttribute

from bonus.extensions import db

from .models import Company, DeMinimisAid, FoundAid


@dataclass(frozen=True)
class OtherAid:
    """An aid of another scheme, in cents. ``reference``: what the register calls it; None when it was declared."""

    recipient: str
    granted_on: date
    amount_cents: int
    authority: str
    instrument: str
    reference: str | None


def aids_counted(identifiers: Collection[str]) -> list[OtherAid]:
    """The aids that count of these SIRENs and VAT numbers, the oldest first: those declared, and those that the
    register gave when it was last read and that none of them is, the recipient, the day and the amount being the same.
    What a public body received does not count."""
    rows = [OtherAid(*row) for row in db.session.execute(_declared_and_found(identifiers))]
    told = Counter(_what(aid) for aid in rows if aid.reference is None)
    counted = []
    for aid in rows:
        if aid.reference is not None and told[_what(aid)]:
            told[_what(aid)] -= 1
        else:
            counted.append(aid)
    return counted


def _what(aid: OtherAid) -> tuple[str, date, int]:
    return aid.recipient, aid.granted_on, aid.amount_cents


def _declared_and_found(identifiers: Collection[str]) -> Select[Any]:
    """Both in one query, the declared first of a day."""
    one, other = DeMinimisAid, FoundAid
    declared = select(
        *(one.recipient, one.granted_on, one.amount_cents, one.authority, one.instrument),
        null().label("reference"),
        literal(0).label("rank"),
        one.id.label("id"),
    ).where(_received_by(one.recipient, identifiers))
    found = select(
        *(other.recipient, other.granted_on, other.amount_cents, other.authority, other.instrument),
        other.reference,
        literal(1),
        other.id,
    ).where(_received_by(other.recipient, identifiers), other.gone_at.is_(None))
    both = union_all(declared, found).subquery()
    return select(*list(both.c)[:6]).order_by(both.c.granted_on, both.c.rank, both.c.id)


def mark_used(identifiers: Collection[str], now: datetime) -> None:
    """Note, in the caller's transaction, that a decision was sealed with these aids: they change no more.

    The companies of the undertaking are locked by the caller, so that none was declared in between.
    """
    db.session.execute(
        update(DeMinimisAid)
        .where(_received_by(DeMinimisAid.recipient, identifiers), DeMinimisAid.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session="fetch")
    )


def _received_by(recipient: InstrumentedAttribute[str], identifiers: Collection[str]) -> ColumnElement[bool]:
    public = select(Company.siren).where(Company.kind == "public_body")
    return and_(recipient.in_(identifiers), recipient.not_in(public))
