"""The certification registry: suppliers, solutions, certifications and the events of their life (art. 4)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.extensions import Model


class Supplier(Model):
    """Who sells: ``identifier`` is a SIREN, or a VAT number elsewhere in the EEA."""

    __tablename__ = "suppliers"

    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    solutions: Mapped[list[Solution]] = relationship(back_populates="supplier", order_by="Solution.name")


class Solution(Model):
    """An offer that labels certify; ``slug`` is its public identifier, ``axis`` one of the manifesto's seven."""

    __tablename__ = "solutions"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str | None] = mapped_column(String(80))
    axis: Mapped[str] = mapped_column(String(20), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    created_at: Mapped[datetime]

    supplier: Mapped[Supplier] = relationship(back_populates="solutions", lazy="joined")
    certifications: Mapped[list[Certification]] = relationship(
        back_populates="solution", order_by="Certification.id", lazy="selectin"
    )


class Certification(Model):
    """A label granted to an offer for a time, both ends included; ``label`` is a code of the regulation."""

    __tablename__ = "certifications"
    __table_args__ = (CheckConstraint("valid_from <= valid_until", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    solution_id: Mapped[int] = mapped_column(ForeignKey("solutions.id"), index=True)
    label: Mapped[str] = mapped_column(String(30))
    reference: Mapped[str] = mapped_column(String(80))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    recorded_at: Mapped[datetime]

    solution: Mapped[Solution] = relationship(back_populates="certifications")
    events: Mapped[list[CertificationEvent]] = relationship(order_by="CertificationEvent.id", lazy="selectin")


class CertificationEvent(Model):
    """Suspended, reinstated or withdrawn, from a day on; retroactive only for a withdrawal (fraud)."""

    __tablename__ = "certification_events"
    __table_args__ = (
        CheckConstraint("type IN ('suspended', 'reinstated', 'withdrawn')", name="type"),
        CheckConstraint("NOT retroactive OR type = 'withdrawn'", name="retroactive_withdrawal"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    certification_id: Mapped[int] = mapped_column(ForeignKey("certifications.id"), index=True)
    type: Mapped[str] = mapped_column(String(10))
    on: Mapped[date]
    retroactive: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime]
