"""The draft's page of lines with 50 lines, against its template rendered from values already computed.

Bare: the same template and words, given plain values (the dossier, its lines, choices and estimate, all loaded and
computed before). What is above 1 is the request: session, guards, reading the lines, their solutions, the law.
Processor time is compared, as the median of pairs run one after the other, in a thread of their own as in a server:
under pytest's deep stack Python 3.11 asks the system for memory at each call (its frames cross the end of a block).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import process_time
from typing import Any

import pytest
from flask import Flask, render_template
from flask_login import login_user
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import Engine, event, select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.claims.intake import add_files, new_draft
from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from bonus.parts import document_store
from bonus.web.company import lines as page_of_lines
from tests.support.bills import Item, bill

from .conftest import NOW
from .ratio import interleaved_ratio

LIMIT = 2.0
MOST_QUERIES = 40
EMAIL = "entreprise@demo.example"


def enter_draft(lines: int) -> str:
    """A draft with that many lines, on invoices of five lines; its reference."""
    person = db.session.scalars(select(Person).where(Person.email == EMAIL)).one()
    company = db.session.scalars(select(Company)).one()
    claim = new_draft(company, actor_of(person), NOW)
    for number in range(lines // 5):
        items = [Item(100_00 + rank, "Hébergement cloud qualifié") for rank in range(5)]
        files = [bill(*items, number=f"B-{lines}-{number}")]
        results = add_files(claim.id, files, document_store(), actor_of(person), NOW)
        assert [one.sentence for one in results] == [None]
    return claim.reference


def queries_of(act: Callable[[], object]) -> int:
    """How many statements are sent."""
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return seen


def test_form_of_fifty_lines(
    benchmark: BenchmarkFixture, seeded: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded.config["WTF_CSRF_ENABLED"] = False
    with seeded.app_context():
        small, large = enter_draft(10), enter_draft(50)
        references = {claim.reference for claim in db.session.scalars(select(Claim))}
        assert {small, large} <= references
    client = seeded.test_client()
    assert client.post("/connexion", data={"email": EMAIL, "password": PASSWORD}).status_code == 302
    url = f"/entreprise/dossiers/{large}/lignes"

    def page() -> None:
        assert client.get(url).status_code == 200

    given: dict[str, Any] = {}

    def keep(name: str, **values: Any) -> str:
        given.update(values)
        return render_template(name, **values)

    with seeded.test_request_context(url), monkeypatch.context() as patch:
        person = db.session.scalars(select(Person).where(Person.email == EMAIL)).one()
        login_user(person)
        patch.setattr(page_of_lines, "render_template", keep)
        whole = page_of_lines.lines(large)
        assert isinstance(whole, str)
        assert whole.count('id="ligne-') == 50

    def bare() -> None:
        with seeded.test_request_context(url):
            login_user(person)
            assert len(render_template("company/lines.html", **given)) == len(whole)

    with ThreadPoolExecutor(1) as server:
        ratio = interleaved_ratio(
            lambda: server.submit(page).result(), lambda: server.submit(bare).result(), 15, process_time
        )
    few = queries_of(lambda: client.get(f"/entreprise/dossiers/{small}/lignes"))
    many = queries_of(page)
    benchmark.extra_info["ratio to the template alone"] = round(ratio, 2)
    benchmark.extra_info["queries with 10 and 50 lines"] = (few, many)
    benchmark(page)
    assert many == few, "a query for each line or invoice"
    assert many <= MOST_QUERIES
    assert ratio < LIMIT
