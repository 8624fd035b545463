"""Real processes at work while Valkey stops, the worker is killed, PostgreSQL restarts: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from bonus import clock
from bonus.demo.children import answers
from bonus.demo.processes import EmbeddedServices
from bonus.extensions import db
from bonus.jobs.policy import LOST_AFTER
from bonus.jobs.queue import connect
from bonus.outbox import OutboxMessage
from tests.support.application import application, migrate_to
from tests.support.bills import Item, bill
from tests.support.databases import _start_server
from tests.support.files import run_folder
from tests.support.once import all_once, certified_before
from tests.support.processes import eventually
from tests.support.world import SEAL_PASSPHRASE, World, build_world, decided, draft, seal_key

pytestmark = pytest.mark.slow  # real processes, and real seconds

KINDS = ("pay", "certify", "register")
DECISIONS = 4
SECONDS = 60


def loaded(world: World) -> int:
    """Decisions whose jobs are still to be done; how many."""
    for rank in range(DECISIONS):
        decided(world, draft(world, [bill(Item(1_000_00), number=f"O-{rank}")]))
    return DECISIONS


def left(app: Flask) -> int:
    """How many of the jobs counted here are not done."""
    with app.app_context():
        undone = (OutboxMessage.kind.in_(KINDS), OutboxMessage.done_at.is_(None))
        found = db.session.scalar(select(func.count()).select_from(OutboxMessage).where(*undone)) or 0
        db.session.rollback()
        return found


def begun(app: Flask) -> bool:
    return left(app) < DECISIONS * len(KINDS)


@contextmanager
def services(app: Flask, folder: Path) -> Iterator[EmbeddedServices]:
    """Valkey, a relay and a worker on the application's database."""
    environment = {
        "SECRET_KEY": app.config["SECRET_KEY"],
        "TESTING": "true",
        "DATABASE_URL": app.config["DATABASE_URL"],
        "DATA_FOLDER": app.config["DATA_FOLDER"],
        "SEAL_KEY_FILE": str(seal_key()),
        "SEAL_KEY_PASSPHRASE": SEAL_PASSPHRASE,
    }
    with EmbeddedServices(folder, environment) as found:
        yield found


def counted(app: Flask, decisions: int) -> None:
    assert eventually(lambda: left(app) == 0, SECONDS), f"{left(app)} jobs are not done"
    with app.app_context():
        all_once(1 + decisions)
        db.session.rollback()


@pytest.mark.postgresql
def test_valkey_hangs_for_a_minute_under_load(pg_world: World, tmp_path: Path) -> None:
    """On the database of production. Decisions are taken meanwhile; nothing of what it held is lost when it answers
    again. That it hangs on SQLite is the next test's, for less long."""
    certified_before(pg_world)
    with services(pg_world.app, tmp_path / "services") as running:
        valkey = running.pids()["valkey"]
        until = time.monotonic() + 60
        os.kill(valkey, signal.SIGSTOP)
        try:
            decisions = loaded(pg_world)
            time.sleep(max(0.0, until - time.monotonic()))
        finally:
            os.kill(valkey, signal.SIGCONT)
        counted(pg_world.app, decisions)


def test_valkey_stops_under_load(any_world: World, tmp_path: Path) -> None:
    """It hangs for a while, then dies and is started again. What a worker held then is asked for again once late."""
    app = any_world.app
    certified_before(any_world)
    with services(app, tmp_path / "services") as running:
        valkey = running.pids()["valkey"]
        os.kill(valkey, signal.SIGSTOP)
        try:
            decisions = loaded(any_world)
            time.sleep(2)
        finally:
            os.kill(valkey, signal.SIGCONT)
        assert eventually(lambda: begun(app), SECONDS)
        os.kill(valkey, signal.SIGKILL)
        assert eventually(lambda: running.pids().get("valkey", valkey) != valkey)
        assert eventually(lambda: answers(running.redis_url))
        _forget(running)
        _make_late(app)
        counted(app, decisions)


def test_the_worker_is_killed_under_load_and_valkey_forgets(any_world: World, tmp_path: Path) -> None:
    """What a killed worker had taken, and what the queue lost, the outbox asks for again once it is late."""
    app = any_world.app
    certified_before(any_world)
    decisions = loaded(any_world)
    with services(app, tmp_path / "services") as running:
        for _ in range(3):
            worker = running.pids()["worker"]
            begun_before = left(app)
            eventually(lambda: left(app) < begun_before, 10)  # noqa: B023 - called at once
            os.kill(worker, signal.SIGKILL)
            assert eventually(lambda: running.pids().get("worker", worker) != worker)  # noqa: B023
        _forget(running)
        _make_late(app)
        counted(app, decisions)


def _forget(running: EmbeddedServices) -> None:
    """Have the queue lose all it has, what was taken and what waited."""
    with connect(running.redis_url) as redis:
        redis.flushall()


def _make_late(app: Flask) -> None:
    """Have what is queued and not done be as if queued long ago."""
    with app.app_context():
        long_ago = clock.now() - 2 * LOST_AFTER
        undone = (OutboxMessage.done_at.is_(None), OutboxMessage.queued_at.is_not(None))
        db.session.execute(update(OutboxMessage).where(*undone).values(queued_at=long_ago))
        db.session.commit()


# ---------------------------------------------------------------- the database


class OwnPostgres:
    """A server of this test alone, that may be stopped and started."""

    def __init__(self) -> None:
        self._server = _start_server(run_folder() / "pg-own")
        self.url = self._server.get_uri()
        self._pid_file = run_folder() / "pg-own" / "postmaster.pid"
        self._started: subprocess.Popen[bytes] | None = None

    def restart(self, meanwhile: Callable[[], None]) -> None:
        """Stop it as an administrator does (no connection is waited for), then start it as it was started."""
        pid = int(self._pid_file.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        owner = Path(f"/proc/{pid}").stat()
        folder = Path(f"/proc/{pid}/cwd").readlink()
        binary = Path(f"/proc/{pid}/exe").readlink()
        os.kill(pid, signal.SIGINT)
        assert eventually(lambda: not self._pid_file.exists())
        meanwhile()
        self._started = subprocess.Popen(
            [str(binary), *(part.decode() for part in command[1:])],
            cwd=folder,
            user=owner.st_uid,
            group=owner.st_gid,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert eventually(self._pid_file.exists)

    def end(self) -> None:
        pid = int(self._pid_file.read_text().splitlines()[0])
        os.kill(pid, signal.SIGINT)
        assert eventually(lambda: not self._pid_file.exists())
        if self._started is not None:
            self._started.wait(20)


@pytest.mark.postgresql
def test_postgresql_restarts_under_load(tmp_path: Path) -> None:
    server = OwnPostgres()
    try:
        (tmp_path / "data").mkdir()
        with application(server.url, tmp_path / "data") as app:
            migrate_to(app, "head")
            world = build_world(app)
            certified_before(world)
            decisions = loaded(world)
            with services(app, tmp_path / "services"):
                assert eventually(lambda: begun(app), SECONDS)
                with app.app_context():
                    db.session.remove()
                server.restart(lambda: time.sleep(4))
                with app.app_context():
                    db.engine.dispose()
                assert eventually(lambda: _answers(app))
                _make_late(app)
                counted(app, decisions)
    finally:
        server.end()


def _answers(app: Flask) -> bool:
    try:
        left(app)
    except OperationalError:
        return False
    return True
