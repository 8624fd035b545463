"""Letters to a company on its dossier, frozen and sealed; the versions of their templates; reasons asked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .letter_words import KINDS, MOST_TEXT, MOST_TITLE
from .models import Claim, Decision

_KIND_LIST = ", ".join(repr(kind) for kind in KINDS)


class Letter(Model):
    """One letter. Asked for in the transaction of the act it tells of (``about`` names that act, so there is one); a
    job writes it: its content, then its PDF, are then frozen with their SHA-256.

    ``facts`` is what its words need and no table keeps. ``opened_at``: when someone of the company first opened it.
    """

    __tablename__ = "letters"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KIND_LIST})", name="kind"),
        CheckConstraint(
            "(written_at IS NULL) = (pdf IS NULL) AND (written_at IS NULL) = (content IS NULL)", name="whole"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)  # unguessable, in addresses
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(15))
    about: Mapped[str] = mapped_column(String(40), unique=True)
    facts: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    written_at: Mapped[datetime | None]
    template_version: Mapped[int | None]  # 0: the text that ships with the software
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))

    claim: Mapped[Claim] = relationship()
    decision: Mapped[Decision | None] = relationship()

    @property
    def title(self) -> str:
        """What people call it."""
        return KINDS[self.kind]


class LetterTemplate(Model):
    """One version of the words of a kind of letter, in force from a day on; the latest version of that day holds."""

    __tablename__ = "letter_templates"
    __table_args__ = (
        UniqueConstraint("kind", "version"),
        CheckConstraint(f"kind IN ({_KIND_LIST})", name="kind"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(f"length(text) BETWEEN 1 AND {MOST_TEXT}", name="text"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(15))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(MOST_TITLE))
    text: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))

    created_by: Mapped[Person] = relationship()


class ReasonsRequest(Model):
    """The reasons of a refusal by silence, asked for by the company; due within a month (CRPA L232-4)."""

    __tablename__ = "reasons_requests"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by"),
        CheckConstraint("(answered_at IS NULL) = (reasons IS NULL)", name="reasons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), unique=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    due_on: Mapped[date] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reasons: Mapped[str | None] = mapped_column(Text)

    decision: Mapped[Decision] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
