"""The ledger in double entry: entries that are never changed, and the months that are closed (arts. 10, 13 and 14)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Cents, Model


class LedgerEntry(Model):
    """An amount that leaves one account for another: debit and credit stand in one row, so it cannot but balance.

    ``on`` is the civil day in Paris on which it is entered, ``year`` the budget year of the commitment it is about,
    ``piece`` the document that proves it (decision, order, act, titre). ``key`` is unique: what happened once is
    entered once. Triggers of the database refuse to change or delete a row, and to add one to a closed month.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        Index("ix_ledger_entries_accounts", "debit", "credit", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    on: Mapped[date] = mapped_column(index=True)
    at: Mapped[datetime]
    year: Mapped[int]
    debit: Mapped[str] = mapped_column(String(12))
    credit: Mapped[str] = mapped_column(String(12))
    amount_cents: Mapped[int] = mapped_column(Cents)
    piece: Mapped[str] = mapped_column(String(80))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), index=True)


class LedgerMonth(Model):
    """A month closed for good: ``month`` is its first day, ``sha256`` that of its entries after the former month's."""

    __tablename__ = "ledger_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    entries_count: Mapped[int]
    total_cents: Mapped[int] = mapped_column(Cents)
    sha256: Mapped[str] = mapped_column(String(64))
