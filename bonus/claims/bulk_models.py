"""One act of an agent on many dossiers: chosen and looked at first, then done one after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import Claim

BULK_ACTIONS = {
    "assign": "Attribuer",
    "ask": "Demander des pièces",
    "propose": "Proposer d’appliquer le calcul",
    "refuse": "Proposer un refus",
}
"""What may be done to many dossiers at once: code → what people read."""
BULK_STATUSES = {
    "chosen": "À confirmer",
    "running": "En cours",
    "done": "Terminée",
    "abandoned": "Abandonnée",
}
ITEM_STATES = {"ready": "À faire", "done": "Fait", "refused": "Laissé de côté"}


def _one_of(column: str, values: dict[str, str]) -> str:
    return f"{column} IN ({', '.join(map(repr, values))})"


class BulkAct(Model):
    """What one agent does to the dossiers they chose. ``params`` is what the action needs (its own module says), once
    confirmed. ``done`` and ``refused`` of ``total`` dossiers are over; ``address`` is where it was confirmed from."""

    __tablename__ = "bulk_acts"
    __table_args__ = (
        CheckConstraint(_one_of("action", BULK_ACTIONS), name="action"),
        CheckConstraint(_one_of("status", BULK_STATUSES), name="status"),
        CheckConstraint("done >= 0 AND refused >= 0 AND done + refused <= total", name="progress"),
        CheckConstraint("status NOT IN ('running', 'done') OR params IS NOT NULL", name="confirmed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)  # unguessable, in addresses
    action: Mapped[str] = mapped_column(String(10))
    params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    status: Mapped[str] = mapped_column(String(10), default="chosen")
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    address: Mapped[str | None] = mapped_column(String(45))
    finished_at: Mapped[datetime | None]

    created_by: Mapped[Person] = relationship()


class BulkItem(Model):
    """One dossier of a bulk act: still to be done, done, or left aside with the reason why (French)."""

    __tablename__ = "bulk_items"
    __table_args__ = (
        UniqueConstraint("act_id", "claim_id"),
        CheckConstraint(_one_of("state", ITEM_STATES), name="state"),
        CheckConstraint("(state = 'refused') = (sentence IS NOT NULL)", name="refusal_has_reason"),
        Index("ix_bulk_items_state", "act_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("bulk_acts.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    sentence: Mapped[str | None] = mapped_column(String(500))

    act: Mapped[BulkAct] = relationship()
    claim: Mapped[Claim] = relationship()
