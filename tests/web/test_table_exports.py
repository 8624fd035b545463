"""What the pages' tables give to keep: the rows of the page, all of them, by its filters, to whom the page is shown."""

from __future__ import annotations

import csv
import io
from datetime import datetime, time
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.claims.models import Invoice
from bonus.extensions import db
from bonus.spreadsheet import Euros
from bonus.web.exports import exports_of, table_file
from tests.claims.large import MANY, large_draft
from tests.support.bills import Item, bill
from tests.support.space import furnish_space
from tests.support.world import ON, World, draft, filed, proposed, settled
from tests.web.audiences import AGENT_TABLES, COMPANY_TABLES
from tests.web.visitor import document, signed_in


def rows(response: TestResponse) -> list[list[str]]:
    """The rows of a CSV, titles first."""
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def sheet(response: TestResponse) -> list[tuple[Any, ...]]:
    """The rows of a workbook, titles first."""
    assert response.status_code == 200
    return list(openpyxl.load_workbook(io.BytesIO(response.data)).worksheets[0].values)


def test_both_kinds_say_the_same(app: Flask) -> None:
    titles, row = ("Nom", "Jour", "Montant", "Rang", "Rien"), ("=1+1", ON, Euros(-1_234_56), 7, None)
    with app.test_request_context():
        found = [table_file(kind, "t", titles, [row]) for kind in ("csv", "xlsx")]
    for response, name in zip(found, ("t.csv", "t.xlsx"), strict=True):
        response.direct_passthrough = False
        assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
    whole, book = (response.get_data() for response in found)
    for response in found:
        response.close()
    assert whole.decode("utf-8-sig").splitlines()[1] == "'=1+1;22/11/2026;-1234,56;7;"
    written = list(openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].values)[1]
    assert written == ("'=1+1", datetime.combine(ON, time()), -1234.56, 7, None)


def test_a_text_longer_than_a_cell_is_cut_and_says_so(app: Flask) -> None:
    with app.test_request_context():
        response = table_file("xlsx", "t", ("Nom",), [("x" * 40_000,)])
    response.direct_passthrough = False
    whole = response.get_data()
    response.close()
    [(kept,)] = list(openpyxl.load_workbook(io.BytesIO(whole)).worksheets[0].values)[1:]
    assert kept == "x" * 32_766 + "…"


def test_links_keep_the_filters_and_nothing_else(app: Flask) -> None:
    asked = "/?voir=a-regarder&page=3&_external=1&_scheme=javascript&kind=exe&autre=1"
    with app.test_request_context(asked):
        assert [url for _, url in exports_of("agent.alerts_table")] == [
            "/agent/alertes.csv?voir=a-regarder",
            "/agent/alertes.xlsx?voir=a-regarder",
        ]


def test_every_table_opens_in_both_kinds(world: World) -> None:
    dossier = settled(world)
    with world.app.app_context():
        furnish_space(world)
        db.session.commit()
    people = {
        "company": world.owner,
        "examiner": world.reviewer,
        "keeper": world.registry_keeper,
        "payer": world.accounting_officer,
    }
    visitors = {who: signed_in(world.app, actor.email) for who, actor in people.items()}
    who = {"ends": "keeper", "changes": "keeper", "payments": "payer", "payment_orders": "payer"}
    with world.app.test_request_context():
        addresses = [
            (visitors["company"], url)
            for name in COMPANY_TABLES
            for _, url in exports_of(f"company.{name}_table", **named(name, reference=dossier.number))
        ] + [
            (visitors[who.get(name, "examiner")], url)
            for name in AGENT_TABLES
            for _, url in exports_of(f"agent.{name}_table", **named(name, number=dossier.number))
        ]
    for visitor, url in addresses:
        response = visitor.get(url)
        table = rows(response) if url.endswith("csv") else sheet(response)
        assert {len(row) for row in table} == {len(table[0])}, url
    assert len(addresses) == 2 * (len(COMPANY_TABLES) + len(AGENT_TABLES))


def named(name: str, **values: str | None) -> dict[str, Any]:
    """What the address of a table of lines takes."""
    return values if name == "lines" else {}


def test_the_dossiers_of_a_queue(world: World) -> None:
    waiting, ready = filed(world), proposed(world, draft(world, [bill(Item(2_000_00), number="F-2")]))
    reviewer = signed_in(world.app, world.reviewer.email)
    assert [row[0] for row in rows(reviewer.get("/agent/dossiers.csv"))[1:]] == [waiting.number]
    assert [row[0] for row in rows(reviewer.get("/agent/dossiers.csv?file=a-decider"))[1:]] == [ready.number]
    assert reviewer.get("/agent/dossiers.csv?file=autre").status_code == 404
    assert reviewer.get("/agent/dossiers.pdf").status_code == 404


def test_the_lines_of_a_dossier_by_the_filters_of_its_page(world: World) -> None:
    dossier = filed(world, large_draft(world))
    with world.app.app_context():
        named = db.session.scalars(select(Invoice).where(Invoice.number == "T-0008")).one()
        named.supplier_name = "=HYPERLINK(1)"
        db.session.commit()
    reviewer = signed_in(world.app, world.reviewer.email)
    address = f"/agent/dossiers/{dossier.number}"
    page = reviewer.get(f"{address}?voir=a-regarder")
    (link,) = document(page).xpath('//a[contains(@href, "lignes.csv")]/@href')
    assert link == f"{address}/lignes.csv?voir=a-regarder"
    looked = rows(reviewer.get(link))
    assert [row[0] for row in looked[1:]] == [f"T-{rank:04d}" for rank in range(3, MANY, 4)]
    assert {row[14] for row in looked[1:]} == {"Refusée"}
    one = rows(reviewer.get(f"{address}/lignes.csv?recherche=T-0008"))
    assert len(one) == 2
    assert (one[1][2], one[1][7], one[1][14]) == ("'=HYPERLINK(1)", "1250,50", "Accordée")
    owner = signed_in(world.app, world.owner.email)
    assert len(rows(owner.get(f"/entreprise/dossiers/{dossier.number}/lignes.csv"))) == MANY + 1


def test_a_draft_gives_its_lines_without_a_solution(world: World) -> None:
    dossier = large_draft(world)
    owner = signed_in(world.app, world.owner.email)
    found = rows(owner.get(f"/entreprise/dossiers/{dossier.reference}/lignes.csv?voir=sans-solution"))
    assert len(found) == MANY // 4 + 1


@pytest.mark.parametrize(
    "end", ["lignes.csv", "lignes.xlsx", "lignes-deposees.csv", "decisions/1/lignes.csv"]
)
def test_of_another_company(world: World, end: str) -> None:
    dossier = settled(world)
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    assert neighbour.get(f"/entreprise/dossiers/{dossier.number}/{end}").status_code == 404


@pytest.mark.parametrize("name", ["dossiers", "avis", "etablissement/aides", "attestations", "equipe"])
def test_another_company_has_its_own_rows(world: World, name: str) -> None:
    settled(world)
    with world.app.app_context():
        furnish_space(world)
        db.session.commit()
    neighbour, owner = (signed_in(world.app, one.email) for one in (world.neighbour_owner, world.owner))
    ours, theirs = (rows(one.get(f"/entreprise/{name}.csv"))[1:] for one in (owner, neighbour))
    assert ours
    assert not [row for row in theirs if row in ours]


def test_the_lists_of_a_large_dossier_are_handed_out_as_hashed(world: World) -> None:
    dossier = settled(world, filed(world, large_draft(world)))
    owner, reviewer = (signed_in(world.app, one.email) for one in (world.owner, world.reviewer))
    for end in ("lignes-deposees.csv", "decisions/1/lignes.csv"):
        ours = owner.get(f"/entreprise/dossiers/{dossier.number}/{end}")
        assert len(rows(ours)) == MANY + 1
        assert reviewer.get(f"/agent/dossiers/{dossier.number}/{end}").data == ours.data
    assert reviewer.get(f"/agent/dossiers/{dossier.number}/decisions/2/lignes.csv").status_code == 302
