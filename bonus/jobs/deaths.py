"""Jobs whose process ended without a word: memory used up, kill -9. What died with it is written in the outbox, and
counts as a mistake of ours: one that kills its process each time is given up, and waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select, update

from bonus.extensions import db
from bonus.outbox import OutboxMessage

from .policy import MAX_ATTEMPTS, next_try

DIED = "ProcessDied"
LOST = "JobLost"
_log = structlog.get_logger()


def note_death(message_ids: Sequence[int], name: str, status: int, now: datetime) -> int | None:
    """Write down that the process of the job ``name`` died, with its wait status, while it did the first of these
    messages that it had neither done nor failed; that message's id, None when there is none. Commits.

    What came after it in the same job is handed back, and queued again without it: it is held back by nobody's fault.
    """
    left = db.session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.id.in_(message_ids),
            OutboxMessage.done_at.is_(None),
            OutboxMessage.queued_at.is_not(None),
            OutboxMessage.queued_as == name,
            OutboxMessage.attempts < MAX_ATTEMPTS,
        )
        .order_by(OutboxMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not left:
        db.session.rollback()
        return None
    culprit = left[0]
    count_against(culprit, f"{DIED}: wait status {status}", now)
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_([message.id for message in left[1:]]))
        .values(queued_at=None)
    )
    found, key, attempts = culprit.id, culprit.key, culprit.attempts
    db.session.commit()
    _log.error("outbox.died", key=key, attempts=attempts, status=status)
    return found


def count_against(message: OutboxMessage, words: str, now: datetime) -> None:
    """Count one more mistake against a message, in the caller's transaction, and say when it is tried again."""
    message.attempts, message.failures = message.attempts + 1, message.failures + 1
    message.cause, message.last_error = "bug", words
    message.first_failed_at = message.first_failed_at or now
    message.failed_at, message.queued_at = now, None
    message.next_try_at = next_try("bug", message.attempts, now)
