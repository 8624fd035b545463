"""The steps of a dossier, as its table of status changes keeps them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import Claim


class StatusChange(Model):
    """One step of a dossier: who, what, when, why, from which address.

    ``role``: in which of the State's roles; None for what a company or the service does. The key to ``claim_roles``
    holds art. 12: a person has one role on a dossier.
    """

    __tablename__ = "status_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["claim_id", "person_id", "role"],
            ["claim_roles.claim_id", "claim_roles.person_id", "claim_roles.role"],
        ),
        CheckConstraint(
            "person_id IS NULL OR role IS NOT NULL OR action IN ('file', 'abandon', 'answer')",
            name="agents_have_a_role",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(20))
    old_status: Mapped[str] = mapped_column(String(20))
    new_status: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(String(45))

    claim: Mapped[Claim] = relationship(back_populates="changes", foreign_keys=[claim_id])
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
