"""Whether the parts of the service answer, each asked for a bounded time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bonus.extensions import db

from .errors import describe
from .policy import HEARTBEAT_WITHIN, MAX_ATTEMPTS
from .queue import connection, queue

ANSWER_WITHIN_SECONDS = 2.0
AWAY = (RedisError, SQLAlchemyError, ConnectionError)
_GIVEN_UP = f"SELECT count(*) FROM outbox_messages WHERE done_at IS NULL AND attempts >= {MAX_ATTEMPTS}"  # noqa: S608
_log = structlog.get_logger()
# Few threads, shared: a part that hangs holds some, and those who ask after it are told "down" in time.
_threads = ThreadPoolExecutor(max_workers=6, thread_name_prefix="health")


def health(now: datetime | None = None) -> dict[str, str]:
    """``{"database": …, "queue": …, "worker": …}``, each "ok" or "down", within some two seconds."""
    now = now or datetime.now(UTC)
    engine = db.engine
    checks: dict[str, Callable[[], bool]] = {"database": lambda: _database_answers(engine)}
    try:
        redis = connection()
    except RedisError:  # no address at all
        pass
    else:
        checks["queue"] = lambda: _queue_answers(redis)
        checks["worker"] = lambda: _a_worker_is_alive(redis, now)
    asked = {name: _threads.submit(check) for name, check in checks.items()}
    wait(asked.values(), timeout=ANSWER_WITHIN_SECONDS)
    return {name: _state(asked.get(name)) for name in ("database", "queue", "worker")}


def failed_jobs() -> int | None:
    """How many jobs wait for a person to look at them; None when the database does not say within some two seconds."""
    engine = db.engine
    answer = _threads.submit(_count_failed, engine)
    wait([answer], timeout=ANSWER_WITHIN_SECONDS)
    if not answer.done():
        return None
    error = answer.exception()
    if error is not None and not isinstance(error, AWAY):
        raise error
    return None if error else answer.result()


def _count_failed(engine: Engine) -> int:
    return _asked_of(engine, _GIVEN_UP)


def _state(answer: Future[bool] | None) -> str:
    if answer is None or not answer.done():
        return "down"
    error = answer.exception()
    if error is not None:
        if not isinstance(error, AWAY):
            raise error  # a mistake of ours, not a part that is away
        _log.warning("health.down", error=describe(error))
        return "down"
    return "ok" if answer.result() else "down"


def _database_answers(engine: Engine) -> bool:
    return _asked_of(engine, "SELECT 1") == 1


def _asked_of(engine: Engine, query: str) -> int:
    # Not through a session: that would begin a transaction, and on SQLite wait for whoever writes.
    try:
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(query)
            row = cursor.fetchone()
            assert row is not None  # each of our questions has one answer
            return int(row[0])
        finally:
            raw.close()
    except engine.dialect.loaded_dbapi.Error as error:
        raise ConnectionError(str(error)) from error


def _queue_answers(redis: Redis) -> bool:
    return bool(redis.ping())


def _a_worker_is_alive(redis: Redis, now: datetime) -> bool:
    workers = Worker.all(queue=queue(redis), serializer=JSONSerializer)
    return any(worker.last_heartbeat and now - worker.last_heartbeat < HEARTBEAT_WITHIN for worker in workers)
