"""`flask worker`, `flask relay`, `flask check`, `flask outbox`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from bonus import cli, clock
from bonus.jobs import relay
from bonus.jobs.policy import MAX_ATTEMPTS, RETRY_SECONDS
from bonus.jobs.queue import connect, queue
from tests.support.processes import eventually, with_variable
from tests.support.rows import PAST, changed, message, posted, refusal
from tests.support.world import SEAL_PASSPHRASE, seal_key

pytestmark = pytest.mark.slow  # real processes, a second or more each

PROJECT = Path(__file__).parents[2]


def start(app: Flask, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """`flask …` on the database and the queue of ``app``, as a process of its own."""
    names = ("DATABASE_URL", "REDIS_URL", "DATA_FOLDER", "SECRET_KEY")
    settings = {name: app.config[name] for name in names} | {
        "TESTING": "true",
        "SEAL_KEY_FILE": str(seal_key()),
        "SEAL_KEY_PASSPHRASE": SEAL_PASSPHRASE,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=PROJECT,
        env=os.environ | settings | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def dispatch(app: Flask) -> None:
    with app.app_context():
        relay.dispatch()


def test_the_worker_does_what_waits_and_stops(queue_app: Flask) -> None:
    message_id = posted(queue_app, "pay", refusal(queue_app))
    dispatch(queue_app)
    with start(queue_app, "worker", "--burst") as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert message(queue_app, message_id).done_at is not None
    with queue_app.app_context():
        assert queue().count == 0


@pytest.mark.postgresql
@pytest.mark.slow
def test_the_worker_works_on_postgresql(make_queue_app_on_postgresql: Flask) -> None:
    app = make_queue_app_on_postgresql
    first = posted(app, "pay", refusal(app))
    second = posted(app, "pay", 999)  # no such decision: fails, in a process of its own, and is told
    dispatch(app)
    with start(app, "worker", "--burst") as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert message(app, first).done_at is not None
    after = message(app, second)
    assert (after.done_at, after.attempts) == (None, 1)
    assert after.last_error is not None
    assert after.last_error.startswith("NoResultFound")


@pytest.fixture
def make_queue_app_on_postgresql(request: pytest.FixtureRequest, redis_url: str) -> Flask:
    app: Flask = request.getfixturevalue("make_app")(request.getfixturevalue("pg_url"), REDIS_URL=redis_url)
    return app


def test_the_worker_tries_again_what_failed_then_ends_when_asked(queue_app: Flask) -> None:
    message_id = posted(queue_app, "pay", 999)
    dispatch(queue_app)
    with start(queue_app, "worker", BONUS_TEST_MARK=str(os.getpid())) as process:
        assert eventually(lambda: message(queue_app, message_id).attempts == 1, 60)
        decision_id = refusal(queue_app)
        changed(queue_app, message_id, subject_id=decision_id)  # what was missing is there now
        with queue_app.app_context():
            assert relay.dispatch(now=PAST) == 0, "not before its time"
            assert relay.dispatch(now=clock.now() + timedelta(seconds=RETRY_SECONDS[0])) == 1
        assert eventually(lambda: message(queue_app, message_id).done_at is not None, 60)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert with_variable("BONUS_TEST_MARK", str(os.getpid())) == set()


@pytest.mark.slow
def test_a_killed_worker_leaves_no_process_and_another_takes_over(queue_app: Flask) -> None:
    mark = f"killed-{os.getpid()}"
    with start(queue_app, "worker", BONUS_TEST_MARK=mark) as process:
        assert eventually(lambda: len(with_variable("BONUS_TEST_MARK", mark)) == 2, 60)  # and its scheduler
        process.kill()
    assert eventually(lambda: not with_variable("BONUS_TEST_MARK", mark))
    message_id = posted(queue_app, "pay", refusal(queue_app))
    dispatch(queue_app)
    with start(queue_app, "worker") as process:
        # Not a burst: a first try that fails, on a busy machine, is tried again.
        done = eventually(lambda: message(queue_app, message_id).done_at is not None, 60)
        process.terminate()
        output, _ = process.communicate(timeout=60)
    assert done, output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_relay_queues_what_waits_and_ends_when_asked(queue_app: Flask, number: signal.Signals) -> None:
    message_id = posted(queue_app, "pay", 1)
    with start(queue_app, "relay", "--every", "0.1") as process:
        assert eventually(lambda: message(queue_app, message_id).queued_at is not None, 60)
        with connect(queue_app.config["REDIS_URL"]) as redis:
            assert eventually(lambda: bool(redis.exists(relay.alive_key(process.pid))))
        began = time.monotonic()
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)
        assert time.monotonic() - began < 10
    assert process.returncode == 0, output


def test_check_says_what_is_down(queue_app: Flask) -> None:
    result = queue_app.test_cli_runner().invoke(cli.check)
    assert result.output.split() == ["database:", "ok", "queue:", "ok", "worker:", "down"]
    assert result.exit_code == 1


def test_outbox_shows_what_was_given_up_and_queues_it_again(queue_app: Flask, now: datetime) -> None:
    run = queue_app.test_cli_runner().invoke
    waiting, given_up = posted(queue_app, "pay", 1), posted(queue_app, "pay", 2)
    changed(queue_app, given_up, attempts=MAX_ATTEMPTS, last_error="payment.x: Pas de compte.", queued_at=now)
    result = run(cli.outbox)
    assert result.output == f"n° {given_up} · pay:2 · payment.x: Pas de compte.\n1 message à regarder.\n"

    assert run(cli.outbox, ["--again", str(waiting)]).exit_code == 1  # it was not given up
    assert run(cli.outbox, ["--again", str(given_up)]).exit_code == 0
    after = message(queue_app, given_up)
    assert (after.attempts, after.queued_at) == (0, None)
    dispatch(queue_app)
    with queue_app.app_context():
        (together,) = queue().jobs
        assert together.args == [[waiting, given_up]]
    assert run(cli.outbox).output == "0 message à regarder.\n"
