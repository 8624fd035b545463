"""Three invoices of our own for the demonstration, really made with factur-x and dated before a given day.

All parties are fictitious: their SIRENs pass the key and belong to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import facturx

from bonus.demo.invoice_page import draw_invoice
from bonus.money import amount_string, half_up

VAT_BP = 2000
ALLOWANCE_BP = 500
IBAN = "FR7630006000011234567890189"  # the test account that French banks print in their own examples


@dataclass(frozen=True, slots=True)
class DemoParty:
    """A seller or a buyer of the demonstration."""

    name: str
    siren: str
    siret: str
    vat_number: str
    address: str
    postcode: str
    city: str


@dataclass(frozen=True, slots=True)
class DemoLine:
    """A line: quantity × price in cents, excluding VAT, and the last day of its service period if any."""

    name: str
    reference: str
    quantity: int
    price_cents: int
    service: tuple[date, date] | None = None

    @property
    def net_cents(self) -> int:
        """Return the net amount of the line (BT-131)."""
        return self.quantity * self.price_cents


BUYER = DemoParty(
    "Atelier Fictif SAS",
    "900300401",
    "90030040100016",
    "FR41900300401",
    "12 rue de la Démonstration",
    "69003",
    "Lyon",
)
SELLER = DemoParty(
    "Nuage Fictif SAS",
    "900100207",
    "90010020700019",
    "FR83900100207",
    "8 quai de l’Exemple",
    "44000",
    "Nantes",
)
OTHER_SELLER = DemoParty(
    "Données Fictives SARL",
    "900200304",
    "90020030400013",
    "FR62900200304",
    "3 place du Modèle",
    "59000",
    "Lille",
)


def make_invoices(
    on: date,
    buyer: DemoParty = BUYER,
    seller: DemoParty = SELLER,
    other_seller: DemoParty = OTHER_SELLER,
) -> list[tuple[str, bytes]]:
    """Make the three invoices of the demonstration as (file name, content), dated in the month before ``on``.

    An invoice with an allowance and a service of two years, and the credit note that corrects part of it
    (Factur-X PDF, profile EN 16931); an invoice of another seller (UBL 2.1). Numbers are unique per ``on``.
    """
    bought, corrected, other = (on - timedelta(days=days) for days in (24, 12, 6))
    stamp = f"{on:%Y%m%d}"
    number, credit_number, other_number = f"FA-{stamp}-01", f"AV-{stamp}-01", f"DF-{stamp}-07"
    two_years = (bought, _years_later(bought, 2) - timedelta(days=1))
    one_year = (other, _years_later(other, 1) - timedelta(days=1))
    invoice = _terms(
        number,
        bought,
        seller,
        buyer,
        [
            DemoLine(
                "Hébergement cloud qualifié, abonnement de 24 mois",
                "CLOUD-24",
                1,
                12_000_00,
                two_years,
            ),
            DemoLine(
                "Suite bureautique collaborative, licence annuelle",
                "SUITE-1AN",
                40,
                96_00,
            ),
            DemoLine("Audit de cybersécurité, journée", "AUDIT-JOUR", 4, 925_00),
        ],
        allowance="Remise commerciale de bienvenue",
    )
    credit = _terms(
        credit_number,
        corrected,
        seller,
        buyer,
        # The price is that of the invoice less the share of its allowance.
        [
            DemoLine(
                "Suite bureautique collaborative, licences non utilisées",
                "SUITE-1AN",
                5,
                91_20,
            )
        ],
        corrects=(number, bought),
    )
    data_invoice = _terms(
        other_number,
        other,
        other_seller,
        buyer,
        [
            DemoLine(
                "Plateforme de données souveraine, abonnement annuel",
                "DATA-1AN",
                1,
                4_200_00,
                one_year,
            ),
            DemoLine(
                "Plateforme de données souveraine, espace de stockage supplémentaire",
                "DATA-ESP",
                1,
                650_00,
            ),
        ],
    )
    return [
        (f"{number}.pdf", _factur_x(invoice)),
        (f"{credit_number}.pdf", _factur_x(credit)),
        (f"{other_number}.xml", _xml(data_invoice, "ubl-2.1")),
    ]


def make_invoice(number: str, issued_on: date, lines: list[DemoLine]) -> tuple[str, bytes]:
    """Make one invoice of the seller to the buyer as (file name, content): Factur-X."""
    return f"{number}.pdf", _factur_x(_terms(number, issued_on, SELLER, BUYER, lines))


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _party(party: DemoParty) -> dict[str, Any]:
    return {
        "name": party.name,
        "identifiers": {"0009": party.siret},
        "legal_identifier": party.siren,
        "legal_identifier_schemeid": "0002",
        "vat_identifier": party.vat_number,
        "einvoicing_addr": party.siren,
        "einvoicing_addr_schemeid": "0225",
        "addr_l1": party.address,
        "postcode": party.postcode,
        "city": party.city,
        "country_code": "FR",
    }


def _terms(
    number: str,
    issued_on: date,
    seller: DemoParty,
    buyer: DemoParty,
    lines: list[DemoLine],
    *,
    allowance: str | None = None,
    corrects: tuple[str, date] | None = None,
) -> dict[str, Any]:
    """Write an invoice, or the credit note that ``corrects`` one, as the terms of EN 16931."""
    line_total = sum(line.net_cents for line in lines)
    reduction = half_up(line_total * ALLOWANCE_BP, 10_000) if allowance else 0
    net = line_total - reduction
    vat = half_up(net * VAT_BP, 10_000)
    terms: dict[str, Any] = {
        "BT-1": number,
        "BT-2": issued_on,
        "BT-3": "381" if corrects else "380",
        "BT-5": "EUR",
        "BT-9": issued_on + timedelta(days=30),
        "BT-20": "Paiement à 30 jours",
        "BT-23": "S1",
        "BT-72": issued_on,
        "BT-81": "30",
        "BT-84": IBAN,
        "BT-106": amount_string(line_total),
        "BT-109": amount_string(net),
        "BT-110": amount_string(vat),
        "BT-112": amount_string(net + vat),
        "BT-115": amount_string(net + vat),
        "BG-1": [
            {
                "BT-21": "PMD",
                "BT-22": "Tout retard de paiement engendre une pénalité de trois fois l’intérêt légal.",
            },
            {
                "BT-21": "PMT",
                "BT-22": "Indemnité forfaitaire pour frais de recouvrement\u00a0: 40\u00a0€.",
            },
            {"BT-21": "AAB", "BT-22": "Aucun escompte pour paiement anticipé."},
        ],
        "BG-4": _party(seller),
        "BG-7": _party(buyer),
        "BG-23": [
            {
                "BT-116": amount_string(net),
                "BT-117": amount_string(vat),
                "BT-118": "S",
                "BT-119": "20.00",
            }
        ],
        "BG-25": [_line(position, line) for position, line in enumerate(lines, start=1)],
    }
    if allowance:
        terms["BT-107"] = amount_string(reduction)
        terms["BG-20"] = [
            {
                "amount": amount_string(reduction),
                "base_amount": amount_string(line_total),
                "rate": "5.00",
                "reason": allowance,
                "reason_code": "95",
                "vat_category_code": "S",
                "vat_rate": "20.00",
            }
        ]
    if corrects:
        terms["BG-3"] = [{"BT-25": corrects[0], "BT-26": corrects[1]}]
    return terms


def _line(position: int, line: DemoLine) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "BT-126": str(position),
        "BT-129": str(line.quantity),
        "BT-130": "C62",
        "BT-131": amount_string(line.net_cents),
        "BT-146": amount_string(line.price_cents),
        "BT-151": "S",
        "BT-152": "20.00",
        "BT-153": line.name,
        "BT-155": line.reference,
    }
    if line.service:
        terms["BT-134"], terms["BT-135"] = line.service
    return terms


def _xml(terms: dict[str, Any], flavor: str) -> bytes:
    # The schematron of factur-x is a call to an HTTP server: off. The schema is checked, always.
    xml: bytes = facturx.generate_xml(dict(terms), flavor=flavor, level="en16931", check_schematron=False)
    return xml


def _factur_x(terms: dict[str, Any]) -> bytes:
    xml = _xml(terms, "factur-x")
    pdf: bytes = facturx.generate_from_binary(
        draw_invoice(terms),
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        lang="fr-FR",
    )
    return pdf
