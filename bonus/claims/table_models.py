"""A table of purchase lines on its way into a draft: read and previewed, then taken."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.extensions import Cents, Model

from .models import Claim, Document

TABLE_STATUSES = ("queued", "reading", "previewed", "taking", "done", "refused", "abandoned", "removed")


class PurchaseTable(Model):
    """A table that a company loaded into its draft.

    ``progress_done`` of ``progress_total`` rows are read in the step under way (the total is an estimate until
    then). ``report_stored_as`` names the kept report: faults, warnings, rows to correct. Of its ``rows``, ``good``
    are to be taken (then are), ``already`` were in the draft before, ``faulty`` are left. ``invoices``, ``matched``
    (lines with a solution) and ``net_cents`` are those of the good rows. ``document`` is there once it is taken, and
    no longer when it is removed from the draft.
    """

    __tablename__ = "purchase_tables"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(map(repr, TABLE_STATUSES))})", name="status"),
        CheckConstraint("progress_done >= 0 AND progress_done <= progress_total", name="progress"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)  # unguessable, in addresses
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), unique=True)
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    stored_as: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    report_stored_as: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10), default="queued")
    keep_good: Mapped[bool] = mapped_column(default=False)
    rows: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0)
    already: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    invoices: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    net_cents: Mapped[int] = mapped_column(Cents, default=0)
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=0)
    refusal: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    finished_at: Mapped[datetime | None]

    claim: Mapped[Claim] = relationship()
    document: Mapped[Document | None] = relationship()
