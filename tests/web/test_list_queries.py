"""The agents' lists ask the database as much for fifty rows as for two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from bonus.demo.filling.fill import fill
from bonus.demo.seed import seed
from bonus.extensions import db
from tests.conftest import AppMaker
from tests.support.listed import BULK, list_rows, reader_of
from tests.support.world import NOW, ON
from tests.web.visitor import Visitor, document, signed_in

FEW, MANY = 2, 50
LEAST = 20  # a person's own bulk acts: the last ones alone
REVIEWER, OFFICER = "instructrice@demo.example", "ordonnateur@demo.example"
LISTS = {
    "/agent/recours": REVIEWER,
    "/agent/recours?file=repondus": REVIEWER,
    "/agent/voie-rapide": REVIEWER,
    "/agent/voie-rapide?voir=sortis": REVIEWER,
    "/agent/controles/campagnes": OFFICER,
    "/agent/controles": REVIEWER,
    "/agent/actions-groupees": REVIEWER,
    f"/agent/actions-groupees/{BULK}": REVIEWER,
    "/agent/alertes": REVIEWER,
    "/agent/motifs-et-retraits": REVIEWER,
}


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def opened(visitors: dict[str, Visitor], app: Flask) -> dict[str, tuple[int, int]]:
    """How many rows each list shows, and how many statements it sends."""
    found = {}
    for address, email in LISTS.items():
        with asked(app) as sent:
            response = visitors[email].get(address)
        assert response.status_code == 200, address
        found[address] = (len(document(response).xpath("//main//tbody/tr")), len(sent))
    return found


def test_as_many_queries_for_fifty_rows_as_for_two(make_app: AppMaker) -> None:
    app = make_app(DEMO=True, CLOCK=lambda: NOW)
    with app.app_context():
        seed(ON, NOW)
        fill(1_500, NOW, lambda _line: None)
        reader = reader_of(REVIEWER)
        list_rows(0, FEW, reader, NOW)
    visitors = {email: signed_in(app, email) for email in (REVIEWER, OFFICER)}
    opened(visitors, app)  # what is kept for later is kept
    few = opened(visitors, app)
    with app.app_context():
        list_rows(FEW, MANY, reader, NOW)
    many = opened(visitors, app)
    short = {
        address: (few[address][0], many[address][0])
        for address in LISTS
        if not FEW <= few[address][0] <= LEAST // 2 or many[address][0] < LEAST
    }
    assert short == {}
    more = {
        address: (few[address][1], many[address][1])
        for address in LISTS
        if many[address][1] > few[address][1]
    }
    assert more == {}
