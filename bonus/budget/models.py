"""The yearly envelope of commitment authorisations and what is committed from it (art. 10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Cents, Model


class Envelope(Model):
    """One budget year, in cents: authorised (E), committed (C), of which to micro and sme (S).

    The database itself refuses to commit more than is authorised.
    """

    __tablename__ = "envelopes"
    __table_args__ = (
        CheckConstraint(
            "committed_cents >= 0 AND committed_cents <= authorised_cents", name="never_overspent"
        ),
        CheckConstraint(
            "committed_sme_cents >= 0 AND committed_sme_cents <= committed_cents", name="sme_part"
        ),
    )

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    authorised_cents: Mapped[int] = mapped_column(Cents)
    committed_cents: Mapped[int] = mapped_column(Cents, default=0)
    committed_sme_cents: Mapped[int] = mapped_column(Cents, default=0)


class Commitment(Model):
    """The amount of one favourable decision, committed in its transaction."""

    __tablename__ = "commitments"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), unique=True)
    year: Mapped[int] = mapped_column(ForeignKey("envelopes.year"))
    amount_cents: Mapped[int] = mapped_column(Cents)
    size_category: Mapped[str] = mapped_column(String(10))
    committed_at: Mapped[datetime]
