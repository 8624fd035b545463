"""The RQ worker process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import InterfaceError, OperationalError

from bonus import clock, parts
from bonus.extensions import db

from . import lifeline, tasks
from .deaths import note_death
from .errors import describe
from .policy import MONITORING_SECONDS, WORKER_TTL_SECONDS
from .queue import connect, queue

if TYPE_CHECKING:
    from rq.job import Job

_log = structlog.get_logger()


class HouseWorker(Worker):
    """Runs each job in a forked process, which must not use the database connections of its parent. When the queue is
    away it asks again, ever more slowly, up to ``max_connection_wait_time`` seconds."""

    max_connection_wait_time = 10.0

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        with tasks.application().app_context():
            for engine in db.engines.values():
                engine.dispose(close=False)
        super().main_work_horse(job, queue)

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: Any) -> None:
        """Its process died without a word: the outbox says when it is tried again, and RQ does not by itself. When the
        database is away it cannot be written, and RQ tries again."""
        _log.error("worker.job_died", job=job.id, pid=retpid, memory_kb=getattr(rusage, "ru_maxrss", None))
        taken = job.args[0]
        with tasks.application().app_context():
            try:
                note_death(taken if isinstance(taken, list) else [taken], job.id, ret_val, clock.now())
            except (OperationalError, InterfaceError) as away:
                db.session.rollback()
                _log.warning("outbox.not_written", job=job.id, why=describe(away))
                return
            finally:
                db.session.remove()
                for engine in db.engines.values():
                    engine.dispose()  # the next job's process inherits no connection
        job.retries_left = 0


def run_worker(app: Flask, *, burst: bool = False) -> None:
    """Do jobs until SIGTERM or SIGINT, ending the one under way first; with ``burst``, until none is left."""
    tasks.bind(app)
    with app.app_context():
        parts.issuer()  # loaded before the jobs' processes fork; a seal that cannot be used stops us now
    # The processes RQ forks (a job's, the scheduler's) end with this one, even when it is killed.
    os.register_at_fork(after_in_child=lifeline.die_with_parent)
    redis = connect(app.config["REDIS_URL"])
    worker = HouseWorker(
        [queue(redis)],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
    )
    worker.work(with_scheduler=True, burst=burst)
