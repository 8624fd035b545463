"""One job: done once in effect, tried again by cause, never lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs import tasks
from bonus.jobs.errors import describe
from bonus.jobs.policy import MAX_ATTEMPTS
from bonus.numbering import Counter
from tests.support.rows import changed, message, posted, refusal

Replace = Callable[[tasks.Handler], None]


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Put another handler in the place of the payment's."""
    return lambda handler: monkeypatch.setitem(tasks.HANDLERS, "pay", handler)


def perform(app: Flask, message_id: int, now: datetime) -> None:
    with app.app_context():
        tasks.perform(message_id, now)


def raising(error: BaseException) -> tasks.Handler:
    def handler(_subject: int, _now: datetime) -> None:
        raise error

    return handler


def test_each_kind_of_message_has_the_service_that_does_it() -> None:
    assert set(tasks.HANDLERS) == {
        "pay",
        "certify",
        "register",
        "letter",
        "recovery_letter",
        "mass_notice",
        "recovered",
        "undue_certificates",
        "follow_titres",
        "revoked",
        "restored",
        "follow_registry",
        "mail",
        "proof_letter",
        "announce_ends",
        "wake_waiting",
        "remind_deadlines",
        "end_requests",
        "record_silence",
        "warn_due",
        "flag_risks",
        "flag_touched",
        "flag_account",
        "measure_months",
        "anchor_audit",
        "lapse_credits",
        "serve_waiting",
        "fast_lane",
        "lane_decide",
        "bulk_act",
        "tidy_cards",
        "registry_read",
        "registry_apply",
        "table_read",
        "table_take",
        "bank_file",
        "batch_work",
        "bank_inbox",
        "bank_credit",
    }


def test_the_handler_gets_the_subject_and_the_moment_and_the_message_is_done(
    any_app: Flask, now: datetime, replace: Replace
) -> None:
    seen: list[tuple[int, datetime]] = []
    replace(lambda subject, moment: seen.append((subject, moment)))
    message_id = posted(any_app, "pay", 41)
    perform(any_app, message_id, now)
    assert seen == [(41, now)]
    after = message(any_app, message_id)
    assert (after.done_at, after.attempts, after.last_error) == (now, 0, None)


def test_the_real_service_ends_on_a_decision_that_grants_nothing(any_app: Flask, now: datetime) -> None:
    message_id = posted(any_app, "pay", refusal(any_app))
    perform(any_app, message_id, now)
    assert message(any_app, message_id).done_at == now


def test_rq_calls_it_by_id_in_the_application_bound_to_the_process(
    app: Flask, replace: Replace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_bound", [])
    seen: list[int] = []
    replace(lambda subject, _now: seen.append(subject))
    tasks.bind(app)
    tasks.run_message(posted(app, "pay", 7))
    assert seen == [7]


def test_a_message_that_is_done_is_not_done_again(any_app: Flask, now: datetime, replace: Replace) -> None:
    replace(raising(AssertionError("called again")))
    message_id = posted(any_app, "pay", 1)
    changed(any_app, message_id, done_at=now)
    perform(any_app, message_id, now)
    assert message(any_app, message_id).last_error is None


def test_an_id_without_message_is_nothing_to_do(any_app: Flask, now: datetime) -> None:
    perform(any_app, 999, now)
    with any_app.app_context():
        assert db.session.execute(text("SELECT count(*) FROM outbox_messages")).scalar_one() == 0


def test_a_refusal_is_kept_and_not_tried_again(any_app: Flask, now: datetime, replace: Replace) -> None:
    replace(raising(Refusal("payment.no_account", "Aucun compte vérifié.")))
    message_id = posted(any_app, "pay", 1)
    perform(any_app, message_id, now)  # does not raise: RQ has nothing to try again
    after = message(any_app, message_id)
    assert (after.done_at, after.attempts) == (None, MAX_ATTEMPTS)
    assert after.last_error == "payment.no_account: Aucun compte vérifié."
    replace(raising(AssertionError("called again")))
    perform(any_app, message_id, now)


def test_any_other_error_is_written_down_and_tried_a_bounded_number_of_times(
    any_app: Flask, now: datetime, replace: Replace
) -> None:
    calls: list[int] = []

    def handler(subject: int, _now: datetime) -> None:
        calls.append(subject)
        raise ValueError("a\nmistake" + "!" * 1000)

    replace(handler)
    message_id = posted(any_app, "pay", 1)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        perform(any_app, message_id, now)
        after = message(any_app, message_id)
        assert (after.done_at, after.attempts) == (None, attempt)
    assert after.last_error is not None
    assert after.last_error.startswith("ValueError: a mistake!")
    assert len(after.last_error) == 500
    perform(any_app, message_id, now)
    assert len(calls) == MAX_ATTEMPTS


def test_what_a_failed_handler_wrote_is_undone(any_app: Flask, now: datetime, replace: Replace) -> None:
    def handler(_subject: int, _now: datetime) -> None:
        db.session.add(Counter(series="half", year=2026, last=1))
        db.session.flush()
        raise ValueError("after half of it")

    replace(handler)
    perform(any_app, posted(any_app, "pay", 1), now)
    with any_app.app_context():
        assert db.session.get(Counter, ("half", 2026)) is None


@pytest.mark.parametrize(
    "error",
    [
        RedisConnectionError("away"),
        ConnectionRefusedError("away"),
        OperationalError("SELECT 1", {}, Exception("server closed the connection")),
    ],
    ids=["redis", "socket", "database"],
)
def test_a_part_that_is_away_uses_up_no_attempt(
    any_app: Flask, now: datetime, replace: Replace, error: Exception
) -> None:
    replace(raising(error))
    message_id = posted(any_app, "pay", 1)
    for _ in range(MAX_ATTEMPTS + 1):
        perform(any_app, message_id, now)
    assert message(any_app, message_id).attempts == 0
    replace(lambda _subject, _now: None)
    perform(any_app, message_id, now)
    assert message(any_app, message_id).done_at == now


def test_killed_after_the_work_and_before_done_it_is_done_again_without_harm(
    any_app: Flask, now: datetime, replace: Replace
) -> None:
    def once(subject: int, _now: datetime) -> None:
        if db.session.get(Counter, ("order", subject)) is None:
            db.session.add(Counter(series="order", year=subject, last=1))
        db.session.commit()

    def killed(subject: int, moment: datetime) -> None:
        once(subject, moment)
        raise SystemExit(137)

    message_id = posted(any_app, "pay", 5)
    replace(killed)
    with pytest.raises(SystemExit):
        perform(any_app, message_id, now)
    assert message(any_app, message_id).done_at is None
    replace(once)
    perform(any_app, message_id, now)
    assert message(any_app, message_id).done_at == now
    with any_app.app_context():
        assert len(db.session.scalars(select(Counter)).all()) == 1


def test_an_unknown_kind_is_kept_with_its_error(any_app: Flask, now: datetime) -> None:
    message_id = posted(any_app, "no such kind", 1)
    perform(any_app, message_id, now)
    assert message(any_app, message_id).last_error == "KeyError: 'no such kind'"


def test_several_at_once_do_the_work_once(any_app: Flask, now: datetime, replace: Replace) -> None:
    inside: list[int] = []
    most_inside: list[int] = []
    made: list[int] = []

    def handler(subject: int, _now: datetime) -> None:
        inside.append(subject)
        most_inside.append(len(inside))
        if db.session.get(Counter, ("order", subject)) is None:
            db.session.add(Counter(series="order", year=subject, last=1))
            made.append(subject)
        inside.pop()  # what follows gives up the lock on the message
        db.session.commit()

    replace(handler)
    message_id = posted(any_app, "pay", 8)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            perform(any_app, message_id, now)
        except BaseException as error:  # noqa: BLE001 - shown below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert made == [8]
    assert max(most_inside) == 1
    assert message(any_app, message_id).done_at == now


def test_the_words_on_a_database_error_leave_out_the_values_of_the_statement() -> None:
    error = IntegrityError("INSERT INTO t VALUES (:iban)", {"iban": "FR76"}, ValueError("unique key"))
    assert describe(error) == "IntegrityError: unique key"
