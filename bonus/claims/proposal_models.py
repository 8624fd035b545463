"""What a reviewer proposes to decide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Cents, Model

from .models import Claim, PurchaseLine

LEAST_FACTS = 20
"""The characters below which words are no reasons in law and in fact."""


class Proposal(Model):
    """What a reviewer proposes to decide (art. 12): the law as computed, but for the ``cuts`` of some lines, or to
    refuse all of it, on a ground of the regulation (kept as it was worded) and with reasons. The last one counts.

    ``second_reading``: a second reviewer is to read it, its bonus being above the threshold when that was asked;
    ``concurred_by``: who agreed. Another proposal needs another concurrence.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("outcome IN ('apply', 'refuse')", name="outcome"),
        CheckConstraint(
            "outcome = 'apply' OR (length(trim(reasons)) > 0 AND ground IS NOT NULL AND ground_article IS NOT NULL "
            "AND ground_wording IS NOT NULL)",
            name="refusal_has_reasons",
        ),
        CheckConstraint("concurred_by_id <> reviewer_id", name="two_reviewers"),
        CheckConstraint("(concurred_by_id IS NULL) = (concurred_at IS NULL)", name="concurred"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    proposed_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[str] = mapped_column(Text)
    ground: Mapped[str | None] = mapped_column(String(60))
    ground_article: Mapped[str | None] = mapped_column(String(20))
    ground_wording: Mapped[str | None] = mapped_column(String(300))
    second_reading: Mapped[bool] = mapped_column(default=False, server_default=false())
    concurred_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    concurred_at: Mapped[datetime | None]

    claim: Mapped[Claim] = relationship(back_populates="proposals")
    reviewer: Mapped[Person] = relationship(foreign_keys=[reviewer_id])
    concurred_by: Mapped[Person | None] = relationship(foreign_keys=[concurred_by_id])
    cuts: Mapped[list[ProposalCut]] = relationship(back_populates="proposal", order_by="ProposalCut.id")


class ProposalCut(Model):
    """What a reviewer proposes for one line, other than what the law gives: to refuse it, to keep only
    ``retained_cents`` of its net amount, or, where the law makes it wait, to say so.

    Ground, article and wording are kept as the regulation had them on that day.
    """

    __tablename__ = "proposal_cuts"
    __table_args__ = (
        UniqueConstraint("proposal_id", "line_id"),
        CheckConstraint("action IN ('refuse', 'reduce', 'wait')", name="action"),
        CheckConstraint(
            "action = 'wait' OR (ground IS NOT NULL AND article IS NOT NULL AND wording IS NOT NULL "
            f"AND length(trim(facts)) >= {LEAST_FACTS})",
            name="cut_has_ground_and_facts",
        ),
        CheckConstraint(
            "(action = 'reduce') = (retained_cents IS NOT NULL) AND (retained_cents IS NULL OR retained_cents > 0)",
            name="retained",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_lines.id"), index=True)
    action: Mapped[str] = mapped_column(String(10))
    ground: Mapped[str | None] = mapped_column(String(60))
    article: Mapped[str | None] = mapped_column(String(20))
    wording: Mapped[str | None] = mapped_column(String(300))
    facts: Mapped[str] = mapped_column(Text, default="")
    retained_cents: Mapped[int | None] = mapped_column(Cents)

    proposal: Mapped[Proposal] = relationship(back_populates="cuts")
    line: Mapped[PurchaseLine] = relationship()
