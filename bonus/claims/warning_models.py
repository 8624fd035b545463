"""What the State's agents were warned of: the last day to decide a dossier is near (art. 11)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import Claim


class DueWarning(Model):
    """One warning, given once: ``days`` is how long before ``due_on``. ``person_id`` is who is warned, None when the
    dossier is nobody's: every reviewer is. ``mailed_at`` once the mails that list it are written."""

    __tablename__ = "due_warnings"
    __table_args__ = (
        UniqueConstraint("claim_id", "due_on", "days"),
        CheckConstraint("days > 0", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    due_on: Mapped[date]
    days: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    at: Mapped[datetime]
    mailed_at: Mapped[datetime | None] = mapped_column(index=True)

    claim: Mapped[Claim] = relationship()
    person: Mapped[Person | None] = relationship()
