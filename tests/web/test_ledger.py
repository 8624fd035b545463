"""The page of the accounts: proven when asked, months closed with a second factor, entries found and kept."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.extensions import db
from bonus.ledger.fec import COLUMNS
from bonus.ledger.models import LedgerMonth
from bonus.money import format_euros
from tests.support.ledger import PAGE, by_hand, without_guards
from tests.support.multiplied import reads
from tests.support.world import NOW, World, settled
from tests.web.visitor import Visitor, document, errors, signed_in, words

MONTHS = f"{PAGE}/mois"


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.accounting_officer.email)


def rows(response: TestResponse) -> list[list[str]]:
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def closed(world: World) -> list[str]:
    with world.app.app_context():
        return [row.month.isoformat() for row in db.session.scalars(select(LedgerMonth))]


def spoil(world: World, statement: str) -> None:
    with world.app.app_context():
        without_guards()
        by_hand(statement)
        db.session.commit()


def test_accounts_in_order(world: World, officer: Visitor) -> None:
    settled(world)
    text = words(officer.get(PAGE))
    assert "4 500,00 € créditeur" in text
    assert "Les comptes sont justes" not in text, "nothing is said that was not looked at"
    (link,) = document(officer.get(PAGE)).xpath('//a[contains(text(), "Vérifier les comptes")]/@href')
    proven = words(officer.get(link))
    assert "Les comptes sont justes" in proven
    assert "Ne tient pas" not in proven
    assert proven.count("Tient") >= 16


def test_a_proof_that_fails_leads_to_the_entries(world: World, officer: Visitor) -> None:
    settled(world)
    spoil(world, "UPDATE payment_orders SET amount_cents = amount_cents + 1")
    page = officer.get(f"{PAGE}?preuves=oui")
    text = words(page)
    assert "2 preuves ne tiennent pas" in text
    assert "écart -0,01 €" in text
    link, *_ = document(page).xpath('//a[text()="decision:1"]/@href')
    found = words(officer.get(link.partition("#")[0]))
    assert "Engagement d’une décision" in found
    assert "Bonus accordé" in found
    refused = officer.post(MONTHS, {"month": "2026-01"})
    assert refused.status_code == 422
    assert "une preuve des comptes ne tient pas" in errors(refused)[0]
    assert closed(world) == []


def test_months_are_closed_in_order(world: World, officer: Visitor) -> None:
    page = officer.get(PAGE)
    assert "10 mois finis ne sont pas clos, de janvier 2026 à octobre 2026" in words(page)
    assert document(page).xpath('//input[@name="month"]/@value') == ["2026-01"]
    done = officer.post(MONTHS, {"month": "2026-01"})
    assert done.headers["Location"] == f"{PAGE}#mois"
    assert "Janvier 2026 est clos" in words(officer.get(PAGE))
    assert closed(world) == ["2026-01-01"]
    for month in ("2026-01", "2026-03", "2026-11", "x", ""):
        refused = officer.post(MONTHS, {"month": month})
        assert (refused.status_code, len(errors(refused))) == (422, 1), month
    assert closed(world) == ["2026-01-01"]


def test_closing_asks_for_the_second_factor_again(world: World, officer: Visitor) -> None:
    world.app.config["CLOCK"] = lambda: NOW + timedelta(hours=1)
    asked = officer.post(MONTHS, {"month": "2026-01"})
    assert asked.status_code == 401
    assert closed(world) == []
    without = officer.post_without_token(MONTHS, {"month": "2026-01"})
    assert without.status_code >= 400


@pytest.mark.parametrize("table", ["preuves", "comptes", "mois", "ecritures"])
def test_every_table_is_kept(world: World, officer: Visitor, table: str) -> None:
    settled(world)
    officer.post(MONTHS, {"month": "2026-01"})
    found = rows(officer.get(f"{PAGE}/{table}.csv?recherche=OP-2026-000001"))
    assert len(found) > 1
    assert {len(row) for row in found} == {len(found[0])}
    assert officer.get(f"{PAGE}/{table}.xlsx?recherche=OP-2026-000001").status_code == 200
    assert officer.get(f"{PAGE}/{table}.pdf").status_code == 404


def test_a_period_is_exported(world: World, officer: Visitor) -> None:
    settled(world)
    asked = f"{PAGE}/periode?du=2026-11-01&au=30/11/2026&forme="
    whole = rows(officer.get(f"{asked}grand-livre"))
    assert len(whole) == 3
    lines = rows(officer.get(f"{asked}fec"))
    assert lines[0] == list(COLUMNS)
    assert len(lines) == 5
    name = officer.get(f"{asked}fec").headers["Content-Disposition"]
    assert name == "attachment; filename=fec-2026-11-01-2026-11-30.csv"


@pytest.mark.parametrize(
    "asked",
    [
        "?du=&au=",
        "?du=x&au=2026-01-01&forme=fec",
        "?du=2026-02-01&au=2026-01-31&forme=fec",
        "?du=2026-01-01&au=2026-01-31&forme=x",
    ],
)
def test_a_period_that_cannot_be(world: World, officer: Visitor, asked: str) -> None:
    response = officer.get(f"{PAGE}/periode{asked}")
    assert response.status_code == 422
    assert errors(response)


@pytest.mark.parametrize(
    "asked", ["<script>", "%27", "decision:9999999999999", "x" * 3_000, "=1", "decision:"]
)
def test_strange_searches_find_nothing(world: World, officer: Visitor, asked: str) -> None:
    settled(world)
    page = officer.get(PAGE, query_string={"recherche": asked})
    assert page.status_code == 200
    assert "Aucune écriture ne porte" in words(page)


def test_an_entry_no_table_knows_is_shown(world: World, officer: Visitor) -> None:
    settled(world)
    spoil(world, "UPDATE ledger_entries SET kind = 'strange', debit = 'nowhere' WHERE kind = 'granted'")
    text = words(officer.get(f"{PAGE}?recherche=OP-2026-000001"))
    assert "strange nowhere" in text
    assert rows(officer.get(f"{PAGE}/comptes.csv"))[-1][0] == "nowhere"


def test_the_page_asks_as_much_for_many_entries(world: World, officer: Visitor) -> None:
    settled(world)
    asked = f"{PAGE}?recherche=decision:1"
    officer.get(asked)
    with reads(world.app) as few:
        officer.get(asked)
    with world.app.app_context():
        by_hand(
            'INSERT INTO ledger_entries (key, kind, "on", at, year, debit, credit, amount_cents, piece, decision_id) '
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
            "SELECT 'k' || i, 'sent', \"on\", at, year, 'payable', 'in_transit', 1, 'p' || i, 1 "
            "FROM n CROSS JOIN ledger_entries WHERE kind = 'granted'"
        )
        db.session.commit()
    with reads(world.app) as many:
        page = officer.get(asked)
    assert len(few) == len(many)
    assert "Les 200 premières écritures" in words(page)
    assert format_euros(1) in page.text
