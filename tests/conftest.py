"""What all tests share.

``app``, ``pg_app``, ``any_app``: the application on a database of its own (SQLite, PostgreSQL, each in turn). It is
lent: a test that gives it addresses takes ``own_app``; one that wants other settings makes it with ``make_app``.
``session``, ``any_session``: the same with an application context pushed, for tests of services.
A test with a session that calls a view must end its transaction first (commit): SQLite has one writer.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session, scoped_session

from bonus.extensions import db
from tests.support.application import application
from tests.support.databases import Postgres, sqlite_copy, stop_postgres
from tests.support.files import RUN_FOLDER_VARIABLE, place_of_the_run
from tests.support.lent import LentApplication
from tests.support.valkey import Valkey

AppMaker = Callable[..., Flask]

pytest_plugins = ["tests.support.fixtures"]


# ---------------------------------------------------------------- the run


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process a core, and none for benchmarks: they want the machine for themselves."""
    return 0 if config.getoption("benchmark_only") else len(os.sched_getaffinity(0))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("benchmark_only"):
        config.option.benchmark_skip = True  # else pytest-benchmark warns that xdist disables it
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="bonus-tests-", dir=place_of_the_run())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and RUN_FOLDER_VARIABLE in os.environ:
        stop_postgres()
        shutil.rmtree(os.environ.pop(RUN_FOLDER_VARIABLE))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What races with processes of its own is slow, if only by their start."""
    for item in items:
        if "crew" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What was imported is here to stay: the collector, which each application made and thrown away wakes up, need
    not look at it again and again (a quarter of the run went there)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


# No time limit on one example: a busy machine is no fault. In CI the same cases each time; elsewhere new ones.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "house")


# ---------------------------------------------------------------- the clock


@pytest.fixture
def now() -> datetime:
    """Sunday 22 November 2026, 10:00 in Paris."""
    return datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


# ---------------------------------------------------------------- databases and applications


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """argon2id as ever, but with a cost that lets a test make six people at once."""
    from bonus.accounts import service

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            service,
            "_hasher",
            PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        )
        service._nobody.cache_clear()
        yield
    service._nobody.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """No test cuts the power: what this process writes is written as ever, and the disk not waited for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        yield


@pytest.fixture(scope="session")
def postgres(worker_id: str) -> Postgres:
    return Postgres(worker_id)


@pytest.fixture
def make_app(tmp_path: Path, data_folder: Path) -> Iterator[AppMaker]:
    """``make_app(database_url=None, **settings)``: an application of one's own, on a new SQLite file unless told."""
    with ExitStack() as stack:

        def make(database_url: str | None = None, **settings: Any) -> Flask:
            return stack.enter_context(
                application(database_url or sqlite_copy(tmp_path), data_folder, **settings)
            )

        yield make


@pytest.fixture(scope="session")
def lent_applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], LentApplication]]:
    """The application lent on a kind of database ("sqlite", "postgresql"), made when first asked for."""
    made: dict[str, LentApplication] = {}

    def of(kind: str) -> LentApplication:
        if kind not in made:
            made[kind] = LentApplication(f"{kind}:///lent", tmp_path_factory.mktemp("lent"))
        return made[kind]

    yield of
    for application_made in made.values():
        application_made.close()


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def app(
    lent_applications: Callable[[str], LentApplication], tmp_path: Path, data_folder: Path
) -> Iterator[Flask]:
    with lent_applications("sqlite").on(sqlite_copy(tmp_path), data_folder) as lent:
        yield lent


@pytest.fixture
def own_app(make_app: AppMaker) -> Flask:
    """An application of this test's own, to which it may give addresses."""
    return make_app()


@pytest.fixture
def pg_url(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def pg_app(
    lent_applications: Callable[[str], LentApplication], pg_url: str, data_folder: Path
) -> Iterator[Flask]:
    with lent_applications("postgresql").on(pg_url, data_folder) as lent:
        yield lent


# On PostgreSQL too, but by `pytest -m slow` and in CI: the quick run has its races and its own cases there.
@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.slow])]
)
def any_app(request: pytest.FixtureRequest) -> Flask:
    found: Flask = request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")
    return found


def _session_of(app: Flask) -> Iterator[scoped_session[Session]]:
    with app.app_context():
        yield cast("scoped_session[Session]", db.session)
        db.session.rollback()


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    yield from _session_of(app)


@pytest.fixture
def pg_session(pg_app: Flask) -> Iterator[scoped_session[Session]]:
    yield from _session_of(pg_app)


@pytest.fixture
def any_session(any_app: Flask) -> Iterator[scoped_session[Session]]:
    yield from _session_of(any_app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


# ---------------------------------------------------------------- the queue


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """A real Valkey, emptied for this test."""
    valkey.empty()
    return valkey.url


@pytest.fixture
def queue_app(make_app: AppMaker, redis_url: str) -> Flask:
    """The application on SQLite with a real queue."""
    return make_app(REDIS_URL=redis_url)
