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


def run_migrations():
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=render_item,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations are run against a database, never written out as SQL.")
run_migrations()
