"""Rows made once a run by the services themselves, then copied into each test's database: a tenth of the time."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text, update

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


@lru_cache(maxsize=1)
def rows_made_by(make: Callable[[], None]) -> Rows:
    """Every row of a database that ``make`` filled, by table."""
    path = run_folder() / "seeded.pickle"
    with alone("seeded"):
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=run_folder()) as folder:
                rows = _made(make, Path(folder))
            path.write_bytes(pickle.dumps(rows))
        found: Rows = pickle.loads(path.read_bytes())  # noqa: S301 - written above
        return found


def _made(make: Callable[[], None], folder: Path) -> Rows:
    with application(sqlite_copy(folder), folder) as app, app.app_context():
        make()
        return {
            table.name: [dict(row._mapping) for row in db.session.execute(select(table))]
            for table in db.metadata.sorted_tables
        }


def write(rows: Rows) -> None:
    """Put rows into an empty, migrated database, and commit."""
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
