"""What does not agree between the document, what the company said and the registry: each side, in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bonus.claims.differences import (
    CHECK,
    NOTE,
    Difference,
    Offer,
    ReadInvoice,
    ReadLine,
    Stated,
    invoice_differences,
    line_differences,
    to_check,
)
from tests.support.words import plain

SIREN, NAME = "900300401", "Atelier Fictif SAS"
FILED = date(2026, 11, 22)
INVOICE = ReadInvoice(
    source="structured",
    number="F-1",
    issued_on=date(2026, 10, 15),
    supplier_identifier="900100207",
    supplier_name="Nuage Fictif SAS",
    buyer_identifier=SIREN,
    buyer_name=NAME,
    net_cents=10_000_00,
    vat_cents=2_000_00,
    gross_cents=12_000_00,
    lines_net_cents=10_000_00,
    lines_vat_cents=2_000_00,
    stated=Stated("F-1", date(2026, 10, 15), 10_000_00, 12_000_00),
)
LINE = ReadLine("Hébergement cloud qualifié, 12 mois", "CLOUD-24", 10_000_00)
OFFER = Offer("Hébergement cloud qualifié", "900100207", "Nuage Fictif SAS", references=("CLOUD-24",))


def of_invoice(**changes: object) -> list[Difference]:
    return invoice_differences(replace(INVOICE, **changes), SIREN, NAME, FILED)  # type: ignore[arg-type]


def of_line(offer: Offer = OFFER, /, **changes: object) -> list[Difference]:
    return line_differences(replace(LINE, **changes), INVOICE, offer)  # type: ignore[arg-type]


def test_what_agrees_is_not_marked() -> None:
    assert of_invoice() == []
    assert of_line() == []
    assert line_differences(LINE, INVOICE, None) == []


@pytest.mark.parametrize(
    ("changes", "code", "weight", "sentence"),
    [
        (
            {"buyer_identifier": "732829320", "buyer_name": "Autre SA"},
            "buyer.other",
            CHECK,
            (
                "La facture est adressée à Autre SA (SIREN 732 829 320) ; le dossier est celui de Atelier Fictif SAS "
                "(SIREN 900 300 401)."
            ),
        ),
        (
            {"buyer_identifier": "", "buyer_name": ""},
            "buyer.unidentified",
            CHECK,
            (
                "La facture est adressée à un acheteur sans nom ni SIREN ; le dossier est celui de Atelier Fictif SAS "
                "(SIREN 900 300 401)."
            ),
        ),
        (
            {"lines_net_cents": 9_999_99},
            "sum.net",
            CHECK,
            (
                "Les lignes font 9 999,99 € hors taxes ; le total de la facture est de 10 000,00 €, "
                "soit un écart de 0,01 €."
            ),
        ),
        (
            {"lines_vat_cents": 2_000_01},
            "sum.vat",
            CHECK,
            "Les lignes font 2 000,01 € de TVA ; le total de la facture est de 2 000,00 €, soit un écart de 0,01 €.",
        ),
        (
            {"gross_cents": 12_000_01, "stated": Stated()},
            "sum.gross",
            CHECK,
            "Hors taxes et TVA font 12 000,00 € ; le total toutes taxes est de 12 000,01 €.",
        ),
        (
            {"number": "F-2"},
            "file.number",
            CHECK,
            "Le fichier porte le numéro « F-1 » ; le dossier retient « F-2 ».",
        ),
        (
            {"issued_on": date(2026, 10, 16)},
            "file.date",
            CHECK,
            "Le fichier porte la date du 15 octobre 2026 ; le dossier retient 16 octobre 2026.",
        ),
        (
            {"stated": Stated(net_cents=9_000_00)},
            "file.net",
            CHECK,
            "Le fichier porte 9 000,00 € hors taxes ; le dossier retient 10 000,00 €.",
        ),
        (
            {"stated": Stated(gross_cents=11_000_00)},
            "file.gross",
            CHECK,
            "Le fichier porte 11 000,00 € toutes taxes ; le dossier retient 12 000,00 €.",
        ),
        (
            {"prepaid_cents": 3_000_00, "due_cents": 9_000_00},
            "sum.due",
            NOTE,
            (
                "La facture dit qu’il reste 9 000,00 € à payer, après un acompte de 3 000,00 € : "
                "voyez la preuve de paiement."
            ),
        ),
        (
            {"source": "hand"},
            "invoice.by_hand",
            CHECK,
            (
                "L’entreprise a saisi cette facture à la main : comparez chaque montant au document. Elle ne suit pas "
                "la voie rapide."
            ),
        ),
        (
            {"lines_entered": True},
            "invoice.lines_entered",
            CHECK,
            "Le fichier ne détaille pas ses lignes : l’entreprise les a saisies. Comparez-les au document.",
        ),
    ],
)
def test_an_invoice_says_both_sides(
    changes: dict[str, object], code: str, weight: str, sentence: str
) -> None:
    (found,) = of_invoice(**changes)
    assert (found.code, found.weight, plain(found.sentence)) == (code, weight, sentence)


def test_an_invoice_of_the_day_it_was_filed_is_in_order_and_one_of_the_morrow_is_not() -> None:
    stated = Stated()
    assert of_invoice(issued_on=FILED, stated=stated) == []
    (found,) = of_invoice(issued_on=FILED + timedelta(days=1), stated=stated)
    assert plain(found.sentence) == (
        "La facture est datée du 23 novembre 2026, après le dépôt du dossier (22 novembre 2026)."
    )


def test_a_credit_note_has_the_sign_of_the_dossier_not_of_its_file() -> None:
    note = replace(INVOICE, net_cents=-456_00, vat_cents=-91_20, gross_cents=-547_20, lines_net_cents=-456_00)
    note = replace(note, lines_vat_cents=-91_20, stated=Stated(net_cents=456_00, gross_cents=547_20))
    assert invoice_differences(note, SIREN, NAME, FILED) == []


def test_a_seller_who_is_not_the_solutions_supplier() -> None:
    (found,) = of_line(replace(OFFER, supplier_identifier="DE123456789", supplier_name="Wolke GmbH"))
    assert (found.code, found.weight, found.article) == (
        "seller.other",
        CHECK,
        "art. 4".replace(" ", "\u00a0"),
    )
    assert plain(found.sentence) == (
        "La facture est émise par Nuage Fictif SAS (SIREN 900 100 207) ; au registre, « Hébergement cloud qualifié » "
        "est une offre de Wolke GmbH (DE123456789)."
    )


@pytest.mark.parametrize(
    ("name", "reference", "marked"),
    [
        ("Chaise de bureau", None, True),
        ("Chaise de bureau", "cloud 24", False),  # the supplier's own reference
        ("HEBERGEMENTS, janvier", None, False),  # one telling word is enough
        ("Nuage souverain", None, False),  # another name of the registry
        ("12 mois", None, True),
    ],
)
def test_a_title_that_names_nothing_of_the_solution(name: str, reference: str | None, marked: bool) -> None:
    found = of_line(replace(OFFER, names=("Nuage souverain",)), name=name, reference=reference)
    assert [one.code for one in found] == (["title.unlike"] if marked else [])


@pytest.mark.parametrize(
    ("changes", "code", "weight"),
    [
        ({"matched_by_person": True}, "title.chosen", CHECK),
        ({"replaces_foreign": True}, "declared.replaces_foreign", NOTE),
        ({"other_public_aid_cents": 10_000_00}, "declared.other_aid", NOTE),  # all of the price, no more
        ({"other_public_aid_cents": 10_000_01}, "declared.aid_above_price", CHECK),
        ({"service_start": date(2024, 10, 1), "service_end": date(2025, 10, 14)}, "service.far", CHECK),
        ({"service_start": date(2027, 10, 16), "service_end": date(2028, 10, 15)}, "service.far", CHECK),
    ],
)
def test_what_was_declared_of_a_line(changes: dict[str, object], code: str, weight: str) -> None:
    (found,) = of_line(**changes)
    assert (found.code, found.weight) == (code, weight)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2024, 10, 1), date(2025, 10, 15)),  # a year to the day before the invoice
        (date(2027, 10, 15), date(2028, 10, 14)),  # a year to the day after it
    ],
)
def test_a_service_within_a_year_of_its_invoice_is_not_marked(start: date, end: date) -> None:
    assert of_line(service_start=start, service_end=end) == []


def test_those_to_check_are_counted() -> None:
    assert to_check(of_line(matched_by_person=True, replaces_foreign=True)) == 1
    assert to_check([]) == 0
