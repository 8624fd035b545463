"""A database without any table, for migrations to make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import AppMaker
from tests.support.databases import Postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_app(request: pytest.FixtureRequest, make_app: AppMaker, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without any table."""
    if request.param == "sqlite":
        yield make_app(f"sqlite:///{tmp_path}/empty.sqlite")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database(migrated=False) as url:
        yield make_app(url)
