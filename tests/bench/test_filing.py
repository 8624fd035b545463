"""From the click to the acknowledgement: against what nothing can spare, and in proportion to the dossier.

An ordinary dossier is filed, and its acknowledgement drawn, in little more than a PDF of that kind takes to be drawn.
A dossier ten times larger takes some ten times longer to file, and its acknowledgement no longer at all: beyond a
hundred invoices, it refers to a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from time import process_time

import pytest
from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.adapters.pdf import acknowledgement_pdf
from bonus.audit.service import Actor
from bonus.claims.acknowledgement import AcknowledgementContent
from bonus.claims.filing import file_claim
from bonus.claims.intake import add_files
from bonus.claims.loads.service import ask_to_take, receive
from bonus.claims.loads.steps import read_loaded, take_table
from bonus.claims.models import Claim
from bonus.demo.invoices import make_invoices
from bonus.extensions import db
from bonus.parts import document_store, ready_fonts, service_contact
from tests.claims.tables.samples import as_csv

from .conftest import NOW
from .ratio import interleaved_ratio
from .test_purchase_table import draft, owner, table_rows

LIMIT = 3.0
DOSSIERS = 14
SMALL, LARGE = 500, 5_000
MOST_TIMES = 14
COMPANY = Actor("bench", roles=frozenset({"company"}))


def filed(claim_id: int) -> AcknowledgementContent:
    claim = file_claim(claim_id, service_contact(), COMPANY, NOW)
    assert claim.acknowledgement is not None
    return AcknowledgementContent.from_dict(claim.acknowledgement)


def test_an_ordinary_dossier(benchmark: BenchmarkFixture, seeded: Flask) -> None:
    with seeded.app_context():
        ready_fonts()
        ids = []
        for back in range(DOSSIERS):
            ids.append(draft().id)
            files = make_invoices(NOW.date() - timedelta(days=back))
            add_files(ids[-1], files, document_store(), COMPANY, NOW)
        waiting: Iterator[int] = iter(ids)
        content = filed(next(waiting))

        def from_the_click() -> None:
            acknowledgement_pdf(filed(next(waiting)), demo=False)

        ratio = interleaved_ratio(from_the_click, lambda: acknowledgement_pdf(content, demo=False), rounds=7)
        benchmark.extra_info["ratio to drawing the PDF alone"] = round(ratio, 2)
        benchmark.pedantic(from_the_click, rounds=4)
    assert ratio < LIMIT


def taken(count: int) -> int:
    """A draft that holds a table of as many lines, one an invoice."""
    claim_id = draft().id
    rows = [
        row | {"facture": f"{claim_id}-{rank}", "montant_ht": "100,00"}
        for rank, row in enumerate(table_rows(count))
    ]
    table = receive(claim_id, "t.csv", as_csv(rows), owner(), NOW).id
    read_loaded(table, NOW)
    ask_to_take(table, owner(), NOW, keep_good=False)
    take_table(table, NOW)
    return claim_id


@pytest.mark.slow
def test_in_proportion(benchmark: BenchmarkFixture, seeded: Flask) -> None:
    with seeded.app_context():
        ready_fonts()
        ids = {count: [taken(count) for _ in range(3)] for count in (SMALL, LARGE)}
        spent: dict[int, list[tuple[float, float]]] = {SMALL: [], LARGE: []}
        for rank in range(3):
            for count, claims in ids.items():
                db.session.expire_all()
                assert db.session.get_one(Claim, claims[rank]).status == "draft"
                start = process_time()
                content = filed(claims[rank])
                between = process_time()
                acknowledgement_pdf(content, demo=False)
                spent[count].append((between - start, process_time() - between))
                assert content.invoice_count == count
        best = {count: [min(column) for column in zip(*times, strict=True)] for count, times in spent.items()}
        filing, drawing = (best[LARGE][one] / best[SMALL][one] for one in range(2))
        benchmark.extra_info.update(filing=round(filing, 1), drawing=round(drawing, 1))
        benchmark.pedantic(lambda: None, rounds=1)
    assert filing < MOST_TIMES
    assert drawing < 2
