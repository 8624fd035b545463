"""What a reviewer proposes to decide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import Claim


class Proposal(Model):
    """What a reviewer proposes to decide, with its reasons (art. 12). The last one counts."""

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("outcome IN ('apply', 'refuse')", name="outcome"),
        CheckConstraint("outcome = 'apply' OR length(reasons) > 0", name="refusal_has_reasons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    proposed_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[str] = mapped_column(Text)

    claim: Mapped[Claim] = relationship(back_populates="proposals")
    reviewer: Mapped[Person] = relationship()
