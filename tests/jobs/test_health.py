"""What /healthz says, and that it says it in time."""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from rq import Worker
from rq.serializers import JSONSerializer

from bonus.extensions import db
from bonus.jobs.health import health
from bonus.jobs.policy import HEARTBEAT_WITHIN
from bonus.jobs.queue import connection, queue
from tests.conftest import AppMaker


@pytest.fixture
def worker(queue_app: Flask) -> Worker:
    """A worker that said it is there, as RQ does."""
    with queue_app.app_context():
        found = Worker([queue()], connection=connection(), serializer=JSONSerializer)
        found.register_birth()
        return found


@pytest.mark.usefixtures("worker")
def test_all_answer(queue_app: Flask) -> None:
    with queue_app.app_context():
        assert health() == {"database": "ok", "queue": "ok", "worker": "ok"}


@pytest.mark.postgresql
def test_postgresql_answers(pg_app: Flask) -> None:
    with pg_app.app_context():
        assert health()["database"] == "ok"


def test_without_worker(queue_app: Flask) -> None:
    with queue_app.app_context():
        assert health() == {"database": "ok", "queue": "ok", "worker": "down"}


@pytest.mark.usefixtures("worker")
def test_a_worker_that_was_killed_is_seen_by_its_last_heartbeat(queue_app: Flask) -> None:
    with queue_app.app_context():
        heard = datetime.now(UTC)
        assert health(heard + HEARTBEAT_WITHIN - timedelta(seconds=5))["worker"] == "ok"
        assert health(heard + HEARTBEAT_WITHIN + timedelta(seconds=5))["worker"] == "down"


def test_a_worker_that_ended_is_not_alive(queue_app: Flask, worker: Worker) -> None:
    worker.register_death()
    with queue_app.app_context():
        assert health()["worker"] == "down"


def test_without_any_address_of_a_queue(app: Flask) -> None:
    with app.app_context():
        assert health() == {"database": "ok", "queue": "down", "worker": "down"}


def test_a_database_that_is_away(make_app: AppMaker, tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path}/missing/bonus.sqlite")
    with app.app_context():
        assert health()["database"] == "down"


def test_the_database_answers_while_another_connection_writes(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as writing:
        writing.exec_driver_sql("UPDATE audit_head SET entries = entries")
        assert health()["database"] == "ok"


def test_parts_that_accept_and_never_answer_are_down_in_time(make_app: AppMaker) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        app = make_app(
            f"postgresql://127.0.0.1:{port}/bonus?connect_timeout=2", REDIS_URL=f"redis://127.0.0.1:{port}/0"
        )
        with app.app_context():
            began = time.monotonic()
            assert health() == {"database": "down", "queue": "down", "worker": "down"}
            assert time.monotonic() - began < 5


def test_the_test_really_sees_this_process(worker: Worker) -> None:
    assert worker.pid == os.getpid()
