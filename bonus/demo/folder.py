"""The demonstration's folder: its secrets made once, its settings, its database brought up to date."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import DatabaseError

from bonus.adapters.bank_details import french_iban
from bonus.adapters.seal import make_demo_key
from bonus.errors import Refusal
from bonus.extensions import db

from .words import why

DATABASE = "bonus.sqlite"
SEALS_SINCE = 90
"""The seal is so many days older than the first start: letters are dated of the days the story tells."""
MARK = "demonstration-bonus-souverainete"
SEAL_NAME = "Bonus Souveraineté (démo)"


@contextlib.contextmanager
def open_folder(folder: Path, *, fresh: bool) -> Iterator[None]:
    """Hold the folder, emptied when ``fresh``, for a ``with`` block: one demonstration at a time.

    Raises Refusal, and changes nothing, when it cannot be written, is not ours, or another one runs in it.
    """
    with contextlib.ExitStack() as held:
        try:
            if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
                raise Refusal(
                    "demo.not_ours",
                    f"Le dossier {folder} contient autre chose qu’une démonstration : indiquez-en un autre.",
                )
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            mark = held.enter_context((folder / MARK).open("a"))
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            tempfile.TemporaryFile(
                dir=folder
            ).close()  # a mark of ours says nothing of the folder's rights now
            if fresh:
                _empty(folder)
        except BlockingIOError:
            raise Refusal(
                "demo.already_running", f"Une démonstration tourne déjà dans {folder} : arrêtez-la d’abord."
            ) from None
        except OSError as error:
            raise Refusal(
                "demo.folder",
                f"Le dossier {folder} ne peut pas être écrit ({why(error)}) : indiquez-en un autre.",
            ) from error
        yield


def _empty(folder: Path) -> None:
    """Remove all but the mark, which is our lock."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != MARK:
            entry.unlink()


def settings_of(folder: Path, public_url: str, now: datetime) -> dict[str, Any]:
    """The settings of a demonstration, its secret and its seal made at the first start."""
    key, passphrase = folder / "cachet.p12", _secret(folder / "phrase-du-cachet")
    make_demo_key(key, passphrase, valid_from=now - timedelta(days=SEALS_SINCE), name=SEAL_NAME)
    codes, since = folder / "codes.p12", now - timedelta(days=SEALS_SINCE)
    make_demo_key(codes, passphrase, valid_from=since, name="BS01", authority="FR99")
    return {
        "DEMO": True,
        "SECURE_COOKIES": False,
        "SECRET_KEY": _secret(folder / "secret"),
        "DATABASE_URL": database_url(folder / DATABASE),
        "DATA_FOLDER": str(folder.absolute()),
        "PUBLIC_URL": public_url,
        "SEAL_KEY_FILE": str(key.absolute()),
        "SEAL_KEY_PASSPHRASE": passphrase,
        "CODE_KEY_FILE": str(codes.absolute()),
        "CODE_KEY_PASSPHRASE": passphrase,
        "DEBTOR_IBAN": french_iban("30001", "00064", "R7510000000"),
    }


def database_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def _secret(path: Path) -> str:
    if not path.exists():
        new = path.with_suffix(".new")  # whole or absent, even when we are killed here
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(48))
        new.rename(path)
    return path.read_text()


def migrate(app: Flask) -> None:
    """Bring the database to the code's version. Raises Refusal when it is none, or comes from a newer version."""
    with app.app_context():
        folder = str(Path(app.root_path).parent / "migrations")
        known = {script.revision for script in ScriptDirectory(folder).walk_revisions()}
        try:
            with db.engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        except DatabaseError as error:
            raise Refusal(
                "demo.database",
                "La base de données de la démonstration est abîmée : recommencez avec --fresh.",
            ) from error
        if current is not None and current not in known:
            raise Refusal(
                "demo.newer_database",
                f"La base de données vient d’une version plus récente du logiciel ({current}) : mettez le logiciel "
                "à jour, ou recommencez avec --fresh.",
            )
        with _quiet_alembic():
            flask_migrate.upgrade(directory=folder)


@contextlib.contextmanager
def _quiet_alembic() -> Any:
    logger = logging.getLogger("alembic")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
