"""The demonstration's own invoices: dated before the day, valid, and read back as they were meant."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.adapters.einvoice import EInvoice, PrecedingInvoice, read_invoice
from bonus.demo.invoices import BUYER, OTHER_SELLER, SELLER, make_invoices

ON = date(2026, 11, 22)


@pytest.fixture(scope="module")
def files() -> list[tuple[str, bytes]]:
    return make_invoices(ON)


@pytest.fixture(scope="module")
def invoices(files: list[tuple[str, bytes]]) -> list[EInvoice]:
    return [read_invoice(content) for _, content in files]


def test_three_files_one_credit_note_one_ubl(invoices: list[EInvoice]) -> None:
    assert [invoice.syntax for invoice in invoices] == ["factur-x", "factur-x", "ubl"]
    assert [invoice.is_credit_note for invoice in invoices] == [False, True, False]
    assert [invoice.supplier_id for invoice in invoices] == [SELLER.siren, SELLER.siren, OTHER_SELLER.siren]
    assert {invoice.buyer.siren for invoice in invoices} == {BUYER.siren}


def test_they_are_read_without_any_warning(invoices: list[EInvoice]) -> None:
    """So they pass their schema, and their identifiers their keys."""
    assert [invoice.warnings for invoice in invoices] == [[], [], []]


def test_the_amounts(invoices: list[EInvoice]) -> None:
    bought, credit, other = invoices
    assert [one.net_cents for one in bought.lines] == [1200000, 384000, 370000]
    assert (bought.totals.allowances, bought.totals.net, bought.totals.gross) == (97700, 1856300, 2227560)
    assert [one.net_after_document_cents for one in bought.lines] == [1140000, 364800, 351500]
    assert (credit.totals.net, credit.totals.gross) == (-45600, -54720)
    assert credit.preceding_invoices == [PrecedingInvoice(bought.number, bought.issued_on)]
    assert credit.lines[0].reference == bought.lines[1].reference
    assert (other.totals.net, len(other.lines)) == (485000, 2)


def test_one_service_lasts_more_than_twelve_months(invoices: list[EInvoice]) -> None:
    first = invoices[0].lines[0]
    assert (first.service_start, first.service_end) == (date(2026, 10, 29), date(2028, 10, 28))


def test_the_page_says_it_in_french(files: list[tuple[str, bytes]]) -> None:
    pages = [
        pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text().replace("\u00a0", " ")
        for _, content in files[:2]
    ]
    for said in (
        "Facture FA-20261122-01",
        "12 000,00 €",
        "22 275,60 €",
        "29/10/2026 au 28/10/2028",
        "fictifs",
    ):
        assert said in pages[0]
    assert "Avoir AV-20261122-01" in pages[1]
    assert "Corrige la facture FA-20261122-01 du 29/10/2026" in pages[1]


@settings(max_examples=8, deadline=None)
@given(st.dates(date(2026, 2, 1), date(2050, 12, 31)))
def test_any_day_has_its_three_invoices_in_the_month_before(on: date) -> None:
    read = [read_invoice(content) for _, content in make_invoices(on)]
    assert all(on - timedelta(days=31) < invoice.issued_on <= on for invoice in read)
    assert len({(invoice.supplier_id, invoice.number) for invoice in read}) == 3
    assert all(f"{on:%Y%m%d}" in invoice.number for invoice in read)


def test_a_service_that_starts_on_29_february() -> None:
    first = read_invoice(make_invoices(date(2028, 3, 24))[0][1]).lines[0]
    assert (first.service_start, first.service_end) == (date(2028, 2, 29), date(2030, 2, 27))


def test_names_that_are_markup_are_only_names() -> None:
    odd = replace(SELLER, name="Dupont & <b>Fils</b>")
    [(_, pdf), _, _] = make_invoices(ON, seller=odd)
    assert read_invoice(pdf).seller.name == "Dupont & <b>Fils</b>"
    assert "Dupont & <b>Fils</b>" in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
