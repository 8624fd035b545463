"""How often and how long a message of the outbox is tried."""

from __future__ import annotations

from datetime import datetime, timedelta

RETRY_SECONDS = (2, 10, 60, 300)
"""How long a message that failed by a mistake of ours waits before each new try; and, in RQ, a job that ended without
a word (its process killed, the database away)."""

MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
"""Failures after which a message is given up until someone looks; a part that is away does not count."""

AWAY_SECONDS = (5, 15, 60, 300, 900)
"""How long it waits after each failure for a part that is away, the last again and again, for as long as it takes."""

BATCHED = frozenset({"certify", "pay", "register", "mail"})
"""The kinds of which one job takes many messages: each costs less than the process that RQ forks for a job."""

BATCH_SIZE = 50
"""How many messages one job takes at most."""

BATCH_SECONDS = 60
"""How long such a job begins new messages; what is left is queued again."""

LOST_AFTER = timedelta(minutes=10)
"""A message queued for longer than this, and not done, is looked for in the queue again."""

JOB_SECONDS = 120
"""What one job may take before it is stopped and counted as failed."""

LONG_JOBS = frozenset(
    {
        "registry_read",
        "registry_apply",
        "table_read",
        "table_take",
        "wake_waiting",
        "record_silence",
        "bulk_act",
        "mass_notice",
        "fast_lane",
        "measure_months",
        "serve_waiting",
        "bank_file",
        "bank_inbox",
        "batch_work",
    }
)
"""The kinds that go through a whole file (250,000 certifications, 50,000 purchases at most), all that wait, 5,000
dossiers, or the steps of all."""

LONG_JOB_SECONDS = 600
"""What one of these may take."""

FAILED_KEPT_SECONDS = 7 * 24 * 3600
"""How long RQ keeps what a failed job raised; the outbox itself keeps the last error for good."""

# RQ's heart beats every ``WORKER_TTL_SECONDS`` − 15 s while idle, every ``MONITORING_SECONDS`` during a job.
WORKER_TTL_SECONDS = 30
MONITORING_SECONDS = 10
HEARTBEAT_WITHIN = timedelta(seconds=WORKER_TTL_SECONDS + 15)
"""A worker not heard of for longer than this is taken for dead."""


def next_try(cause: str, count: int, now: datetime) -> datetime | None:
    """When to try again after the ``count``-th failure of that cause; None: not before someone has looked."""
    if cause == "away":
        return now + timedelta(seconds=AWAY_SECONDS[min(count, len(AWAY_SECONDS)) - 1])
    if cause == "bug" and count < MAX_ATTEMPTS:
        return now + timedelta(seconds=RETRY_SECONDS[count - 1])
    return None
