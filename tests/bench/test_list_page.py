"""The agents' list page with 2,000 dossiers, against its query and its template on 50 plain rows.

What is above 1 is the request: session, guards, counts of the queues, headers.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask, render_template
from flask_login import login_user
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.claims.models import Claim
from bonus.claims.queue import PAGE_SIZE, QUEUES, QueuePage, QueueRow, queue_page
from bonus.claims.status import STATUSES
from bonus.companies.models import Company
from bonus.demo.cast import PASSWORD
from bonus.extensions import db

from .conftest import NOW
from .ratio import interleaved_ratio

LIMIT = 2.0
DOSSIERS = 2_000


def enter_dossiers() -> None:
    company = db.session.scalars(select(Company)).one()
    for rank in range(1, DOSSIERS + 1):
        db.session.add(
            Claim(
                reference=f"reference-{rank:08d}",
                number=f"BS-2026-{rank:06d}",
                company_id=company.id,
                status="filed",
                created_at=NOW,
                filed_at=NOW,
                decision_due_on=date(2027, 1, 22) + timedelta(days=rank % 30),
            )
        )
    db.session.commit()


def plain_page() -> QueuePage:
    day = date(2026, 11, 22)
    rows = [
        QueueRow(f"BS-2026-{n:06d}", "Atelier Fictif SAS", "900300401", "filed", day, day, 123_456, 3, None)
        for n in range(1, PAGE_SIZE + 1)
    ]
    return QueuePage(rows, DOSSIERS, 1, DOSSIERS // PAGE_SIZE)


def test_list_page(benchmark: BenchmarkFixture, seeded: Flask) -> None:
    seeded.config["WTF_CSRF_ENABLED"] = False
    with seeded.app_context():
        enter_dossiers()
    client = seeded.test_client()
    signed = client.post("/connexion", data={"email": "instructrice@demo.example", "password": PASSWORD})
    assert signed.status_code == 302

    def page() -> None:
        assert client.get("/agent/dossiers").status_code == 200

    def bare() -> None:
        with seeded.test_request_context("/agent/dossiers"):
            person = db.session.scalars(
                select(Person).where(Person.email == "instructrice@demo.example")
            ).one()
            login_user(person)
            queue_page("a-instruire", 1)
            render_template(
                "agent/queue.html",
                key="a-instruire",
                queues=QUEUES,
                counts=dict.fromkeys(QUEUES, 0),
                listing=plain_page(),
                statuses=STATUSES,
                today=NOW.date(),
            )

    ratio = interleaved_ratio(page, bare, rounds=15)
    benchmark.extra_info["ratio to query and template alone"] = round(ratio, 2)
    benchmark(page)
    assert ratio < LIMIT
