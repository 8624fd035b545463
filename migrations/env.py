"""How Alembic reaches the database: the application's own engine, online only."""

from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator

if not current_app.config["DATABASE_URL"]:
    raise SystemExit("DATABASE_URL is not set: there is no database to migrate.")

migrate = current_app.extensions["migrate"]
database = migrate.db


def render_item(kind, item, _autogen_context):
    """Write a type of ours as the plain type below it, so that a migration never imports the models."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def include_name(name, kind, _parent):
    """Leave out what the database keeps by itself for the catalogue's search (revision 0010)."""
    return kind not in {"table", "index"} or name is None or not name.startswith("search_")


def run_migrations():
    with database.engine.connect() as connection:
        _set_foreign_keys(connection, "OFF")
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=render_item,
            include_name=include_name,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
            _require_whole(connection)
        connection.commit()
        _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection, state):
    """SQLite changes a table by making it anew: what points to it must not mind while the old one is gone.
    Set on the driver's connection, for inside a transaction SQLite does not listen."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={state}")


def _require_whole(connection):
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise SystemExit(f"Rows that point to nothing after the migration: {broken[:5]}")


if context.is_offline_mode():
    raise SystemExit("Migrations are run against a database, never written out as SQL.")
run_migrations()
