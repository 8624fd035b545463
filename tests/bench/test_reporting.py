"""The report with 1,000,000 dossiers: opened within a second, its months counted within two minutes of a processor.

``pytest tests/bench/test_reporting.py --benchmark-only -m ""`` runs the million; without ``-m ""``, 50,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time

import pytest
from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.claims.reporting_measures import measure
from bonus.demo.filling.fill import fill
from bonus.demo.seed import seed
from tests.support.application import application
from tests.support.databases import Postgres, sqlite_copy
from tests.web.visitor import signed_in

from .conftest import DATABASES, NOW

MOST_SECONDS = 1.0
MOST_OF_A_COUNT = 120.0
PAGES = ("", "?axe=cloud", "?region=11", "?axe=cloud&region=11", "?periode=2026")


@pytest.fixture(
    scope="module",
    params=DATABASES,
    ids=lambda param: f"{param[0]}, {param[1]}",
)
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A demonstration with so many dossiers."""
    kind, count = request.param
    folder = tmp_path_factory.mktemp("report")
    if kind == "sqlite":
        with application(sqlite_copy(folder), folder, DEMO=True, CLOCK=lambda: NOW) as app:
            yield _filled(app, count)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url, application(url, folder, DEMO=True, CLOCK=lambda: NOW) as app:
        yield _filled(app, count)


def _filled(app: Flask, count: int) -> Flask:
    with app.app_context():
        seed(NOW.date(), NOW)
        fill(count, NOW, lambda _line: None)
    return app


@pytest.mark.parametrize("page", PAGES)
def test_the_page_opens_within_a_second(benchmark: BenchmarkFixture, full: Flask, page: str) -> None:
    reviewer = signed_in(full, "instructrice@demo.example")

    def act() -> None:
        assert reviewer.get(f"/agent/pilotage{page}").status_code == 200

    benchmark.pedantic(act, rounds=5, warmup_rounds=1)
    assert benchmark.stats is not None
    assert benchmark.stats.stats.min <= MOST_SECONDS


def test_the_months_are_counted_in_the_night(benchmark: BenchmarkFixture, full: Flask) -> None:
    with full.app_context():
        start = process_time()
        benchmark.pedantic(measure, args=(NOW,), rounds=1)
        assert process_time() - start <= MOST_OF_A_COUNT
