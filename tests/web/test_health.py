"""/healthz: what those who watch over the service read, whatever is down."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from rq import Worker
from rq.serializers import JSONSerializer

from bonus.extensions import db
from bonus.jobs.policy import MAX_ATTEMPTS
from bonus.jobs.queue import connection, queue
from tests.conftest import AppMaker
from tests.support.rows import changed, posted
from tests.support.valkey import Valkey
from tests.support.world import build_world
from tests.web.visitor import Visitor, document, signed_in, words

OK: dict[str, object] = {"database": "ok", "queue": "ok", "worker": "ok", "failed_jobs": 0}


def worker_is_born(app: Flask) -> None:
    with app.app_context():
        Worker([queue()], connection=connection(), serializer=JSONSerializer).register_birth()


def test_all_is_well(queue_app: Flask) -> None:
    worker_is_born(queue_app)
    response = Visitor(queue_app).get("/healthz")
    assert (response.status_code, response.json) == (200, OK)
    assert response.mimetype == "application/json"
    assert "no-" in response.headers["Cache-Control"]
    assert "Set-Cookie" not in response.headers


@pytest.mark.postgresql
def test_all_is_well_on_postgresql(pg_url: str, make_app: AppMaker, redis_url: str) -> None:
    app = make_app(pg_url, REDIS_URL=redis_url)
    worker_is_born(app)
    assert Visitor(app).get("/healthz").json == OK


def test_jobs_that_failed_are_counted_and_nothing_more_is_said(queue_app: Flask, now: datetime) -> None:
    worker_is_born(queue_app)
    for subject in (1, 2):
        changed(
            queue_app,
            posted(queue_app, "pay", subject),
            cause="refused",
            attempts=MAX_ATTEMPTS,
            last_error="payment.x: Secret.",
        )
    changed(queue_app, posted(queue_app, "pay", 3), cause="away", failures=9)  # tried again by itself
    response = Visitor(queue_app).get("/healthz")
    assert (response.status_code, response.json) == (200, OK | {"failed_jobs": 2})


def test_without_a_worker(queue_app: Flask) -> None:
    response = Visitor(queue_app).get("/healthz")
    assert (response.status_code, response.json) == (503, OK | {"worker": "down"})


def test_the_queue_goes_and_comes_back(make_app: AppMaker, tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    with Valkey(tmp_path / "valkey") as server:
        app = make_app(REDIS_URL=server.url)
        worker_is_born(app)
        assert Visitor(app).get("/healthz").json == OK
    response = Visitor(app).get("/healthz")
    assert (response.status_code, response.json) == (
        503,
        OK | {"queue": "down", "worker": "down"},
    )
    assert Visitor(app).get("/").status_code == 200, "pages are still read"
    with Valkey(tmp_path / "valkey"):
        worker_is_born(app)
        assert Visitor(app).get("/healthz").json == OK


def test_the_database_is_away(make_app: AppMaker, redis_url: str, tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path}/nowhere/bonus.sqlite", REDIS_URL=redis_url)
    worker_is_born(app)
    response = Visitor(app).get("/healthz")
    assert (response.status_code, response.json) == (503, OK | {"database": "down", "failed_jobs": None})
    assert str(tmp_path) not in response.text, "nothing of the inside is told"


def test_pages_say_so_when_the_database_goes_away(make_app: AppMaker, tmp_path: Path) -> None:
    world = build_world(make_app())
    owner = signed_in(world.app, world.owner.email)
    with world.app.app_context():
        db.engine.dispose()
        for file in tmp_path.glob("bonus.sqlite*"):
            file.unlink()
        (tmp_path / "bonus.sqlite").mkdir()
    # In production nothing is raised through the server: the page is what people see.
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    response = owner.get("/entreprise")
    assert response.status_code in (500, 503)
    page = document(response)
    assert page.get("lang") == "fr"
    assert page.xpath("//h1")
    assert str(tmp_path) not in response.text
    assert "sqlite" not in response.text.lower()
    assert "Rien" in words(response) or "référence" in words(response)
    assert Visitor(world.app).get("/healthz").status_code == 503
