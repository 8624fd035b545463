"""Revision 0010 on a registry that is in use already: what was entered before it is found too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from bonus.extensions import db
from bonus.registry.search import Filters, search
from tests.conftest import AppMaker
from tests.support.application import migrate_to
from tests.support.databases import Postgres
from tests.support.world import ON


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.slow])]
)
def former_app(request: pytest.FixtureRequest, make_app: AppMaker, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database as it was before."""
    if request.param == "sqlite":
        app = make_app(f"sqlite:///{tmp_path}/former.sqlite")
        migrate_to(app, "0009")
        yield app
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database(migrated=False) as url:
        app = make_app(url)
        migrate_to(app, "0009")
        yield app


def names(typed: str) -> list[str]:
    return [hit.name for hit in search(typed, Filters(), ON).hits]


@pytest.mark.slow
def test_what_was_there_is_found(former_app: Flask) -> None:
    with former_app.app_context():
        for statement in (
            (
                "INSERT INTO suppliers (id, identifier, name, created_at) "
                "VALUES (1, '900100207', 'Évasion SAS', '2026-01-01 00:00:00+00:00')"
            ),
            (
                "INSERT INTO solutions (id, slug, name, reference, axis, supplier_id, created_at, search_text) VALUES "
                "(1, 'a', 'Éditeur d’Été', 'É-1', 'data', 1, '2026-01-01 00:00:00+00:00', lower('Éditeur d’Été')), "
                "(2, 'b', 'Messagerie', NULL, 'data', 1, '2026-01-01 00:00:00+00:00', 'messagerie evasion')"
            ),
        ):
            db.session.execute(text(statement))
        db.session.commit()
    migrate_to(former_app, "head")
    with former_app.app_context():
        assert names("été") == ["Éditeur d’Été"]
        assert names("evasion") == ["Éditeur d’Été", "Messagerie"]
        assert names("900 100 207") == ["Éditeur d’Été"]
        assert names("editteur") == ["Éditeur d’Été"]
        assert names("mesagerie") == ["Messagerie"]
        texts = db.session.execute(text("SELECT search_text FROM solutions ORDER BY id")).scalars().all()
        assert texts == ["editeur d ete evasion sas 900100207 e 1", "messagerie evasion"]
        db.session.commit()
    migrate_to(former_app, "0009", down=True)
    migrate_to(former_app, "head")
    with former_app.app_context():
        assert names("été") == ["Éditeur d’Été"]
