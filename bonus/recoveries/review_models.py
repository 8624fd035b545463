"""An undue sum, or its titre, that asks for more than what is known since says (art. 14): a person decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.extensions import Cents, Model

from .models import Recovery


class RecoveryReview(Model):
    """What was learned after an undue sum was prepared, by which ``excess_cents`` of it are not undue any more.

    ``about`` names what was learned: ``change:12`` of the registry, ``restored:7`` a withdrawal annulled. Until
    ``closed_at`` nothing is kept from a bonus for it, and an authorising officer finds it among what is to be decided.
    """

    __tablename__ = "recovery_reviews"
    __table_args__ = (
        UniqueConstraint("recovery_id", "about"),
        CheckConstraint("excess_cents > 0", name="excess"),
        Index(
            "uq_recovery_reviews_open",
            "recovery_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"))
    about: Mapped[str] = mapped_column(String(40))
    sentence: Mapped[str] = mapped_column(Text)
    excess_cents: Mapped[int] = mapped_column(Cents)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    recovery: Mapped[Recovery] = relationship()
