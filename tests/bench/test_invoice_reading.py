"""Reading an e-invoice, against the factur-x library alone on the same bytes.

Ours adds: another process with bounds on time and memory, checks of identifiers and sums, document-level
discounts spread over the lines, the schema as a warning. Bare: ``get_xml_from_pdf`` and ``parse_ubl_cii_xml``.
"""

from __future__ import annotations

from datetime import date

import facturx
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.adapters.einvoice import read_invoice
from bonus.demo.invoices import make_invoices

from .ratio import interleaved_ratio

LIMIT = 2.0
FILES = dict(zip(("factur-x", "credit note", "ubl"), make_invoices(date(2026, 11, 22)), strict=True))


def bare_read(data: bytes) -> object:
    xml = facturx.get_xml_from_pdf(data)[1] if data.startswith(b"%PDF") else data
    return facturx.parse_ubl_cii_xml(xml)


@pytest.mark.parametrize("kind", ["factur-x", "ubl"])
def test_reading_costs_little_more_than_the_library(benchmark: BenchmarkFixture, kind: str) -> None:
    data = FILES[kind][1]
    ratio = interleaved_ratio(lambda: read_invoice(data), lambda: bare_read(data), rounds=15)
    benchmark.extra_info["ratio to bare factur-x"] = round(ratio, 2)
    benchmark(read_invoice, data)
    assert ratio < LIMIT
