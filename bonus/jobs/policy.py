"""How often and how long a message of the outbox is tried."""

from __future__ import annotations

from datetime import timedelta

RETRY_SECONDS = (2, 10, 60, 300)
"""How long RQ waits before each new try of a job that raised."""

MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
"""Failures after which a message is given up until someone looks; a part that is away does not count."""

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
        "fast_lane",
        "measure_months",
        "serve_waiting",
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
