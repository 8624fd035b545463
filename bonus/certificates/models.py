"""Tax certificates as issued (art. 15): frozen content, sealed PDF, number without gaps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.companies.models import Company
from bonus.extensions import Model

CAUSES = {
    "request": "Demande",
    "campaign": "Délivrance à tous (31 mars)",
    "decision": "Décision",
    "revocation": "Retrait d’une décision",
    "appeal": "Recours",
    "recovery": "Indu",
    "regime": "Choix du régime fiscal",
}
"""Why a certificate was issued."""


class TaxCertificate(Model):
    """One certificate of one company and fiscal year. A later one names and revokes it; it is never changed.

    ``cause`` is why it was issued; ``decision_id`` the last decision that it comes from; ``revocation_id`` the
    withdrawal that it follows, ``appeal_id`` the appeal that annulled one. ``inputs`` is all that its figures were
    computed from, with its SHA-256; what was issued before they were kept has none.
    """

    __tablename__ = "tax_certificates"
    __table_args__ = (
        UniqueConstraint("year", "sequence"),
        # One chain of replacements per company and fiscal year, without a fork: the database holds it.
        Index(
            "ix_tax_certificates_first",
            "company_id",
            "fiscal_year_end",
            unique=True,
            sqlite_where=text("replaces_id IS NULL"),
            postgresql_where=text("replaces_id IS NULL"),
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
    cause: Mapped[str] = mapped_column(String(12), default="decision", server_default="decision")
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    revocation_id: Mapped[int | None] = mapped_column(ForeignKey("revocations.id"))  # what it corrects
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    fiscal_year_start: Mapped[date]
    fiscal_year_end: Mapped[date]
    issued_at: Mapped[datetime]
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    inputs_sha256: Mapped[str | None] = mapped_column(String(64))
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
