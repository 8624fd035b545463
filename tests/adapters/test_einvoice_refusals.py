"""Files that are honestly wrong: each is named by its code and by a French sentence."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from bonus.adapters.einvoice import (
    MAX_INVOICE_BYTES,
    InvoiceUnreadable,
    check_size,
    read_invoice,
    read_invoice_file,
)
from bonus.adapters.einvoice.sentences import SENTENCES
from bonus.errors import InvalidInput

from .einvoice_samples import (
    MINIMUM,
    blank_pdf,
    cii,
    document_amount,
    factur_x,
    line,
    pdf_with_attachment,
    raw_pdf,
    stream,
    terms,
    ubl,
)


def refused(data: bytes) -> InvoiceUnreadable:
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice(data)
    assert isinstance(caught.value, InvalidInput)
    assert caught.value.sentence[0].isupper()
    assert caught.value.sentence.endswith(".")
    return caught.value


def encrypted(password: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(factur_x())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user=password))
    return out.getvalue()


def two_attachments(first: bytes, second: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(blank_pdf()))
    writer.add_attachment("factur-x.xml", first)
    writer.add_attachment("factur-x.xml", second)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


WITH_SCRIPT = {
    1: b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>",
    2: b"<</Type/Pages/Kids[]/Count 0>>",
}
FILES: list[tuple[str, Callable[[], bytes]]] = [
    ("invoice.empty", lambda: b""),
    ("invoice.too_large", lambda: bytes(MAX_INVOICE_BYTES + 1)),
    ("invoice.not_pdf_nor_xml", lambda: b"Bonjour, voici la facture."),
    ("invoice.not_pdf_nor_xml", lambda: b"PK\x03\x04" + bytes(100)),
    ("invoice.not_pdf_nor_xml", lambda: bytes(1000)),
    ("invoice.not_pdf_nor_xml", lambda: b"   \n"),
    ("invoice.pdf_damaged", lambda: b"%PDF-1.7\n"),
    ("invoice.pdf_damaged", lambda: factur_x()[:1500]),
    ("invoice.pdf_damaged", lambda: b"%PDF-1.7\n" + bytes(5000)),
    ("invoice.pdf_encrypted", lambda: encrypted("secret")),
    ("invoice.pdf_encrypted", lambda: encrypted("")),
    ("invoice.pdf_active", lambda: raw_pdf(WITH_SCRIPT)),
    ("invoice.pdf_annex", lambda: pdf_with_attachment(stream(b"", b"MZ"), b"facture.pdf.exe")),
    ("invoice.pdf_without_invoice", blank_pdf),
    ("invoice.pdf_without_invoice", lambda: pdf_with_attachment(stream(b"", cii()), b"facture.txt")),
    ("invoice.pdf_without_invoice", lambda: pdf_with_attachment(stream(b"", b"<annexe/>"), b"annexe.xml")),
    ("invoice.not_an_invoice", lambda: pdf_with_attachment(stream(b"", b"<annexe/>"))),
    ("invoice.xml_malformed", lambda: pdf_with_attachment(stream(b"", cii()[:400]))),
    ("invoice.pdf_several", lambda: two_attachments(cii(), cii(terms(BT_1="F-2")))),
    ("invoice.xml_malformed", lambda: cii()[:-30]),
    ("invoice.xml_malformed", lambda: b"<!doctype html><html><body>Facture</body></html>"),
    ("invoice.xml_malformed", lambda: b'<?xml version="1.0" encoding="UTF-8"?>\n<a>\xe9</a>'),
    ("invoice.not_an_invoice", lambda: b"<html><body>Facture</body></html>"),
    ("invoice.not_an_invoice", lambda: b"<Invoice><ID>1</ID></Invoice>"),  # no namespace: not UBL
    (
        "invoice.not_an_invoice",
        lambda: MINIMUM.replace(b"CrossIndustryInvoice", b"SCRDMCCBDACIOMessageStructure"),
    ),
    ("invoice.zugferd1", lambda: MINIMUM.replace(b"CrossIndustryInvoice", b"CrossIndustryDocument")),
    ("invoice.no_currency", lambda: MINIMUM.replace(b">EUR<", b"><")),
    ("invoice.currency", lambda: MINIMUM.replace(b">EUR<", b">USD<")),
    ("invoice.currency", lambda: ubl().replace(b">EUR<", b">CHF<")),
    ("invoice.no_number", lambda: MINIMUM.replace(b"<ram:ID>M-1</ram:ID>", b"")),
    ("invoice.no_number", lambda: MINIMUM.replace(b">M-1<", b">  <")),
    ("invoice.number_too_long", lambda: MINIMUM.replace(b">M-1<", b">" + b"9" * 101 + b"<")),
    ("invoice.repeated_term", lambda: ubl().replace(b"<cbc:ID>F-1<", b"<cbc:ID>F-0</cbc:ID><cbc:ID>F-1<")),
    ("invoice.no_date", lambda: MINIMUM.replace(b">20261015<", b"><")),
    ("invoice.unreadable_date", lambda: MINIMUM.replace(b">20261015<", b">15/10/2026<")),
    ("invoice.unreadable_date", lambda: MINIMUM.replace(b">20261015<", b">20260231<")),
    ("invoice.unreadable_date", lambda: MINIMUM.replace(b">20261015<", b">00170101<")),
    ("invoice.absurd_date", lambda: MINIMUM.replace(b">20261015<", b">19991231<")),
    ("invoice.absurd_date", lambda: MINIMUM.replace(b">20261015<", b">21000101<")),
    ("invoice.no_type", lambda: MINIMUM.replace(b"<ram:TypeCode>380</ram:TypeCode>", b"")),
    ("invoice.type_code", lambda: MINIMUM.replace(b">380<", b">220<")),
    ("invoice.proforma", lambda: MINIMUM.replace(b">380<", b">325<")),
    (
        "invoice.no_amounts",
        lambda: MINIMUM.replace(b"<ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount>", b""),
    ),
    ("invoice.amount_decimals", lambda: MINIMUM.replace(b">100.00<", b">100.001<")),
    ("invoice.amount_decimals", lambda: ubl(terms([line(10000)], BT_110="20.005"))),
    ("invoice.amount", lambda: MINIMUM.replace(b">100.00<", b">1e2<")),
    ("invoice.amount", lambda: MINIMUM.replace(b">100.00<", b">100,00<")),
    ("invoice.amount", lambda: MINIMUM.replace(b">100.00<", b">NaN<")),
    ("invoice.amount", lambda: MINIMUM.replace(b">100.00<", b">" + b"9" * 400 + b"<")),
    ("invoice.amount_too_large", lambda: MINIMUM.replace(b">100.00<", b">99999999999999<")),
    ("invoice.line_without_amount", lambda: ubl().replace(b"LineExtensionAmount", b"OtherAmount")),
    ("invoice.sum_of_lines", lambda: cii(terms([line(10000), line(1)], BT_106="100.00"))),
    ("invoice.sum_of_allowances", lambda: cii(terms(BG_20=[document_amount(100)], BT_107="1.01"))),
    ("invoice.sum_of_charges", lambda: cii(terms(BG_21=[document_amount(100)], BT_108="0.99"))),
    ("invoice.net_total", lambda: cii(terms(BT_109="100.01"))),
    (
        "invoice.too_many_lines",
        lambda: ubl().replace(b"</cac:InvoiceLine>", b"</cac:InvoiceLine>" + b"<cac:InvoiceLine/>" * 3000),
    ),
    (
        "invoice.too_many_rates",
        lambda: cii(
            terms(
                [line(100)],
                BT_107="1.01",
                BT_109="-0.01",
                BG_20=[document_amount(1, f"{n}.00") for n in range(101)],
            )
        ),
    ),
]


@pytest.mark.parametrize(
    ("code", "make"),
    FILES,
    ids=[f"{code.partition('.')[2]}-{number}" for number, (code, _) in enumerate(FILES)],
)
def test_each_wrong_file_is_named(code: str, make: Callable[[], bytes]) -> None:
    assert refused(make()).code == code


def test_every_sentence_is_reached_by_a_test() -> None:
    """What the hostile files reach is in test_einvoice_hostile.py."""
    hostile = {
        "invoice.bomb",
        "invoice.too_slow",
        "invoice.unreadable",
        "invoice.doctype",
        "invoice.xml_encoding",
    }
    assert {code for code, _ in FILES} == set(SENTENCES) - hostile


def test_sentences_are_french_typography() -> None:
    for code, sentence in SENTENCES.items():
        assert not [mark for mark in (" :", " ;", " !", " ?", "« ", " »", "'") if mark in sentence], code


def test_a_pdf_without_invoice_says_what_to_do() -> None:
    assert "Demandez à votre fournisseur le fichier Factur-X" in refused(blank_pdf()).sentence


def test_a_sum_that_does_not_agree_gives_both_figures() -> None:
    sentence = refused(cii(terms([line(120000), line(1)], BT_106="1200.00"))).sentence
    assert "1\u202f200,01\u00a0€" in sentence
    assert "1\u202f200,00\u00a0€" in sentence


def test_the_value_refused_is_shown() -> None:
    assert "«\u00a0USD\u00a0»" in refused(MINIMUM.replace(b">EUR<", b">USD<")).sentence
    assert "31/10/26" in refused(MINIMUM.replace(b">20261015<", b">31/10/26<")).sentence


def test_two_decimals_written_with_more_zeros_are_two_decimals() -> None:
    assert read_invoice(MINIMUM.replace(b">100.00<", b">100.0000<")).totals.net == 10000
    assert read_invoice(MINIMUM.replace(b">100.00<", b">+100<")).totals.net == 10000


@pytest.mark.parametrize("size", [1, MAX_INVOICE_BYTES])
def test_sizes_within_the_limit(size: int) -> None:
    check_size(size)


def test_the_size_just_above_the_limit() -> None:
    with pytest.raises(InvoiceUnreadable) as caught:
        check_size(MAX_INVOICE_BYTES + 1)
    assert caught.value.code == "invoice.too_large"
    assert "10,0\u00a0Mo" in caught.value.sentence


def test_a_file_is_read_by_content_and_not_by_name(tmp_path: Path) -> None:
    xml_named_pdf = tmp_path / "facture.pdf"
    xml_named_pdf.write_bytes(cii())
    assert read_invoice_file(xml_named_pdf).syntax == "cii"
    text_named_pdf = tmp_path / "x.pdf"
    text_named_pdf.write_text("Ceci n’est pas une facture")
    with pytest.raises(InvoiceUnreadable) as caught:
        read_invoice_file(text_named_pdf)
    assert caught.value.code == "invoice.not_pdf_nor_xml"
    with pytest.raises(FileNotFoundError):
        read_invoice_file(tmp_path / "absent.pdf")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"BT_112": "120.01"}, "Le total TTC indiqué (120,01\u00a0€)"),
        ({"BT_115": "119.99"}, "Le montant à payer indiqué (119,99\u00a0€)"),
        ({"BT_110": "20.01", "BT_112": "120.01", "BT_115": "120.01"}, "détail de la TVA"),
    ],
)
def test_what_does_not_change_the_base_is_a_warning(changes: dict[str, Any], words: str) -> None:
    invoice = read_invoice(cii(terms(BT_113="0.00", **changes)))
    assert any(words in warning for warning in invoice.warnings)
    assert sum(one.vat_cents for one in invoice.lines) == invoice.totals.vat


def test_the_rounding_amount_is_the_only_tolerance() -> None:
    exact = read_invoice(cii(terms(BT_113="0.00", BT_114="-0.02", BT_115="119.98")))
    assert exact.warnings == []
    assert (exact.totals.rounding, exact.totals.due) == (-2, 11998)
    off = read_invoice(cii(terms(BT_113="0.00", BT_114="-0.02", BT_115="120.00")))
    assert any("montant à payer" in warning for warning in off.warnings)


def test_totals_left_out_are_computed_and_said() -> None:
    bare = MINIMUM
    for name in (b"GrandTotalAmount", b"DuePayableAmount"):
        start = bare.index(b"<ram:" + name)
        end = bare.index(b"</ram:" + name) + len(name) + 7
        bare = bare[:start] + bare[end:]
    invoice = read_invoice(bare)
    assert (invoice.totals.gross, invoice.totals.due) == (12000, 12000)
    assert sum("il est calculé" in warning for warning in invoice.warnings) == 2


def test_vat_left_out_is_deduced_and_said() -> None:
    invoice = read_invoice(MINIMUM.replace(b' currencyID="EUR"', b""))
    assert invoice.totals.vat == 2000
    assert any("BT-110" in warning for warning in invoice.warnings)


def test_dates_at_both_ends_are_taken() -> None:
    for text, day in ((b"20000101", date(2000, 1, 1)), (b"20991231", date(2099, 12, 31))):
        assert read_invoice(MINIMUM.replace(b"20261015", text)).issued_on == day
