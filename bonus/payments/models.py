"""Payment orders, why they are held, and the batches that carry them to the bank (art. 13)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.claims.models import Decision
from bonus.extensions import Cents, Model

from .order_status import HOLD_REASONS, ORDER_STATUSES, WITH_BATCH, WITHOUT_ACCOUNT

BATCH_STATUSES = {
    "making": "En cours de constitution",
    "made": "À signer",
    "signed": "Signé",
    "written": "Fichier écrit",
    "sent": "Remis à la banque",
    "dismissed": "Écarté",
}
"""Code → what people read."""


def _list(codes: object) -> str:
    return ", ".join(repr(code) for code in codes)  # type: ignore[attr-defined]


class PaymentBatch(Model):
    """Orders that leave together: made by one accounting officer, signed by another (art. 12), written once in one
    file or several, then handed to the bank; or dismissed before that.

    ``work``: the long job under way on it (``make``, ``write``, ``send``, ``dismiss``), with how far it is.
    """

    __tablename__ = "payment_batches"
    __table_args__ = (
        CheckConstraint(f"status IN ({_list(BATCH_STATUSES)})", name="status"),
        CheckConstraint("orders_count >= 0 AND total_cents >= 0", name="counts"),
        CheckConstraint("status IN ('making', 'dismissed') OR orders_count > 0", name="not_empty"),
        CheckConstraint("signed_by_id IS NULL OR signed_by_id <> created_by_id", name="two_officers"),
        CheckConstraint(
            "status NOT IN ('signed', 'written', 'sent') OR signed_at IS NOT NULL", name="signed"
        ),
        CheckConstraint("status NOT IN ('written', 'sent') OR written_at IS NOT NULL", name="written"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("(status = 'dismissed') = (dismissed_at IS NOT NULL)", name="dismissed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    status: Mapped[str] = mapped_column(String(10), default="made", index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    execution_on: Mapped[date]
    orders_count: Mapped[int]
    total_cents: Mapped[int] = mapped_column(Cents)
    signed_at: Mapped[datetime | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    written_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    dismissed_at: Mapped[datetime | None]
    dismissed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    dismissed_why: Mapped[str | None] = mapped_column(Text)
    work: Mapped[str | None] = mapped_column(String(10))
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=0)

    created_by: Mapped[Person] = relationship(foreign_keys=[created_by_id])
    signed_by: Mapped[Person | None] = relationship(foreign_keys=[signed_by_id])
    sent_by: Mapped[Person | None] = relationship(foreign_keys=[sent_by_id])
    dismissed_by: Mapped[Person | None] = relationship(foreign_keys=[dismissed_by_id])
    files: Mapped[list[PaymentFile]] = relationship(back_populates="batch", order_by="PaymentFile.part")


class PaymentFile(Model):
    """One file of a batch, at most 10,000 transfers, written once and kept: the same bytes for ever.

    ``message_id`` is ``<batch>-<part>``: what the bank's answers name.
    """

    __tablename__ = "payment_files"
    __table_args__ = (
        UniqueConstraint("batch_id", "part"),
        CheckConstraint("part > 0 AND transfers_count > 0 AND total_cents > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payment_batches.id"))
    part: Mapped[int]
    message_id: Mapped[str] = mapped_column(String(35), unique=True)
    transfers_count: Mapped[int]
    total_cents: Mapped[int] = mapped_column(Cents)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    written_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    batch: Mapped[PaymentBatch] = relationship(back_populates="files")


class PaymentOrder(Model):
    """What one decision makes due to one payee; the unique decision is what makes it paid once.

    ``attempts``: how often it was handed to the bank. ``offset_cents``: what an undue sum took from it (art. 14).
    ``restores_id``: the order of which this one gives back what was taken.
    """

    __tablename__ = "payment_orders"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("offset_cents >= 0 AND offset_cents <= amount_cents", name="offset"),
        CheckConstraint("status <> 'offset' OR offset_cents = amount_cents", name="offset_whole"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint(f"status IN ({_list(ORDER_STATUSES)})", name="status"),
        CheckConstraint(f"(status IN ({_list(WITH_BATCH)})) = (batch_id IS NOT NULL)", name="batch"),
        CheckConstraint(f"status IN ({_list(WITHOUT_ACCOUNT)}) OR iban IS NOT NULL", name="iban_known"),
        Index(
            "uq_payment_orders_decision_id",
            "decision_id",
            unique=True,
            sqlite_where=text("restores_id IS NULL"),
            postgresql_where=text("restores_id IS NULL"),
        ),
        Index("ix_payment_orders_due", "status", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    restores_id: Mapped[int | None] = mapped_column(ForeignKey("payment_orders.id"))
    status: Mapped[str] = mapped_column(String(12))
    payee: Mapped[str] = mapped_column(String(140))
    iban: Mapped[str | None] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    amount_cents: Mapped[int] = mapped_column(Cents)
    offset_cents: Mapped[int] = mapped_column(Cents, default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_on: Mapped[date]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("payment_batches.id"), index=True)

    decision: Mapped[Decision] = relationship(lazy="joined")
    batch: Mapped[PaymentBatch | None] = relationship()
    holds: Mapped[list[PaymentHold]] = relationship(back_populates="order", order_by="PaymentHold.id")
    changes: Mapped[list[PaymentOrderChange]] = relationship(
        back_populates="order", order_by="PaymentOrderChange.id"
    )

    @property
    def payable_cents(self) -> int:
        """What is to be sent to the bank, in cents: nothing of what an undue sum took."""
        return self.amount_cents - self.offset_cents

    @property
    def standing_holds(self) -> list[PaymentHold]:
        """Why it is held now, the oldest reason first."""
        return [hold for hold in self.holds if hold.freed_at is None]

    @property
    def held_reason(self) -> str | None:
        """Why it is held, in French sentences; None when nothing holds it."""
        return " ".join(hold.sentence for hold in self.standing_holds) or None


class PaymentHold(Model):
    """One reason that holds an order, from when, by whom, and who ended it: an order is free when none stands."""

    __tablename__ = "payment_holds"
    __table_args__ = (
        CheckConstraint(f"reason IN ({_list(HOLD_REASONS)})", name="reason"),
        CheckConstraint("reason <> 'by_hand' OR words <> ''", name="said"),
        Index(
            "uq_payment_holds_standing",
            "order_id",
            "reason",
            unique=True,
            sqlite_where=text("freed_at IS NULL"),
            postgresql_where=text("freed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("payment_orders.id"))
    reason: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(String(500), default="")
    since: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    freed_at: Mapped[datetime | None]
    freed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    freed_why: Mapped[str | None] = mapped_column(String(500))

    order: Mapped[PaymentOrder] = relationship(back_populates="holds")
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])
    freed_by: Mapped[Person | None] = relationship(foreign_keys=[freed_by_id])

    @property
    def sentence(self) -> str:
        """The reason, in French, with what the person wrote of it; those words alone when it was held by hand."""
        if self.reason == "by_hand":
            return self.words
        return f"{HOLD_REASONS[self.reason]} {self.words}".strip()


class PaymentOrderChange(Model):
    """One step of an order: who, what, when, why; ``message``: the file that carried it to the bank or back."""

    __tablename__ = "payment_order_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("payment_orders.id"), index=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(12))
    old_status: Mapped[str] = mapped_column(String(12))
    new_status: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    why: Mapped[str] = mapped_column(String(500), default="")
    message: Mapped[str] = mapped_column(String(60), default="")

    order: Mapped[PaymentOrder] = relationship(back_populates="changes")
    person: Mapped[Person | None] = relationship()


class PaymentTransfer(Model):
    """One transfer of a file, as it was written: the end-to-end identifier is the order's number. An order sent again
    has one in each of its files."""

    __tablename__ = "payment_transfers"
    __table_args__ = (
        UniqueConstraint("file_id", "order_id"),
        CheckConstraint("amount_cents > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("payment_files.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("payment_orders.id"), index=True)
    end_to_end_id: Mapped[str] = mapped_column(String(35), index=True)
    amount_cents: Mapped[int] = mapped_column(Cents)
    iban: Mapped[str] = mapped_column(String(34))

    file: Mapped[PaymentFile] = relationship()
    order: Mapped[PaymentOrder] = relationship()
