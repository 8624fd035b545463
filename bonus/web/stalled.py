"""Whether a job that a page waits for was given up."""

from __future__ import annotations

from sqlalchemy import select

from bonus.extensions import db
from bonus.jobs.policy import MAX_ATTEMPTS
from bonus.outbox import OutboxMessage


def given_up(kind: str, subject_id: int) -> bool:
    """Whether the job of that kind about that subject failed as often as it is tried."""
    message = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.key == f"{kind}:{subject_id}")
    ).one_or_none()
    return message is not None and message.done_at is None and message.attempts >= MAX_ATTEMPTS
