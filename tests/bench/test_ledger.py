"""The proofs of the accounts with 100,000 decisions: made within a few seconds, in memory that does not grow.

``pytest tests/bench/test_ledger.py --benchmark-only -m ""`` runs the 100,000 on both databases; else 20,000 on SQLite.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import date

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.extensions import db
from bonus.ledger.check import check
from bonus.ledger.closing import close_month
from bonus.ledger.months import months_to_close
from tests.support.application import application
from tests.support.databases import Postgres, sqlite_copy
from tests.support.ledger import without_guards
from tests.support.many_decisions import many_decisions
from tests.support.world import NOW, World, build_world

MOST_SECONDS = 10.0
MOST_BYTES = 24_000_000
CLOSED_AT = NOW.replace(month=12)
DATABASES = [
    ("sqlite", 20_000),
    pytest.param(("sqlite", 100_000), marks=pytest.mark.slow),
    pytest.param(("postgresql", 100_000), marks=[pytest.mark.slow, pytest.mark.postgresql]),
]


@pytest.fixture(scope="module", params=DATABASES, ids=lambda param: f"{param[0]}, {param[1]}")
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kind, count = request.param
    folder = tmp_path_factory.mktemp("ledger")
    if kind == "sqlite":
        with application(sqlite_copy(folder), folder) as app:
            yield _filled(build_world(app), count)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url, application(url, folder) as app:
        yield _filled(build_world(app), count)


def _filled(world: World, count: int) -> World:
    with world.app.app_context():
        without_guards()
        db.session.commit()
    many_decisions(world, count)
    return world


def test_every_proof_is_made_in_a_few_seconds(benchmark: BenchmarkFixture, full: World) -> None:
    def act() -> None:
        with full.app.app_context():
            assert [one.proof.code for one in check() if not one.holds] == []

    benchmark.pedantic(act, rounds=3, warmup_rounds=1)
    assert benchmark.stats is not None
    assert benchmark.stats.stats.min <= MOST_SECONDS


def test_a_month_is_closed_and_read_again(benchmark: BenchmarkFixture, full: World) -> None:
    with full.app.app_context():
        *before, last = months_to_close(date(2026, 12, 1))
        for month in before:
            close_month(month, full.accounting_officer, CLOSED_AT)
        benchmark.pedantic(close_month, args=(last, full.accounting_officer, CLOSED_AT), rounds=1)
        tracemalloc.start()
        assert next(iter(check(["months"]))).holds
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak <= MOST_BYTES
