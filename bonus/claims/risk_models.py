"""The risk flags of dossiers: what an agent should look at, never what decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Model


class RiskFlag(Model):
    """One published rule that a dossier meets: its weight, and why in French, figures included.

    Shown to agents, never to the company; one a rule and a dossier.
    """

    __tablename__ = "risk_flags"
    __table_args__ = (
        UniqueConstraint("claim_id", "code"),
        CheckConstraint("weight > 0", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    code: Mapped[str] = mapped_column(String(30))
    weight: Mapped[int]
    sentence: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]
