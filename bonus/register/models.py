"""What is to be entered in the central register of de minimis aids, and what was (art. 7)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.claims.models import Decision
from bonus.extensions import Cents, Model

ENTRY_KINDS = {"entered": "Inscription", "corrected": "Correction"}
GRANT = "grant"
"""What the entry of a bonus is about; corrections are about what undid it."""


class RegisterEntry(Model):
    """One thing the register is told of the bonus of a decision: that it was granted, or what is left of it once some
    of it was recovered. ``amount_cents``: what the aid comes to from ``effective_on``, the day of a correction: that on
    which the money came back, which may be before it was booked (None: that of ``created_at``). ``reference``: what the
    register calls it, once it took it. ``about`` makes it unique for the decision. Never removed: kept ten years at
    least."""

    __tablename__ = "register_entries"
    __table_args__ = (
        UniqueConstraint("decision_id", "about"),
        CheckConstraint(f"kind IN ({', '.join(map(repr, ENTRY_KINDS))})", name="kind"),
        CheckConstraint("amount_cents >= 0 AND (kind = 'corrected' OR amount_cents > 0)", name="amount"),
        CheckConstraint("(entered_at IS NULL) = (reference IS NULL)", name="entered"),
        CheckConstraint(f"(kind = 'entered') = (about = '{GRANT}')", name="about"),
        CheckConstraint("kind = 'entered' OR length(reason) > 0", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    kind: Mapped[str] = mapped_column(String(10))
    about: Mapped[str] = mapped_column(String(80))
    amount_cents: Mapped[int] = mapped_column(Cents)
    reason: Mapped[str] = mapped_column(String(300), default="")
    due_on: Mapped[date] = mapped_column(index=True)
    created_at: Mapped[datetime]
    effective_on: Mapped[date | None]
    entered_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(String(80))

    decision: Mapped[Decision] = relationship()
