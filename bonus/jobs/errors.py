"""What goes wrong while a job runs: which errors pass by themselves, and one line on each."""

from __future__ import annotations

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bonus.errors import Refusal

TRANSIENT = (OperationalError, InterfaceError, RedisConnectionError, RedisTimeoutError, ConnectionError)
"""What ends by itself: a database or a Redis that is away, a lock that another held too long."""

ERROR_LENGTH = 500


def describe(error: BaseException) -> str:
    """One line on an error; a database's own words, without the statement and its values."""
    words = error.orig if isinstance(error, DBAPIError) else error
    text = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {words}"
    return " ".join(text.split())[:ERROR_LENGTH]


def cause_of(error: BaseException) -> str:
    """Which of ``outbox.CAUSES`` an error is of."""
    if isinstance(error, TRANSIENT):
        return "away"
    return "refused" if isinstance(error, Refusal) else "bug"
