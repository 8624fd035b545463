"""What settles a titre de perception (art. 14): repayments, offsets, remissions, time; instalments; what interrupts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Cents, Model
from bonus.payments.models import PaymentOrder

from .barring import INTERRUPTIONS
from .instalments import PLAN_STATUSES
from .models import RecoveryOrder

KINDS: dict[str, str] = {
    "repaid": "Remboursé",
    "offset": "Compensé sur un bonus",
    "waived": "Remis ou annulé",
    "barred": "Prescrit",
}
"""How a titre is settled: code → what people read. Each is a kind of entry of the ledger."""
FREEING = ("repaid", "offset")
"""What brings the money back: it frees arts. 6 and 7 from its day, and the credits (art. 14)."""
MOST_REFERENCE = 60


def _codes(codes: object) -> str:
    return ", ".join(map(repr, codes))  # type: ignore[call-overload]


class Settlement(Model):
    """A part of a titre, or all that is left of it, settled for good.

    ``reference``: the bank's for what is repaid, unique: a payment is booked once. ``received_on``: the civil day in
    Paris from which it counts. ``payment_order_id``: the order that it was kept from. ``undone_at``: when the titre was
    cancelled after that, and the sum became due to the company again; of what was barred, when it was found that
    something was paid or done in time, and the titre claimed it again (``bars.reopen``).
    """

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_codes(KINDS)})", name="kind"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("(kind = 'offset') = (payment_order_id IS NOT NULL)", name="offset"),
        CheckConstraint("kind <> 'waived' OR undone_at IS NULL", name="undone"),
        CheckConstraint("kind <> 'waived' OR reasons <> ''", name="said_why"),
        Index("ix_settlements_order_id", "order_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("recovery_orders.id"))
    kind: Mapped[str] = mapped_column(String(10))
    amount_cents: Mapped[int] = mapped_column(Cents)
    reference: Mapped[str] = mapped_column(String(MOST_REFERENCE), unique=True)
    received_on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reasons: Mapped[str] = mapped_column(Text, default="")
    payment_order_id: Mapped[int | None] = mapped_column(ForeignKey("payment_orders.id"), index=True)
    undone_at: Mapped[datetime | None]

    order: Mapped[RecoveryOrder] = relationship()
    by: Mapped[Person | None] = relationship()
    payment_order: Mapped[PaymentOrder | None] = relationship()
    shares: Mapped[list[SettlementShare]] = relationship(order_by="SettlementShare.id")


class SettlementShare(Model):
    """What a settlement is of: a line of a decision, in cents (``allocation``)."""

    __tablename__ = "settlement_shares"
    __table_args__ = (
        UniqueConstraint("settlement_id", "decision_id", "line_id"),
        CheckConstraint("amount_cents > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlements.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_lines.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(Cents)


class Overpayment(Model):
    """What was received for a titre beyond what it still claimed: owed to whoever paid it, until an accounting officer
    notes the transfer that gave it back, by its day and its reference."""

    __tablename__ = "overpayments"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint(
            "(handled_at IS NULL) = (handled_by_id IS NULL) AND (handled_at IS NULL) = (words IS NULL)",
            name="handled",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("recovery_orders.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(Cents)
    reference: Mapped[str] = mapped_column(String(MOST_REFERENCE), unique=True)
    received_on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    words: Mapped[str | None] = mapped_column(Text)
    given_back_on: Mapped[date | None]
    given_back_reference: Mapped[str | None] = mapped_column(String(MOST_REFERENCE))

    order: Mapped[RecoveryOrder] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])


_ONE_LIVE = "status IN ('asked', 'accepted')"


class InstalmentPlan(Model):
    """Instalments asked for by the company, or set by the accounting officer: one at a time for a titre.

    ``start_cents``: what the titre still claimed when it was accepted, which its instalments add up to. ``warned_at``:
    when the company was told that it missed one; kept up since, it is None again.
    """

    __tablename__ = "instalment_plans"
    __table_args__ = (
        CheckConstraint(f"status IN ({_codes(PLAN_STATUSES)})", name="status"),
        CheckConstraint("count > 1", name="several"),
        CheckConstraint("status = 'asked' OR answered_at IS NOT NULL", name="answered"),
        Index(
            "uq_instalment_plans_live",
            "order_id",
            unique=True,
            sqlite_where=text(_ONE_LIVE),
            postgresql_where=text(_ONE_LIVE),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("recovery_orders.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    count: Mapped[int]
    first_on: Mapped[date]
    words: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reasons: Mapped[str] = mapped_column(Text, default="")
    start_cents: Mapped[int] = mapped_column(Cents, default=0)
    warned_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    order: Mapped[RecoveryOrder] = relationship()
    instalments: Mapped[list[Instalment]] = relationship(order_by="Instalment.rank")


class Instalment(Model):
    """One instalment of an accepted plan."""

    __tablename__ = "instalments"
    __table_args__ = (
        UniqueConstraint("plan_id", "rank"),
        CheckConstraint("amount_cents > 0 AND rank > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("instalment_plans.id"))
    rank: Mapped[int]
    due_on: Mapped[date]
    amount_cents: Mapped[int] = mapped_column(Cents)


class Interruption(Model):
    """An act from which the time to claim a titre runs anew, with what proves it (art. 14)."""

    __tablename__ = "interruptions"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_codes(INTERRUPTIONS)})", name="kind"),
        CheckConstraint("barred_on > former_barred_on", name="later"),
        UniqueConstraint("order_id", "reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("recovery_orders.id"))
    kind: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(MOST_REFERENCE))
    on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    former_barred_on: Mapped[date]
    barred_on: Mapped[date]

    by: Mapped[Person] = relationship()
