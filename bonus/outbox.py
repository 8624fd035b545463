"""What must be done after a commit, written in that commit: a dead queue loses nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from .extensions import Model, db


class OutboxMessage(Model):
    """One thing to do: ``kind`` names the job, ``key`` makes it unique, ``subject_id`` is what it is about."""

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
