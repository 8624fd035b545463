"""What stays between the State's agents on a dossier: their notes, and who has it open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model


class InternalNote(Model):
    """What an agent writes for the others. It is never shown to the company, in no page, file or history."""

    __tablename__ = "internal_notes"
    __table_args__ = (CheckConstraint("length(text) BETWEEN 1 AND 5000", name="text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)

    person: Mapped[Person] = relationship(lazy="joined")


class Presence(Model):
    """An agent who has a dossier open: ``since`` when, and when their browser last said so.

    ``page`` names the page opened last: an older one that closes does not take them away.
    """

    __tablename__ = "presences"
    __table_args__ = (CheckConstraint("since <= seen_at", name="order"),)

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    page: Mapped[str] = mapped_column(String(22))

    person: Mapped[Person] = relationship(lazy="joined")
