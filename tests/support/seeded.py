"""Rows made once a run by the services themselves, then copied into each test's database: a tenth of the time, and a
tenth of that again on SQLite, whose whole file is copied."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import create_engine, func, insert, make_url, select, text, update

from bonus.audit.models import AuditHead
from bonus.claims.reporting_models import ReportState
from bonus.extensions import db
from bonus.registry.models import RegistryHead
from bonus.registry.scheme_models import Certifier, LabelCertifier, LabelScheme

from .application import application
from .databases import sqlite_copy
from .files import alone, run_folder

# Their one row is there: a migration writes it.
HEADS = {AuditHead.__tablename__, RegistryHead.__tablename__, ReportState.__tablename__}
REFERENCE = {model.__tablename__ for model in (Certifier, LabelScheme, LabelCertifier)}  # and these

Rows = dict[str, list[dict[str, Any]]]
SEEDED = "seeded.sqlite"


def fill(make: Callable[[], None]) -> None:
    """Put into an empty, migrated database all that ``make`` puts into one, and commit."""
    made = _made_once(make)
    if db.session.get_bind().dialect.name == "postgresql":
        _write(_rows(made))
        return
    # The engine of a lent application tells no address: its connections go where the settings say.
    target = str(make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).database)
    if not Path(f"{target}-wal").exists():  # nobody is connected, nor was: the file may be replaced
        shutil.copyfile(made, target)
        return
    with closing(sqlite3.connect(made)) as filled, closing(sqlite3.connect(target)) as empty:
        filled.backup(empty)


def _made_once(make: Callable[[], None]) -> Path:
    """A SQLite file that ``make`` filled, the same for all the processes of a run."""
    made = run_folder() / SEEDED
    if not made.exists():
        with alone("seeded"), tempfile.TemporaryDirectory(dir=run_folder()) as name:
            if not made.exists():
                folder = Path(name)
                with application(sqlite_copy(folder), folder) as app, app.app_context():
                    make()
                # The last connection is closed: SQLite has put its journal back into the file.
                (folder / "bonus.sqlite").rename(made)
    return made


@lru_cache(maxsize=1)
def _rows(made: Path) -> Rows:
    """Every row of that file, by table."""
    engine = create_engine(f"sqlite:///{made}")
    with engine.connect() as connection:
        rows = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in db.metadata.sorted_tables
        }
    engine.dispose()
    return rows


def _write(rows: Rows) -> None:
    sequences = db.session.get_bind().dialect.name == "postgresql"
    for table in db.metadata.sorted_tables:
        if not rows[table.name]:
            continue
        if table.name in HEADS:
            db.session.execute(update(table).values(rows[table.name][0]))
            continue
        if table.name in REFERENCE:
            continue
        db.session.execute(insert(table), rows[table.name])
        if sequences and "id" in table.c:
            last = select(func.max(table.c.id)).scalar_subquery()
            db.session.execute(
                select(func.setval(func.pg_get_serial_sequence(text(f"'{table.name}'"), text("'id'")), last))
            )
    db.session.commit()
