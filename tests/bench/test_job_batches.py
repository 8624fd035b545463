"""Many small jobs in one job of the queue, against one each: seconds of a worker for as many messages.

Both go through a real Valkey and RQ's own worker, which forks a process for each of its jobs. What the messages ask is
done already (a payment ordered, a mail sent): what is measured is what the queue itself costs.
"""

from __future__ import annotations

import pytest
from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture
from rq.serializers import JSONSerializer
from sqlalchemy import update

from bonus.extensions import db
from bonus.jobs import relay, tasks
from bonus.jobs.queue import connection, queue
from bonus.jobs.worker import HouseWorker
from bonus.outbox import OutboxMessage, post
from tests.support.rows import PAST, refusal

from .ratio import seconds

AT_LEAST = 10
"""How many times cheaper, a message."""
MESSAGES = 100


def work(app: Flask) -> None:
    """What a worker does until the queue is empty."""
    tasks.bind(app)
    with app.app_context():
        redis = connection()
        worker = HouseWorker([queue(redis)], connection=redis, serializer=JSONSerializer)
        worker.log_job_description = False
        worker.work(burst=True, logging_level="ERROR")


def timed(app: Flask, *, together: bool, monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds a message, from what the relay queued to the last one done."""
    with app.app_context():
        db.session.execute(update(OutboxMessage).values(done_at=None, queued_at=None))
        db.session.commit()
        with monkeypatch.context() as patch:
            if not together:
                patch.setattr(relay, "BATCHED", frozenset())
            assert relay.dispatch(now=PAST) == MESSAGES
        assert queue().count == (2 if together else MESSAGES)
        db.session.remove()
        db.engine.dispose()
    spent = seconds(lambda: work(app))
    with app.app_context():
        left = db.session.query(OutboxMessage).filter(OutboxMessage.done_at.is_(None)).count()
        db.session.rollback()
    assert left == 0
    return spent / MESSAGES


def test_many_messages_in_one_job(
    queue_app: Flask, benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision_id = refusal(queue_app)
    with queue_app.app_context():
        for part in range(MESSAGES):
            post("pay", decision_id, PAST, part=part)
        db.session.commit()
    timed(queue_app, together=True, monkeypatch=monkeypatch)  # what is loaded once is loaded before
    alone = timed(queue_app, together=False, monkeypatch=monkeypatch)
    batch = benchmark.pedantic(
        timed, args=(queue_app,), kwargs={"together": True, "monkeypatch": monkeypatch}, rounds=1
    )
    benchmark.extra_info |= {"ms alone": alone * 1000, "ms together": batch * 1000, "times": alone / batch}
    assert alone / batch >= AT_LEAST, f"{alone * 1000:.1f} ms alone, {batch * 1000:.1f} ms together"
