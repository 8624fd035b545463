"""Many undue sums notified at once (art. 14): prepared, previewed, approved by a second person, then sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.claims.models import Claim
from bonus.extensions import Cents, Model
from bonus.registry.models import RegistryChange

from .models import Recovery
from .status import ITEM_STATES, MASS_STATUSES


class MassNotice(Model):
    """Undue sums to notify together: those of the controls that one change of the registry opened (``change``), or
    drafts that were chosen. ``amount_cents`` is what the preview comes to, and what was approved. ``done`` and
    ``refused`` of ``total`` are over, of the step it is at. Who approves is not who made it (art. 12)."""

    __tablename__ = "mass_notices"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(map(repr, MASS_STATUSES))})", name="status"),
        CheckConstraint("done >= 0 AND refused >= 0 AND done + refused <= total", name="progress"),
        CheckConstraint("amount_cents >= 0", name="amount"),
        CheckConstraint("approved_by_id <> created_by_id", name="two_persons"),
        CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved"),
        CheckConstraint(
            "status NOT IN ('sending', 'done') OR approved_at IS NOT NULL", name="approved_first"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    change_id: Mapped[int | None] = mapped_column(ForeignKey("registry_changes.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    amount_cents: Mapped[int] = mapped_column(Cents, default=0)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    finished_at: Mapped[datetime | None]

    change: Mapped[RegistryChange | None] = relationship()
    created_by: Mapped[Person] = relationship(foreign_keys=[created_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])


class MassNoticeItem(Model):
    """One dossier of a mass notice: to be prepared, ready with what is undue, sent, or left aside with the reason."""

    __tablename__ = "mass_notice_items"
    __table_args__ = (
        UniqueConstraint("mass_id", "claim_id"),
        CheckConstraint(f"state IN ({', '.join(map(repr, ITEM_STATES))})", name="state"),
        CheckConstraint("(state = 'refused') = (sentence IS NOT NULL)", name="refusal_has_reason"),
        CheckConstraint("state NOT IN ('ready', 'done') OR recovery_id IS NOT NULL", name="ready_has_a_sum"),
        Index("ix_mass_notice_items_state", "mass_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mass_id: Mapped[int] = mapped_column(ForeignKey("mass_notices.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    recovery_id: Mapped[int | None] = mapped_column(ForeignKey("recoveries.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(Cents, default=0)
    state: Mapped[str] = mapped_column(String(10))
    sentence: Mapped[str | None] = mapped_column(String(500))

    mass: Mapped[MassNotice] = relationship()
    claim: Mapped[Claim] = relationship()
    recovery: Mapped[Recovery | None] = relationship()
