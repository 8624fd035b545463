"""What the agents' lists sort, filter and count by: one card a filed dossier, kept beside it by ``cards``.

All of it can be made again from the dossiers (``flask claims cards``): nothing is decided by what it says.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Cents, Model

NOBODY = 0
"""``ClaimCard.reviewer`` of a dossier that nobody is in charge of: as a number, so that an index finds it."""


class ClaimCard(Model):
    """A filed dossier as lists know it; amounts in cents.

    ``sort_on`` is the day its queue puts it in order by: the last day to decide or to answer, of the waiting list the
    day it was complete (art. 10), of what is decided the day it was. ``bonus_cents`` is what was granted once decided,
    before that what the company was told to expect when it filed. ``proposer`` is who made the proposal that a second
    reviewer is to read, NOBODY in every other queue.
    """

    __tablename__ = "claim_cards"
    __table_args__ = (
        Index("ix_claim_cards_order", "queue", "sort_on", "claim_id"),
        Index("ix_claim_cards_reviewer", "queue", "reviewer", "sort_on", "claim_id"),
        Index("ix_claim_cards_taken", "queue", "taken", "sort_on", "claim_id"),
        Index("ix_claim_cards_region", "queue", "region", "sort_on", "claim_id"),
        Index("ix_claim_cards_size", "queue", "size", "sort_on", "claim_id"),
        Index("ix_claim_cards_net", "queue", "net_cents"),
        Index("ix_claim_cards_filed", "queue", "filed_on"),
        Index("ix_claim_cards_risk", "queue", "risk_weight"),
        Index("ix_claim_cards_proposer", "queue", "proposer", "reviewer"),
        Index("ix_claim_cards_company", "company_id", "claim_id"),
    )

    claim_id: Mapped[int] = mapped_column(
        ForeignKey("claims.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[str] = mapped_column(String(20), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    status: Mapped[str] = mapped_column(String(20))
    queue: Mapped[str] = mapped_column(String(20))
    reviewer: Mapped[int] = mapped_column(default=NOBODY)  # the person in charge
    taken: Mapped[bool] = mapped_column(default=False)  # whether somebody is
    proposer: Mapped[int] = mapped_column(
        default=NOBODY, server_default="0"
    )  # who may not read it again (art. 12)
    filed_on: Mapped[date]
    sort_on: Mapped[date]
    due_on: Mapped[date | None]  # the day something happens by itself; None when nothing does
    region: Mapped[str] = mapped_column(String(10))
    size: Mapped[str] = mapped_column(String(20))
    risk_weight: Mapped[int] = mapped_column(default=0)
    invoices: Mapped[int]
    net_cents: Mapped[int] = mapped_column(Cents)
    bonus_cents: Mapped[int | None] = mapped_column(Cents)


class CardKey(Model):
    """What a dossier has several of: ``axis:cloud``, ``seller:`` and an identifier; in the order of its queue."""

    __tablename__ = "claim_card_keys"
    __table_args__ = (Index("ix_claim_card_keys_order", "queue", "key", "sort_on", "claim_id"),)

    claim_id: Mapped[int] = mapped_column(
        ForeignKey("claims.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(String(30), primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    sort_on: Mapped[date]


class CardCount(Model):
    """So many dossiers came to a queue of someone's (or left it, below zero): their sum is how many it holds.

    Only added to, so that nobody waits for a counter; ``cards.fold_counts`` puts the rows of a day together.
    """

    __tablename__ = "claim_card_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    reviewer: Mapped[int]
    dossiers: Mapped[int]


class NameWord(Model):
    """A word of a company's name, without accent nor case: found by how it begins."""

    __tablename__ = "company_name_words"

    word: Mapped[str] = mapped_column(String(40), primary_key=True)
    company_id: Mapped[int] = mapped_column(
        ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
