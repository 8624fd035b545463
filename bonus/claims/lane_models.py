"""The fast lane (art. 12): a dossier's entry with its conditions, who was told, and the seeds of the draws."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model
from bonus.mail import MailMessage

from .models import Claim

STATES = {
    "waiting": "En voie rapide",
    "outside": "Hors de la voie rapide",
    "drawn": "Tiré au sort",
    "contested": "Contesté",
    "taken_out": "Sorti par un agent",
    "left": "Sorti de la voie rapide",
    "decided": "Décidé par règle",
    "listed": "En liste d’attente",
}
"""Where a dossier stands in the lane: code → what people read. ``outside``: a condition was not met at filing."""

_STATE_LIST = ", ".join(repr(state) for state in STATES)


class LaneEntry(Model):
    """A filed dossier and the fast lane: one entry each, made at filing.

    ``conditions`` and ``last_conditions`` are those looked at when it was filed, and again to decide
    (``lane_rules.Condition.kept``). ``drawn`` is None when it was not submitted to the draw of the day it was filed.
    ``due_on`` is the first day on which the rule may decide. ``why`` says in French why it is out.
    """

    __tablename__ = "lane_entries"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATE_LIST})", name="state"),
        CheckConstraint("state <> 'waiting' OR (due_on IS NOT NULL AND NOT drawn)", name="waiting_is_due"),
        CheckConstraint("(state = 'taken_out') = (out_by_id IS NOT NULL)", name="taken_out_by"),
        Index("ix_lane_entries_state_due_on", "state", "due_on"),
        Index(
            "ix_lane_entries_submitted_on",
            "filed_on",
            sqlite_where=text("drawn IS NOT NULL"),
            postgresql_where=text("drawn IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), unique=True)
    filed_on: Mapped[date]  # the civil day in Paris, whose seed draws
    state: Mapped[str] = mapped_column(String(10))
    conditions: Mapped[list[Any]]
    last_conditions: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    drawn: Mapped[bool | None]
    due_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Text, default="")
    out_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    trouble: Mapped[str | None] = mapped_column(String(500))  # what stopped the last try to decide

    claim: Mapped[Claim] = relationship()
    out_by: Mapped[Person | None] = relationship()
    notices: Mapped[list[SupplierNotice]] = relationship(back_populates="entry", order_by="SupplierNotice.id")

    @property
    def looked_at(self) -> list[Any]:
        """The conditions as looked at last."""
        return self.last_conditions or self.conditions


def by_rule() -> ColumnElement[bool]:
    """Whether the entry of a ``Claim`` leaves it to the rule. One that the rule could not decide is an agent's to look
    at, like those that left the lane."""
    return and_(
        LaneEntry.claim_id == Claim.id,
        LaneEntry.state == "waiting",
        LaneEntry.trouble.is_(None),
        Claim.status == "filed",
    )


class SupplierNotice(Model):
    """A supplier told that a dossier holds its invoices; of its link only the SHA-256 of the secret is kept.

    ``invoices`` is what it was shown: number, date and amount of each (JSON).
    """

    __tablename__ = "lane_notices"
    __table_args__ = (
        UniqueConstraint("entry_id", "supplier_identifier"),
        CheckConstraint("(contested_at IS NULL) = (reason IS NULL)", name="contested_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("lane_entries.id"))
    supplier_identifier: Mapped[str] = mapped_column(String(20))
    supplier_name: Mapped[str] = mapped_column(String(200))
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    invoices: Mapped[list[Any]]
    told_at: Mapped[datetime]
    mail_id: Mapped[int] = mapped_column(ForeignKey("mail_messages.id"))
    contested_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)

    entry: Mapped[LaneEntry] = relationship(back_populates="notices")
    mail: Mapped[MailMessage] = relationship(lazy="joined")


class DrawSeed(Model):
    """The seed of one civil day's draw. ``closed`` is the seed encrypted; ``seed`` the seed itself, once it is public.

    What the draw came to is written with it: how many were submitted, the numbers drawn, the SHA-256 of the list.
    """

    __tablename__ = "draw_seeds"
    __table_args__ = (
        CheckConstraint("(seed IS NULL) = (published_at IS NULL)", name="published_with_results"),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    closed: Mapped[str] = mapped_column(Text)
    share_bp: Mapped[int]
    made_at: Mapped[datetime]
    seed: Mapped[str | None] = mapped_column(String(64))
    submitted: Mapped[int | None]
    drawn_numbers: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    list_sha256: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        """Says the day alone: a seed never ends up in a log."""
        return f"<DrawSeed {self.day.isoformat()}>"
