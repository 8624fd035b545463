"""How the months are counted in the database: by the bounds of months in Paris, of all dossiers then of each axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, literal

from bonus.calendar import add_months, start_of_day
from bonus.extensions import db

from .card_models import CardKey, ClaimCard
from .cards import axis_key
from .reporting_models import ALL

_AXES = axis_key("")


def month_of(moment: Any, months: Sequence[date]) -> ColumnElement[int]:
    """The place among ``months`` of the month in Paris of a moment: the databases know no other clock than UTC."""
    ends = [(moment < start_of_day(add_months(month, 1)), rank) for rank, month in enumerate(months)]
    # The last month is open: a clock of another machine may be ahead of ours.
    return place_of(ends)


def place_of(ends: Sequence[tuple[Any, int]]) -> ColumnElement[int]:
    return case(*ends[:-1], else_=len(ends) - 1) if len(ends) > 1 else literal(0)


def days_between(first: Any, last: Any) -> Any:
    """The days from one day to another: PostgreSQL takes days from each other, SQLite their numbers."""
    if db.engine.dialect.name == "sqlite":
        return cast(func.julianday(last) - func.julianday(first), Integer)
    return last - first


def all_of(query: Select[Any]) -> Sequence[Any]:
    """What a count finds; its transaction ends with it: SQLite's one writer waits no longer than for one count."""
    rows = db.session.execute(query).all()
    db.session.rollback()
    return rows


def by_axis(query: Select[Any]) -> Iterator[tuple[bool, Select[Any]]]:
    """The same count twice: of all dossiers, and of those of each axis."""
    count = func.count()
    yield False, query.add_columns(count)
    keyed = query.join(CardKey, CardKey.claim_id == ClaimCard.claim_id).where(
        CardKey.key >= _AXES, CardKey.key < _after(_AXES)
    )
    yield True, keyed.add_columns(CardKey.key, count).group_by(CardKey.key)


def _after(prefix: str) -> str:
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def axis_of(keyed: bool, key: Sequence[str]) -> str:
    return key[0].removeprefix(_AXES) if keyed else ALL
