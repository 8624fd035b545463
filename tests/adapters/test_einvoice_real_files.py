"""The invoices that others wrote (FNFE-MPE, factur-x), kept beside the project: each is really read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bonus.adapters.einvoice import (
    NO_LINES,
    EInvoice,
    InvoiceLine,
    Party,
    PrecedingInvoice,
    Totals,
    read_invoice_file,
)
from bonus.adapters.paper import Paper, read_paper

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "invoices"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the invoices written by others (../shared/invoices) are not on this machine"
)


def read(name: str) -> EInvoice:
    return read_invoice_file(FOLDER / name)


# What follows was read by eye in the XML of each file, not computed by what is tried.

WRONG_SELLER = "Le SIRET du vendeur n’est pas valide\u00a0: 99999999800010."
WRONG_BUYER = "Le SIRET du client n’est pas valide\u00a0: 78787878400035."


def mill(street: str = "1242 chemin de l'olive", postcode: str = "84340", city: str = "Malaucène") -> Party:
    """The seller of the French samples. Its SIRET fails its key; its SIREN and VAT number do not."""
    return Party(
        name="Au bon moulin",
        siren="999999998",
        siret="99999999800010",
        vat_number="FR11999999998",
        country="FR",
        address_1=street,
        address_2="",
        address_3="",
        postcode=postcode,
        city=city,
        invalid=("siret",),
        warnings=(WRONG_SELLER,),
    )


def shop(street: str = "35 rue de la République", postcode: str = "69001", city: str = "Lyon") -> Party:
    """The buyer of the French samples. Its SIRET fails its key too."""
    return Party(
        name="Ma jolie boutique",
        siren="787878784",
        siret="78787878400035",
        vat_number="FR19787878784",
        country="FR",
        address_1=street,
        address_2="",
        address_3="",
        postcode=postcode,
        city=city,
        invalid=("siret",),
        warnings=(WRONG_BUYER,),
    )


def bought(
    number: int,
    name: str,
    reference: str,
    quantity: str,
    net: int,
    vat: int,
    rate: int | None,
    *,
    after: int | None = None,
    service: tuple[date | None, date | None] = (None, None),
    description: str = "",
) -> InvoiceLine:
    """A line: net amount as printed (BT-131), its VAT, its rate in basis points; ``after`` the document's discounts."""
    return InvoiceLine(
        number=number,
        line_id=str(number),
        name=name,
        description=description,
        reference=reference,
        quantity=quantity,
        net_cents=net,
        vat_cents=vat,
        vat_rate_bp=rate,
        service_start=service[0],
        service_end=service[1],
        net_after_document_cents=net if after is None else after,
    )


def food(*references: str) -> list[InvoiceLine]:
    """The lines of the French invoice; VAT of 29,87 at 5,5 % is shared between 48,00 and 495,00."""
    nougat, biscuit, oil = references
    return [
        bought(1, "Nougat de l'Abbaye 250g", nougat, "20.000", 81_90, 16_38, 20_00),
        bought(2, "Biscuits aux raisins 300g", biscuit, "15.000", 48_00, 2_64, 5_50),
        bought(3, "Huile d'olive à l'ancienne", oil, "25.000", 495_00, 27_23, 5_50),
    ]


WHOLE = [bought(1, "Total de la facture (lignes non détaillées)", "", "", 624_90, 46_25, None)]


@pytest.mark.parametrize(
    ("name", "profile", "lines"),
    [
        ("Facture_FR_MINIMUM.pdf", "minimum", WHOLE),
        ("Facture_FR_BASICWL.pdf", "basicwl", WHOLE),
        ("Facture_FR_BASIC.pdf", "basic", food("", "", "")),
        ("Facture_FR_EN16931.pdf", "en16931", food("NOUG250", "BRAIS300", "HOLANCL")),
    ],
)
def test_one_invoice_in_four_profiles(name: str, profile: str, lines: list[InvoiceLine]) -> None:
    invoice = read(name)
    assert (invoice.syntax, invoice.profile, invoice.number) == ("factur-x", profile, "FA-2017-0010")
    assert (invoice.type_code, invoice.is_credit_note, invoice.currency) == ("380", False, "EUR")
    assert invoice.issued_on == date(2017, 11, 13)
    assert (invoice.period_start, invoice.period_end, invoice.preceding_invoices) == (None, None, [])
    nowhere = ("", "", "") if profile == "minimum" else None
    assert invoice.seller == (mill(*nowhere) if nowhere else mill())
    assert invoice.buyer == (shop(*nowhere) if nowhere else shop())
    assert invoice.supplier_id == "999999998"
    assert invoice.lines == lines
    assert invoice.lines_from_totals == (lines is WHOLE)
    # MINIMUM has no prepaid amount (BT-113): it is what is left between the total and what is due.
    assert invoice.totals == totals(624_90, vat=46_25, gross=671_15, prepaid=201_00, due=470_15)
    assert invoice.warnings == [WRONG_SELLER, WRONG_BUYER, *([NO_LINES] if lines is WHOLE else [])]


def totals(
    net: int,
    *,
    vat: int,
    gross: int,
    due: int,
    prepaid: int = 0,
    lines: int | None = None,
    less: int = 0,
    more: int = 0,
) -> Totals:
    """The totals of a document; ``less`` its allowances, ``more`` its charges."""
    return Totals(
        line_total=net if lines is None else lines,
        allowances=less,
        charges=more,
        net=net,
        vat=vat,
        gross=gross,
        prepaid=prepaid,
        rounding=0,
        due=due,
    )


def test_the_credit_note() -> None:
    """Positive in the file, negative here; it names the invoice that it corrects (BG-3)."""
    note = read("Avoir_FR_type381_EN16931.pdf")
    assert (note.syntax, note.profile, note.number) == ("factur-x", "en16931", "AV-2017-0005")
    assert (note.type_code, note.is_credit_note, note.issued_on) == ("381", True, date(2017, 11, 16))
    assert note.preceding_invoices == [PrecedingInvoice("FA-2017-0010", date(2017, 11, 13))]
    assert (note.seller, note.buyer) == (mill(), shop())
    assert (note.period_start, note.period_end) == (None, None)
    assert note.lines == [
        bought(1, "Nougat de l'Abbaye 250g", "NOUG250", "5.000", -20_48, -4_10, 20_00),
        bought(2, "Huile d'olive à l'ancienne", "HOLANCL", "10.000", -198_00, -10_89, 5_50),
    ]
    assert note.totals == totals(-218_48, vat=-14_99, gross=-233_47, due=-233_47)
    assert note.warnings == [WRONG_SELLER, WRONG_BUYER]


JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
OF_2026 = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("name", "syntax"), [("invoice_EN16931.pdf", "factur-x"), ("factur-x-en16931.xml", "cii")]
)
def test_allowances_and_charges_of_several_rates(name: str, syntax: str) -> None:
    """At 20 %: 7,00 off and 11,00 on; at 10 %: 2,00 off and 1,00 on; at 0 %: 2,00 on, for the one line at 0 %."""
    invoice = read(name)
    assert (invoice.syntax, invoice.profile, invoice.number) == (syntax, "en16931", "F20260023")
    assert (invoice.type_code, invoice.is_credit_note, invoice.issued_on) == ("380", False, date(2026, 1, 31))
    assert invoice.preceding_invoices == [PrecedingInvoice("F20260003", date(2026, 1, 1))]
    assert (invoice.period_start, invoice.period_end) == OF_2026
    assert invoice.seller == Party(
        name="LE FOURNISSEUR",
        siren="123456782",
        siret="12345678200077",
        vat_number="FR11123456782",
        country="FR",
        address_1="35 rue d'ici",
        address_2="Seller line 2",
        address_3="Seller line 3",
        postcode="75018",
        city="PARIS",
        invalid=(),
        warnings=(),
    )
    wrong = (
        "Le numéro de TVA du client n’est pas valide\u00a0: FR05987654321.",
        "Le SIREN du client n’est pas valide\u00a0: 987654321.",
    )
    assert invoice.buyer == Party(
        name="LE CLIENT",
        siren="987654321",
        siret=None,
        vat_number="FR05987654321",
        country="FR",
        address_1="MON ADRESSE LIGNE 1",
        address_2="Buyer line 2",
        address_3="Buyer line 3",
        postcode="06000",
        city="MA VILLE",
        invalid=("vat_number", "siren"),
        warnings=wrong,
    )
    described = "Description"
    assert invoice.lines == [
        bought(
            1,
            "PRESTATION SUPPORT",
            "ART_1254",
            "1.0000",
            60_00,
            0,
            0,
            after=62_00,
            service=JANUARY,
            description=described,
        ),
        bought(
            2,
            "FOURNITURES PAPIER",
            "ART_9874",
            "3.0000",
            28_00,
            2_70,
            10_00,
            after=27_00,
            service=JANUARY,
            description=described,
        ),
        # Without a period of its own: the invoice's.
        bought(
            3, "APPEL", "", "1.0000", 7_00, 2_20, 20_00, after=11_00, service=OF_2026, description=described
        ),
    ]
    assert invoice.totals == totals(
        100_00, vat=4_90, gross=104_90, due=104_90, lines=95_00, less=9_00, more=14_00
    )
    assert invoice.warnings == list(wrong)


def test_ubl() -> None:
    invoice = read("ubl-21-en16931.xml")
    assert (invoice.syntax, invoice.profile, invoice.number) == ("ubl", "en16931", "F124212")
    assert (invoice.type_code, invoice.is_credit_note, invoice.issued_on) == ("380", False, date(2026, 6, 17))
    assert invoice.preceding_invoices == [
        PrecedingInvoice("F124211", date(2025, 12, 30)),
        PrecedingInvoice("F124210", None),
    ]
    june = (date(2026, 6, 1), date(2026, 6, 30))
    assert (invoice.period_start, invoice.period_end) == june
    assert invoice.seller == Party(
        name="Au bon moulin",
        siren="999999998",
        siret="99999999800019",
        vat_number="FR11999999998",
        country="FR",
        address_1="1242 chemin de l'olive",
        address_2="Lieu dit des senteurs",
        address_3="ZAC du Mont Ventoux",
        postcode="84340",
        city="Malaucène",
        invalid=(),
        warnings=(),
    )
    assert invoice.buyer == Party(
        name="Ma jolie boutique SARL",
        siren="787878784",
        siret="78787878400018",
        vat_number="FR19787878784",
        country="FR",
        address_1="35 rue de la République",
        address_2="La presqu'île",
        address_3="",
        postcode="69001",
        city="Lyon",
        invalid=(),
        warnings=(),
    )
    own = (date(2026, 6, 14), date(2026, 6, 15))
    # 3,00 and 2,50 off, 5,50 on, all at 20 %: the second line bears them, and they come to nothing.
    assert invoice.lines == [
        bought(1, "Huile d'olive Joio 50cl", "JOIO50CL", "10", 135_00, 7_43, 5_50, service=own),
        bought(2, "Nougats en cubes", "NOUGATCUBES", "20", 138_00, 27_60, 20_00, service=june),
    ]
    assert invoice.totals == totals(
        273_00, vat=35_03, gross=308_03, prepaid=100_00, due=208_03, less=5_50, more=5_50
    )
    assert invoice.warnings == []


TRIED = {
    "Avoir_FR_type381_EN16931.pdf",
    "Facture_FR_BASIC.pdf",
    "Facture_FR_BASICWL.pdf",
    "Facture_FR_EN16931.pdf",
    "Facture_FR_MINIMUM.pdf",
    "factur-x-en16931.xml",
    "invoice_EN16931.pdf",
    "ubl-21-en16931.xml",
}


def test_no_file_of_the_folder_is_left_out() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.suffix in {".pdf", ".xml"}} == TRIED


@pytest.mark.parametrize("name", sorted(one for one in TRIED if one.endswith(".pdf")))
def test_each_is_drawn_too(name: str) -> None:
    """A company's PDF, were it plain, is shown page by page as our server draws it."""
    data = (FOLDER / name).read_bytes()
    assert read_paper(data) == Paper("application/pdf", 1)
