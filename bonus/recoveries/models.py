"""Undue sums (art. 14): what was granted and paid, what it should have been, and the titre that claims it back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.claims.follow_models import Control
from bonus.claims.models import Claim, Decision, Document
from bonus.claims.revocation_models import Revocation
from bonus.extensions import Cents, Model

from .status import LETTER_KINDS, OPEN, ORDER_STATUSES, ORIGINS, STATUSES

LEAST_WORDS, MOST_WORDS = 20, 5000
"""Characters of what a person writes: the facts, the reply, the reasons."""

_ONE_OPEN = f"status IN ({', '.join(sorted(map(repr, OPEN)))})"


class Recovery(Model):
    """An undue sum of a dossier, from its draft to the titre or to nothing. One at a time is open on a dossier.

    ``changes`` are the facts that the law is told instead of those sealed (``findings``); ``amount_cents`` is what its
    ``lines`` come to. ``opened_by`` is None when it follows a withdrawal by itself. ``proposed_by`` notifies, another
    person decides (art. 12). ``seen_at``: when the company first opened it. ``reply_until``: the last day to reply,
    counted from the notification (art. 11): thirty days after it is opened, or, left unopened for fifteen days, after
    the day it was made available; until then it supposes the latter.
    """

    __tablename__ = "recoveries"
    __table_args__ = (
        CheckConstraint(f"origin IN ({', '.join(map(repr, ORIGINS))})", name="origin"),
        CheckConstraint(f"status IN ({', '.join(map(repr, STATUSES))})", name="status"),
        CheckConstraint("amount_cents >= 0", name="amount"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint(
            "(notified_at IS NULL) = (proposed_by_id IS NULL) AND (notified_at IS NULL) = (reply_until IS NULL)",
            name="notified",
        ),
        CheckConstraint(
            "status NOT IN ('notified', 'replied', 'confirmed') OR notified_at IS NOT NULL",
            name="notified_first",
        ),
        CheckConstraint(
            "(replied_at IS NULL) = (reply IS NULL) AND (status <> 'replied' OR reply IS NOT NULL)",
            name="replied",
        ),
        CheckConstraint(
            "(status IN ('confirmed', 'dropped')) = (decided_at IS NOT NULL) "
            "AND (decided_at IS NULL) = (decided_by_id IS NULL) AND (decided_at IS NULL) = (reasons IS NULL)",
            name="decided",
        ),
        Index(
            "ix_recoveries_one_open",
            "claim_id",
            unique=True,
            sqlite_where=text(_ONE_OPEN),
            postgresql_where=text(_ONE_OPEN),
        ),
        Index("ix_recoveries_status_reply_until", "status", "reply_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    origin: Mapped[str] = mapped_column(String(20), index=True)
    status: Mapped[str] = mapped_column(String(10), default="draft")
    facts: Mapped[str] = mapped_column(Text)
    changes: Mapped[list[Any]]
    amount_cents: Mapped[int] = mapped_column(Cents, default=0)
    revocation_id: Mapped[int | None] = mapped_column(ForeignKey("revocations.id"), index=True)
    control_id: Mapped[int | None] = mapped_column(ForeignKey("controls.id"), index=True)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    notified_at: Mapped[datetime | None]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    seen_at: Mapped[datetime | None]
    reply_until: Mapped[date | None]
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None]
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reasons: Mapped[str | None] = mapped_column(Text)

    claim: Mapped[Claim] = relationship()
    revocation: Mapped[Revocation | None] = relationship()
    control: Mapped[Control | None] = relationship()
    opened_by: Mapped[Person | None] = relationship(foreign_keys=[opened_by_id])
    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id])
    replied_by: Mapped[Person | None] = relationship(foreign_keys=[replied_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    lines: Mapped[list[RecoveryLine]] = relationship(
        back_populates="recovery", order_by="RecoveryLine.decision_id", cascade="all, delete-orphan"
    )
    files: Mapped[list[RecoveryFile]] = relationship(order_by="RecoveryFile.document_id")
    letters: Mapped[list[RecoveryLetter]] = relationship(
        back_populates="recovery", order_by="RecoveryLetter.id"
    )
    order: Mapped[RecoveryOrder | None] = relationship(back_populates="recovery")

    @property
    def documents(self) -> list[Document]:
        """What the company joined to its reply."""
        return [file.document for file in self.files]

    @property
    def unpaid_cents(self) -> int:
        """What it should not have been granted, and was not paid: it is not claimed back, and is not to be paid."""
        return sum(line.unpaid_cents for line in self.lines)


class RecoveryLine(Model):
    """What one decision granted, paid, and should have granted, in cents; ``former_cents`` is what titres claimed
    before of the same decision. ``undue_cents`` = paid − due − former, never below zero; ``unpaid_cents`` is what is
    too much in what was granted and not paid. ``details`` says it line by line, each with its why (``computing``)."""

    __tablename__ = "recovery_lines"
    __table_args__ = (
        UniqueConstraint("recovery_id", "decision_id"),
        CheckConstraint(
            "due_cents >= 0 AND due_cents <= granted_cents AND paid_cents >= 0 AND paid_cents <= granted_cents",
            name="within_granted",
        ),
        CheckConstraint(
            "undue_cents >= 0 AND former_cents >= 0 AND undue_cents + former_cents <= paid_cents",
            name="undue",
        ),
        CheckConstraint("unpaid_cents >= 0 AND unpaid_cents <= granted_cents - paid_cents", name="unpaid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    granted_cents: Mapped[int] = mapped_column(Cents)
    paid_cents: Mapped[int] = mapped_column(Cents)
    due_cents: Mapped[int] = mapped_column(Cents)
    former_cents: Mapped[int] = mapped_column(Cents, default=0)
    undue_cents: Mapped[int] = mapped_column(Cents)
    unpaid_cents: Mapped[int] = mapped_column(Cents, default=0)
    details: Mapped[list[Any]] = mapped_column(deferred=True)  # of 50,000 lines, read when asked for

    recovery: Mapped[Recovery] = relationship(back_populates="lines")
    decision: Mapped[Decision] = relationship()


class RecoveryOrder(Model):
    """A titre de perception: what is claimed back, ``remaining_cents`` of it still owed.

    ``barred_on`` is the first day on which nothing of it can be claimed any more: five years after the payment are
    over, the latest one when it is of several (art. 14). What is of an earlier payment is barred before, on its own
    day: ``parts``. Its sealed document is the recovery's letter of kind ``titre``.
    """

    __tablename__ = "recovery_orders"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("remaining_cents >= 0 AND remaining_cents <= amount_cents", name="remaining"),
        CheckConstraint(f"status IN ({', '.join(map(repr, ORDER_STATUSES))})", name="status"),
        CheckConstraint("(status = 'open') = (remaining_cents > 0)", name="open_until_nothing_remains"),
        CheckConstraint("barred_on > issued_on", name="in_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), unique=True)
    amount_cents: Mapped[int] = mapped_column(Cents)
    remaining_cents: Mapped[int] = mapped_column(Cents)
    status: Mapped[str] = mapped_column(String(10), default="open", index=True)
    issued_at: Mapped[datetime]
    issued_on: Mapped[date]
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    barred_on: Mapped[date] = mapped_column(index=True)

    recovery: Mapped[Recovery] = relationship(back_populates="order")
    issued_by: Mapped[Person] = relationship()
    parts: Mapped[list[TitrePart]] = relationship(order_by="TitrePart.id")

    @property
    def document(self) -> RecoveryLetter | None:
        """Its sealed document; None until the job has asked for it."""
        return next((letter for letter in self.recovery.letters if letter.kind == "titre"), None)


class TitrePart(Model):
    """What a titre claims of one line of a decision, in cents, in the order in which it is settled; written with it.

    ``barred_on``: the first day on which it can no longer be claimed, five years after that decision was paid, or
    after the last act that interrupted them (art. 14).
    """

    __tablename__ = "titre_parts"
    __table_args__ = (
        UniqueConstraint("order_id", "decision_id", "line_id"),
        CheckConstraint("amount_cents > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("recovery_orders.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_lines.id"))
    amount_cents: Mapped[int] = mapped_column(Cents)
    barred_on: Mapped[date] = mapped_column(index=True)


class RecoveryFile(Model):
    """A document of the dossier that the company joined to its reply."""

    __tablename__ = "recovery_files"

    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), index=True)

    document: Mapped[Document] = relationship(lazy="joined")


class RecoveryStep(Model):
    """One step of an undue sum: who (None: the service), what, when, why."""

    __tablename__ = "recovery_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), index=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(10))
    old_status: Mapped[str] = mapped_column(String(10))
    new_status: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    why: Mapped[str] = mapped_column(Text, default="")

    person: Mapped[Person | None] = relationship()


class RecoveryLetter(Model):
    """One letter on an undue sum: asked for in the transaction of the act it tells of, written once by a job; its
    content, then its sealed PDF, are kept with their SHA-256. ``opened_at``: when the company first opened it."""

    __tablename__ = "recovery_letters"
    __table_args__ = (
        UniqueConstraint("recovery_id", "kind"),
        CheckConstraint(f"kind IN ({', '.join(map(repr, LETTER_KINDS))})", name="kind"),
        CheckConstraint(
            "(written_at IS NULL) = (pdf IS NULL) AND (written_at IS NULL) = (content IS NULL)", name="whole"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"))
    kind: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    written_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))

    recovery: Mapped[Recovery] = relationship(back_populates="letters")

    @property
    def title(self) -> str:
        """What people call it."""
        return LETTER_KINDS[self.kind]
