"""50,000 purchase lines: checked by the table, against the same service called row by row; in bounded memory.

Row by row is what a page that adds lines one at a time would do: each row read as a table of its own, held against the
registry and the dossiers by the very functions that check a table. By the table, the questions go by thousands.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta
from time import process_time
from typing import Any

import pytest
from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.audit.service import Actor
from bonus.claims.assessing import assess
from bonus.claims.intake import new_draft
from bonus.claims.loads.checking import Checked, check
from bonus.claims.loads.report import summary_of, write_report
from bonus.claims.loads.service import ask_to_take, receive
from bonus.claims.loads.steps import read_loaded, take_table
from bonus.claims.models import Claim
from bonus.claims.table_models import PurchaseTable
from bonus.claims.tables.reading import read_table
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.regulation import load_parameters
from tests.claims.tables.samples import as_csv, as_xlsx

from .conftest import NOW
from .ratio import interleaved_ratio

LEAST = 2.0
ALL, SOME = 50_000, 400
MOST_MEGABYTES = 250
MOST_SECONDS = 60
OFFERS = ("Hébergement cloud qualifié", "Infogérance", "Formation hébergement cloud", "Abonnement mensuel")


def table_rows(count: int) -> Iterator[dict[str, Any]]:
    """Invoices of three lines, of two suppliers; one row in a hundred is faulty."""
    for rank in range(count):
        bill = rank // 3
        yield {
            "facture": f"T-{bill:06d}",
            "date_facture": date(2026, 6, 1) + timedelta(days=bill % 170),
            "fournisseur": "900100207" if bill % 2 else "900200304",
            "nom_fournisseur": "Nuage Fictif SAS" if bill % 2 else "Données Fictives SARL",
            "designation": f"{OFFERS[rank % 4]} {rank % 250}",
            "reference": "CLOUD-24" if rank % 5 == 0 else "",
            "montant_ht": "dix" if rank % 100 == 99 else f"{100 + rank % 900},{rank % 100:02d}",
            "tva": "20,00",
            "remplace_non_europeenne": "oui" if rank % 7 == 0 else "",
        }


def owner() -> Actor:
    return next(
        actor_of(person) for person in db.session.scalars(select(Person)) if "company" in person.roles
    )


def draft() -> Claim:
    return new_draft(db.session.scalars(select(Company)).one(), owner(), NOW)


def checked(data: bytes, claim: Claim) -> Checked:
    """What the service does of a file before anything is entered: read, check, report."""
    found = check(read_table(data, NOW.date(), load_parameters()), claim)
    write_report(found, summary_of(found))
    return found


def test_by_the_table_or_row_by_row(benchmark: BenchmarkFixture, seeded: Flask) -> None:
    rows = list(table_rows(SOME))
    whole, single = as_csv(rows), [as_csv([row]) for row in rows]
    with seeded.app_context():
        claim = draft()

        def row_by_row() -> None:
            for data in single:
                checked(data, claim)

        slower = 1 / interleaved_ratio(lambda: checked(whole, claim), row_by_row, rounds=5)
        benchmark.extra_info["times faster than row by row"] = round(slower, 1)
        benchmark.pedantic(lambda: checked(whole, claim), rounds=3)
    assert slower >= LEAST


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_50_000_rows(benchmark: BenchmarkFixture, seeded: Flask, kind: str) -> None:
    data = (as_csv if kind == "csv" else as_xlsx)(list(table_rows(ALL)))
    with seeded.app_context():
        claim_id, actor = draft().id, owner()
        start = process_time()
        table_id = receive(claim_id, f"t.{kind}", data, actor, NOW).id
        read_loaded(table_id, NOW)
        read = process_time() - start
        table = db.session.get_one(PurchaseTable, table_id)
        assert (table.status, table.rows, table.good + table.faulty) == ("previewed", ALL, ALL)
        ask_to_take(table_id, actor, NOW, keep_good=True)
        start = process_time()
        benchmark.pedantic(lambda: take_table(table_id, NOW), rounds=1)
        took = process_time() - start
        assert db.session.get_one(PurchaseTable, table_id).status == "done"
        db.session.expire_all()
        start = process_time()
        lines = assess(db.session.get_one(Claim, claim_id), NOW).lines
        assert len(lines) == table.good
        assessed = process_time() - start
    benchmark.extra_info.update(read=round(read, 1), taken=round(took, 1), assessed=round(assessed, 1))
    assert max(read, took, assessed) < MOST_SECONDS


@pytest.mark.slow
def test_in_bounded_memory(seeded: Flask) -> None:
    """What a check keeps at its worst, the file aside: some 3 KB a row, whatever the kind of file holds besides."""
    data = as_csv(list(table_rows(ALL)))
    with seeded.app_context():
        claim = draft()
        checked(as_csv(list(table_rows(10))), claim)  # what is loaded once
        tracemalloc.start()
        found = checked(data, claim)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert found.content.rows == ALL
    assert peak < MOST_MEGABYTES * 2**20, f"{peak / 2**20:.0f} MB"
