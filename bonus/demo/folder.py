"""The demonstration's folder: its secrets made once, its settings, its database brought up to date."""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from bonus.adapters.seal import make_demo_key
from bonus.adapters.bank_details import french_iban
from bonus.errors import Refusal
from bonus.extensions import db
from .words import why

MARK = "demonstration-bonus-souverainete"
SEAL_NAME = "Bonus Souveraineté (démo)"


def open_folder(folder: Path, *, fresh: bool) -> None:
    """Make the folder ours. Raises Refusal when it cannot be written, or to empty one that is not ours."""
    mark = folder / MARK
    try:
        if folder.exists() and any(folder.iterdir()) and not mark.exists():
            raise Refusal(
                "demo.not_ours",
                f"Le dossier {folder} contient autre chose qu’une démonstration : indiquez-en un autre avec --folder.",
            )
        if fresh and folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        raise Refusal(
            "demo.folder", f"Le dossier {folder} ne peut pas être écrit ({why(error)}) : indiquez-en un autre."
        ) from error


def settings_of(folder: Path, public_url: str, now: datetime) -> dict[str, Any]:
    """The settings of a demonstration, its secret and its seal made at the first start."""
    key, passphrase = folder / "cachet.p12", _secret(folder / "phrase-du-cachet")
    make_demo_key(key, passphrase, valid_from=now - timedelta(days=1), name=SEAL_NAME)
    return {
        "DEMO": True,
        "SECURE_COOKIES": False,
        "SECRET_KEY": _secret(folder / "secret"),
        "DATABASE_URL": f"sqlite:///{(folder / 'bonus.sqlite').absolute()}",
        "DATA_FOLDER": str(folder.absolute()),
        "PUBLIC_URL": public_url,
        "SEAL_KEY_FILE": str(key.absolute()),
        "SEAL_KEY_PASSPHRASE": passphrase,
        "DEBTOR_IBAN": french_iban("30001", "00064", "R7510000000"),
    }


def _secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def migrate(app: Flask) -> None:
    """Bring the database to the code's version. Raises Refusal when it comes from a newer one."""
    with app.app_context():
        folder = str(Path(app.root_path).parent / "migrations")
        known = {script.revision for script in ScriptDirectory(folder).walk_revisions()}
        with db.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
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
