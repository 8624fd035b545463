"""A test's database as it was at a moment, to begin again from there as often as wanted."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import make_url

from bonus.extensions import db


class Snapshot:
    """The database and the data folder of an application, now. Nothing else may be connected to it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        self._data = Path(app.config["DATA_FOLDER"])
        self._kept = self._data.with_name(f"{self._data.name}-kept")
        shutil.copytree(self._data, self._kept)
        self._copy("", "_kept")

    def restore(self) -> None:
        """Have it all as it was."""
        shutil.rmtree(self._data)
        shutil.copytree(self._kept, self._data)
        self._copy("_kept", "")

    def forget(self) -> None:
        """Remove what was kept."""
        shutil.rmtree(self._kept)
        if self._url.get_backend_name() == "postgresql":
            with self._administration() as connection:
                connection.execute(sql.SQL("DROP DATABASE {}").format(self._named("_kept")))

    def _copy(self, source: str, target: str) -> None:
        with self._app.app_context():
            db.session.remove()
            db.engine.dispose()
        if self._url.get_backend_name() == "postgresql":
            with self._administration() as connection:
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(self._named(target))
                )
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(self._named(target), self._named(source))
                )
            return
        path = str(self._url.database)
        for end in ("-wal", "-shm"):
            Path(f"{path}{target}{end}").unlink(missing_ok=True)
        shutil.copyfile(f"{path}{source}", f"{path}{target}")

    def _named(self, end: str) -> sql.Identifier:
        return sql.Identifier(f"{self._url.database}{end}")

    def _administration(self) -> psycopg.Connection:
        url = self._url.set(drivername="postgresql", database="postgres")
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
