"""The catalogue at 100,000 solutions, on SQLite and on PostgreSQL: each kind of search answers in under 100 ms. Beside
each figure, its ratio to the same at 1,000: what a search puts in order is bounded, and there it stops growing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.extensions import db
from bonus.registry.open_data import csv_parts, edition, json_parts
from bonus.registry.search import Filters, Page, search, suggest
from tests.support.application import application
from tests.support.databases import Postgres, sqlite_copy

from .conftest import NOW
from .ratio import interleaved_ratio
from .registries import RARE, enter_registry

MANY, FEW = 100_000, 1_000
LIMIT_SECONDS = 0.100
PAGE_RATIO = 5.0
MEGABYTE = 1024 * 1024
ON: date = NOW.date()
ALL = Filters()
CLOUD = Filters(usage="cloud", label="NFG", in_force=True)

SEARCHES: dict[str, tuple[str, Filters, int]] = {
    "rare word": (RARE, ALL, 1),
    "two words": ("paie souverain", ALL, 1),
    "common word": ("gestion", ALL, 1),
    "common word of suppliers": ("technologies", ALL, 1),
    "typing mistake": ("hebergment souverian", ALL, 1),
    "mistake in a rare word": ("zephirion", ALL, 1),
    "nothing found": ("xyzzy plugh", ALL, 1),
    "eight words": ("gestion de projet collaboratif pour hopitaux technologies groupe services", ALL, 1),
    "filters alone": ("", CLOUD, 1),
    "rare label": ("", Filters(label="EEA_EQUIVALENT", in_force=True), 1),
    "filters that exclude each other": ("", Filters(usage="quantum", label="ANSSI_QUALIFICATION"), 1),
    "common word and filters": ("gestion", CLOUD, 1),
    "common word, rare filters": ("gestion", Filters(usage="quantum", label="EEA_EQUIVALENT"), 1),
    "no word": ("", ALL, 1),
    "last page, no word": ("", ALL, 50),
    "last page of a common word": ("gestion", ALL, 50),
    "last page of filters": ("", CLOUD, 50),
    "newest first": ("gestion", Filters(order="newest"), 50),
}
PAGES = {
    "no word": "/solutions",
    "common word": "/solutions?q=gestion",
    "typing mistake": "/solutions?q=hebergment",
    "filters": "/solutions?usage=cloud&label=NFG&en-vigueur=oui",
    "one solution": "/solutions/{slug}",
}


@dataclass(frozen=True)
class Registries:
    """The same service on a large registry and on a small one."""

    many: Flask
    few: Flask


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def registries(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registries]:
    with ExitStack() as stack:
        apps = []
        for count in (MANY, FEW):
            folder = tmp_path_factory.mktemp("registry")
            if request.param == "sqlite":
                url = sqlite_copy(folder)
            else:
                postgres: Postgres = request.getfixturevalue("postgres")
                url = stack.enter_context(postgres.database())
            app = stack.enter_context(application(url, folder, CLOCK=lambda: NOW))
            with app.app_context():
                enter_registry(count)
            apps.append(app)
        yield Registries(*apps)


def asking(app: Flask, ask: Callable[[], Page | list[object]]) -> Callable[[], Page | list[object]]:
    """A search as a request makes it: in a transaction of its own."""

    def act() -> Page | list[object]:
        with app.app_context():
            found = ask()
            db.session.rollback()
            return found

    return act


def assert_fast(benchmark: BenchmarkFixture) -> None:
    assert benchmark.stats is not None
    assert benchmark.stats.stats.median < LIMIT_SECONDS


@pytest.mark.parametrize("kind", SEARCHES)
def test_search(benchmark: BenchmarkFixture, registries: Registries, kind: str) -> None:
    text, filters, number = SEARCHES[kind]
    many, few = (
        asking(app, lambda: search(text, filters, ON, number)) for app in (registries.many, registries.few)
    )
    benchmark.extra_info["ratio to 1,000 solutions"] = round(interleaved_ratio(many, few, rounds=7), 2)
    found = benchmark.pedantic(many, rounds=15, warmup_rounds=1)
    benchmark.extra_info["found"] = found.total
    assert_fast(benchmark)


def test_suggestions(benchmark: BenchmarkFixture, registries: Registries) -> None:
    many, few = (
        asking(app, lambda: list(suggest("hebergement clou"))) for app in (registries.many, registries.few)
    )
    benchmark.extra_info["ratio to 1,000 solutions"] = round(interleaved_ratio(many, few, rounds=7), 2)
    assert len(benchmark.pedantic(many, rounds=15, warmup_rounds=1)) == 8
    assert_fast(benchmark)


@pytest.mark.parametrize("kind", PAGES)
def test_page(benchmark: BenchmarkFixture, registries: Registries, kind: str) -> None:
    """The whole request, against the same at 1,000 solutions."""

    def opening(app: Flask) -> Callable[[], object]:
        with app.app_context():
            slug = search("gestion souverain", ALL, ON).hits[0].slug
            db.session.rollback()
        client, address = app.test_client(), PAGES[kind].format(slug=slug)

        def act() -> None:
            assert client.get(address).status_code == 200

        return act

    many, few = opening(registries.many), opening(registries.few)
    ratio = interleaved_ratio(many, few, rounds=15)
    benchmark.extra_info["ratio to 1,000 solutions"] = round(ratio, 2)
    benchmark.pedantic(many, rounds=15, warmup_rounds=1)
    assert ratio < PAGE_RATIO


@pytest.mark.parametrize("form", ["csv", "json"])
def test_open_data(benchmark: BenchmarkFixture, registries: Registries, form: str) -> None:
    """The whole file; what it holds in memory does not follow the size of the registry."""

    def write(app: Flask) -> int:
        with app.app_context():
            made = edition(ON)
            parts = (
                csv_parts(made, "/solutions/".__add__)
                if form == "csv"
                else json_parts(made, "/solutions/".__add__, "/donnees/schema.json")
            )
            return sum(map(len, parts))

    def peak(app: Flask) -> int:
        tracemalloc.start()
        try:
            write(app)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    write(registries.few)  # what is loaded once is loaded before
    if form == "json":  # one form tells enough: tracing is slow
        few, many = peak(registries.few), peak(registries.many)
        benchmark.extra_info["memory at its peak, MB"] = round(many / MEGABYTE, 1)
        assert many < few * 1.5
    size = benchmark.pedantic(write, (registries.many,), rounds=1)
    benchmark.extra_info["file, MB"] = round(size / MEGABYTE, 1)
