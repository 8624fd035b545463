"""Each queue page and each search goes along its indexes and reads few rows, however many dossiers there are.

The database itself says it: its plan for each statement sent, and what it counts while it answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select, text

from bonus.claims import queue_filters, queue_search, queue_walk
from bonus.claims.card_models import ClaimCard
from bonus.claims.models import Invoice
from bonus.claims.queue import held, queue_page
from bonus.claims.queue_filters import SOMEBODYS, Filters
from bonus.claims.queue_search import search
from bonus.companies.models import Company
from bonus.demo.filling.fill import fill
from bonus.demo.seed import seed
from bonus.extensions import db
from tests.support.world import NOW, ON

DOSSIERS = 4_000
MOST_STEPS = 30_000
"""Of SQLite's machine, which needs some fifteen for a row looked at: going through the 4,000 takes twice as many."""
COUNTED_WHOLE = {"claim_card_counts"}
"""What is read from end to end: a few rows a queue and reviewer (``cards.fold_counts`` keeps it so)."""

Sent = list[tuple[str, Any]]
Act = Callable[[], object]


@pytest.fixture
def full(any_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Thousands of dossiers, and bounds made as small beside them as they are beside a million."""
    any_app.config.update(DEMO=True, CLOCK=lambda: NOW)
    for module, name, value in (
        (queue_filters, "RARE", 60),
        (queue_walk, "RARE", 60),
        (queue_walk, "FIRST_READ", 60),
        (queue_walk, "READ", 180),
        (queue_search, "SHOWN", 20),
        (queue_search, "_READ", 180),
        (queue_search, "_COMPANIES", 20),
    ):
        monkeypatch.setattr(module, name, value)
    with any_app.app_context():
        seed(ON, NOW)
        fill(DOSSIERS, NOW, lambda _line: None)
        db.session.rollback()
        yield any_app
        db.session.rollback()


def pages() -> dict[str, Act]:
    """What agents open, by a name."""
    (card, number, company) = db.session.execute(
        select(ClaimCard.claim_id, ClaimCard.number, ClaimCard.company_id)
        .order_by(ClaimCard.claim_id.desc())
        .limit(1)
    ).one()
    siren, name = db.session.execute(select(Company.siren, Company.name).where(Company.id == company)).one()
    invoice = db.session.scalars(select(Invoice.number).where(Invoice.claim_id == card).limit(1)).one()
    me = db.session.scalars(select(ClaimCard.reviewer).where(ClaimCard.taken).limit(1)).one()
    place = queue_page("decides", ON).after
    assert place is not None
    asked = {
        "axis": Filters(axis="cloud"),
        "region": Filters(region="11"),
        "size": Filters(size="micro"),
        "amounts": Filters(from_cents=5_000_00, to_cents=90_000_00),
        "age": Filters(older_than=30),
        "risk": Filters(risk=1),
        "somebody's": Filters(assigned=SOMEBODYS),
        "two": Filters(axis="cloud", size="micro"),
        "three": Filters(axis="cloud", size="micro", region="11"),
        "all": Filters("data", "micro", "11", None, 1_000_00, 90_000_00, 30, 1, SOMEBODYS),
    }
    found: dict[str, Act] = {"counts": lambda: held(me)}
    for queue in ("a-verifier", "decides"):
        counted = held(me)[queue].by
        for what, filters in ({"all": Filters()} | {f"by {key}": one for key, one in asked.items()}).items():
            found[f"{queue} {what}"] = lambda queue=queue, filters=filters, counted=counted: queue_page(  # type: ignore[misc]
                queue, ON, me=me, filters=filters, holds=counted
            )
    counted = held(me)["a-relire"].by
    for what in ("axis", "size", "amounts"):
        found[f"a-relire by {what}"] = lambda filters=asked[what], counted=counted: queue_page(  # type: ignore[misc]
            "a-relire", ON, me=me, filters=filters, holds=counted
        )
    found["a-relire all"] = lambda counted=counted: queue_page("a-relire", ON, me=me, holds=counted)  # type: ignore[misc]
    counted = held(me)["decides"].by
    found["next page"] = lambda: queue_page("decides", ON, me=me, after=place, holds=counted)
    found["former page"] = lambda: queue_page("decides", ON, me=me, before=place, holds=counted)
    words = {
        "number": number,
        "SIREN": siren,
        "invoice": invoice,
        "name": name,
        "one word": "menuiserie",
        "two words": "menuiserie bar",
        "nothing": "introuvable vraiment",
    }
    for what, typed in words.items():
        found[f"search by {what}"] = lambda typed=typed: search(typed, me)  # type: ignore[misc]
    return found


@contextmanager
def statements() -> Iterator[Sent]:
    """What is asked of the database meanwhile, with its values."""
    sent: Sent = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def sqlite_faults(connection: Connection, sent: Sent) -> list[str]:
    """The tables gone through from end to end."""
    details = [
        row[3]
        for statement, values in sent
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]
    names = set(db.metadata.tables) - COUNTED_WHOLE
    return [one for one in details if one.startswith("SCAN ") and one.split()[1] in names]


def sqlite_steps(connection: Connection, act: Act) -> int:
    """How many instructions SQLite carries out meanwhile."""
    counted = 0

    def tick() -> int:
        nonlocal counted
        counted += 100
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(tick, 100)
    try:
        act()
    finally:
        driver.set_progress_handler(None, 0)
    return counted


def postgresql_faults(connection: Connection, sent: Sent) -> list[str]:
    """The tables gone through from end to end where the planner is asked to do without: that no index has the order or
    the condition. How many rows are read says nothing here: among so few, it takes other ways than among a million."""
    faults = []
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    for statement, values in sent:
        told = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
        plans = [(json.loads(told) if isinstance(told, str) else told)[0]["Plan"]]
        while plans:
            plan = plans.pop()
            plans += plan.get("Plans", [])
            relation = plan.get("Relation Name")
            if relation not in COUNTED_WHOLE and plan["Node Type"] == "Seq Scan":
                faults.append(f"SCAN {relation}")
    return faults


def sees_what_has_no_index(connection: Connection) -> bool:
    """The measure itself: a list in an order that no index has goes through all the dossiers."""

    def act() -> None:
        query = select(ClaimCard.claim_id).where(ClaimCard.invoices > 0).order_by(ClaimCard.bonus_cents)
        db.session.execute(query.limit(50)).all()

    with statements() as sent:
        act()
    if connection.dialect.name == "sqlite":
        return sqlite_faults(connection, sent) != [] and sqlite_steps(connection, act) > MOST_STEPS
    return postgresql_faults(connection, sent) != []


def test_each_page_goes_along_indexes_and_reads_few_rows(full: Flask) -> None:
    acts = pages()
    connection = db.session.connection()
    kind = connection.dialect.name
    wrong: dict[str, object] = {}
    for name, act in acts.items():
        act()
        with statements() as sent:
            act()
        assert sent, name
        if kind == "sqlite":
            faults, cost, most = sqlite_faults(connection, sent), sqlite_steps(connection, act), MOST_STEPS
        else:
            faults, cost, most = postgresql_faults(connection, sent), 0, 0
        if faults or cost > most:
            wrong[name] = (faults, cost)
    assert wrong == {}
    assert sees_what_has_no_index(connection)
