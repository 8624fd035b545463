"""One attempt at a message: what it raises is sorted by its cause, and written in the message."""

from __future__ import annotations

from datetime import datetime
from traceback import format_tb
from types import TracebackType

import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import func, update
from sqlalchemy.exc import InterfaceError, OperationalError

from bonus.extensions import db
from bonus.outbox import OutboxMessage

from .errors import cause_of, describe
from .policy import MAX_ATTEMPTS, next_try

_log = structlog.get_logger()


class Attempt:
    """A context manager, which sees every error and need hide none. Out of it comes no error that the message bears:
    the outbox says when it is tried again. What could not be written (the database is away), a job stopped for
    taking too long, and what is no error (the process is asked to end) go on to RQ."""

    def __init__(self, message: OutboxMessage, now: datetime) -> None:
        self._id, self._key, self._now = message.id, message.key, now
        self._attempts, self._failures = message.attempts, message.failures

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        db.session.rollback()
        return self._written(error) and not isinstance(error, BaseTimeoutException)

    def done(self) -> None:
        """Write, in a commit, that it is done; how often it failed is kept."""
        self._write(done_at=self._now, last_error=None, cause=None, next_try_at=None)
        _log.info("outbox.done", key=self._key)

    def _written(self, error: Exception) -> bool:
        cause = cause_of(error)
        try:
            self._write_failure(cause, describe(error))
        except (OperationalError, InterfaceError) as away:
            db.session.rollback()
            _log.warning("outbox.not_written", key=self._key, error=describe(error), why=describe(away))
            return False
        said = {"away": _log.warning, "refused": _log.error, "bug": _log.error}[cause]
        # A mistake of ours is looked for by where it happened, which no page shows; without any value.
        where = {"trace": "".join(format_tb(error.__traceback__))} if cause == "bug" else {}
        said(f"outbox.{cause}", key=self._key, error=describe(error), **where)
        return True

    def _write_failure(self, cause: str, words: str) -> None:
        attempts, failures = self._attempts, self._failures + 1
        if cause != "away":
            # A refusal would give the same answer again: all its attempts are used up at once.
            attempts = MAX_ATTEMPTS if cause == "refused" else attempts + 1
        self._write(
            attempts=attempts,
            failures=failures,
            cause=cause,
            last_error=words,
            first_failed_at=func.coalesce(OutboxMessage.first_failed_at, self._now),
            failed_at=self._now,
            next_try_at=next_try(cause, failures if cause == "away" else attempts, self._now),
            queued_at=None,
        )

    def _write(self, **values: object) -> None:
        db.session.execute(update(OutboxMessage).where(OutboxMessage.id == self._id).values(**values))
        db.session.commit()
