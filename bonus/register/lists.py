"""What the central register was told and is to be told, for the agents who answer for it (art. 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from bonus.calendar import add_years
from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from bonus.regulation import load_parameters

from .models import RegisterEntry

STATES = {"a-inscrire": "À inscrire", "en-retard": "En retard", "inscrites": "Inscrites"}
"""What a list may be narrowed to."""


@dataclass(frozen=True)
class Listing:
    """The entries of one page, how many in all, and how many in each of ``STATES``."""

    rows: list[RegisterEntry]
    total: int
    counts: dict[str, int]


def register_page(state: str | None, today: date, page: int, size: int) -> Listing:
    """The entries of a state (of all when None), those to be told first, by the day they are due."""
    query = _narrowed(select(RegisterEntry), state, today)
    rows = db.session.scalars(
        query.options(joinedload(RegisterEntry.decision).joinedload(Decision.claim).joinedload(Claim.company))
        .order_by(RegisterEntry.entered_at.is_not(None), RegisterEntry.due_on, RegisterEntry.id)
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    counts = {one: _count(one, today) for one in STATES}
    return Listing(list(rows), _count(state, today), counts)


def late_count(today: date) -> int:
    """How many entries the register should have been told of."""
    return _count("en-retard", today)


def kept_until(entry: RegisterEntry) -> date:
    """The day until which an entry is kept: so many years from the grant."""
    granted_on = entry.decision.decided_on
    return add_years(granted_on, load_parameters().integer("de_minimis.register_years", granted_on))


def _count(state: str | None, today: date) -> int:
    query = _narrowed(select(func.count()).select_from(RegisterEntry), state, today)
    return int(db.session.scalar(query) or 0)


def _narrowed(query: Select[Any], state: str | None, today: date) -> Select[Any]:
    if state == "inscrites":
        return query.where(RegisterEntry.entered_at.is_not(None))
    if state in ("a-inscrire", "en-retard"):
        query = query.where(RegisterEntry.entered_at.is_(None))
    if state == "en-retard":
        query = query.where(RegisterEntry.due_on < today)
    return query
