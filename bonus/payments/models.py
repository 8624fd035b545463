"""Payment orders and the batches that carry them to the bank (art. 13)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.claims.models import Decision
from bonus.extensions import Cents, Model

ORDER_STATUSES = {"held": "Retenu", "to_pay": "À payer", "in_batch": "En lot"}


class PaymentBatch(Model):
    """One file for the bank, written once and kept: the same batch always gives the same bytes."""

    __tablename__ = "payment_batches"
    __table_args__ = (CheckConstraint("orders_count > 0 AND total_cents > 0", name="not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    execution_on: Mapped[date]
    orders_count: Mapped[int]
    total_cents: Mapped[int] = mapped_column(Cents)
    file: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))

    created_by: Mapped[Person] = relationship()
    orders: Mapped[list[PaymentOrder]] = relationship(back_populates="batch", order_by="PaymentOrder.number")


class PaymentOrder(Model):
    """What one decision makes due to one payee; the unique decision is what makes it paid once."""

    __tablename__ = "payment_orders"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("status IN ('held', 'to_pay', 'in_batch')", name="status"),
        CheckConstraint("(status = 'in_batch') = (batch_id IS NOT NULL)", name="batch"),
        CheckConstraint("status = 'held' OR iban IS NOT NULL", name="iban_known"),
        CheckConstraint("status <> 'held' OR held_reason IS NOT NULL", name="held_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), unique=True)
    status: Mapped[str] = mapped_column(String(10), index=True)
    held_reason: Mapped[str | None] = mapped_column(String(300))
    payee: Mapped[str] = mapped_column(String(140))
    iban: Mapped[str | None] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    amount_cents: Mapped[int] = mapped_column(Cents)
    created_at: Mapped[datetime]
    due_on: Mapped[date]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("payment_batches.id"), index=True)

    decision: Mapped[Decision] = relationship(lazy="joined")
    batch: Mapped[PaymentBatch | None] = relationship(back_populates="orders")
