"""From the outbox to the queue: after the commit, whatever happens to the queue, once in effect."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job, JobStatus
from sqlalchemy import select

from bonus.extensions import db
from bonus.jobs import relay, tasks
from bonus.jobs.policy import (
    JOB_SECONDS,
    LONG_JOB_SECONDS,
    LONG_JOBS,
    LOST_AFTER,
    MAX_ATTEMPTS,
    RETRY_SECONDS,
)
from bonus.jobs.queue import connect, queue
from bonus.outbox import OutboxMessage
from tests.conftest import AppMaker
from tests.support.rows import changed, message, posted
from tests.support.valkey import Valkey

pytestmark = pytest.mark.usefixtures("redis_url")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def queueing(request: pytest.FixtureRequest, make_app: AppMaker, redis_url: str) -> Flask:
    """The application on either database, with a real queue."""
    url = request.getfixturevalue("pg_url") if request.param == "postgresql" else None
    return make_app(url, REDIS_URL=redis_url)


def dispatch(app: Flask, now: datetime, limit: int = 100) -> int:
    with app.app_context():
        return relay.dispatch(limit, now=now)


def queued(app: Flask) -> list[str]:
    with app.app_context():
        return list(queue().job_ids)


def job(app: Flask, job_id: str) -> Job:
    with app.app_context():
        on: Queue = queue()
        return Job.fetch(job_id, connection=on.connection, serializer=on.serializer)


def test_what_waits_is_queued_in_order_and_marked(queueing: Flask, now: datetime) -> None:
    first, second = posted(queueing, "pay", 12), posted(queueing, "certify", 12)
    assert dispatch(queueing, now) == 2
    assert queued(queueing) == ["pay-12", "certify-12"]
    assert message(queueing, first).queued_at == message(queueing, second).queued_at == now


def test_a_job_carries_the_id_alone_and_when_to_try_again(queueing: Flask, now: datetime) -> None:
    message_id = posted(queueing, "pay", 12)
    dispatch(queueing, now)
    found = job(queueing, "pay-12")
    assert found.func_name == "bonus.jobs.tasks.run_message"
    assert found.args == [message_id]
    assert (found.retries_left, found.retry_intervals) == (len(RETRY_SECONDS), list(RETRY_SECONDS))
    assert found.data.startswith(b"[")  # JSON: reading it runs nothing


def test_a_job_that_goes_through_a_file_may_take_longer(queueing: Flask, now: datetime) -> None:
    assert tasks.HANDLERS.keys() > LONG_JOBS
    for kind in sorted(LONG_JOBS):
        posted(queueing, kind, 1)
    posted(queueing, "pay", 1)
    dispatch(queueing, now)
    assert {job(queueing, f"{kind}-1").timeout for kind in LONG_JOBS} == {LONG_JOB_SECONDS}
    assert job(queueing, "pay-1").timeout == JOB_SECONDS


def test_what_was_queued_is_not_queued_again(queueing: Flask, now: datetime) -> None:
    posted(queueing, "pay", 1)
    assert [dispatch(queueing, now), dispatch(queueing, now)] == [1, 0]
    assert queued(queueing) == ["pay-1"]


def test_what_was_not_committed_is_not_queued(queueing: Flask, now: datetime) -> None:
    with queueing.app_context():
        db.session.add(OutboxMessage(kind="pay", subject_id=1, key="pay:1", created_at=now))
        db.session.flush()
        db.session.rollback()
    assert dispatch(queueing, now) == 0
    assert queued(queueing) == []


def test_neither_what_is_done_nor_what_is_given_up_is_queued(queueing: Flask, now: datetime) -> None:
    changed(queueing, posted(queueing, "pay", 1), done_at=now)
    changed(queueing, posted(queueing, "pay", 2), attempts=MAX_ATTEMPTS)
    assert dispatch(queueing, now) == 0


def test_a_limit_leaves_the_later_ones_for_the_next_time(queueing: Flask, now: datetime) -> None:
    for subject in (1, 2, 3):
        posted(queueing, "letter", subject)
    assert dispatch(queueing, now, limit=2) == 2
    assert queued(queueing) == ["letter-1", "letter-2"]
    assert dispatch(queueing, now, limit=2) == 1


def test_what_a_dead_queue_forgot_is_queued_again_once_it_is_late(
    queueing: Flask, now: datetime, valkey: Valkey
) -> None:
    posted(queueing, "pay", 1)
    dispatch(queueing, now)
    valkey.empty()
    assert dispatch(queueing, now + LOST_AFTER) == 0
    assert queued(queueing) == []
    assert dispatch(queueing, now + LOST_AFTER + timedelta(seconds=1)) == 1
    assert queued(queueing) == ["pay-1"]


def test_what_is_late_but_still_queued_is_not_doubled(queueing: Flask, now: datetime) -> None:
    message_id = posted(queueing, "pay", 1)
    dispatch(queueing, now)
    later = now + LOST_AFTER + timedelta(seconds=1)
    assert dispatch(queueing, later) == 1
    assert queued(queueing) == ["pay-1"]
    assert message(queueing, message_id).queued_at == later


def test_what_waits_for_a_new_try_is_left_to_it(queueing: Flask, now: datetime) -> None:
    posted(queueing, "pay", 1)
    dispatch(queueing, now)
    with queueing.app_context():
        queue().empty()
        waiting = queue().enqueue_in(timedelta(hours=1), relay.TASK, 1, job_id="pay-1")
        assert waiting.get_status() is JobStatus.SCHEDULED
    dispatch(queueing, now + LOST_AFTER + timedelta(seconds=1))
    assert queued(queueing) == []


def test_what_rq_failed_and_the_outbox_still_wants_is_queued_again(queueing: Flask, now: datetime) -> None:
    posted(queueing, "pay", 1)
    dispatch(queueing, now)
    with queueing.app_context():
        queue().empty()
        failed = queue().enqueue_call(relay.TASK, args=(1,), job_id="pay-1")
        queue().remove(failed)
        failed.set_status(JobStatus.FAILED)
    dispatch(queueing, now + LOST_AFTER + timedelta(seconds=1))
    assert queued(queueing) == ["pay-1"]
    assert job(queueing, "pay-1").get_status() is JobStatus.QUEUED


@pytest.mark.postgresql
def test_what_another_process_queues_is_skipped(
    pg_url: str, make_app: AppMaker, now: datetime, redis_url: str
) -> None:
    app = make_app(pg_url, REDIS_URL=redis_url)
    held, free = posted(app, "pay", 1), posted(app, "pay", 2)
    with app.app_context():
        db.session.execute(select(OutboxMessage).where(OutboxMessage.id == held).with_for_update())
        finished: list[int] = []
        other = threading.Thread(target=lambda: finished.append(dispatch(app, now)))
        other.start()
        other.join(10)
        assert finished == [1]  # without waiting for the lock
        db.session.rollback()
    assert message(app, held).queued_at is None
    assert message(app, free).queued_at == now


def test_when_the_queue_is_away_nothing_is_marked_and_later_all_is_queued(
    make_app: AppMaker, tmp_path: Path, now: datetime
) -> None:
    app = make_app(REDIS_URL=f"unix://{tmp_path}/valkey.sock")
    message_id = posted(app, "pay", 1)
    with pytest.raises(RedisError):
        dispatch(app, now)
    assert message(app, message_id).queued_at is None
    with Valkey(tmp_path):
        assert dispatch(app, now) == 1
        assert queued(app) == ["pay-1"]


@pytest.mark.parametrize("url", ["", "unix:///nowhere/valkey.sock", "redis://127.0.0.1:1/0"])
def test_a_request_never_fails_for_a_queue_that_is_away(make_app: AppMaker, url: str, now: datetime) -> None:
    app = make_app(REDIS_URL=url)
    message_id = posted(app, "pay", 1)
    with app.app_context():
        assert relay.dispatch_after_commit() == 0
        assert db.session.get_one(OutboxMessage, message_id).queued_at is None  # and the session still works


def test_a_request_queues_at_once_what_it_committed(queueing: Flask) -> None:
    posted(queueing, "pay", 1)
    with queueing.app_context():
        assert relay.dispatch_after_commit() == 1
    assert queued(queueing) == ["pay-1"]


def test_the_relay_goes_on_after_the_queue_was_away_and_says_it_is_alive(
    make_app: AppMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LONGEST_WAIT_SECONDS", 0.05)
    app = make_app(REDIS_URL=f"unix://{tmp_path}/valkey.sock")
    message_id = posted(app, "pay", 1)
    stop, queued_one = threading.Event(), threading.Event()

    def run() -> None:
        with app.app_context():
            relay.relay_forever(stop, every=0.02)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with Valkey(tmp_path) as server:
            for _ in range(200):
                if message(app, message_id).queued_at is not None:
                    queued_one.set()
                    break
                stop.wait(0.05)
            assert queued_one.is_set()
            with connect(server.url) as redis:
                assert list(redis.scan_iter("bonus:relay:*"))
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
