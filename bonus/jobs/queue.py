"""The RQ queue, on the Redis or Valkey that ``REDIS_URL`` names (``redis://``, ``rediss://``, ``unix://``)."""

from __future__ import annotations

from typing import cast

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry as ConnectionRetry
from rq import Queue
from rq.serializers import JSONSerializer

QUEUE_NAME = "bonus"
CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 3.0
_EXTENSION = "bonus.jobs.redis"


def connect(url: str) -> Redis:
    """A connection that fails within seconds, after one new try when a kept connection was cut.

    Raises redis' ConnectionError when no address is set.
    """
    if not url:
        raise RedisConnectionError("REDIS_URL is not set.")
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=ConnectionRetry(NoBackoff(), 1),
    )


def connection() -> Redis:
    """The application's connection pool. Nothing is asked of the server yet."""
    if _EXTENSION not in current_app.extensions:
        current_app.extensions[_EXTENSION] = connect(current_app.config["REDIS_URL"])
    return cast(Redis, current_app.extensions[_EXTENSION])


def queue(on: Redis | None = None) -> Queue:
    """The one queue. Arguments travel as JSON: reading a job can run nothing, whoever wrote it."""
    return Queue(QUEUE_NAME, connection=on or connection(), serializer=JSONSerializer)
