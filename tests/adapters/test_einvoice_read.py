"""What is read from good invoices, in every syntax and profile."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import facturx
import pytest

from bonus.adapters.einvoice import PrecedingInvoice, read_invoice

from .einvoice_samples import (
    MINIMUM,
    SELLER,
    blank_pdf,
    cii,
    document_amount,
    factur_x,
    line,
    terms,
    ubl,
)


@pytest.mark.parametrize(
    ("make", "syntax"), [(factur_x, "factur-x"), (cii, "cii"), (ubl, "ubl")], ids=["pdf", "cii", "ubl"]
)
def test_the_three_kinds_of_file_say_the_same(make: Callable[[], bytes], syntax: str) -> None:
    invoice = read_invoice(make())
    assert invoice.syntax == syntax
    assert (invoice.profile, invoice.number, invoice.type_code) == ("en16931", "F-1", "380")
    assert (invoice.issued_on, invoice.currency, invoice.is_credit_note) == (date(2026, 10, 15), "EUR", False)
    assert invoice.seller.name == "Nuage Fictif SAS"
    assert (invoice.seller.siren, invoice.seller.siret) == ("900100207", "90010020700019")
    assert (invoice.seller.address_1, invoice.seller.postcode, invoice.seller.city) == (
        "8 quai de l’Exemple",
        "44000",
        "Nantes",
    )
    assert invoice.supplier_id == "900100207"
    assert invoice.buyer.siren == "900300401"
    totals = invoice.totals
    assert (totals.line_total, totals.net, totals.vat, totals.gross, totals.due) == (
        10000,
        10000,
        2000,
        12000,
        12000,
    )
    assert not invoice.lines_from_totals
    [only] = invoice.lines
    assert (only.number, only.line_id, only.name, only.reference, only.quantity) == (
        1,
        "1",
        "Abonnement",
        "REF-1",
        "1",
    )
    assert (only.net_cents, only.vat_cents, only.vat_rate_bp) == (10000, 2000, 2000)
    assert only.net_after_document_cents == 10000


@pytest.mark.parametrize("level", ["basicwl", "en16931", "extended"])
def test_a_file_that_passes_its_schema_gives_no_warning_about_it(level: str) -> None:
    xml = cii(level=level, xsd=True)
    for data in (xml, factur_x(xml, level)):
        assert not [warning for warning in read_invoice(data).warnings if "schéma" in warning]


def test_ubl_and_the_minimum_profile_pass_their_schemas_too() -> None:
    for data in (ubl(xsd=True), ubl(terms(BT_3="381"), xsd=True), MINIMUM):
        assert not [warning for warning in read_invoice(data).warnings if "schéma" in warning]


@pytest.mark.parametrize("level", ["basicwl", "en16931", "extended", "extended-ctc-fr"])
def test_every_profile_is_named(level: str) -> None:
    assert read_invoice(cii(level=level)).profile == level


def test_the_basic_profile() -> None:
    basic = b"urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic"
    invoice = read_invoice(factur_x(cii().replace(b"urn:cen.eu:en16931:2017", basic), level="basic"))
    assert (invoice.profile, len(invoice.lines), invoice.lines_from_totals) == ("basic", 1, False)


@pytest.mark.parametrize("profile", ["minimum", "basicwl"])
def test_a_profile_without_lines_gives_one_line_of_the_total(profile: str) -> None:
    invoice = read_invoice(MINIMUM if profile == "minimum" else cii(level="basicwl"))
    assert invoice.lines_from_totals
    [only] = invoice.lines
    assert (only.number, only.net_cents, only.net_after_document_cents, only.vat_cents) == (
        1,
        10000,
        10000,
        2000,
    )
    assert any("ne détaille pas ses lignes" in warning for warning in invoice.warnings)


def test_the_minimum_profile_deduces_what_was_prepaid() -> None:
    totals = read_invoice(MINIMUM).totals
    assert (totals.gross, totals.prepaid, totals.due) == (12000, 3000, 9000)


def test_an_invoice_of_a_full_profile_without_lines_is_read_from_its_total() -> None:
    whole = cii()
    start, end = b"<ram:IncludedSupplyChainTradeLineItem>", b"</ram:IncludedSupplyChainTradeLineItem>"
    invoice = read_invoice(whole[: whole.index(start)] + whole[whole.index(end) + len(end) :])
    assert invoice.lines_from_totals
    assert any("schéma" in warning for warning in invoice.warnings)


def test_the_bonus_of_article_9_stands_in_the_prepaid_amount() -> None:
    """HT 10 000, VAT 2 000, bonus 3 000: the buyer owes 9 000 (art. 9)."""
    invoice = read_invoice(cii(terms([line(1000000)], BT_113="3000.00", BT_115="9000.00")))
    assert (invoice.totals.prepaid, invoice.totals.due, invoice.totals.net) == (300000, 900000, 1000000)
    assert invoice.warnings == []


def test_periods_of_the_line_else_of_the_invoice() -> None:
    own = line(100, more={"BT-134": date(2026, 1, 1), "BT-135": date(2027, 12, 31)})
    half = line(100, more={"BT-134": date(2026, 3, 1)})
    invoice = read_invoice(
        cii(terms([own, line(100), half], BT_73=date(2026, 1, 1), BT_74=date(2026, 6, 30)))
    )
    assert [(one.service_start, one.service_end) for one in invoice.lines] == [
        (date(2026, 1, 1), date(2027, 12, 31)),
        (date(2026, 1, 1), date(2026, 6, 30)),
        (date(2026, 3, 1), date(2026, 6, 30)),
    ]
    assert (invoice.period_start, invoice.period_end) == (date(2026, 1, 1), date(2026, 6, 30))


def test_half_a_period_is_no_period_and_is_said() -> None:
    invoice = read_invoice(cii(terms([line(100, more={"BT-134": date(2026, 3, 1)})])))
    assert (invoice.lines[0].service_start, invoice.lines[0].service_end) == (None, None)
    assert any("n’a qu’une date" in warning for warning in invoice.warnings)


def test_a_period_that_ends_before_it_starts_is_said() -> None:
    whole = ubl(terms([line(100, more={"BT-134": date(2026, 3, 1), "BT-135": date(2026, 3, 31)})]))
    invoice = read_invoice(whole.replace(b"2026-03-31", b"2026-02-28"))
    assert invoice.lines[0].service_start is None
    assert any("n’est pas vraisemblable" in warning for warning in invoice.warnings)


def test_dates_written_otherwise_are_understood() -> None:
    assert read_invoice(cii().replace(b">20261015<", b">2026-10-15<")).issued_on == date(2026, 10, 15)
    assert read_invoice(ubl().replace(b">2026-10-15<", b">2026-10-15+02:00<")).issued_on == date(2026, 10, 15)


def test_an_unreadable_secondary_date_is_a_warning() -> None:
    whole = cii(terms(BT_9=date(2026, 11, 14))).replace(b">20261114<", b">14 novembre<")
    invoice = read_invoice(whole)
    assert any("14 novembre" in warning for warning in invoice.warnings)


@pytest.mark.parametrize("code", ["381", "261", "262", "296", "308", "396"])
@pytest.mark.parametrize("write", [cii, ubl])
def test_a_credit_note_is_negative(code: str, write: Callable[[dict[str, Any]], bytes]) -> None:
    whole = terms([line(8000), line(2000)], BT_3=code, BG_3=[{"BT-25": "F-0", "BT-26": date(2026, 9, 1)}])
    invoice = read_invoice(write(whole))
    assert invoice.is_credit_note
    assert [one.net_cents for one in invoice.lines] == [-8000, -2000]
    assert [one.vat_cents for one in invoice.lines] == [-1600, -400]
    assert (invoice.totals.net, invoice.totals.gross, invoice.totals.due) == (-10000, -12000, -12000)
    assert invoice.preceding_invoices == [PrecedingInvoice("F-0", date(2026, 9, 1))]


def test_a_ubl_credit_note_has_its_own_root() -> None:
    assert b"CreditNoteLine" in ubl(terms(BT_3="381"))


def test_a_credit_note_written_in_negative_stays_negative_and_says_so() -> None:
    invoice = read_invoice(cii(terms([line(-10000)], BT_3="381")))
    assert (invoice.lines[0].net_cents, invoice.totals.gross) == (-10000, -12000)
    assert any("avoir sont négatifs" in warning for warning in invoice.warnings)


def test_a_negative_invoice_reduces_and_says_so() -> None:
    invoice = read_invoice(cii(terms([line(-10000)])))
    assert not invoice.is_credit_note
    assert invoice.totals.net == -10000
    assert any("vient en déduction" in warning for warning in invoice.warnings)


def test_a_discount_written_as_a_line_is_shown() -> None:
    invoice = read_invoice(cii(terms([line(10000), line(-1000)])))
    assert [one.net_cents for one in invoice.lines] == [10000, -1000]
    [warning] = [one for one in invoice.warnings if "signe contraire" in one]
    assert "2 (-10,00\u00a0€)" in warning


@pytest.mark.parametrize(("code", "word"), [("384", "rectificative"), ("386", "acompte")])
def test_corrected_and_prepayment_invoices_warn_of_counting_twice(code: str, word: str) -> None:
    assert any(word in warning for warning in read_invoice(cii(terms(BT_3=code))).warnings)


def test_extended_lines_that_only_group_or_inform_are_not_counted() -> None:
    lines = [
        line(10000, more={"EXT-FR-FE-163": "GROUP"}),
        line(4000, more={"EXT-FR-FE-163": "DETAIL"}),
        line(6000),
        line(10000, more={"EXT-FR-FE-163": "INFORMATION"}),
    ]
    whole = terms(lines, BT_106="100.00", BT_109="100.00", BT_110="20.00", BT_112="120.00")
    whole["BG-23"] = [{"BT-116": "100.00", "BT-117": "20.00", "BT-118": "S", "BT-119": "20.00"}]
    invoice = read_invoice(cii(whole, level="extended"))
    assert [one.net_cents for one in invoice.lines] == [4000, 6000]


def test_an_unknown_profile_is_read_with_a_warning() -> None:
    invoice = read_invoice(cii().replace(b"urn:cen.eu:en16931:2017", b"urn:example:unknown"))
    assert invoice.profile == "unknown"
    assert any("BT-24" in warning for warning in invoice.warnings)


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\n  "])
def test_a_byte_order_mark_or_blanks_do_not_hide_the_kind(start: bytes) -> None:
    body = cii().split(b"?>", 1)[1] if start == b"\n  " else cii()
    assert read_invoice(start + body).syntax == "cii"


def test_utf_16_and_latin_1_are_read() -> None:
    text = cii().decode("utf-8").split("?>", 1)[1]
    for encoding, data in (
        ("UTF-16", ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")),
        (
            "ISO-8859-1",
            ('<?xml version="1.0" encoding="ISO-8859-1"?>' + text.replace("’", "'")).encode("latin-1"),
        ),
    ):
        assert read_invoice(data).number == "F-1", encoding


def test_the_terms_are_json_without_the_attached_files() -> None:
    whole = terms()
    whole["BG-24"] = [
        {"BT-122": "A", "BT-125": b"%PDF" * 1000, "BT-125-1": "application/pdf", "BT-125-2": "a.pdf"}
    ]
    invoice = read_invoice(cii(whole))
    stored = json.loads(json.dumps(invoice.terms))
    assert stored["BT-2"] == "2026-10-15"
    assert stored["BT-109"] == "100.00"
    assert stored["BG-24"] == [{"BT-122": "A", "BT-125-1": "application/pdf", "BT-125-2": "a.pdf"}]


def test_the_same_attachment_is_found_as_by_factur_x() -> None:
    pdf = factur_x(cii(terms(BT_1="F-77")))
    name, xml = facturx.get_xml_from_pdf(pdf, check_xsd=False)
    assert name == "factur-x.xml"
    from_pdf, bare = read_invoice(pdf), read_invoice(xml)
    assert (from_pdf.number, from_pdf.totals, from_pdf.lines) == (bare.number, bare.totals, bare.lines)


def test_other_attachments_are_no_matter() -> None:
    pdf = facturx.generate_from_binary(
        blank_pdf(),
        cii(),
        flavor="factur-x",
        level="en16931",
        attachments={"annexe.xml": {"filedata": b"<annexe/>"}, "note.txt": {"filedata": b"note"}},
    )
    assert read_invoice(pdf).number == "F-1"


def test_nothing_of_an_invoice_is_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    pdf = factur_x(cii(terms(BG_20=[document_amount(500)])))
    capfd.readouterr()
    with caplog.at_level(logging.DEBUG):
        read_invoice(pdf)
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_repeated_identical_terms_are_one() -> None:
    twice = ubl().replace(b"<cbc:ID>F-1</cbc:ID>", b"<cbc:ID>F-1</cbc:ID><cbc:ID>F-1</cbc:ID>")
    assert read_invoice(twice).number == "F-1"


def test_an_invoice_without_a_known_party_is_read_with_warnings() -> None:
    unnamed = {"name": "Inconnu", "country_code": "FR"}
    invoice = read_invoice(cii(terms(BG_4=unnamed, BG_7=dict(SELLER))))
    assert invoice.supplier_id is None
    assert any("ni SIREN ni numéro de TVA du vendeur" in warning for warning in invoice.warnings)
