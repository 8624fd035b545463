"""What failed is tried again by its cause, and says why, when and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import OperationalError

from bonus.adapters.de_minimis_register import RegisterAway
from bonus.adapters.mail import MailAway
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.jobs import relay, tasks
from bonus.jobs.errors import cause_of
from bonus.jobs.policy import AWAY_SECONDS, MAX_ATTEMPTS, RETRY_SECONDS, next_try
from bonus.jobs.queue import queue
from bonus.outbox import CAUSES
from tests.support.rows import changed, message, posted

NETWORK = OperationalError("SELECT 1", {}, Exception("server closed the connection"))
Raise = Callable[[BaseException | None], None]


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Raise:
    """Have the payment's handler raise that; nothing with None."""

    def use(error: BaseException | None) -> None:
        def handler(_subject: int, _now: datetime) -> None:
            if error is not None:
                raise error

        monkeypatch.setitem(tasks.HANDLERS, "pay", handler)

    return use


def perform(app: Flask, message_id: int, now: datetime) -> None:
    with app.app_context():
        tasks.perform(message_id, now)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (NETWORK, "away"),
        (ConnectionResetError(), "away"),
        (MailAway("x"), "away"),
        (RegisterAway("x"), "away"),
        (Refusal("x", "Non."), "refused"),
        (InvalidInput("bank.iban", "Cet IBAN n’est pas valide."), "refused"),
        (KeyError("x"), "bug"),
        (JobTimeoutException("too long"), "bug"),
    ],
)
def test_each_error_has_its_cause(error: Exception, cause: str) -> None:
    assert cause_of(error) == cause
    assert cause in CAUSES


def test_when_to_try_again(now: datetime) -> None:
    away = [next_try("away", count, now) for count in range(1, 9)]
    waits = [one - now for one in away if one is not None]
    assert waits == [timedelta(seconds=s) for s in (*AWAY_SECONDS, *[AWAY_SECONDS[-1]] * 3)]
    assert [next_try("bug", count, now) for count in range(1, MAX_ATTEMPTS + 1)] == [
        *(now + timedelta(seconds=seconds) for seconds in RETRY_SECONDS),
        None,
    ]
    assert next_try("refused", 1, now) is None


@given(st.integers(1, 10_000))
def test_a_part_that_is_away_is_waited_for_as_long_as_it_takes(count: int) -> None:
    now = datetime.fromisoformat("2026-11-22T09:00:00+00:00")
    found = next_try("away", count, now)
    assert found is not None
    assert timedelta(seconds=AWAY_SECONDS[0]) <= found - now <= timedelta(seconds=AWAY_SECONDS[-1])


def test_away_it_says_since_when_how_often_and_when_next(any_app: Flask, now: datetime, fails: Raise) -> None:
    message_id = posted(any_app, "pay", 1)
    fails(NETWORK)
    later = now + timedelta(hours=1)
    for moment in (now, later):
        changed(any_app, message_id, queued_at=moment)
        perform(any_app, message_id, moment)
    after = message(any_app, message_id)
    assert (after.cause, after.failures, after.attempts) == ("away", 2, 0)
    assert (after.first_failed_at, after.failed_at) == (now, later)
    assert after.next_try_at == later + timedelta(seconds=AWAY_SECONDS[1])
    assert after.last_error == "OperationalError: server closed the connection"
    assert after.queued_at is None
    fails(None)
    perform(any_app, message_id, later)
    after = message(any_app, message_id)
    assert (after.done_at, after.cause, after.next_try_at, after.last_error) == (later, None, None, None)
    assert after.failures == 2, "how often it failed is kept"


def test_a_refusal_waits_for_a_person(any_app: Flask, now: datetime, fails: Raise) -> None:
    fails(InvalidInput("bank.iban", "Cet IBAN n’est pas valide."))
    message_id = posted(any_app, "pay", 1)
    perform(any_app, message_id, now)
    after = message(any_app, message_id)
    assert (after.cause, after.failures, after.attempts) == ("refused", 1, MAX_ATTEMPTS)
    assert (after.next_try_at, after.failed_at) == (None, now)


def test_a_bug_is_tried_a_few_times_then_waits_for_a_person(
    any_app: Flask, now: datetime, fails: Raise
) -> None:
    fails(ZeroDivisionError())
    message_id = posted(any_app, "pay", 1)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        perform(any_app, message_id, now)
        after = message(any_app, message_id)
        assert (after.cause, after.failures, after.attempts) == ("bug", attempt, attempt)
        assert (after.next_try_at is None) == (attempt == MAX_ATTEMPTS)


def test_what_is_away_between_bugs_does_not_wear_them_out(
    any_app: Flask, now: datetime, fails: Raise
) -> None:
    message_id = posted(any_app, "pay", 1)
    for error in (ZeroDivisionError(), NETWORK, NETWORK, ZeroDivisionError()):
        fails(error)
        perform(any_app, message_id, now)
    after = message(any_app, message_id)
    assert (after.attempts, after.failures) == (2, 4)


def test_a_job_stopped_for_its_length_is_written_down_and_told_to_rq(
    any_app: Flask, now: datetime, fails: Raise
) -> None:
    fails(JobTimeoutException("Task exceeded maximum timeout value"))
    message_id = posted(any_app, "pay", 1)
    with pytest.raises(JobTimeoutException):
        perform(any_app, message_id, now)
    assert message(any_app, message_id).cause == "bug"


def test_what_cannot_be_written_is_left_to_rq(
    any_app: Flask, now: datetime, fails: Raise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away: nothing can be noted in it."""
    fails(NETWORK)
    message_id = posted(any_app, "pay", 1)

    def away(*_: object, **__: object) -> None:
        raise NETWORK

    with monkeypatch.context() as patch:
        patch.setattr("bonus.jobs.attempts.Attempt._write", away)
        with pytest.raises(OperationalError):
            perform(any_app, message_id, now)
    after = message(any_app, message_id)
    assert (after.cause, after.failures, after.done_at) == (None, 0, None)


def test_it_is_queued_again_at_its_time_and_not_before(queue_app: Flask, now: datetime, fails: Raise) -> None:
    message_id = posted(queue_app, "pay", 1)
    fails(NETWORK)
    with queue_app.app_context():
        assert relay.dispatch(now=now) == 1
        queue().empty()  # taken by a worker
        tasks.perform(message_id, now)
        due = now + timedelta(seconds=AWAY_SECONDS[0])
        assert relay.dispatch(now=due - timedelta(seconds=1)) == 0
        assert relay.dispatch(now=due) == 1
        assert queue().job_ids == ["pay-1"]
        db.session.rollback()


def test_what_waits_for_a_person_is_not_queued(queue_app: Flask, now: datetime, fails: Raise) -> None:
    message_id = posted(queue_app, "pay", 1)
    fails(Refusal("payment.no_account", "Aucun compte vérifié."))
    perform(queue_app, message_id, now)
    with queue_app.app_context():
        assert relay.dispatch(now=now + timedelta(days=365)) == 0
