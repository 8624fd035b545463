"""Reading an e-invoice, against the factur-x library alone on the same bytes.

Ours adds: another process with bounds on time and memory, a PDF that acts or inflates beyond measure refused, checks
of identifiers and sums, document-level discounts spread over the lines, the schema as a warning. Bare is what the
library offers for the same values: ``get_xml_from_pdf``, which checks the schema as it does by default, then
``parse_ubl_cii_xml``. What is compared is processor time, ours and our reading process's together, as the median of
pairs run one after the other. The official rules (the extra ``rules``) are no part of it: they are asked for apart.
"""

from __future__ import annotations

import gc
from datetime import date

import facturx
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.adapters.einvoice import read_invoice
from bonus.adapters.einvoice.sandbox import POOL
from bonus.demo.invoices import make_invoices

from .ratio import interleaved_ratio, processor_clock

LIMIT = 1.3
ROUNDS = 41
FILES = dict(zip(("factur-x", "credit note", "ubl"), make_invoices(date(2026, 11, 22)), strict=True))


def bare_read(data: bytes) -> object:
    xml = facturx.get_xml_from_pdf(data)[1] if data.startswith(b"%PDF") else data
    return facturx.parse_ubl_cii_xml(xml)


@pytest.mark.parametrize("kind", ["factur-x", "ubl"])
def test_reading_costs_little_more_than_the_library(benchmark: BenchmarkFixture, kind: str) -> None:
    data = FILES[kind][1]
    read_invoice(data)
    [reader] = POOL._idle  # the one process that reads, kept from file to file
    clock = processor_clock(reader._process.pid)
    gc.collect()
    ratio = interleaved_ratio(lambda: read_invoice(data), lambda: bare_read(data), ROUNDS, clock)
    benchmark.extra_info["ratio to bare factur-x"] = round(ratio, 2)
    benchmark(read_invoice, data)
    assert ratio < LIMIT
