"""The application as tests run it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import Engine, event

from bonus import create_app
from bonus.extensions import db, limiter

SETTINGS: dict[str, Any] = {
    "TESTING": True,
    "DEMO": False,
    "SECRET_KEY": "a secret that only the tests know, and long enough",
    "SECURE_COOKIES": False,
    "PUBLIC_URL": "http://localhost",
    "REDIS_URL": "",
    "TRUSTED_PROXIES": 0,
    "SEAL_KEY_FILE": "",
    "SEAL_KEY_PASSPHRASE": "",
    "MAIL_URL": "",
    "COMPANY_DIRECTORY_URL": "",
    "DE_MINIMIS_REGISTER_URL": "",
    "DEBTOR_NAME": "Bonus Souverainete - Agence comptable",
    "DEBTOR_IBAN": "FR7630001007941234567890185",
    "DEBTOR_BIC": "BDFEFRPPCCT",
    "RATELIMIT_ENABLED": False,
}
"""Every setting a test leans on, so that nothing of the environment it runs in changes its outcome."""


@event.listens_for(Engine, "connect")
def _wait_for_no_disk(connection: Any, _record: object) -> None:
    """A test's database need not outlive a power cut (the suite's PostgreSQL neither): SQLite writes as ever, without
    waiting for the disk. The house's own listener, which came first, has chosen all the rest."""
    if type(connection).__module__ == "sqlite3":
        connection.execute("PRAGMA synchronous=OFF")


@contextmanager
def application(database_url: str, data_folder: Path, **settings: Any) -> Iterator[Flask]:
    """An application on that database; its connections are closed at the end."""
    # One limiter serves a process: an application made meanwhile, for a moment, must not turn it off for another.
    limited = limiter.enabled
    app = create_app(
        {
            **SETTINGS,
            "DATABASE_URL": database_url,
            "DATA_FOLDER": str(data_folder),
            **settings,
        }
    )
    try:
        yield app
    finally:
        limiter.enabled = limited
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def migrate_to(app: Flask, revision: str, *, down: bool = False) -> None:
    """Run the real migrations, up or down, to a revision ("head", "base", "0001")."""
    with app.app_context():
        (flask_migrate.downgrade if down else flask_migrate.upgrade)(revision=revision)
