"""Reading the fast lane for agents: where its dossiers stand, with why each is in it or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import selectinload

from bonus.extensions import db

from .lane_models import LaneEntry
from .models import Claim

PAGE_SIZE = 50
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "en-cours": ("En voie rapide", ("waiting",)),
    "tires": ("Tirés au sort", ("drawn",)),
    "contestes": ("Contestés", ("contested",)),
    "decides": ("Décidés par règle", ("decided", "listed")),
    "sortis": ("Sortis de la voie", ("taken_out", "left")),
    "hors": ("Jamais entrés", ("outside",)),
}
"""The lists of the page: what its address bears → title, and the states it shows."""


@dataclass(frozen=True)
class LanePage:
    """One page (from 1) of a list."""

    entries: list[LaneEntry]
    total: int
    page: int
    pages: int


def _state() -> ColumnElement[str]:
    """Where an entry stands now (``lane.state_of``), for the database."""
    gone = and_(LaneEntry.state == "waiting", Claim.status != "filed")
    return case((gone, "left"), else_=LaneEntry.state)


def counts() -> dict[str, int]:
    """How many dossiers each list has."""
    state = _state()
    rows = db.session.execute(
        select(state, func.count(LaneEntry.id)).join(Claim, Claim.id == LaneEntry.claim_id).group_by(state)
    )
    found = {row[0]: int(row[1]) for row in rows}
    return {key: sum(found.get(state, 0) for state in states) for key, (_, states) in VIEWS.items()}


def lane_page(key: str, page: int) -> LanePage:
    """A page of a list: what is in the lane by the day it is decided, the rest the latest first."""
    query = _listed(key)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    entries = db.session.scalars(
        query.options(selectinload(LaneEntry.notices), selectinload(LaneEntry.out_by))
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    return LanePage(list(entries), total, page, pages)


def lane_rows(key: str) -> Iterator[tuple[str, str, str, date, date | None, str, str]]:
    """A whole list as rows to export: number, company, SIREN, filed on, due on, state, why."""
    for entry in db.session.scalars(_listed(key).execution_options(yield_per=500)):
        claim = entry.claim
        yield (
            str(claim.number),
            claim.company.name,
            claim.company.siren,
            entry.filed_on,
            entry.due_on,
            entry.state,
            entry.why,
        )


def by_rule_figures(year: int) -> dict[str, Any]:
    """What became of the dossiers filed in a calendar year: submitted to the draw, drawn, decided by rule."""
    row = db.session.execute(
        select(
            func.count(LaneEntry.id),
            func.coalesce(func.sum(case((LaneEntry.drawn.is_(True), 1), else_=0)), 0),
            func.coalesce(func.sum(case((LaneEntry.state == "decided", 1), else_=0)), 0),
        ).where(
            LaneEntry.drawn.is_not(None), LaneEntry.filed_on.between(date(year, 1, 1), date(year, 12, 31))
        )
    ).one()
    return {"submitted": int(row[0]), "drawn": int(row[1]), "by_rule": int(row[2])}


def _listed(key: str) -> Select[Any]:
    query = (
        select(LaneEntry)
        .join(Claim, Claim.id == LaneEntry.claim_id)
        .options(selectinload(LaneEntry.claim))
        .where(_state().in_(VIEWS[key][1]))
    )
    if key == "en-cours":
        return query.order_by(LaneEntry.due_on, LaneEntry.id)
    return query.order_by(LaneEntry.id.desc())
