"""Numbers without gaps: a counter's row is locked until the transaction that took the number ends."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from .extensions import Model, db


class Counter(Model):
    """The last number given in one series (``claims``, ``certificates``, …) for one year."""

    __tablename__ = "counters"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


def next_number(series: str, year: int) -> int:
    """The next number of a series (1, 2, …), in the caller's transaction: a rollback gives it back."""
    query = (
        select(Counter)
        .where(Counter.series == series, Counter.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    counter = db.session.scalars(query).one_or_none()
    if counter is None:
        try:
            with db.session.begin_nested():
                db.session.add(Counter(series=series, year=year, last=0))
        except IntegrityError:
            pass  # another process began the year at the same moment; its row is there now
        counter = db.session.scalars(query).one()
    counter.last += 1
    db.session.flush()
    return counter.last
