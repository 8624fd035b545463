"""The real migrations, on both databases: up, down, up again, and the same tables as the models."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.exc import DBAPIError, IntegrityError

from bonus.audit.service import GENESIS, SERVICE, first_fault, record
from bonus.extensions import db
from bonus.models import ALL
from tests.conftest import AppMaker
from tests.support.application import migrate_to
from tests.support.databases import Postgres

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def tables(app: Flask) -> set[str]:
    with app.app_context():
        found = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
        return {name for name in found if not kept_by_the_database(name)}


def kept_by_the_database(name: str | None) -> bool:
    """What the catalogue's search looks in: no table of the models, and SQLite cannot tell of it (revision 0010)."""
    return (name or "").startswith("search_")


def schema(app: Flask) -> dict[str, object]:
    """What the database says of itself: columns, keys, indexes, checks, of each table."""
    with app.app_context():
        look = inspect(db.engine)
        return {
            name: (
                sorted((c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)),
                sorted(_index(index) for index in look.get_indexes(name)),
                sorted(str(key) for key in look.get_unique_constraints(name)),
                sorted(str(key) for key in look.get_foreign_keys(name)),
                sorted(str(check) for check in look.get_check_constraints(name)),
            )
            for name in look.get_table_names()
            if not kept_by_the_database(name)
        }


def _index(index: ReflectedIndex) -> tuple[str, str, bool, str]:
    conditions = {key: str(value) for key, value in index.get("dialect_options", {}).items()}
    return str(index["name"]), str(index["column_names"]), index["unique"], str(conditions)


@pytest.mark.slow
def test_up_down_and_up_again(empty_app: Flask) -> None:
    migrate_to(empty_app, "head")
    assert tables(empty_app) == {model.__tablename__ for model in ALL}
    first = schema(empty_app)
    migrate_to(empty_app, "base", down=True)
    assert tables(empty_app) == set()
    migrate_to(empty_app, "head")
    assert schema(empty_app) == first


@pytest.mark.slow
def test_each_step_can_be_undone_alone(empty_app: Flask) -> None:
    revisions = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    assert revisions
    for revision in revisions:
        migrate_to(empty_app, revision)
        before = schema(empty_app)
        migrate_to(empty_app, "-1", down=True)
        migrate_to(empty_app, revision)
        assert schema(empty_app) == before


@pytest.mark.postgresql
def test_downgraded_to_nothing_the_database_keeps_no_function_or_type(
    postgres: Postgres, make_app: AppMaker
) -> None:
    with postgres.database(migrated=False) as url:
        app = make_app(url)
        migrate_to(app, "head")
        migrate_to(app, "base", down=True)
        with app.app_context():
            left = db.session.execute(
                text(
                    "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
                    "UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace "
                    "AND typtype = 'e'"
                )
            ).all()
        assert left == []


def test_revisions_are_numbered_and_follow_each_other() -> None:
    scripts = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())[::-1]
    assert [script.revision for script in scripts] == [f"{n:04d}" for n in range(1, len(scripts) + 1)]
    for script in scripts:
        assert Path(script.path).name.startswith(f"{script.revision}_")


def test_models_and_migrations_say_the_same(any_app: Flask) -> None:
    with any_app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _parents: (
                    kind not in {"table", "index"} or not kept_by_the_database(name)
                ),
            },
        )
        assert compare_metadata(context, db.metadata) == []


def test_every_check_of_the_models_is_in_the_database(any_app: Flask) -> None:
    """Alembic does not compare checks, so we do, by name."""
    with any_app.app_context():
        look = inspect(db.engine)
        for table in db.metadata.sorted_tables:
            wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
            found = {str(check["name"]) for check in look.get_check_constraints(table.name)}
            assert found == wanted, table.name


def test_the_chain_of_the_audit_log_begins_at_its_root(any_app: Flask) -> None:
    with any_app.app_context():
        head = db.session.execute(text("SELECT id, last_hash, entries FROM audit_head")).one()
        assert tuple(head) == (1, GENESIS, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'someone else'",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE action = 'account.signed_in'",
    ],
)
def test_an_entry_of_the_audit_log_can_be_neither_changed_nor_deleted(
    any_app: Flask, now: datetime, statement: str
) -> None:
    with any_app.app_context():
        record("account.signed_in", "person:1", SERVICE, now)
        db.session.commit()
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()
        assert db.session.execute(text("SELECT actor FROM audit_entries")).scalars().all() == [
            "service:worker"
        ]
        assert first_fault() is None


@pytest.mark.postgresql
def test_nor_emptied(pg_app: Flask, now: datetime) -> None:
    with pg_app.app_context():
        record("account.signed_in", "person:1", SERVICE, now)
        db.session.commit()
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text("TRUNCATE audit_entries"))
        db.session.rollback()


def test_the_database_itself_checks_foreign_keys(any_app: Flask) -> None:
    with any_app.app_context():
        with pytest.raises(IntegrityError):
            db.session.execute(text("INSERT INTO agent_roles (person_id, role) VALUES (999, 'reviewer')"))
        db.session.rollback()
