"""Many small jobs in one job of the queue: each done and marked on its own, whatever happens to the others."""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException
from sqlalchemy import select

from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs import relay, tasks
from bonus.jobs.policy import BATCH_SECONDS, BATCH_SIZE, BATCHED, JOB_SECONDS, LONG_JOBS, LOST_AFTER
from bonus.jobs.queue import connection, queue
from bonus.outbox import OutboxMessage
from tests.support.rows import message, posted

Handle = Callable[[tasks.Handler], None]


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Handle:
    return lambda handler: monkeypatch.setitem(tasks.HANDLERS, "pay", handler)


@pytest.fixture
def bound(any_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(tasks, "_bound", [any_app])
    return any_app


def dispatch(app: Flask, now: datetime) -> list[tuple[str, object]]:
    """What the queue then holds: the name of each job, and what it takes."""
    with app.app_context():
        relay.dispatch(now=now)
        jobs = [
            Job.fetch(name, connection=connection(), serializer=JSONSerializer) for name in queue().job_ids
        ]
        return [(str(job.func_name).rpartition(".")[2], job.args[0]) for job in jobs]


def done(app: Flask) -> set[int]:
    with app.app_context():
        found = set(db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.done_at.is_not(None))))
        db.session.rollback()
        return found


def test_the_kinds_taken_together_are_known_and_short() -> None:
    assert tasks.HANDLERS.keys() >= BATCHED
    assert not BATCHED & LONG_JOBS


def test_messages_of_one_kind_share_a_job_and_the_others_do_not(queue_app: Flask, now: datetime) -> None:
    pays = [posted(queue_app, "pay", subject) for subject in range(3)]
    alone = posted(queue_app, "letter", 1)
    mail = posted(queue_app, "mail", 1)
    assert sorted(dispatch(queue_app, now), key=str) == sorted(
        [("run_messages", pays), ("run_message", alone), ("run_message", mail)], key=str
    )


def test_no_more_than_so_many(queue_app: Flask, now: datetime) -> None:
    ids = [posted(queue_app, "pay", subject) for subject in range(BATCH_SIZE + 2)]
    assert dispatch(queue_app, now) == [("run_messages", ids[:-2]), ("run_messages", ids[-2:])]
    with queue_app.app_context():
        job = Job.fetch(queue().job_ids[0], connection=connection(), serializer=JSONSerializer)
        assert job.timeout == JOB_SECONDS + BATCH_SECONDS


def test_late_but_still_queued_they_are_not_doubled(queue_app: Flask, now: datetime) -> None:
    for subject in range(3):
        posted(queue_app, "pay", subject)
    assert len(dispatch(queue_app, now)) == 1
    assert len(dispatch(queue_app, now + LOST_AFTER + timedelta(seconds=1))) == 1


def test_forgotten_by_the_queue_each_goes_alone(queue_app: Flask, now: datetime) -> None:
    """One that kills its process then holds no other back."""
    ids = [posted(queue_app, "pay", subject) for subject in range(3)]
    dispatch(queue_app, now)
    with queue_app.app_context():
        queue().empty()
    found = dispatch(queue_app, now + LOST_AFTER + timedelta(seconds=1))
    assert found == [("run_message", one) for one in ids]


def test_one_that_fails_does_not_stop_the_others(bound: Flask, handle: Handle) -> None:
    ids = [posted(bound, "pay", subject) for subject in range(5)]
    raised: dict[int, Exception] = {
        1: Refusal("payment.x", "Non."),
        2: ZeroDivisionError(),
        3: ConnectionError(),
    }

    def handler(subject: int, _now: datetime) -> None:
        if subject in raised:
            raise raised[subject]

    handle(handler)
    tasks.run_messages(ids)
    assert done(bound) == {ids[0], ids[4]}
    assert [message(bound, one).cause for one in ids] == [None, "refused", "bug", "away", None]


@pytest.mark.parametrize("killed_at", range(4))
def test_killed_in_the_middle_what_was_done_is_not_done_again(
    bound: Flask, handle: Handle, killed_at: int
) -> None:
    ids = [posted(bound, "pay", subject) for subject in range(4)]
    begun: list[int] = []

    def handler(subject: int, _now: datetime) -> None:
        begun.append(subject)
        if len(begun) == killed_at + 1:
            raise SystemExit(137)

    handle(handler)
    with pytest.raises(SystemExit):
        tasks.run_messages(ids)
    assert done(bound) == set(ids[:killed_at])
    tasks.run_messages(ids)
    assert done(bound) == set(ids)
    assert Counted(begun) == {subject: 2 if subject == killed_at else 1 for subject in range(4)}


def test_one_that_takes_too_long_leaves_the_rest_to_the_next_try(bound: Flask, handle: Handle) -> None:
    ids = [posted(bound, "pay", subject) for subject in range(3)]

    def handler(subject: int, _now: datetime) -> None:
        if subject == 1:
            raise JobTimeoutException("too long")

    handle(handler)
    with pytest.raises(JobTimeoutException):
        tasks.run_messages(ids)
    assert done(bound) == {ids[0]}


def test_what_is_not_begun_in_time_is_handed_back(
    queue_app: Flask, now: datetime, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_bound", [queue_app])
    ids = [posted(queue_app, "pay", subject) for subject in range(3)]
    dispatch(queue_app, now)
    handle(lambda _subject, _now: None)
    moments = iter([0.0, 1.0, 2.0, 61.0])
    monkeypatch.setattr("bonus.jobs.tasks.time.monotonic", lambda: next(moments))
    tasks.run_messages(ids)
    monkeypatch.undo()
    assert done(queue_app) == set(ids[:2])
    assert message(queue_app, ids[2]).queued_at is None
