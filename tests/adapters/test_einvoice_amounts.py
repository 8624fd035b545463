"""Document-level allowances, charges and VAT shared among lines: every sum is exact, to the cent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.adapters.einvoice import EInvoice, read_invoice

from .einvoice_samples import cii, document_amount, line, terms, ubl


def check_sums(invoice: EInvoice) -> None:
    lines, totals = invoice.lines, invoice.totals
    assert sum(one.net_cents for one in lines) == totals.line_total
    assert sum(one.net_after_document_cents for one in lines) == totals.net
    assert sum(one.vat_cents for one in lines) == totals.vat
    assert totals.line_total - totals.allowances + totals.charges == totals.net
    assert totals.net + totals.vat == totals.gross
    assert [one.number for one in lines] == list(range(1, len(lines) + 1))


def afters(invoice: EInvoice) -> list[int]:
    return [one.net_after_document_cents for one in invoice.lines]


def test_an_allowance_goes_to_the_lines_of_its_rate() -> None:
    lines = [line(10000), line(10000, "5.50"), line(30000)]
    invoice = read_invoice(cii(terms(lines, BG_20=[document_amount(4000)])))
    assert afters(invoice) == [9000, 10000, 27000]
    assert [one.vat_cents for one in invoice.lines] == [1800, 550, 5400]
    check_sums(invoice)


def test_a_charge_goes_to_the_lines_of_its_rate() -> None:
    invoice = read_invoice(
        ubl(terms([line(10000), line(10000, "5.50")], BG_21=[document_amount(333, "5.50")]))
    )
    assert afters(invoice) == [10000, 10333]
    check_sums(invoice)


def test_the_category_tells_two_zero_rates_apart() -> None:
    lines = [line(10000, "0.00", "E"), line(10000, "0.00", "K")]
    invoice = read_invoice(cii(terms(lines, BG_20=[document_amount(1000, "0.00", "K")])))
    assert afters(invoice) == [10000, 9000]


def test_a_category_no_line_has_goes_by_its_rate_and_a_rate_no_line_has_to_all() -> None:
    lines = [line(10000, "0.00", "E"), line(30000)]
    by_rate = read_invoice(cii(terms(lines, BG_21=[document_amount(400, "0.00", "K")])))
    assert afters(by_rate) == [10400, 30000]
    to_all = read_invoice(cii(terms(lines, BG_21=[document_amount(400, "10.00")])))
    assert afters(to_all) == [10100, 30300]
    check_sums(to_all)


def test_cents_that_do_not_divide_are_not_lost() -> None:
    invoice = read_invoice(cii(terms([line(3333)] * 3, BG_20=[document_amount(100)])))
    assert afters(invoice) == [3299, 3300, 3300]
    check_sums(invoice)


def test_a_discount_line_bears_no_part_of_an_allowance() -> None:
    invoice = read_invoice(cii(terms([line(10000), line(-2000), line(10000)], BG_20=[document_amount(800)])))
    assert afters(invoice) == [9600, -2000, 9600]
    check_sums(invoice)


def test_lines_of_nothing_share_a_charge_equally() -> None:
    invoice = read_invoice(cii(terms([line(0), line(0)], BG_21=[document_amount(301)])))
    assert afters(invoice) == [151, 150]
    check_sums(invoice)


def test_an_allowance_given_only_as_a_total_is_shared_among_all() -> None:
    whole = terms([line(10000), line(30000)], BT_107="4.00", BT_109="396.00", BT_110="79.20")
    whole |= {"BT-112": "475.20", "BT-115": "475.20"}
    whole["BG-23"] = [{"BT-116": "396.00", "BT-117": "79.20", "BT-118": "S", "BT-119": "20.00"}]
    invoice = read_invoice(cii(whole))
    assert afters(invoice) == [9900, 29700]
    check_sums(invoice)


def test_vat_that_its_breakdown_does_not_explain_is_shared_by_rate() -> None:
    whole = terms([line(10000), line(10000, "5.50")], BT_110="25.60", BT_112="225.60", BT_115="225.60")
    invoice = read_invoice(cii(whole))
    assert [one.vat_cents for one in invoice.lines] == [2008, 552]
    assert any("TVA par taux" in warning for warning in invoice.warnings)


def test_a_rate_that_is_no_rate_is_none() -> None:
    invoice = read_invoice(cii(terms([line(10000, "20.005")], BG_23=[], BT_110="20.00", BT_112="120.00")))
    assert invoice.lines[0].vat_rate_bp is None
    assert invoice.lines[0].vat_cents == 2000


RATES = st.sampled_from(
    [("20.00", "S"), ("10.00", "S"), ("5.50", "S"), ("2.10", "S"), ("0.00", "E"), ("0.00", "K")]
)
LINES = st.lists(st.tuples(st.integers(-50_000, 5_000_000), RATES), min_size=1, max_size=8)
PARTS = st.lists(st.tuples(st.integers(1, 20_000), RATES), max_size=4)


@settings(max_examples=120, deadline=None)
@given(LINES, PARTS, PARTS, st.sampled_from(["380", "381", "384"]), st.sampled_from([cii, ubl]))
def test_what_is_written_is_read_back_to_the_cent(
    lines: list[Any], allowances: list[Any], charges: list[Any], code: str, write: Any
) -> None:
    whole = terms(
        [line(net, *kind) for net, kind in lines],
        BG_20=[document_amount(cents, *kind) for cents, kind in allowances] or None,
        BG_21=[document_amount(cents, *kind) for cents, kind in charges] or None,
        BT_3=code,
    )
    invoice = read_invoice(write(whole))
    check_sums(invoice)
    net = sum(cents for cents, _ in lines) - sum(cents for cents, _ in allowances)
    net += sum(cents for cents, _ in charges)
    gross = round(float(whole["BT-112"]) * 100)
    turned = code == "381" and (net or gross) >= 0
    sign = -1 if turned else 1
    assert invoice.totals.net == sign * net
    assert [one.net_cents for one in invoice.lines] == [sign * cents for cents, _ in lines]
    assert invoice.is_credit_note == (code == "381")
    if code == "381":
        assert invoice.totals.net <= 0


@pytest.mark.parametrize("write", [cii, ubl])
def test_a_credit_note_with_an_allowance(write: Any) -> None:
    whole = terms([line(10000), line(5000)], BG_20=[document_amount(1500)], BT_3="381")
    invoice = read_invoice(write(whole))
    assert afters(invoice) == [-9000, -4500]
    assert (invoice.totals.allowances, invoice.totals.net) == (-1500, -13500)
    check_sums(invoice)
