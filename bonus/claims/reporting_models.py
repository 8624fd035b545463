"""The figures of the months, counted each night: what the service's report reads instead of a million dossiers.

All of it can be counted again from the dossiers (``flask claims measure``): nothing is decided by what it says. In each
table the empty ``region`` and the empty ``axis`` stand for all of them: a dossier is in the total once, and once in
each of the axes it bought in.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Model

ALL = ""
"""The region, or the axis, of a total."""
OUTSIDE = ""
"""Where a dossier comes from when it is filed: no queue."""


class ReportMove(Model):
    """So many dossiers went from a queue to another one in a month (its first day, in Paris)."""

    __tablename__ = "report_moves"
    __table_args__ = (
        CheckConstraint("dossiers > 0", name="dossiers"),
        Index("ix_report_moves_scope", "axis", "region", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    region: Mapped[str] = mapped_column(String(10))
    axis: Mapped[str] = mapped_column(String(20))
    old_queue: Mapped[str] = mapped_column(String(20))
    new_queue: Mapped[str] = mapped_column(String(20))
    dossiers: Mapped[int]


class ReportDelay(Model):
    """So many dossiers got their first decision in a month after ``days`` days of the clock of art. 11.

    ``kind`` is how: ``officer``, ``rule`` or ``silence``. A count by whole days gives every percentile exactly.
    """

    __tablename__ = "report_delays"
    __table_args__ = (
        CheckConstraint("dossiers > 0", name="dossiers"),
        CheckConstraint("days >= 0", name="days"),
        CheckConstraint("kind IN ('officer', 'rule', 'silence')", name="kind"),
        Index("ix_report_delays_scope", "axis", "region", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    region: Mapped[str] = mapped_column(String(10))
    axis: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    days: Mapped[int]
    dossiers: Mapped[int]


class ReportStay(Model):
    """So many stays in a queue ended in a month after ``days`` whole days, whatever stood still meanwhile."""

    __tablename__ = "report_stays"
    __table_args__ = (
        CheckConstraint("dossiers > 0", name="dossiers"),
        CheckConstraint("days >= 0", name="days"),
        Index("ix_report_stays_scope", "axis", "region", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    region: Mapped[str] = mapped_column(String(10))
    axis: Mapped[str] = mapped_column(String(20))
    queue: Mapped[str] = mapped_column(String(20))
    days: Mapped[int]
    dossiers: Mapped[int]


class ReportAge(Model):
    """So many dossiers of a class of age (``age``, a place in ``reporting_figures.AGES``) stood in a queue at the end
    of a month; of the present one, on the day they were counted."""

    __tablename__ = "report_ages"
    __table_args__ = (
        CheckConstraint("dossiers > 0", name="dossiers"),
        CheckConstraint("age >= 0", name="age"),
        Index("ix_report_ages_scope", "axis", "region", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    region: Mapped[str] = mapped_column(String(10))
    axis: Mapped[str] = mapped_column(String(20))
    queue: Mapped[str] = mapped_column(String(20))
    age: Mapped[int]
    dossiers: Mapped[int]


class ReportState(Model):
    """The one row that says when the months were counted last; None while they never were."""

    __tablename__ = "report_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    measured_at: Mapped[datetime | None]
