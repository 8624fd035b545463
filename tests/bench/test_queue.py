"""The agents' queues and searches with 1,000,000 dossiers, against 10,000; and a page against its query and template.

Both at most 1.5 times. ``pytest tests/bench/test_queue.py --benchmark-only -m ""`` runs the million too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from time import perf_counter, process_time

import pytest
from flask import Flask, render_template
from flask_login import login_user
from flask_wtf import FlaskForm
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import func, select

from bonus.accounts.models import Person
from bonus.claims.bulk_models import BULK_ACTIONS
from bonus.claims.card_models import ClaimCard
from bonus.claims.card_queues import QUEUES
from bonus.claims.models import Invoice
from bonus.claims.queue import PAGE_SIZE, Held, QueuePage, QueueRow, held, queue_page
from bonus.claims.status import STATUSES
from bonus.companies.models import Company
from bonus.demo.filling.fill import fill
from bonus.demo.seed import seed
from bonus.extensions import db
from bonus.regions import REGIONS
from bonus.web.agent.queue_asked import AGES, ASSIGNED, RISKS, asked_filters, choices
from tests.support.application import application
from tests.support.databases import Postgres, sqlite_copy
from tests.web.visitor import Visitor, signed_in

from .conftest import DATABASES, NOW
from .ratio import Clock, interleaved_ratio, processor_clock

FEW = 10_000
LIMIT = 1.5
LONGEST_FILL = 240
EMAIL = "instructrice@demo.example"
ROOT = "/agent/dossiers"
PAGES = {
    **{f"queue {key}": f"?file={key}" for key in QUEUES},
    "second page": "?file=a-verifier&apres={place}",
    "one axis": "?file=a-verifier&axe=cloud",
    "one region": "?file=a-verifier&region=11",
    "one size": "?file=decides&taille=micro",
    "nobody's": "?file=a-verifier&attribue=personne",
    "two filters": "?file=decides&axe=cloud&taille=micro",
    "amounts": "?file=decides&de=5000&a=6000",
    "three filters": "?file=decides&axe=cloud&taille=micro&region=11",
    "three filters, second page": "?file=a-verifier&axe=cloud&taille=sme&region=11&apres={place}",
    "four filters": "?file=a-verifier&axe=cybersecurity&taille=sme&region=84&de=5000",
    "all filters": "?file=decides&axe=data&taille=micro&region=11&de=1000&a=9000&age=30&risque=1&attribue=quelqu-un",
    "search by number": "?recherche={number}",
    "search by SIREN": "?recherche={siren}",
    "search by invoice": "?recherche={invoice}",
    "search by name": "?recherche=menuiserie",
    "search by two words": "?recherche=menuiserie+bar",
    "search by two beginnings": "?recherche=atelier+men",
    "search of nothing": "?recherche=introuvable+vraiment",
}

AS_MANY_ROWS = {
    "search by two words": "search by name",
}
"""Of these, 10,000 dossiers fill a few lines, a million the page: beside them stands a page of 10,000 that is full, as
drawing lines is most of the time of either. All the others are set against themselves."""


@dataclass(frozen=True)
class Filled:
    """A demonstration with so many dossiers, someone signed in, what to look for, how long it took to fill."""

    app: Flask
    visitor: Visitor
    words: dict[str, str]
    seconds: float
    processor_seconds: float
    servers: tuple[int, ...] = ()  # the process of PostgreSQL that answers

    def opening(self, page: str) -> Callable[[], None]:
        address = ROOT + PAGES[page].format(**self.words)

        def act() -> None:
            assert self.visitor.get(address).status_code == 200

        return act


@dataclass(frozen=True)
class Pair:
    """The same demonstration with many dossiers, and with few."""

    many: Filled
    few: Filled

    @property
    def clock(self) -> Clock:
        """The processor's time, ours and the databases': what others do meanwhile is not in it."""
        return processor_clock(*self.many.servers, *self.few.servers)


def filled(app: Flask, count: int) -> Filled:
    with app.app_context():
        seed(NOW.date(), NOW)
        start, spent = perf_counter(), process_time()
        fill(count, NOW, lambda _line: None)
        seconds, spent = perf_counter() - start, process_time() - spent
        card = db.session.scalars(select(ClaimCard).order_by(ClaimCard.claim_id.desc()).limit(1)).one()
        place = queue_page("a-verifier", NOW.date()).after
        words = {
            "number": card.number,
            "siren": db.session.get_one(Company, card.company_id).siren,
            "invoice": db.session.scalars(
                select(Invoice.number).where(Invoice.claim_id == card.claim_id).limit(1)
            ).one(),
            "place": str(place),
        }
        assert db.session.scalar(select(func.count()).select_from(ClaimCard)) == count
        db.session.rollback()
    return Filled(app, signed_in(app, EMAIL), words, seconds, spent, _servers(app))


def _servers(app: Flask) -> tuple[int, ...]:
    """One connection serves every request of a test; on PostgreSQL a process of its own answers it."""
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            return ()
        found = db.session.scalars(select(func.pg_backend_pid())).one()
        db.session.rollback()
    return (found,)


@pytest.fixture(
    scope="module",
    params=DATABASES,
    ids=lambda param: f"{param[0]}, {param[1]}",
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    kind, count = request.param
    with ExitStack() as stack:
        found = []
        for size in (count, FEW):
            folder = tmp_path_factory.mktemp("dossiers")
            if kind == "sqlite":
                url = sqlite_copy(folder)
            else:
                postgres: Postgres = request.getfixturevalue("postgres")
                url = stack.enter_context(postgres.database())
            app = stack.enter_context(application(url, folder, DEMO=True, CLOCK=lambda: NOW))
            found.append(filled(app, size))
        yield Pair(*found)


@pytest.mark.parametrize("page", PAGES)
def test_many_dossiers_against_few(benchmark: BenchmarkFixture, pair: Pair, page: str) -> None:
    many, few = pair.many.opening(page), pair.few.opening(AS_MANY_ROWS.get(page, page))
    ratio = interleaved_ratio(many, few, rounds=11, clock=pair.clock)
    benchmark.extra_info["ratio to 10,000 dossiers"] = round(ratio, 2)
    benchmark.extra_info["seconds to fill"] = round(pair.many.seconds, 1)
    benchmark.pedantic(many, rounds=5)
    assert ratio <= LIMIT
    assert pair.many.processor_seconds < LONGEST_FILL  # what others do meanwhile is not in it


def plain_page() -> QueuePage:
    day = NOW.date()
    row = QueueRow(
        "",
        "Atelier Fictif SAS",
        "900300401",
        "filed",
        "a-verifier",
        day,
        day,
        day,
        123_456,
        3,
        45_678,
        "personne",
    )
    rows = [replace(row, number=f"BS-2026-{n:06d}") for n in range(1, PAGE_SIZE + 1)]
    return QueuePage(rows, 66_000, after="1.2027-01-01.1")


def test_a_page_against_its_query_and_its_template(benchmark: BenchmarkFixture, pair: Pair) -> None:
    """What is above 1 is the request: session, guards, counts of the queues, headers."""
    app, address = pair.many.app, f"{ROOT}?file=a-verifier"
    holds = {
        key: Held(66_000, {"moi": 12, "personne": 40_000, "autres": 25_988}, NOW.date()) for key in QUEUES
    }

    def bare() -> None:
        with app.test_request_context(address):
            person = db.session.scalars(select(Person).where(Person.email == EMAIL)).one()
            login_user(person)
            counted = held(person.id)["a-verifier"].by
            queue_page("a-verifier", NOW.date(), me=person.id, holds=counted)
            render_template(
                "agent/queue.html",
                key="a-verifier",
                queues=QUEUES,
                held=holds,
                statuses=STATUSES,
                today=NOW.date(),
                typed="",
                signs=False,
                examines=True,
                asked=asked_filters("a-verifier"),
                listing=plain_page(),
                axes=choices("axis"),
                sizes=choices("size"),
                regions=REGIONS,
                ages=AGES,
                risks=RISKS,
                most_exported=50_000,
                assigned=ASSIGNED,
                choosing=True,
                bulk_actions=BULK_ACTIONS,
                form=FlaskForm(),
                here=address,
            )

    page = pair.many.opening("queue a-verifier")
    ratio = interleaved_ratio(page, bare, rounds=15, clock=pair.clock)
    benchmark.extra_info["ratio to query and template alone"] = round(ratio, 2)
    benchmark.pedantic(page, rounds=5)
    assert ratio <= LIMIT
