"""One application a process and kind of database, lent to one test after another, each time as if new.

Making an application (its addresses, its API's description) and compiling the statements it sends took near half of the
time of the tests that need one. What a test sees is new each time: its database, its data folder, its settings, and the
parts built from them. A test that gives an application addresses of its own, or settings read when it is made, asks
``make_app`` for one: the one lent refuses new addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, make_url
from sqlalchemy.engine import Dialect

from bonus.extensions import db, limiter

from .application import application


class LentApplication:
    """An application whose engine connects to the database of the test that has it."""

    def __init__(self, database_url: str, data_folder: Path) -> None:
        self._stack = ExitStack()
        self._app = self._stack.enter_context(application(database_url, data_folder))
        self._settings = dict(self._app.config)
        self._extensions = dict(self._app.extensions)
        self._globals = dict(self._app.jinja_env.globals)
        self._database = ""
        # Flask then refuses new addresses, which the next test would find.
        self._app._got_first_request = True
        with self._app.app_context():
            event.listen(db.engine, "do_connect", self._connect_to_the_tests_own)

    def _connect_to_the_tests_own(
        self, dialect: Dialect, record: object, arguments: list[Any], named: dict[str, Any]
    ) -> None:
        """In place: where the driver connects to."""
        arguments[:], fresh = dialect.create_connect_args(make_url(self._database))
        named.update(fresh)

    @contextmanager
    def on(self, database_url: str, data_folder: Path) -> Iterator[Flask]:
        """The application, on that database, with nothing of the former test."""
        app = self._app
        app.config.clear()
        app.config.update(self._settings, DATABASE_URL=database_url, DATA_FOLDER=str(data_folder))
        app.config["SQLALCHEMY_DATABASE_URI"] = database_url
        for mine, as_made in ((app.extensions, self._extensions), (app.jinja_env.globals, self._globals)):
            mine.clear()
            mine.update(as_made)
        # The limiter is one for all applications: another, made by a test, may have switched it on.
        limiter.enabled = app.config["RATELIMIT_ENABLED"]
        self._database = database_url
        try:
            yield app
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()

    def close(self) -> None:
        self._stack.close()
