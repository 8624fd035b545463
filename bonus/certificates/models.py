"""Tax certificates as issued (art. 15): frozen content, sealed PDF, number without gaps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.companies.models import Company
from bonus.extensions import Model


class TaxCertificate(Model):
    """One certificate of one company and fiscal year. A later one names and revokes it; it is never changed.

    ``decision_id`` is the decision that led to issue it: unique with the fiscal year, so a job run twice
    issues once; ``revocation_id``, that it was taken back; ``appeal_id``, that this was annulled.
    """

    __tablename__ = "tax_certificates"
    __table_args__ = (
        UniqueConstraint("year", "sequence"),
        Index(
            "ix_tax_certificates_decision",
            "decision_id",
            "fiscal_year_end",
            unique=True,
            sqlite_where=text("revocation_id IS NULL AND appeal_id IS NULL"),
            postgresql_where=text("revocation_id IS NULL AND appeal_id IS NULL"),
        ),
        Index("ix_tax_certificates_revocation", "revocation_id", "fiscal_year_end", unique=True),
        Index("ix_tax_certificates_appeal", "appeal_id", "fiscal_year_end", unique=True),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("replaces_id IS NULL OR replaces_id < id", name="replaces_an_earlier_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    year: Mapped[int]
    sequence: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    revocation_id: Mapped[int | None] = mapped_column(ForeignKey("revocations.id"))  # what it corrects
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    fiscal_year_start: Mapped[date]
    fiscal_year_end: Mapped[date]
    issued_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    pdf_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("tax_certificates.id"), unique=True)

    company: Mapped[Company] = relationship(lazy="joined")
    replaces: Mapped[TaxCertificate | None] = relationship(
        remote_side="TaxCertificate.id", back_populates="replaced_by", foreign_keys=[replaces_id]
    )
    replaced_by: Mapped[TaxCertificate | None] = relationship(
        back_populates="replaces", foreign_keys=[replaces_id]
    )

    @property
    def revoked(self) -> bool:
        return self.replaced_by is not None
