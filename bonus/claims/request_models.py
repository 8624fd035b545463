"""The one request for documents of a dossier (art. 11), and the messages between its company and its reviewer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import Claim, Document

MOST_TITLE, MOST_DETAIL, MOST_REASON, MOST_MESSAGE = 200, 1000, 1000, 5000
SIDES = {"company": "Entreprise", "reviewer": "Instructeur"}
"""Who writes a message: code → what people read."""


class DocumentRequest(Model):
    """All that misses in a dossier, asked once; ``answer_by`` is the last day to answer, included.

    Open until it is answered, or ended by that day; a dossier given up meanwhile leaves it open.
    """

    __tablename__ = "document_requests"
    __table_args__ = (
        UniqueConstraint("claim_id"),  # one request a dossier
        CheckConstraint("answered_at IS NULL OR ended_at IS NULL", name="answered_or_ended"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    answer_by: Mapped[date]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]

    claim: Mapped[Claim] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    items: Mapped[list[RequestedItem]] = relationship(
        back_populates="request", order_by="RequestedItem.position"
    )

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return self.answered_at is None and self.ended_at is None


class RequestedItem(Model):
    """One thing asked for: ``code`` is that of the parameters, None when it is the reviewer's own words.

    ``unavailable`` is why the company cannot give it, in its words.
    """

    __tablename__ = "requested_items"
    __table_args__ = (
        UniqueConstraint("request_id", "position"),
        CheckConstraint("length(title) > 0", name="title"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("document_requests.id"))
    position: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(MOST_TITLE))
    detail: Mapped[str] = mapped_column(String(MOST_DETAIL), default="")
    unavailable: Mapped[str | None] = mapped_column(String(MOST_REASON))

    request: Mapped[DocumentRequest] = relationship(back_populates="items")
    files: Mapped[list[ItemFile]] = relationship(
        back_populates="item", order_by="ItemFile.document_id", lazy="selectin"
    )

    @property
    def documents(self) -> list[Document]:
        """The files sent for it."""
        return [file.document for file in self.files]


class ItemFile(Model):
    """A document of the dossier that was sent for something asked for."""

    __tablename__ = "requested_item_files"

    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("requested_items.id"), index=True)

    item: Mapped[RequestedItem] = relationship(back_populates="files")
    document: Mapped[Document] = relationship(lazy="joined")


class ClaimMessage(Model):
    """One message on a dossier, plain text. Read when someone who acts for the other side first saw it."""

    __tablename__ = "claim_messages"
    __table_args__ = (
        CheckConstraint(f"side IN ({', '.join(map(repr, SIDES))})", name="side"),
        CheckConstraint(f"length(text) BETWEEN 1 AND {MOST_MESSAGE}", name="text"),
        CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name="read"),
        Index("ix_claim_messages_claim_id_side", "claim_id", "side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    at: Mapped[datetime]
    side: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    text: Mapped[str] = mapped_column(Text)
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    claim: Mapped[Claim] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    read_by: Mapped[Person | None] = relationship(foreign_keys=[read_by_id])
