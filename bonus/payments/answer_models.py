"""The bank's files as received, and what each of their lines came to (art. 13)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Cents, Model

from .models import PaymentOrder

FILE_KINDS = {
    "pain.002": "Compte rendu",
    "camt.054": "Avis d’opérations",
    "camt.053": "Relevé de compte",
    "pacs.004": "Retours",
}
FILE_STATUSES = {
    "received": "En cours",
    "applied": "Appliqué",
    "held": "Rien d’appliqué",
    "left": "Laissé de côté",
}
WAYS = {"upload": "Déposé", "folder": "Dossier surveillé"}
FINDINGS = {
    "execute": "Exécuté",
    "reject": "Rejeté",
    "return": "Retourné",
    "note": "Noté",
    "keep": "À examiner",
}
CHECK_RESULTS = {
    "match": "Le nom correspond",
    "close_match": "Le nom correspond presque",
    "no_match": "Le nom ne correspond pas",
    "not_checked": "Vérification impossible",
}
"""Verification of the payee, as people read it."""


def _list(codes: object) -> str:
    return ", ".join(repr(code) for code in codes)  # type: ignore[attr-defined]


class BankFile(Model):
    """A file of the bank, kept as it came: ``sha256`` makes it taken once. ``said_at`` is the time the bank gave it;
    ``held`` when nothing of it is applied until a person says so, ``left`` when that person said no."""

    __tablename__ = "bank_files"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_list(FILE_KINDS)})", name="kind"),
        CheckConstraint(f"status IN ({_list(FILE_STATUSES)})", name="status"),
        CheckConstraint(f"how IN ({_list(WAYS)})", name="how"),
        CheckConstraint("how <> 'upload' OR received_by_id IS NOT NULL", name="uploaded_by"),
        CheckConstraint("(status = 'applied') = (applied_at IS NOT NULL)", name="applied"),
        Index("ix_bank_files_message", "kind", "message_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    version: Mapped[str] = mapped_column(String(20))
    message_id: Mapped[str] = mapped_column(String(80))
    said_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    stored_as: Mapped[str] = mapped_column(String(64))
    how: Mapped[str] = mapped_column(String(6))
    received_at: Mapped[datetime]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    status: Mapped[str] = mapped_column(String(8), default="received", index=True)
    items_count: Mapped[int]
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=0)
    applied_at: Mapped[datetime | None]

    received_by: Mapped[Person | None] = relationship()


class BankFinding(Model):
    """What one line of a file came to. ``key`` names the line, so that a second run writes it once; ``attempt`` is the
    file of ours it is about. What is kept waits for a person until ``resolved_at``."""

    __tablename__ = "bank_findings"
    __table_args__ = (
        UniqueConstraint("file_id", "key"),
        CheckConstraint(f"kind IN ({_list(FINDINGS)})", name="kind"),
        CheckConstraint("kind <> 'keep' OR reason <> ''", name="kept_why"),
        CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by_id IS NULL) AND (resolved_at IS NULL) = (resolved_why IS NULL)",
            name="resolved",
        ),
        CheckConstraint(f"check_result IN ('', {_list(CHECK_RESULTS)})", name="check_result"),
        Index("ix_bank_findings_waiting", "kind", "resolved_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("bank_files.id"))
    key: Mapped[str] = mapped_column(String(60))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("payment_orders.id"), index=True)
    attempt: Mapped[str] = mapped_column(String(35), default="")
    kind: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(24), default="")
    said: Mapped[str] = mapped_column(String(16), default="")
    status: Mapped[str] = mapped_column(String(35), default="")
    code: Mapped[str] = mapped_column(String(35), default="")
    words: Mapped[str] = mapped_column(String(500), default="")
    end_to_end_id: Mapped[str] = mapped_column(String(80), default="")
    original_message_id: Mapped[str] = mapped_column(String(80), default="")
    amount_cents: Mapped[int | None] = mapped_column(Cents)
    amount_wrong: Mapped[str] = mapped_column(String(120), default="")
    reference: Mapped[str] = mapped_column(String(80), default="")
    on: Mapped[date | None]
    check_result: Mapped[str] = mapped_column(String(12), default="")
    check_name: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    resolved_why: Mapped[str | None] = mapped_column(String(500))

    file: Mapped[BankFile] = relationship()
    order: Mapped[PaymentOrder | None] = relationship()
    resolved_by: Mapped[Person | None] = relationship()


class BankStatement(Model):
    """The balances of a statement that was applied, in cents: the next one opens where this one closes."""

    __tablename__ = "bank_statements"
    __table_args__ = (Index("ix_bank_statements_order", "account", "closing_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("bank_files.id"), index=True)
    account: Mapped[str] = mapped_column(String(34))
    number: Mapped[str] = mapped_column(String(80))
    opening_cents: Mapped[int] = mapped_column(Cents)
    closing_cents: Mapped[int] = mapped_column(Cents)
    closing_on: Mapped[date]
