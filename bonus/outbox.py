"""What must be done after a commit, written in that commit: a dead queue loses nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from .extensions import Model, db

CAUSES = {
    "away": "Une partie du service ne répondait pas",
    "refused": "Contraire aux règles",
    "bug": "Erreur du logiciel",
}
"""Why a message failed: what is tried again for as long as it takes, what never is, what is a few times."""


class OutboxMessage(Model):
    """One thing to do: ``kind`` names the job, ``key`` makes it unique, ``subject_id`` is what it is about.

    Each attempt that fails leaves its ``cause`` (``CAUSES``), when it first and last failed, how often (``failures``),
    and when it is tried again (``next_try_at``; None: a person is waited for). ``attempts`` counts those that are not
    tried for ever. ``queued_as``: the job of the queue that took it, alone or with others.
    """

    __tablename__ = "outbox_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime]
    queued_at: Mapped[datetime | None] = mapped_column(index=True)
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    cause: Mapped[str | None] = mapped_column(String(10))
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    first_failed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    queued_as: Mapped[str | None] = mapped_column(String(80))


class OutboxDismissal(Model):
    """A failed message that someone said need not be done, with their words: it is then done with."""

    __tablename__ = "outbox_dismissals"
    __table_args__ = (CheckConstraint("length(words) > 0", name="words"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_messages.id"), primary_key=True)
    dismissed_at: Mapped[datetime]
    dismissed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    words: Mapped[str] = mapped_column(String(500))


def post(kind: str, subject_id: int, now: datetime, *, part: int | None = None) -> OutboxMessage:
    """Ask for one job, in the caller's transaction; it is queued once that transaction is committed.

    ``part`` tells apart the jobs of a work that takes several.
    """
    key = f"{kind}:{subject_id}" if part is None else f"{kind}:{subject_id}:{part}"
    message = OutboxMessage(kind=kind, subject_id=subject_id, key=key, created_at=now)
    db.session.add(message)
    return message


def is_posted(kind: str, subject_id: int, part: int | None = None) -> bool:
    """Whether that job was asked for before, done or not."""
    key = f"{kind}:{subject_id}" if part is None else f"{kind}:{subject_id}:{part}"
    return db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.key == key)).first() is not None
