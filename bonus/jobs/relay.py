"""From the outbox to the queue, after the commit. Whatever happens in between, nothing is lost:
a message that did not reach the queue, or that the queue forgot, is queued again, and twice does no harm."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from threading import Event
from zlib import crc32

import structlog
from flask import current_app
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import OperationalError

from bonus import clock
from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.outbox import OutboxMessage

from .bank import post_inbox
from .daily import post_day
from .deaths import LOST, count_against
from .errors import describe
from .policy import (
    BATCH_SECONDS,
    BATCH_SIZE,
    BATCHED,
    FAILED_KEPT_SECONDS,
    JOB_SECONDS,
    LONG_JOB_SECONDS,
    LONG_JOBS,
    LOST_AFTER,
    MAX_ATTEMPTS,
    RETRY_SECONDS,
)
from .queue import connection, queue

TASK = "bonus.jobs.tasks.run_message"  # by name: who queues a job need not import what it does
BATCH_TASK = "bonus.jobs.tasks.run_messages"
ALIVE_SECONDS = 30
LONGEST_WAIT_SECONDS = 15.0
_UNDER_WAY = {
    JobStatus.CREATED,
    JobStatus.QUEUED,
    JobStatus.STARTED,
    JobStatus.DEFERRED,
    JobStatus.SCHEDULED,
}
_log = structlog.get_logger()


def job_id(message: OutboxMessage) -> str:
    """The message's unique key, in the characters that RQ allows."""
    return message.key.replace(":", "-")


def dispatch(limit: int = 500, *, now: datetime | None = None) -> int:
    """Queue the messages that wait, oldest first, and commit; return how many.

    Of kinds that cost little, one job takes many. What the queue took and lost, time after time, is given up until
    someone looks. Call it after a commit: it ends the session's transaction. Raises
    RedisError (and leaves all as it was) when the queue does not answer.
    """
    now = now or datetime.now(UTC)
    messages = db.session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.done_at.is_(None),
            OutboxMessage.attempts < MAX_ATTEMPTS,
            or_(
                and_(
                    OutboxMessage.queued_at.is_(None),
                    or_(OutboxMessage.next_try_at.is_(None), OutboxMessage.next_try_at <= now),
                ),
                OutboxMessage.queued_at < now - LOST_AFTER,
            ),
        )
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # what another process is queueing is not ours to wait for
        .execution_options(populate_existing=True)
    ).all()
    try:
        queued = _queue_all(queue(), messages, now)
    except RedisError:
        db.session.rollback()
        raise
    for message in queued:
        message.queued_at = now
    db.session.commit()
    return len(messages)


def _queue_all(on: Queue, messages: Sequence[OutboxMessage], now: datetime) -> list[OutboxMessage]:
    queued = list(messages)
    under_way: dict[str, bool] = {}
    together: dict[str, list[OutboxMessage]] = {}
    for message in messages:
        if message.queued_at is None and message.kind in BATCHED:
            together.setdefault(message.kind, []).append(message)
            continue
        # What is late goes alone: one that kills its process holds no other back.
        taken_by = message.queued_as
        if message.queued_at is not None and taken_by is not None:
            if taken_by not in under_way:
                under_way[taken_by] = _is_under_way(on, taken_by)
            if under_way[taken_by]:
                continue
            # Its process died with its worker, or the queue forgot it: no one else could count it.
            count_against(message, f"{LOST}: {taken_by}", now)
            if message.attempts >= MAX_ATTEMPTS:
                queued.remove(message)
                continue
        _enqueue(on, [message])
    for alike in together.values():
        for start in range(0, len(alike), BATCH_SIZE):
            _enqueue(on, alike[start : start + BATCH_SIZE])
    return queued


def _is_under_way(on: Queue, name: str) -> bool:
    try:
        job = Job.fetch(name, connection=on.connection, serializer=on.serializer)
    except NoSuchJobError:
        return False
    return job.get_status() in _UNDER_WAY


def _enqueue(on: Queue, messages: Sequence[OutboxMessage]) -> None:
    """Put one job in the queue for these messages of one kind, unless it is there already and still to be done."""
    first, ids = messages[0], [message.id for message in messages]
    alone = len(ids) == 1
    name = job_id(first) if alone else f"{first.kind}-lot-{first.id}-{crc32(repr(ids).encode()):08x}"
    seconds = LONG_JOB_SECONDS if first.kind in LONG_JOBS else JOB_SECONDS
    for message in messages:
        message.queued_as = name
    for _ in range(2):
        try:
            on.enqueue_call(
                TASK if alone else BATCH_TASK,
                args=(ids[0],) if alone else (ids,),
                job_id=name,
                unique=True,
                retry=Retry(max=len(RETRY_SECONDS), interval=list(RETRY_SECONDS)),
                timeout=seconds if alone else seconds + BATCH_SECONDS,
                result_ttl=0,
                failure_ttl=FAILED_KEPT_SECONDS,
                description=first.key if alone else f"{first.kind} × {len(ids)}",
            )
        except DuplicateJobError:
            if not _forget_ended_job(on, name):
                return
        else:
            return


def _forget_ended_job(on: Queue, name: str) -> bool:
    """Remove the trace of an earlier job that ended without doing its work; False while it is under way."""
    try:
        job = Job.fetch(name, connection=on.connection, serializer=on.serializer)
    except NoSuchJobError:
        return True
    if job.get_status() in _UNDER_WAY:
        return False
    job.delete()
    return True


def dispatch_after_commit() -> int:
    """For a web request, once its work is committed: queue at once what waits, and never fail for it.

    When the queue (or the database) does not answer, that is logged and the relay does it later.
    """
    try:
        return dispatch()
    except (RedisError, OperationalError) as error:
        db.session.rollback()
        _log.warning("outbox.not_queued", error=describe(error))
        return 0


def relay_forever(stop: Event, every: float = 2.0) -> None:
    """Queue what waits, again and again, until told to stop; waits longer while something is away.

    When a civil day begins in Paris, its jobs are asked for.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    wait = every
    begun: date | None = None
    while not stop.is_set():
        try:
            with app.app_context():  # its end gives the database connection back
                now = clock.now()
                if begun != civil_date(now):
                    post_day(now)
                    begun = civil_date(now)
                post_inbox(now)
                dispatch()
                _say_alive()
            wait = every
        except (RedisError, OperationalError) as error:
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
            _log.warning("relay.waiting", seconds=wait, error=describe(error))
        stop.wait(wait)


def alive_key(pid: int) -> str:
    """The key under which the relay with this process id says that it runs."""
    return f"bonus:relay:{pid}"


def _say_alive() -> None:
    connection().set(alive_key(os.getpid()), 1, ex=ALIVE_SECONDS)
