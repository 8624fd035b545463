"""What a company is told of its dossiers, in its space and by mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import Claim
from .notice_kinds import KINDS
from .notice_words import MOST_SENTENCE

_KIND_LIST = ", ".join(repr(kind) for kind in KINDS)


class Notice(Model):
    """One thing a company is told, once: ``key`` names what it is about. Read when someone who acts for the company
    first opened it; ``claim`` is None when it is about several dossiers."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KIND_LIST})", name="kind"),
        CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name="read"),
        Index("ix_notices_company_id_read_at", "company_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claims.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    sentence: Mapped[str] = mapped_column(String(MOST_SENTENCE))
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    claim: Mapped[Claim | None] = relationship()
    read_by: Mapped[Person | None] = relationship()
