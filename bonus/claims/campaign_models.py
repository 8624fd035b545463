"""Campaigns of controls: what was drawn, from what, with which seed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model


class ControlCampaign(Model):
    """A draw among the dossiers paid over a period, both ends included; never changed once made.

    ``population`` is the frozen list of [number, weight], ``layers`` what was asked for, ``drawn`` the numbers of each.
    """

    __tablename__ = "control_campaigns"
    __table_args__ = (CheckConstraint("paid_from <= paid_until", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    paid_from: Mapped[date]
    paid_until: Mapped[date]
    seed: Mapped[str] = mapped_column(String(64))
    layers: Mapped[list[Any]]
    population: Mapped[list[Any]] = mapped_column(deferred=True)
    population_count: Mapped[int]
    population_sha256: Mapped[str] = mapped_column(String(64))
    drawn: Mapped[list[Any]]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))

    opened_by: Mapped[Person] = relationship()
