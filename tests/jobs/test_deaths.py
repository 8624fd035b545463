"""A job that kills its process each time ends as a failed job that a person sees, and holds no other back."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta

import pytest
from flask import Flask
from rq.serializers import JSONSerializer
from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.jobs import relay, tasks
from bonus.jobs.deaths import note_death
from bonus.jobs.failed import failed_job, retry, waiting_for_a_person
from bonus.jobs.policy import LOST_AFTER, MAX_ATTEMPTS, RETRY_SECONDS
from bonus.jobs.queue import connection, queue
from bonus.jobs.worker import HouseWorker
from bonus.outbox import OutboxMessage
from tests.support.rows import changed, message, posted

AGENT = Actor("Agent", roles=frozenset({"administrator"}))


def kill_on(subject: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the payment of that subject kill the process that does it, as a machine short of memory would."""

    def handler(one: int, _now: datetime) -> None:
        if one == subject:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setitem(tasks.HANDLERS, "pay", handler)


def work(app: Flask, now: datetime) -> int:
    """Queue what is due and have a real worker, which forks, do it; how many messages were queued."""
    with app.app_context():
        db.session.remove()
        found = relay.dispatch(now=now)
        db.session.remove()
        HouseWorker([queue()], connection=connection(), serializer=JSONSerializer).work(
            burst=True, logging_level="ERROR"
        )
        return found


@pytest.fixture
def bound(queue_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(tasks, "_bound", [queue_app])
    return queue_app


@pytest.mark.slow
def test_one_that_always_kills_its_process_is_given_up(
    bound: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone or with others: they are done, it is tried so many times, then an agent sees why and may retry."""
    ids = [posted(bound, "pay", subject) for subject in range(4)]
    kill_on(1, monkeypatch)
    monkeypatch.setattr("bonus.clock.now", lambda: now)
    work(bound, now)
    assert message(bound, ids[0]).done_at is not None
    assert [message(bound, one).done_at for one in ids[2:]] == [None, None], "they came after it"
    first = message(bound, ids[1])
    assert (first.attempts, first.cause, first.queued_at) == (1, "bug", None)
    assert first.next_try_at == now + timedelta(seconds=RETRY_SECONDS[0])
    assert work(bound, now) == 2, "the others, without it"
    assert all(message(bound, one).done_at for one in ids[2:])
    for deaths in range(2, MAX_ATTEMPTS + 1):
        now += timedelta(seconds=RETRY_SECONDS[deaths - 2])
        monkeypatch.setattr("bonus.clock.now", lambda: now)  # noqa: B023 - called in this turn
        assert work(bound, now) == 1
        assert message(bound, ids[1]).attempts == deaths
    assert work(bound, now + timedelta(days=30)) == 0, "not for ever"
    with bound.app_context():
        found = failed_job(ids[1], None)
        assert (found.state, found.failures, found.next_try_at) == ("person", MAX_ATTEMPTS, None)
        assert "s’est arrêté net" in found.why
        assert waiting_for_a_person() == 1
        retry(ids[1], None, AGENT, now)
    monkeypatch.setitem(tasks.HANDLERS, "pay", lambda _subject, _now: None)
    assert work(bound, now) == 1
    assert message(bound, ids[1]).done_at is not None


def test_what_died_is_the_first_that_was_left(any_app: Flask, now: datetime) -> None:
    """Not what was done, failed, or is in another job by now."""
    ids = [posted(any_app, "pay", subject) for subject in range(5)]
    for one in ids:
        changed(any_app, one, queued_at=now, queued_as="pay-lot-1")
    changed(any_app, ids[0], done_at=now)
    changed(any_app, ids[1], queued_at=None, cause="away", failures=1)
    changed(any_app, ids[2], queued_as="pay-2")
    with any_app.app_context():
        assert note_death(ids, "pay-lot-1", 9, now) == ids[3]
        rows = {one.id: one for one in db.session.scalars(select(OutboxMessage))}
        assert [rows[one].attempts for one in ids] == [0, 0, 0, 1, 0]
        assert [rows[one].queued_at for one in ids] == [now, None, now, None, None]
        assert rows[ids[3]].failed_at == rows[ids[3]].first_failed_at == now
        db.session.rollback()
        assert note_death(ids[:2], "pay-lot-1", 9, now) is None


def test_what_the_queue_loses_again_and_again_is_given_up(queue_app: Flask, now: datetime) -> None:
    """Its worker died with it, each time: nobody was left to say so but the relay."""
    one = posted(queue_app, "letter", 1)
    with queue_app.app_context():
        for losses in range(MAX_ATTEMPTS):
            assert relay.dispatch(now=now) == 1
            assert (message(queue_app, one).attempts, queue().count) == (losses, 1)
            queue().empty()
            now += LOST_AFTER + timedelta(seconds=1)
        assert relay.dispatch(now=now) == 1
        assert queue().count == 0
        assert relay.dispatch(now=now + LOST_AFTER * 2) == 0
        found = failed_job(one, None)
        assert (found.state, found.failures) == ("person", MAX_ATTEMPTS)
        assert "perdu" in found.why
        db.session.rollback()
