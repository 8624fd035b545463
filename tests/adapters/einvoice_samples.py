"""Invoices made for the tests with factur-x, and files that no honest seller makes."""

from __future__ import annotations

import copy
import io
import zlib
from datetime import date
from functools import cache
from typing import Any

import facturx
from reportlab.pdfgen.canvas import Canvas

SELLER = {
    "name": "Nuage Fictif SAS",
    "identifiers": {"0009": "90010020700019"},
    "legal_identifier": "900100207",
    "legal_identifier_schemeid": "0002",
    "vat_identifier": "FR83900100207",
    "addr_l1": "8 quai de l’Exemple",
    "postcode": "44000",
    "city": "Nantes",
    "country_code": "FR",
}
BUYER = {
    "name": "Atelier Fictif SAS",
    "legal_identifier": "900300401",
    "legal_identifier_schemeid": "0002",
    "country_code": "FR",
}


def euros(cents: int) -> str:
    """Write cents as XML amounts are."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def line(
    net: int, rate: str = "20.00", category: str = "S", more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Make a line of this net amount in cents."""
    return {
        "BT-129": "1" if net >= 0 else "-1",
        "BT-130": "C62",
        "BT-131": euros(net),
        "BT-146": euros(abs(net)),
        "BT-151": category,
        "BT-152": rate,
        "BT-153": "Abonnement",
        "BT-155": "REF-1",
        **(more or {}),
    }


def document_amount(cents: int, rate: str = "20.00", category: str = "S") -> dict[str, Any]:
    """Make a document-level allowance or charge."""
    return {"amount": euros(cents), "reason": "Motif", "vat_category_code": category, "vat_rate": rate}


def terms(lines: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """Make a whole invoice whose sums agree.

    ``changes`` are terms (``BT_113=…`` for BT-113), None to leave one out.
    """
    lines = [line(10000)] if lines is None else lines
    allowances, charges = changes.get("BG_20") or [], changes.get("BG_21") or []
    by_rate: dict[tuple[str, str], int] = {}
    for one in lines:
        key = (one["BT-151"], one["BT-152"])
        by_rate[key] = by_rate.get(key, 0) + cents(one["BT-131"])
    for sign, group in ((-1, allowances), (1, charges)):
        for one in group:
            key = (one["vat_category_code"], one["vat_rate"])
            by_rate[key] = by_rate.get(key, 0) + sign * cents(one["amount"])
    taxes = {key: _half_up(base * cents(key[1]), 10_000) for key, base in by_rate.items()}
    line_total = sum(cents(one["BT-131"]) for one in lines)
    net, vat = sum(by_rate.values()), sum(taxes.values())
    whole: dict[str, Any] = {
        "BT-1": "F-1",
        "BT-2": date(2026, 10, 15),
        "BT-3": "380",
        "BT-5": "EUR",
        "BT-72": date(2026, 10, 15),
        "BT-106": euros(line_total),
        "BT-107": euros(sum(cents(one["amount"]) for one in allowances)) if allowances else None,
        "BT-108": euros(sum(cents(one["amount"]) for one in charges)) if charges else None,
        "BT-109": euros(net),
        "BT-110": euros(vat),
        "BT-112": euros(net + vat),
        "BT-115": euros(net + vat),
        "BG-4": SELLER,
        "BG-7": BUYER,
        "BG-23": [
            {"BT-116": euros(by_rate[key]), "BT-117": euros(tax), "BT-118": key[0], "BT-119": key[1]}
            for key, tax in taxes.items()
        ],
        "BG-25": [{"BT-126": str(number), **one} for number, one in enumerate(lines, start=1)],
    }
    whole |= {key.replace("_", "-"): value for key, value in changes.items()}
    return {key: value for key, value in whole.items() if value is not None}


def cents(text: str) -> int:
    """Read an amount of the samples (two decimals)."""
    return int(text.replace(".", ""))


def _half_up(numerator: int, denominator: int) -> int:
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def cii(whole: dict[str, Any] | None = None, level: str = "en16931", *, xsd: bool = False) -> bytes:
    """Write an invoice in CII."""
    return _generate(whole, "factur-x", level, xsd)


def ubl(whole: dict[str, Any] | None = None, level: str = "en16931", *, xsd: bool = False) -> bytes:
    """Write an invoice, or by its type code a credit note, in UBL 2.1."""
    return _generate(whole, "ubl-2.1", level, xsd)


def _generate(whole: dict[str, Any] | None, flavor: str, level: str, xsd: bool) -> bytes:
    data = copy.deepcopy(whole or terms())  # factur-x changes what it is given
    xml: bytes = facturx.generate_xml(data, flavor=flavor, level=level, check_xsd=xsd, check_schematron=False)
    return xml


def factur_x(xml: bytes | None = None, level: str = "en16931") -> bytes:
    """Attach a CII invoice to a PDF page, as Factur-X does."""
    pdf: bytes = facturx.generate_from_binary(
        blank_pdf(), xml or cii(), flavor="factur-x", level=level, check_xsd=False
    )
    return pdf


@cache
def blank_pdf() -> bytes:
    """Make a PDF of one page with nothing attached."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 700, "Facture")
    canvas.save()
    return out.getvalue()


MINIMUM = b"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>urn:factur-x.eu:1p0:minimum</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>
</rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>M-1</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>
<udt:DateTimeString format="102">20261015</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>Nuage Fictif SAS</ram:Name><ram:SpecifiedLegalOrganization>
<ram:ID schemeID="0002">900100207</ram:ID></ram:SpecifiedLegalOrganization><ram:PostalTradeAddress>
<ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Atelier Fictif SAS</ram:Name><ram:SpecifiedLegalOrganization>
<ram:ID schemeID="0002">900300401</ram:ID></ram:SpecifiedLegalOrganization></ram:BuyerTradeParty>
</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery/><ram:ApplicableHeaderTradeSettlement>
<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode><ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">20.00</ram:TaxTotalAmount>
<ram:GrandTotalAmount>120.00</ram:GrandTotalAmount><ram:DuePayableAmount>90.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""


def raw_pdf(objects: dict[int, bytes]) -> bytes:
    """Write a PDF object by object; object 1 is its catalog."""
    out, offsets = io.BytesIO(), {}
    out.write(b"%PDF-1.7\n")
    for number, body in objects.items():
        offsets[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start, size = out.tell(), max(objects) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    for number in range(1, size):
        out.write(b"%010d 00000 n \n" % offsets.get(number, 0))
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start))
    return out.getvalue()


def stream(entries: bytes, data: bytes) -> bytes:
    """Write a PDF stream with these dictionary entries."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def pdf_with_attachment(body: bytes, name: bytes = b"factur-x.xml") -> bytes:
    """Write a PDF whose one attachment is this stream object."""
    return raw_pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(%s) 3 0 R]>>>>>>" % name,
            2: b"<</Type/Pages/Kids[]/Count 0>>",
            3: b"<</Type/Filespec/F(%s)/EF<</F 4 0 R>>>>" % name,
            4: body,
        }
    )


@cache
def deflated_zeros(megabytes: int) -> bytes:
    """Compress that many megabytes of zeros (a thousandth of their size)."""
    compressor = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(compressor.compress(block) for _ in range(megabytes)) + compressor.flush()


@cache
def gigabyte_of_zeros() -> bytes:
    """What inflates to 2³⁰ zeros: one deflated block said a thousand times (its checksum is that of two)."""
    compressor = zlib.compressobj(9)
    block = bytes(1 << 20)
    first, again = (compressor.compress(block) + compressor.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 1_023 + compressor.flush()
