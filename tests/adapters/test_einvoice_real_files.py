"""The invoices that others wrote (FNFE-MPE, factur-x), kept beside the project: each is really read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bonus.adapters.einvoice import EInvoice, PrecedingInvoice, read_invoice_file

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "invoices"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the invoices written by others (../shared/invoices) are not on this machine"
)


def read(name: str) -> EInvoice:
    return read_invoice_file(FOLDER / name)


@pytest.mark.parametrize(
    ("name", "profile", "lines"),
    [
        ("Facture_FR_MINIMUM.pdf", "minimum", [62490]),
        ("Facture_FR_BASICWL.pdf", "basicwl", [62490]),
        ("Facture_FR_BASIC.pdf", "basic", [8190, 4800, 49500]),
        ("Facture_FR_EN16931.pdf", "en16931", [8190, 4800, 49500]),
    ],
)
def test_one_invoice_in_four_profiles(name: str, profile: str, lines: list[int]) -> None:
    invoice = read(name)
    assert (invoice.syntax, invoice.profile, invoice.number) == ("factur-x", profile, "FA-2017-0010")
    assert invoice.issued_on == date(2017, 11, 13)
    assert [one.net_cents for one in invoice.lines] == lines
    assert invoice.lines_from_totals == (len(lines) == 1)
    totals = invoice.totals
    assert (totals.net, totals.vat, totals.gross, totals.prepaid, totals.due) == (
        62490,
        4625,
        67115,
        20100,
        47015,
    )
    assert sum(one.vat_cents for one in invoice.lines) == 4625
    assert invoice.supplier_id == "999999998"
    assert invoice.seller.invalid == ("siret",)
    assert "Le SIRET du vendeur n’est pas valide\u00a0: 99999999800010." in invoice.warnings


def test_the_credit_note() -> None:
    invoice = read("Avoir_FR_type381_EN16931.pdf")
    assert invoice.is_credit_note
    assert (invoice.totals.net, invoice.totals.vat, invoice.totals.gross) == (-21848, -1499, -23347)
    assert [one.net_cents for one in invoice.lines] == [-2048, -19800]
    assert invoice.preceding_invoices == [PrecedingInvoice("FA-2017-0010", date(2017, 11, 13))]


@pytest.mark.parametrize(
    ("name", "syntax"), [("invoice_EN16931.pdf", "factur-x"), ("factur-x-en16931.xml", "cii")]
)
def test_allowances_and_charges_of_several_rates(name: str, syntax: str) -> None:
    invoice = read(name)
    assert (invoice.syntax, invoice.number, invoice.issued_on) == (syntax, "F20260023", date(2026, 1, 31))
    assert (invoice.totals.line_total, invoice.totals.allowances, invoice.totals.charges) == (9500, 900, 1400)
    assert [one.net_after_document_cents for one in invoice.lines] == [6200, 2700, 1100]
    assert [one.vat_cents for one in invoice.lines] == [0, 270, 220]
    assert invoice.lines[2].service_end == date(2026, 12, 31)  # the period of the invoice
    assert (invoice.buyer.siren, invoice.buyer.invalid) == ("987654321", ("vat_number", "siren"))


def test_ubl() -> None:
    invoice = read("ubl-21-en16931.xml")
    assert (invoice.syntax, invoice.number, invoice.supplier_id) == ("ubl", "F124212", "999999998")
    assert [one.net_after_document_cents for one in invoice.lines] == [13500, 13800]
    assert [one.vat_cents for one in invoice.lines] == [743, 2760]
    assert (invoice.totals.prepaid, invoice.totals.due) == (10000, 20803)
    assert invoice.warnings == []


def test_every_file_of_the_folder_is_read() -> None:
    names = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".pdf", ".xml"})
    assert names
    for name in names:
        assert read(name).totals.net, name
